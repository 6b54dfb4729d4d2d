"""The loopback Discord's permissions: who may do what where, and whom a message reaches."""

import discord
import pytest

from sandbox.discord.cdn import File
from sandbox.discord.permissions import ALL_PERMISSIONS, Permission
from sandbox.discord.sessions import GUILD_MESSAGES, GUILDS
from sandbox.discord.wire import Json
from tests.sandbox.discord_bodies import embed
from tests.sandbox.discord_caller import calling
from tests.sandbox.discord_harness import stage
from tests.sandbox.test_discord_sessions import event, on_the_gateway

DENIED, NO_ACCESS = (403, 50013), (403, 50001)
SEND = Permission.SEND_MESSAGES
HELLO: Json = {"content": "hello"}


async def test_a_channels_overwrites_are_applied_in_discords_order():
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        helper = server.add_role("Helper", Permission.NONE)
        server.bot.roles.append(helper)

        async def status() -> int:
            return (await bot.send(HELLO)).status

        server.set_overwrite(videos, server.guild.everyone, deny=SEND)
        assert await status() == 403, "the channel's word counts before the server's"
        server.set_overwrite(videos, pika, allow=SEND)
        assert await status() == 200, "a role counts after @everyone"
        server.set_overwrite(videos, helper, deny=SEND)
        assert await status() == 200, "of two roles, the allowing one"
        server.set_overwrite(videos, server.bot, deny=SEND)
        assert await status() == 403, "the member counts last"
        server.set_overwrite(videos, server.bot, allow=SEND)
        assert await status() == 200


async def test_administrators_and_the_owner_may_everything():
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        server.set_overwrite(videos, server.guild.everyone, deny=ALL_PERMISSIONS)
        server.set_overwrite(videos, pika, deny=ALL_PERMISSIONS)
        assert (await bot.send(HELLO)).refusal == NO_ACCESS
        server.set_role_permissions(pika, Permission.ADMINISTRATOR)
        assert (await bot.send(HELLO)).status == 200
        owner = server.guild.owner
        (hello,) = server.visible(owner, videos)
        server.delete_message(owner, hello)
        posted = await server.post(owner, videos, "mine is the server")
        one = f"/channels/{videos.id}/messages/{posted.id}"
        assert (await bot.call("DELETE", one)).status == 204


async def test_who_does_not_see_a_channel_may_nothing_in_it():
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        sent = await bot.send(HELLO)
        one = f"/channels/{videos.id}/messages/{sent.json['id']}"
        message, mo, moderator = bot.message(sent), server.members["Mo"], server.roles["Moderator"]
        server.set_role_permissions(moderator, Permission.MANAGE_MESSAGES)
        for role in (pika, moderator):
            server.set_overwrite(videos, role, deny=Permission.VIEW_CHANNEL)
        where = f"/channels/{videos.id}"
        for path in (where, f"{where}/messages", one):
            assert (await bot.call("GET", path)).refusal == NO_ACCESS
        for method, path in (("POST", f"{where}/messages"), ("PATCH", one), ("DELETE", one)):
            assert (await bot.call(method, path, HELLO)).refusal == NO_ACCESS
        with pytest.raises(ValueError, match="may not delete"):
            server.delete_message(mo, message)


async def test_files_and_embeds_have_permissions_of_their_own():
    file = {0: File("a.txt", b"a")}
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        assert (await bot.send({"embeds": [embed(1)]})).refusal == DENIED
        server.set_role_permissions(pika, pika.permissions | Permission.EMBED_LINKS)
        sent = await bot.send({"embeds": [embed(1)]})
        assert sent.status == 200
        server.set_overwrite(videos, pika, deny=Permission.ATTACH_FILES | Permission.EMBED_LINKS)
        one = f"/channels/{videos.id}/messages/{sent.json['id']}"
        assert (await bot.call("PATCH", one, {}, file)).refusal == DENIED
        assert (await bot.call("PATCH", one, {"embeds": [embed(2)]})).refusal == DENIED
        assert (await bot.send({}, file)).refusal == DENIED
        server.set_overwrite(videos, server.roles["Member"], deny=Permission.ATTACH_FILES)
        with pytest.raises(ValueError, match="may not post"):
            await server.post(server.members["Ada"], videos, "look", list(file.values()))


