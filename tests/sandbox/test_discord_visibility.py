"""The loopback Discord's voice channels, forums, private threads and channels out of view."""

import pytest

from sandbox.discord import Channel, ChannelKind, Permission
from sandbox.discord.server import DiscordServer
from sandbox.discord.wire import Json, as_integer, as_object, as_objects
from tests.sandbox.discord_caller import Caller, calling
from tests.sandbox.gateway_watch import watching

NO_ACCESS, DENIED = (403, 50001), (403, 50013)
HELLO: Json = {"content": "hello"}


def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


def allow(server: DiscordServer, more: Permission) -> None:
    role = server.roles["Pika"]
    server.set_role_permissions(role, role.permissions | more)


def deny(server: DiscordServer, less: Permission) -> None:
    role = server.roles["Pika"]
    server.set_role_permissions(role, role.permissions & ~less)


def hide(server: DiscordServer, channel: Channel) -> None:
    server.set_overwrite(channel, server.roles["Pika"], deny=Permission.VIEW_CHANNEL)


@pytest.mark.parametrize("kind", [ChannelKind.VOICE, ChannelKind.STAGE])
async def test_the_text_of_a_voice_channel_takes_connect(kind: ChannelKind) -> None:
    async with calling() as (server, bot):
        ada, lounge = server.members["Ada"], server.add_channel("lounge", kind)
        asked = await server.invoke(ada, lounge, "go", wait=False)
        assert (await bot.respond(asked, {"type": 4, "data": HELLO})).status == 204
        status = asked.response_message
        assert status is not None
        one = f"{messages(lounge)}/{status.id}"
        calls = [("POST", messages(lounge)), ("GET", messages(lounge))]
        calls += [("PATCH", one), ("GET", one), ("DELETE", one)]
        for method, path in calls:
            assert (await bot.call(method, path, HELLO)).refusal == NO_ACCESS
        original = f"{bot.webhook(asked)}/messages/@original"
        assert (await bot.call("PATCH", original, {"content": "by its token"})).status == 200
        assert (await bot.call("GET", f"/channels/{lounge.id}")).status == 200
        allow(server, Permission.CONNECT)
        for method, path in calls:
            assert (await bot.call(method, path, HELLO)).status in {200, 204}
        server.set_overwrite(lounge, ada, deny=Permission.CONNECT)
        with pytest.raises(ValueError, match="may not use commands"):
            await server.invoke(ada, lounge, "go", wait=False)
        with pytest.raises(ValueError, match="may not post"):
            await server.post(ada, lounge, "hi")
        assert server.visible(ada, lounge) == []


async def test_without_connect_no_message_of_a_voice_channel_is_told() -> None:
    async with calling() as (server, bot), watching(bot) as watch:
        ada, lounge = server.members["Ada"], server.add_channel("lounge", ChannelKind.VOICE)
        await watch.of("CHANNEL_CREATE")
        await server.post(ada, lounge, "one")
        allow(server, Permission.CONNECT)
        two = await server.post(ada, lounge, "two")
        assert (await watch.of("MESSAGE_CREATE"))["id"] == str(two.id)


@pytest.mark.parametrize("kind", [ChannelKind.FORUM, ChannelKind.MEDIA])
async def test_a_forum_takes_posts_only(kind: ChannelKind) -> None:
    async with calling() as (server, bot):
        ada, forum = server.members["Ada"], server.add_channel("ideas", kind)
        assert (await bot.call("POST", messages(forum), HELLO)).refusal == (400, 40058)
        for act in (server.post(ada, forum, "hi"), server.invoke(ada, forum, "go", wait=False)):
            with pytest.raises(ValueError, match="may not"):
                await act
        post = server.add_thread(forum, "an idea", ada)
        assert (await bot.call("POST", messages(post), HELLO)).status == 200
        asked = await server.invoke(ada, post, "go", wait=False)
        assert (await bot.respond(asked, {"type": 4, "data": HELLO})).status == 204
        category = server.add_channel("all", ChannelKind.CATEGORY)
        assert (await bot.call("POST", messages(category), HELLO)).refusal == (400, 50008)


async def test_a_private_thread_is_for_those_who_are_in_it() -> None:
    async with calling() as (server, bot), watching(bot) as watch:
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        thread = server.add_thread(videos, "secret", ada, private=True)
        asked = await server.invoke(ada, thread, "go", wait=False)
        told = await watch.of("INTERACTION_CREATE")
        assert as_object(told["channel"])["type"] == 12
        may = Permission(as_integer(told["app_permissions"]))
        assert Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES_IN_THREADS in may
        assert (await bot.respond(asked, {"type": 4, "data": HELLO})).status == 204
        for path in (f"/channels/{thread.id}", messages(thread)):
            assert (await bot.call("GET", path)).refusal == NO_ACCESS
        with pytest.raises(ValueError, match="may not use commands"):
            await server.invoke(ben, thread, "go", wait=False)
        allow(server, Permission.MANAGE_THREADS)
        assert (await bot.call("POST", messages(thread), HELLO)).status == 200
        deny(server, Permission.MANAGE_THREADS)
        server.add_to_thread(thread, server.bot)
        assert as_object((await watch.of("THREAD_CREATE"))["member"])["user_id"]
        assert as_objects((await watch.of("THREAD_MEMBERS_UPDATE"))["added_members"])
        assert (await bot.call("POST", messages(thread), HELLO)).status == 200
        server.remove_from_thread(thread, server.bot)
        gone = await watch.of("THREAD_MEMBERS_UPDATE")
        assert gone["removed_member_ids"] == [str(server.bot.id)]
        assert (await bot.call("POST", messages(thread), HELLO)).refusal == NO_ACCESS
        with pytest.raises(ValueError, match="no private threads"):
            server.add_thread(server.add_channel("ideas", ChannelKind.FORUM), "x", private=True)


