"""The loopback Discord's deleted messages and channels, and its threads."""

import discord
import pytest

from sandbox.discord.cdn import File
from sandbox.discord.guilds import Channel
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_object, as_objects, decode
from tests.sandbox.discord_caller import Caller, calling
from tests.sandbox.discord_harness import stage

GONE, ARCHIVED = (404, 10008), (400, 50083)


def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


async def test_a_message_that_a_moderator_deleted_is_unknown_everywhere():
    async with calling() as (server, bot):
        mo = server.members["Mo"]
        invocation = await bot.go()
        await bot.respond(invocation, {"type": 4, "data": {"content": "status"}})
        status = invocation.response_message
        assert status is not None
        with pytest.raises(ValueError, match="may not delete"):
            server.delete_message(mo, status)
        role = server.roles["Moderator"]
        server.set_role_permissions(role, role.permissions | Permission.MANAGE_MESSAGES)
        original = f"{bot.webhook(invocation)}/messages/@original"
        by_token = f"{messages(status.channel)}/{status.id}"
        change: Json = {"content": "done"}
        assert (await bot.call("PATCH", original, change)).status == 200
        assert (await bot.call("PATCH", by_token, change)).status == 200
        server.delete_message(mo, status)
        for path in (original, by_token):
            assert (await bot.call("PATCH", path, change)).refusal == GONE
            assert (await bot.call("GET", path)).refusal == GONE
            assert (await bot.call("DELETE", path)).refusal == GONE
        reply: Json = {"content": "hi", "message_reference": {"message_id": str(status.id)}}
        assert (await bot.send(reply)).refusal == (400, 50035)
        assert (await bot.call("GET", messages(status.channel))).body == []
        assert (await bot.follow_up(invocation, {"content": "instead"})).status == 200
        deferred = await bot.go()
        await bot.respond(deferred, {"type": 5})
        thinking = deferred.response_message
        assert thinking is not None
        server.delete_message(mo, thinking)
        instead = await bot.follow_up(deferred, {"content": "instead"})
        assert instead.json["id"] != str(thinking.id)


async def test_a_deleted_channel_takes_everything_with_it():
    async with calling() as (server, bot):
        videos = server.channels["videos"]
        thread = server.add_thread(videos, "cats")
        spared = server.add_thread(server.channels["general"], "dogs")
        invocation, late = await bot.go(), await bot.go()
        await bot.respond(invocation, {"type": 4, "data": {"content": "status"}})
        sent = await bot.send({"content": "hi"})
        server.delete_channel(videos)
        change: Json = {"content": "done"}
        for path in (messages(videos), messages(thread)):
            assert (await bot.call("POST", path, change)).refusal == (404, 10003)
        one = f"{messages(videos)}/{sent.json['id']}"
        assert (await bot.call("PATCH", one, change)).refusal == (404, 10003)
        original = f"{bot.webhook(invocation)}/messages/@original"
        assert (await bot.call("PATCH", original, change)).refusal == (404, 10003)
        assert (await bot.follow_up(invocation, change)).refusal == (404, 10003)
        assert (await bot.respond(late, {"type": 5})).refusal == (404, 10003)
        ada = server.members["Ada"]
        assert server.visible(ada, videos) == []
        with pytest.raises(ValueError, match="may not post"):
            await server.post(ada, videos, "hello?")
        with pytest.raises(ValueError, match="deleted"):
            await server.invoke(ada, videos, "go")
        for left in (server.channels["general"], spared):
            assert (await bot.call("POST", messages(left), change)).status == 200


async def test_a_message_reopens_a_thread_unless_it_is_locked():
    async with calling() as (server, bot):
        thread = server.add_thread(server.channels["videos"], "cats")
        path, hello = messages(thread), {"content": "hello"}
        invocation = await server.invoke(server.members["Ada"], thread, "go", wait=False)
        assert (await bot.call("POST", path, hello)).status == 200
        server.archive(thread)
        assert thread.archived
        assert (await bot.call("POST", path, hello)).status == 200
        assert not thread.archived
        server.archive(thread, locked=True)
        assert (await bot.call("POST", path, hello)).refusal == ARCHIVED
        assert (await bot.respond(invocation, {"type": 4, "data": hello})).refusal == ARCHIVED
        assert thread.archived
        pika = server.roles["Pika"]
        server.set_role_permissions(pika, pika.permissions | Permission.MANAGE_THREADS)
        assert (await bot.call("POST", path, hello)).status == 200
        assert not thread.archived
        assert thread.thread is not None
        assert thread.thread.locked


