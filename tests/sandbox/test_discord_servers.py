"""The loopback Discord with two servers, and a bot that is added to them and removed."""

import discord
import pytest

from sandbox.discord.cdn import File
from sandbox.discord.guilds import MEBIBYTE, Channel, Guild
from sandbox.discord.model import Invocation
from sandbox.discord.permissions import MEMBER_PERMISSIONS, Permission
from sandbox.discord.plan import PLAYGROUND, ServerPlan, WorldPlan
from sandbox.discord.server import DiscordServer, open_discord
from sandbox.discord.sessions import GUILD_MESSAGES
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, decode
from tests.sandbox.discord_caller import Caller, calling
from tests.sandbox.discord_harness import stage
from tests.sandbox.test_discord_gateway import connected, identify, read
from tests.sandbox.test_discord_sessions import event, on_the_gateway

NIGHT = ServerPlan(
    name="Night Shift",
    owner="Nora",
    members={"Ada": ("Lead",), "Bo": ()},
    roles={"Lead": MEMBER_PERMISSIONS | Permission.MANAGE_GUILD},
    channels=("studio", "lobby"),
)
BOTH = WorldPlan(servers=(PLAYGROUND, NIGHT))
ELSEWHERE = WorldPlan(
    servers=(PLAYGROUND, ServerPlan(name="Elsewhere", owner="Eve", has_bot=False))
)
MEBIBYTES_20 = {0: File("a.bin", bytes(20 * MEBIBYTE))}


def night(server: DiscordServer) -> Guild:
    return server.servers["Night Shift"]


def said(invocation: Invocation) -> str:
    assert invocation.response_message is not None
    return invocation.response_message.content


def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


async def announced(server: DiscordServer, caller: Caller) -> tuple[list[str], list[Json]]:
    """Identify anew; return the ids in READY, and the GUILD_CREATE of each."""
    server.identify_limit.enabled = False
    async with connected(caller) as socket:
        await identify(socket, server.token)
        ready = as_object((await read(socket))["d"])
        ids = [str(guild["id"]) for guild in as_objects(ready["guilds"])]
        return ids, [await event(socket, "GUILD_CREATE") for _ in ids]


async def test_the_gateway_announces_each_server():
    async with calling(plan=BOTH) as (server, caller):
        ids, guilds = await announced(server, caller)
        first, second = guilds
        assert ids == [first["id"], second["id"]] == [str(server.guild.id), str(night(server).id)]
        assert [guild["name"] for guild in guilds] == ["Pika Playground", "Night Shift"]
        assert [guild["unavailable"] for guild in guilds] == [False, False]
        assert [guild["member_count"] for guild in guilds] == [5, 4]
        channels = as_objects(second["channels"])
        assert [channel["name"] for channel in channels] == ["studio", "lobby"]
        assert {channel["guild_id"] for channel in channels} == {second["id"]}
        roles = [role["name"] for role in as_objects(second["roles"])]
        assert roles == ["@everyone", "Member", "Lead", "Pika"]
    async with stage(plan=BOTH) as (server, bot):
        assert {guild.name for guild in bot.guilds} == set(server.servers)


async def test_commands_and_buttons_work_in_each_server():
    async with stage(plan=BOTH) as (server, bot):
        places = list[int | None]()

        async def on_interaction(interaction: discord.Interaction[discord.Client]) -> None:
            places.append(interaction.guild_id)

        bot.event(on_interaction)
        studio, videos = night(server).channels["studio"], server.channels["videos"]
        for member, channel in (
            (night(server).members["Bo"], studio),
            (server.members["Ben"], videos),
        ):
            made = await server.invoke(member, channel, "make video", {"prompt": "a fox"})
            assert made.member is member
            await server.wait_for(lambda made=made: made.followups)
            (message,) = [one for one in server.visible(member, channel) if one.attachments]
            details = await server.click(member, message, "Details")
            assert said(details) == "job 7"
            modal = await server.invoke_menu(member, message, "Animate")
            submitted = await server.submit_modal(modal, {"prompt": "run"})
            assert said(submitted) == "video.mp4: run"
        home, other = server.guild.id, night(server).id
        assert places == [other] * 4 + [home] * 4