async def test_without_sending_nothing_that_needs_it_is_left():
    async with stage() as (server, bot):
        told: list[discord.Permissions] = []

        async def on_interaction(interaction: discord.Interaction[discord.Client]) -> None:
            told.append(interaction.app_permissions)
            bot.changes.notify()

        bot.event(on_interaction)
        ada, videos = server.members["Ada"], server.channels["videos"]
        pika = server.roles["Pika"]
        more = Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
        server.set_role_permissions(pika, pika.permissions | more)
        await server.invoke(ada, videos, "make style", {"name": "noir"}, wait=False)
        server.set_overwrite(videos, pika, deny=SEND)
        await server.invoke(ada, videos, "make style", {"name": "noir"}, wait=False)
        await bot.changes.wait_for(lambda: len(told) == 2, 5)
        for name in ("attach_files", "embed_links", "mention_everyone"):
            assert [getattr(each, name) for each in told] == [True, False]
        assert told[1].read_message_history


async def test_a_role_pings_if_it_is_mentionable_or_the_author_may_ping_all():
    async with calling() as (server, bot):
        moderator, mo = server.roles["Moderator"], server.members["Mo"]
        text: Json = {"content": f"<@&{moderator.id}> @everyone"}
        assert bot.message(await bot.send(text)).pinged == frozenset()
        moderator.mentionable = True
        assert bot.message(await bot.send(text)).pinged == {mo.id}
        nobody = text | {"allowed_mentions": {"parse": ["users"]}}
        assert bot.message(await bot.send(nobody)).pinged == frozenset()
        moderator.mentionable = False
        pika = server.roles["Pika"]
        server.set_role_permissions(pika, pika.permissions | Permission.MENTION_EVERYONE)
        alone: Json = {"content": f"<@&{moderator.id}>"}
        assert bot.message(await bot.send(alone)).pinged == {mo.id}
        assert bot.message(await bot.send(nobody)).pinged == frozenset()
        here = bot.message(await bot.send({"content": "@here"}))
        assert here.mentions_everyone
        everyone = bot.message(await bot.send(text))
        assert everyone.mentions_everyone
        assert everyone.pinged == {member.id for member in server.members.values()}


async def test_nobody_is_pinged_in_a_channel_that_they_do_not_see():
    async with calling() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        text: Json = {"content": ada.mention}
        assert bot.message(await bot.send(text)).pinged == {ada.id}
        server.set_overwrite(videos, ada, deny=Permission.VIEW_CHANNEL)
        sent = await bot.send(text)
        (message,) = [
            one
            for one in server.visible(server.guild.owner, videos)
            if str(one.id) == sent.json["id"]
        ]
        assert (message.pinged, message.mentioned) == (frozenset(), frozenset())


async def test_the_bot_hears_nothing_of_a_channel_that_it_does_not_see():
    async with stage() as (server, bot):
        ada = server.members["Ada"]
        videos, general = server.channels["videos"], server.channels["general"]
        server.set_overwrite(videos, server.roles["Pika"], deny=Permission.VIEW_CHANNEL)
        await server.post(ada, videos, "a secret")
        heard = await server.post(ada, general, "no secret")
        await bot.changes.wait_for(lambda: bot.heard, 5)
        assert [message.id for message in bot.heard] == [heard.id]


async def test_an_ephemeral_message_is_for_one_member_and_never_told():
    async with calling() as (server, bot), on_the_gateway(bot, GUILDS | GUILD_MESSAGES) as socket:
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        invocation = await bot.go()
        await bot.respond(invocation, {"type": 4, "data": {"content": "psst", "flags": 64}})
        message = invocation.response_message
        assert message is not None
        assert server.visible(ada, videos) == [message]
        assert server.visible(ben, videos) == []
        path = f"/channels/{videos.id}/messages"
        assert (await bot.call("GET", path)).body == []
        for method in ("GET", "PATCH", "DELETE"):
            refused = await bot.call(method, f"{path}/{message.id}", HELLO)
            assert refused.refusal == (404, 10008)
        with pytest.raises(ValueError, match="doesn't see"):
            await server.click(ben, message, "any")
        reply = HELLO | {"message_reference": {"message_id": str(message.id)}}
        assert (await bot.send(reply)).refusal == (400, 50035)
        await bot.respond(await bot.go(), {"type": 5, "data": {"flags": 64}})
        assert server.visible(ben, videos) == []
        spoken = await bot.send({"content": "aloud"})
        assert (await event(socket, "MESSAGE_CREATE"))["id"] == spoken.json["id"]