async def test_a_mention_adds_to_a_private_thread() -> None:
    async with calling() as (server, bot), watching(bot) as watch:
        ada, videos = server.members["Ada"], server.channels["videos"]
        thread = server.add_thread(videos, "secret", ada, private=True)
        words = f"{server.bot.mention} {server.members['Ben'].mention} come in"
        said = await server.post(ada, thread, words)
        assert (await watch.of("MESSAGE_CREATE"))["id"] == str(said.id)
        assert (await bot.call("POST", messages(thread), HELLO)).status == 200
        assert server.visible(server.members["Ben"], thread)


async def listed(server: DiscordServer, bot: Caller) -> set[str]:
    answered = await bot.call("GET", f"/guilds/{server.guild.id}/channels")
    assert answered.status == 200
    return {str(one["name"]) for one in as_objects(answered.body)}


def is_hidden(payload: Json, guild_id: int) -> bool:
    """Return whether nothing but its place is told of a channel."""
    overwrite = {"id": str(guild_id), "type": 0, "allow": "0", "deny": "1024"}
    kept = {"id", "type", "guild_id", "position", "parent_id"}
    told = {"name", "flags", "permission_overwrites", "nsfw", "available_tags"}
    rest = [value for key, value in payload.items() if key not in kept | told]
    return (
        payload["name"] == "___hidden___"
        and payload["flags"] == 1 << 17
        and payload["permission_overwrites"] == [overwrite]
        and rest == [None] * len(rest)
    )


async def test_channels_out_of_view_arrive_obfuscated() -> None:
    async with calling() as (server, bot):
        home, videos = server.guild.id, server.channels["videos"]
        thread = server.add_thread(videos, "cats")
        hide(server, videos)
        assert await listed(server, bot) == {"general"}
        async with watching(bot) as watch:
            guild = watch.guild
            told = {str(one["id"]): one for one in as_objects(guild["channels"])}
            assert is_hidden(told[str(videos.id)], home)
            assert told[str(server.channels["general"].id)]["name"] == "general"
            assert guild["threads"] == []
            asked = await server.invoke(server.members["Ada"], videos, "go", wait=False)
            assert as_object((await watch.of("INTERACTION_CREATE"))["channel"])["name"] == "videos"
            await bot.respond(asked, {"type": 4, "data": HELLO})
            server.set_overwrite(videos, server.roles["Pika"])
            assert (await watch.of("CHANNEL_UPDATE"))["name"] == "videos"
            synced = await watch.of("THREAD_LIST_SYNC")
            assert [one["id"] for one in as_objects(synced["threads"])] == [str(thread.id)]
            assert await listed(server, bot) == {"general", "videos"}
            hide(server, videos)
            assert is_hidden(await watch.of("CHANNEL_UPDATE"), home)
            # With a role that loses the permission, everything goes.
            deny(server, Permission.VIEW_CHANNEL)
            assert is_hidden(await watch.of("CHANNEL_UPDATE"), home)
            for kind in ChannelKind:
                server.add_channel(kind.name, kind)
                assert is_hidden(await watch.of("CHANNEL_CREATE"), home)
            assert await listed(server, bot) == set()
        elsewhere = await bot.call("GET", "/guilds/1/channels")
        assert elsewhere.refusal == (404, 10004)


async def test_a_category_is_in_view_with_a_channel_in_it() -> None:
    async with calling() as (server, bot), watching(bot) as watch:
        home = server.guild.id
        category = server.add_channel("quiet", ChannelKind.CATEGORY)
        inside = server.add_channel("library", category=category)
        await watch.until(lambda _, payload: payload.get("name") == "library")
        hide(server, category)
        shown = await watch.of("CHANNEL_UPDATE")
        assert (shown["id"], shown["name"]) == (str(category.id), "quiet")
        hide(server, inside)
        taken = await watch.until(lambda _, payload: payload.get("id") == str(category.id))
        assert [name for name, _ in taken] == ["CHANNEL_UPDATE", "CHANNEL_UPDATE"]
        assert all(is_hidden(payload, home) for _, payload in taken)
        assert await listed(server, bot) == {"general", "videos"}
        server.set_overwrite(inside, server.roles["Pika"])
        taken = await watch.until(lambda _, payload: payload.get("id") == str(category.id))
        assert {str(one.get("name")) for _, one in taken} >= {"library", "quiet"}


async def test_a_bot_that_was_timed_out_only_reads() -> None:
    """Reported: https://github.com/discord/discord-api-docs/issues/6847."""
    async with calling() as (server, bot), watching(bot) as watch:
        server.time_out(server.bot, 60)
        told = await watch.of("GUILD_MEMBER_UPDATE")
        assert told["communication_disabled_until"] is not None
        assert (await bot.send(HELLO)).refusal == DENIED
        assert (await bot.call("GET", messages(server.channels["videos"]))).status == 200
        asked = await bot.go()
        assert (await bot.respond(asked, {"type": 4, "data": HELLO})).status == 204
        server.advance(61)
        assert (await bot.send(HELLO)).status == 200
        server.time_out(server.bot, 60)
        server.time_out(server.bot, 0)
        assert (await bot.send(HELLO)).status == 200
        allow(server, Permission.ADMINISTRATOR)
        server.time_out(server.bot, 60)
        assert (await bot.send(HELLO)).status == 200