async def test_a_stranger_to_a_server_sees_and_does_nothing_there():
    async with stage(plan=BOTH) as (server, _):
        bo, videos = night(server).members["Bo"], server.channels["videos"]
        made = await server.invoke(server.members["Ben"], videos, "make style", {"name": "noir"})
        assert made.response_message is not None
        assert server.visible(bo, videos) == []
        with pytest.raises(ValueError, match="doesn't see"):
            await server.click(bo, made.response_message, "Details")
        with pytest.raises(ValueError, match="may not use"):
            await server.invoke(bo, videos, "make style", {"name": "noir"})
        with pytest.raises(ValueError, match="may not post"):
            await server.post(bo, videos, "hello?")
        with pytest.raises(ValueError, match="may not post"):
            await server.post(server.guild.owner, night(server).channels["studio"], "hello?")


async def test_a_thing_of_another_server_cannot_be_chosen():
    options = [{"name": "who", "description": "x", "type": 9}]
    options += [{"name": "where", "description": "x", "type": 7}]
    commands = [{"name": "pick", "description": "Pick", "options": options}]
    async with calling(plan=BOTH) as (server, caller):
        await caller.sync(commands)
        other, videos = night(server), server.channels["videos"]
        for option, thing in (
            ("who", other.members["Bo"]),
            ("who", other.roles["Lead"]),
            ("where", other.channels["studio"]),
        ):
            with pytest.raises(ValueError, match="of another server"):
                await server.invoke(
                    server.members["Ben"], videos, "pick", {option: thing}, wait=False
                )
            nora, studio = other.owner, other.channels["studio"]
            await server.invoke(nora, studio, "pick", {option: thing}, wait=False)


async def test_messages_stay_in_their_server():
    async with stage(plan=BOTH) as (server, bot):
        bo, studio = night(server).members["Bo"], night(server).channels["studio"]
        ben, videos = server.members["Ben"], server.channels["videos"]
        await server.post(bo, studio, "night")
        await server.post(ben, videos, "day")
        thread = server.add_thread(studio, "cats", bo)
        await server.post(bo, thread, "purr")
        await bot.changes.wait_for(lambda: len(bot.heard) == 3, 5)
        places = [message.guild and message.guild.name for message in bot.heard]
        assert places == ["Night Shift", "Pika Playground", "Night Shift"]
        assert [message.author.name for message in bot.heard] == ["bo", "ben", "bo"]
        assert [message.content for message in server.visible(ben, videos)] == ["day"]
        assert [message.content for message in server.visible(bo, studio)] == ["night"]


async def test_rest_finds_a_message_in_its_own_channel_only():
    async with calling(plan=BOTH) as (server, caller):
        studio, videos = night(server).channels["studio"], server.channels["videos"]
        for channel in (studio, videos):
            sent = await caller.call("POST", messages(channel), {"content": channel.name})
            assert sent.status == 200
            other = videos if channel is studio else studio
            one = f"{messages(channel)}/{sent.json['id']}"
            assert (await caller.call("GET", one)).json["content"] == channel.name
            astray = f"{messages(other)}/{sent.json['id']}"
            assert (await caller.call("GET", astray)).refusal == (404, 10008)
            reply: Json = {"message_reference": {"message_id": sent.json["id"]}, "content": "x"}
            assert (await caller.call("POST", messages(other), reply)).refusal == (400, 50035)
            replied = await caller.call("POST", messages(channel), reply)
            reference = as_object(replied.json["message_reference"])
            assert reference["guild_id"] == str(channel.guild_id)
            shown = await caller.call("GET", f"/channels/{channel.id}")
            assert shown.json["guild_id"] == str(channel.guild_id)