async def test_an_archived_thread_takes_no_edits():
    async with calling() as (server, bot):
        thread, ada = server.add_thread(server.channels["videos"], "cats"), server.members["Ada"]
        sent = await bot.call("POST", messages(thread), {"content": "status"})
        one, change = f"{messages(thread)}/{sent.json['id']}", {"content": "done"}
        invocation = await server.invoke(ada, thread, "go", wait=False)
        await bot.respond(invocation, {"type": 4, "data": {"content": "status"}})
        original = f"{bot.webhook(invocation)}/messages/@original"
        assert (await bot.call("PATCH", one, change)).status == 200
        assert (await bot.call("PATCH", original, change)).status == 200
        server.archive(thread)
        for path in (one, original):
            assert (await bot.call("PATCH", path, change)).refusal == ARCHIVED
            assert (await bot.call("DELETE", path)).refusal == ARCHIVED
            assert (await bot.call("GET", path)).status == 200
        again = await bot.call("PATCH", f"/channels/{thread.id}", {"archived": True})
        assert again.refusal == ARCHIVED
        assert thread.archived, "an edit doesn't open it"
        with pytest.raises(ValueError, match="archived"):
            await server.invoke(ada, thread, "go", wait=False)
        opened = await bot.call("PATCH", f"/channels/{thread.id}", {"archived": False})
        assert as_object(opened.json["thread_metadata"])["archived"] is False
        assert (await bot.call("PATCH", one, change)).status == 200
        assert (await bot.call("DELETE", one)).status == 204


async def test_a_locked_thread_is_for_moderators():
    async with calling() as (server, bot):
        thread = server.add_thread(server.channels["videos"], "cats")
        sent = await bot.call("POST", messages(thread), {"content": "status"})
        one, change = f"{messages(thread)}/{sent.json['id']}", {"content": "done"}
        server.lock(thread)
        denied = (403, 50013)
        assert (await bot.call("POST", messages(thread), change)).refusal == denied
        assert (await bot.call("PATCH", one, change)).refusal == denied
        locked = await bot.call("PATCH", f"/channels/{thread.id}", {"locked": False})
        assert locked.refusal == denied
        with pytest.raises(ValueError, match="may not post"):
            await server.post(server.members["Ada"], thread, "hello?")
        assert (await bot.call("GET", one)).status == 200
        pika = server.roles["Pika"]
        mine = pika.permissions
        server.set_role_permissions(pika, mine | Permission.MANAGE_THREADS)
        for method, path in (("POST", messages(thread)), ("PATCH", one)):
            assert (await bot.call(method, path, change)).status == 200
        server.set_role_permissions(pika, mine)
        server.unarchive(thread)
        assert (await bot.call("PATCH", one, change)).status == 200


async def test_threads_have_a_permission_to_send_of_their_own():
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        thread, hello = server.add_thread(videos, "cats"), {"content": "hello"}
        in_thread, in_channel = messages(thread), messages(videos)
        file = {0: File("a.txt", b"a")}
        server.set_overwrite(videos, pika, deny=Permission.SEND_MESSAGES)
        assert (await bot.call("POST", in_thread, hello, file)).status == 200
        assert (await bot.call("POST", in_channel, hello)).refusal == (403, 50013)
        server.set_overwrite(videos, pika, deny=Permission.SEND_MESSAGES_IN_THREADS)
        assert (await bot.call("POST", in_thread, hello)).refusal == (403, 50013)
        assert (await bot.call("POST", in_channel, hello, file)).status == 200


async def test_the_bot_hears_of_threads_and_is_used_in_them():
    async with stage() as (server, bot):
        ada, told = server.members["Ada"], list[str]()

        async def on_thread_create(thread: discord.Thread) -> None:
            told.append(f"created {thread.name}")

        async def on_thread_update(_before: discord.Thread, after: discord.Thread) -> None:
            told.append(f"archived {after.archived} locked {after.locked}")

        async def on_raw_thread_delete(_event: discord.RawThreadDeleteEvent) -> None:
            told.append("deleted")
            bot.changes.notify()

        for handler in (on_thread_create, on_thread_update, on_raw_thread_delete):
            bot.event(handler)
        thread = server.add_thread(server.channels["videos"], "cats", ada)
        done = await server.invoke(ada, thread, "make style", {"name": "noir"})
        assert done.response_message is not None
        assert done.response_message in server.visible(ada, thread)
        assert server.visible(ada, server.channels["videos"]) == []
        server.archive(thread, locked=True)
        server.delete_channel(thread)
        await bot.changes.wait_for(lambda: "deleted" in told, 5)
        assert told == ["created cats", "archived True locked True", "deleted"]


async def read_guild(bot: Caller) -> Json:
    async with bot.session.ws_connect(bot.server.gateway_url) as socket:
        await socket.receive_str()
        identify = {"token": bot.server.token, "intents": 1}
        await socket.send_json({"op": 2, "d": identify})
        while True:
            frame = as_object(decode(await socket.receive_str()))
            if frame["t"] == "GUILD_CREATE":
                return as_object(frame["d"])


async def test_active_threads_come_with_the_guild():
    async with calling() as (server, bot):
        thread = server.add_thread(server.channels["videos"], "cats")
        archived = server.add_thread(server.channels["videos"], "dogs")
        server.archive(archived)
        threads = as_objects((await read_guild(bot))["threads"])
        assert [(one["id"], one["type"]) for one in threads] == [(str(thread.id), 11)]