async def test_a_person_in_two_servers_is_one_account_with_two_memberships():
    async with calling(plan=BOTH) as (server, _):
        here, there = server.members["Ada"], night(server).members["Ada"]
        assert here is not there
        assert here.user is there.user
        videos, studio = server.channels["videos"], night(server).channels["studio"]
        with pytest.raises(ValueError, match="may not use 'mod'"):
            await server.invoke(here, videos, "mod", wait=False)
        # It is the channel that says which membership counts.
        asked = await server.invoke(here, studio, "mod", wait=False)
        assert asked.member is there


async def test_mentions_reach_the_servers_own_people_only():
    async with calling(plan=BOTH) as (server, _):
        other, videos = night(server), server.channels["videos"]
        lead, bo = other.roles["Lead"], other.members["Bo"]
        lead.mentionable = True
        words = f"@everyone <@&{lead.id}> {bo.mention}"
        day = await server.post(server.guild.owner, videos, words)
        assert day.pinged == {member.id for member in server.guild.people} - {server.guild.owner.id}
        assert day.mentioned == frozenset()
        quiet = await server.post(server.members["Ben"], videos, words)
        assert quiet.pinged == frozenset()
        dark = await server.post(bo, other.channels["studio"], words)
        assert dark.pinged == {other.members["Ada"].id}


async def test_a_servers_own_commands_and_overrides_count_there_only():
    async with calling(plan=BOTH) as (server, caller):
        other, ben, bo = night(server), server.members["Ben"], night(server).members["Bo"]
        videos, studio = server.channels["videos"], other.channels["studio"]
        application = f"/applications/{server.bot.id}/guilds"
        own = [{"name": "dim", "description": "Dim"}]
        path = f"{application}/{other.id}/commands"
        synced = await caller.call("PUT", path, own)
        assert synced.status == 200
        await server.invoke(bo, studio, "dim", wait=False)
        with pytest.raises(ValueError, match="no command 'dim' here"):
            await server.invoke(ben, videos, "dim", wait=False)
        server.override_command("go", other.everyone, allow=False)
        server.override_command("dim", bo, allow=True)
        await server.invoke(ben, videos, "go", wait=False)
        with pytest.raises(ValueError, match="may not use 'go'"):
            await server.invoke(bo, studio, "go", wait=False)
        with pytest.raises(ValueError, match="no command 'dim' here"):
            server.override_command("dim", ben, allow=True)
        # A person's override in one server isn't theirs in another.
        server.override_command("go", other.members["Ada"], allow=False)
        await server.invoke(server.members["Ada"], videos, "go", wait=False)
        there = await caller.call("GET", f"{path}/permissions")
        overridden = [override["guild_id"] for override in as_objects(there.body)]
        assert overridden == [str(other.id)] * 2
        home = f"{application}/{server.guild.id}/commands"
        assert (await caller.call("GET", f"{home}/permissions")).body == []
        dim = as_objects(synced.body)[0]["id"]
        assert (await caller.call("GET", f"{path}/{dim}/permissions")).status == 200
        denied = await caller.call("GET", f"{home}/{dim}/permissions")
        assert denied.refusal == (404, 10063)
        go = server.commands[0]["id"]
        assert (await caller.call("GET", f"{home}/{go}/permissions")).refusal == (404, 10066)


async def test_boosts_count_in_their_own_server_only():
    async with calling(plan=BOTH) as (server, caller):
        bo, studio = night(server).members["Bo"], night(server).channels["studio"]
        server.set_boost_tier(2, guild=night(server))
        direct = await caller.call("POST", "/users/@me/channels", {"recipient_id": str(bo.id)})
        for channel, status in (
            (studio.id, 200),
            (server.channels["videos"].id, 413),
            (as_integer(direct.json["id"]), 413),
        ):
            path = f"/channels/{channel}/messages"
            sent = await caller.call("POST", path, {"content": "x"}, MEBIBYTES_20)
            assert sent.status == status
        asked = await server.invoke(bo, studio, "go", wait=False)
        assert asked.attachment_size_limit == 50 * MEBIBYTE
        assert (await caller.go()).attachment_size_limit == 10 * MEBIBYTE


async def test_direct_messages_need_a_server_in_common_that_allows_them():
    async with calling(plan=BOTH) as (server, caller):
        here, there = server.members["Ada"], night(server).members["Ada"]
        opened = await caller.call("POST", "/users/@me/channels", {"recipient_id": str(here.id)})
        path = f"/channels/{opened.json['id']}/messages"
        here.takes_direct_messages = False
        assert (await caller.call("POST", path, {"content": "psst"})).status == 200
        there.takes_direct_messages = False
        assert (await caller.call("POST", path, {"content": "psst"})).refusal == (403, 50007)
        there.takes_direct_messages = True
        server.remove_server(night(server))
        assert (await caller.call("POST", path, {"content": "psst"})).refusal == (403, 50007)


async def test_the_bot_is_added_to_servers_while_it_runs():
    async with stage(plan=ELSEWHERE) as (server, bot):
        assert [guild.name for guild in bot.guilds] == ["Pika Playground"]
        joined = list[str]()

        async def on_guild_join(guild: discord.Guild) -> None:
            joined.append(guild.name)
            bot.changes.notify()

        bot.event(on_guild_join)
        elsewhere = server.servers["Elsewhere"]
        eve, general = elsewhere.owner, elsewhere.channels["general"]
        with pytest.raises(ValueError, match="Pika isn't in 'Elsewhere'"):
            await server.invoke(eve, general, "make style", {"name": "noir"})
        server.add_server(elsewhere)
        added = server.add_server(NIGHT)
        await bot.changes.wait_for(lambda: len(joined) == 2, 5)
        assert joined == ["Elsewhere", "Night Shift"]
        for member, channel in (
            (eve, general),
            (added.members["Bo"], added.channels["studio"]),
        ):
            done = await server.invoke(member, channel, "make style", {"name": "noir"})
            assert said(done) == "noir"
        for twice in (NIGHT, added):
            with pytest.raises(ValueError, match="already"):
                server.add_server(twice)


async def test_the_bot_is_removed_from_a_server_while_it_runs():
    async with stage(plan=BOTH) as (server, bot):
        events = list[str]()

        async def on_guild_remove(guild: discord.Guild) -> None:
            events.append(f"out of {guild.name}")
            bot.changes.notify()

        async def on_guild_join(guild: discord.Guild) -> None:
            events.append(f"into {guild.name}, {len(guild.channels)} channels")
            bot.changes.notify()

        for handler in (on_guild_remove, on_guild_join):
            bot.event(handler)
        other = night(server)
        bo, studio = other.members["Bo"], other.channels["studio"]
        made = await server.invoke(bo, studio, "make video", {"prompt": "a fox"})
        await server.wait_for(lambda: made.followups)
        assert made.response_message is not None
        server.remove_server(other)
        await bot.changes.wait_for(lambda: events, 5)
        assert [guild.name for guild in bot.guilds] == ["Pika Playground"]
        with pytest.raises(ValueError, match="Pika isn't in 'Night Shift'"):
            await server.click(bo, made.response_message, "Details")
        with pytest.raises(ValueError, match="Pika isn't in 'Night Shift'"):
            await server.invoke(bo, studio, "make style", {"name": "noir"})
        server.add_channel("attic", guild=other)
        server.add_server(other)
        await bot.changes.wait_for(lambda: len(events) == 2, 5)
        assert events == ["out of Night Shift", "into Night Shift, 3 channels"]
        done = await server.click(bo, made.response_message, "Details")
        assert said(done) == "job 7"


async def test_the_bot_leaves_a_server():
    async with stage(plan=BOTH) as (server, bot):
        left = list[str]()

        async def on_guild_remove(guild: discord.Guild) -> None:
            left.append(guild.name)
            bot.changes.notify()

        bot.event(on_guild_remove)
        other = night(server)
        await bot.http.leave_guild(other.id)
        await bot.changes.wait_for(lambda: left, 5)
        assert (left, other.bot_joined) == (["Night Shift"], False)
        for guild_id in (other.id, 1):
            with pytest.raises(discord.NotFound, match="Unknown Guild"):
                await bot.http.leave_guild(guild_id)


async def test_a_server_is_given_to_another_member():
    async with stage(plan=BOTH) as (server, bot):
        owners = list[int | None]()

        async def on_guild_update(_: discord.Guild, guild: discord.Guild) -> None:
            owners.append(guild.owner_id)
            bot.changes.notify()

        bot.event(on_guild_update)
        other = night(server)
        server.give_server(other, other.members["Bo"])
        await bot.changes.wait_for(lambda: owners, 5)
        assert owners == [other.members["Bo"].id]
        with pytest.raises(ValueError, match="Ben isn't in 'Night Shift'"):
            server.give_server(other, server.members["Ben"])


async def test_nothing_is_sent_of_a_server_without_the_bot():
    async with calling(plan=BOTH) as (server, caller):
        other, bo = night(server), night(server).members["Bo"]
        studio, attic = other.channels["studio"], server.add_channel("attic", guild=other)
        async with on_the_gateway(caller, intents=1 | GUILD_MESSAGES) as socket:
            await event(socket, "GUILD_CREATE")
            server.remove_server(other)
            message = await server.post(bo, studio, "is it gone?")
            server.edit(bo, message, "it is gone")
            server.delete_message(bo, message)
            server.delete_channel(attic)
            server.set_overwrite(studio, bo, deny=Permission.SEND_MESSAGES)
            server.archive(server.add_thread(studio, "cats", bo))
            cook = server.add_role("Cook", Permission.NONE, guild=other)
            server.set_role_permissions(cook, MEMBER_PERMISSIONS)
            server.set_boost_tier(2, guild=other)
            server.override_command("go", bo, allow=False)
            server.add_channel("last")
            frames = [as_object(decode(await socket.receive_str())) for _ in range(2)]
        assert [frame["t"] for frame in frames] == ["GUILD_DELETE", "CHANNEL_CREATE"]
        assert frames[0]["d"] == {"id": str(other.id)}
        assert as_object(frames[1]["d"])["name"] == "last"


async def test_a_server_without_the_bot_is_closed_to_it():
    async with calling(plan=BOTH) as (server, caller):
        other, studio = night(server), night(server).channels["studio"]
        sent = await caller.call("POST", messages(studio), {"content": "x"})
        server.remove_server(other)
        one = f"{messages(studio)}/{sent.json['id']}"
        no_access = (403, 50001)
        for method, path in (("POST", messages(studio)), ("PATCH", one), ("DELETE", one)):
            assert (await caller.call(method, path, {"content": "y"})).refusal == no_access
        commands = f"/applications/{server.bot.id}/guilds/{other.id}/commands"
        assert (await caller.call("PUT", commands, [])).refusal == (404, 10004)
        ids, _ = await announced(server, caller)
        assert ids == [str(server.guild.id)]
        application = (await caller.call("GET", "/applications/@me")).json
        assert application["approximate_guild_count"] == 1


@pytest.mark.parametrize(
    ("named", "owner"), [(None, "Olive"), ("Nora", "Nora"), ("Zoe", "Zoe")], ids=str
)
async def test_the_application_belongs_to_the_first_servers_owner_or_whom_the_plan_names(
    named: str | None, owner: str
):
    plan = WorldPlan(servers=BOTH.servers, bot="Pip", application_owner=named)
    async with calling(plan=plan) as (server, caller):
        application = (await caller.call("GET", "/applications/@me")).json
        assert as_object(application["owner"])["global_name"] == owner
        assert application["name"] == "Pip"
        assert [role.name for role in night(server).bot.roles] == ["Pip"]


async def test_a_world_has_a_server():
    with pytest.raises(ValueError, match="at least one server"):
        async with open_discord(plan=WorldPlan(servers=())):
            pass
