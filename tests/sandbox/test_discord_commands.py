"""The loopback Discord's commands: how many, how large, and who may use them."""

from contextlib import suppress

import discord
import pytest

from sandbox.discord.forms import OptionValue
from sandbox.discord.wire import Json, as_objects
from tests.sandbox.discord_caller import COMMANDS, Caller, calling
from tests.sandbox.discord_harness import stage


def command(name: str, **more: object) -> Json:
    return {"name": name, "description": "x", **more}


def option(name: str, kind: int = 3, **more: object) -> Json:
    return {"type": kind, "name": name, "description": "x", **more}


def choices(number: int, length: int) -> list[Json]:
    return [{"name": f"{n:0{length}}", "value": f"{n:0{length}}"} for n in range(number)]


def of_size(characters: int) -> Json:
    """A command of just so many characters, most of them in choices of its subcommands."""
    # One option with 25 choices of 50 + 50 characters, with name and description: 2,502.
    full = [option(name, choices=choices(25, 50)) for name in ("a", "b", "c")]
    sub = option("sub", 1, options=full)
    made = command("big", options=[sub])
    rest = characters - (len("big") + 1 + len("sub") + 1 + 3 * 2502)
    filled = [option(f"f{n}", description="x" * 98) for n in range(rest // 100)]
    left = rest - 100 * len(filled)
    last = [] if left == 0 else [option("z", description="x" * (left - 1))]
    sub["options"] = [*full, *filled, *last]
    return made


def with_translations(made: Json) -> Json:
    """Translations of which only the longest, of one character more, counts."""
    return made | {"description_localizations": {"de": "xx", "fr": "x"}}


def with_translated_choice(made: Json) -> Json:
    """A choice's name of 50 characters translated into 51."""
    (sub,) = as_objects(made["options"])
    first, *_ = as_objects(sub["options"])
    as_objects(first["choices"])[0]["name_localizations"] = {"de": "x" * 51}
    return made


TAKEN: dict[str, Json] = {
    "a name of letters of any script": command("größe-動画_1"),
    "a name with Devanagari marks": command("हिन्दी"),
    "a name with Thai marks": command("น้ำ"),
    "a name with an apostrophe": command("l'été"),
    "8000 characters": of_size(8000),
    "8000 characters by a translation": with_translations(of_size(7999)),
    "a required option first": command("x", options=[option("a", required=True), option("b")]),
    "autocomplete without choices": command("x", options=[option("a", autocomplete=True)]),
    "a name of 32, a description of 100": command("x" * 32, description="x" * 100),
    "25 options": command("x", options=[option(f"o{n}") for n in range(25)]),
    "25 choices": command("x", options=[option("a", choices=choices(25, 100))]),
    "a group of subcommands": command(
        "x", options=[option("g", 2, options=[option("s", 1, options=[option("a")])])]
    ),
    "a menu with capitals and a space": {"name": "Animate this", "type": 3},
}


@pytest.mark.parametrize("name", TAKEN)
async def test_what_discord_takes(name: str):
    async with calling() as (_, bot):
        answered = await bot.sync([TAKEN[name]])
    assert (answered.status, answered.where) == (200, "")


MIXED = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
REFUSED: dict[str, tuple[Json, str]] = {
    "8001 characters": (of_size(8001), "0: APPLICATION_COMMAND_TOO_LARGE"),
    "8001 characters by a translation": (
        with_translations(of_size(8000)),
        "0: APPLICATION_COMMAND_TOO_LARGE",
    ),
    "8001 characters by a choice's translation": (
        with_translated_choice(of_size(8000)),
        "0: APPLICATION_COMMAND_TOO_LARGE",
    ),
    "punctuation": (command("what?"), "0.name: APPLICATION_COMMAND_INVALID_NAME"),
    "a space": (command("two words"), "0.name: APPLICATION_COMMAND_INVALID_NAME"),
    "a name of 33": (command("x" * 33), "0.name: APPLICATION_COMMAND_INVALID_NAME"),
    "no name": (command(""), "0.name: APPLICATION_COMMAND_INVALID_NAME"),
    "a menu's name of 33": ({"name": "x" * 33, "type": 3}, "0.name: BASE_TYPE_BAD_VALUE"),
    "a menu with a description": (
        {"name": "x", "description": "x", "type": 3},
        "0.name: BASE_TYPE_BAD_VALUE",
    ),
    "a menu without a name": ({"name": "", "type": 2}, "0.name: BASE_TYPE_BAD_VALUE"),
    "an option with capitals": (
        command("x", options=[option("A")]),
        "0.options.0.name: APPLICATION_COMMAND_INVALID_NAME",
    ),
    "required after optional": (
        command("x", options=[option("a"), option("b", required=True)]),
        "0.options.1: APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    "choices and autocomplete": (
        command("x", options=[option("a", autocomplete=True, choices=choices(1, 1))]),
        "0.options.0.autocomplete: APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
    ),
    "an empty choice": (
        command("x", options=[option("a", choices=[{"name": "", "value": "v"}])]),
        "0.options.0.choices.0.name: BASE_TYPE_BAD_LENGTH",
    ),
    "choices of an attachment": (
        command("x", options=[option("a", 11, choices=choices(1, 1))]),
        "0.options.0.choices: BASE_TYPE_BAD_VALUE",
    ),
    "a choice of 101": (
        command("x", options=[option("a", choices=choices(1, 101))]),
        "0.options.0.choices.0.name: BASE_TYPE_BAD_LENGTH",
    ),
    "autocomplete of an attachment": (
        command("x", options=[option("a", 11, autocomplete=True)]),
        "0.options.0.choices: BASE_TYPE_BAD_VALUE",
    ),
    "one option twice": (
        command("x", options=[option("a"), option("a")]),
        "0.options: APPLICATION_COMMAND_OPTIONS_DUPLICATE",
    ),
    "a value beside a subcommand": (
        command("x", options=[option("s", 1), option("a")]),
        f"0.options: {MIXED}",
    ),
    "a subcommand in a subcommand": (
        command("x", options=[option("s", 1, options=[option("t", 1)])]),
        f"0.options.0.options: {MIXED}",
    ),
    "a group in a subcommand": (
        command("x", options=[option("s", 1, options=[option("g", 2)])]),
        f"0.options.0.options: {MIXED}",
    ),
    "a value in a group": (
        command("x", options=[option("g", 2, options=[option("a")])]),
        f"0.options.0.options: {MIXED}",
    ),
    "a group in a group": (
        command("x", options=[option("g", 2, options=[option("h", 2)])]),
        f"0.options.0.options: {MIXED}",
    ),
    "max_length 6001": (
        command("x", options=[option("a", max_length=6001)]),
        "0.options.0.max_length: BASE_TYPE_BAD_VALUE",
    ),
    "max_length 0": (
        command("x", options=[option("a", max_length=0)]),
        "0.options.0.max_length: BASE_TYPE_BAD_VALUE",
    ),
    "min_length 6001": (
        command("x", options=[option("a", min_length=6001)]),
        "0.options.0.min_length: BASE_TYPE_BAD_VALUE",
    ),
    "an unknown type": (
        command("x", options=[option("a", 12)]),
        "0.options.0.type: BASE_TYPE_CHOICES",
    ),
    "a translated name with capitals": (
        command("x", name_localizations={"de": "GROSS"}),
        "0.name: APPLICATION_COMMAND_INVALID_NAME",
    ),
    "a translated description of 101": (
        command("x", description_localizations={"de": "x" * 101}),
        "0.description: BASE_TYPE_BAD_LENGTH",
    ),
    "permissions that are none": (
        command("x", default_member_permissions="manage"),
        "0.default_member_permissions: BASE_TYPE_BAD_VALUE",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_discord_refuses(name: str):
    wrong, fault = REFUSED[name]
    async with calling() as (server, bot):
        answered = await bot.sync([wrong])
        assert answered.refusal == (400, 50035)
        assert answered.where == fault
        assert len(server.commands) == len(COMMANDS)


async def test_a_scope_takes_a_hundred_commands_and_fifteen_menus():
    async with calling() as (server, bot):
        guild = f"/applications/{server.bot.id}/guilds/{server.guild.id}/commands"
        hundred = [command(f"c{n}") for n in range(100)]
        menus: list[Json] = [{"name": f"m{n}", "type": 3} for n in range(16)]
        of_members: list[Json] = [one | {"type": 2} for one in menus]
        assert (await bot.sync([*hundred, *menus[:15], *of_members[:15]])).status == 200
        assert (await bot.sync([*hundred, command("c100")])).refusal == (400, 30032)
        assert (await bot.sync(menus)).refusal == (400, 30032)
        assert (await bot.sync(of_members)).refusal == (400, 30032)
        twice = await bot.sync([command("c"), command("c")])
        assert twice.where == "_: APPLICATION_COMMANDS_DUPLICATE_NAME"
        assert (await bot.call("PUT", guild, hundred)).status == 200


async def test_two_hundred_creates_a_day_of_which_updates_are_none():
    async with calling() as (server, bot):

        async def sync(prefix: str, number: int = 99) -> tuple[int, int]:
            answered = await bot.sync([command(f"{prefix}{n}") for n in range(number)])
            return answered.refusal if answered.status != 200 else (200, 0)

        assert (await bot.sync([command("x"), command("?")])).refusal == (400, 50035)
        assert await sync("a") == (200, 0)
        assert await sync("b", 98) == (200, 0)
        # With the three at the start, these are all of today's.
        assert await sync("b", 98) == (200, 0), "the same names are no creates"
        assert await sync("c", 1) == (400, 30034)
        guild = f"/applications/{server.bot.id}/guilds/{server.guild.id}/commands"
        assert (await bot.call("PUT", guild, [command("g")])).status == 200, "another scope"
        assert await sync("b", 97) == (200, 0)
        assert await sync("b", 98) == (400, 30034), "a name that comes back is new"
        server.advance(24 * 60 * 60 - 60)
        assert await sync("c", 1) == (400, 30034)
        server.advance(60)
        assert await sync("c", 1) == (200, 0)


async def test_a_value_keeps_to_its_options_type_bounds_and_choices():
    options = [
        option("must", required=True),
        option("text", min_length=2, max_length=4),
        option("whole", 4, min_value=1, max_value=3),
        option("number", 10, min_value=0.5, max_value=1.5),
        option("style", choices=[{"name": "Noir", "value": "n"}]),
    ]
    taken: dict[str, OptionValue] = {"must": "x" * 6000, "text": "xx", "whole": 1, "number": 1.5}
    refused: list[tuple[str, OptionValue, str]] = [
        ("must", "", "required"),
        ("must", "x" * 6001, "over max_length"),
        ("text", "x", "under min_length 2"),
        ("text", "xxxxx", "over max_length 4"),
        ("whole", 0, "under min_value 1"),
        ("whole", 4, "over max_value 3"),
        ("whole", True, "doesn't fit"),
        ("number", 0.4, "under min_value 0.5"),
        ("number", 1.6, "over max_value 1.5"),
        ("style", "Anime", "not among"),
    ]
    async with calling() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        assert (await bot.sync([command("set", options=options)])).status == 200
        assert await server.invoke(ada, videos, "set", {**taken, "style": "Noir"}, wait=False)
        for name, value, reason in refused:
            with pytest.raises(ValueError, match=reason):
                await server.invoke(ada, videos, "set", {**taken, name: value}, wait=False)


async def offered(bot: Caller, name: str) -> set[str]:
    """Return the names of the people who may use a command in #videos."""

    async def may(who: str) -> bool:
        member, channel = bot.server.members[who], bot.server.channels["videos"]
        with suppress(ValueError):
            return bool(await bot.server.invoke(member, channel, name, wait=False))
        return False

    return {who for who in bot.server.members if await may(who)}


async def test_a_servers_overrides_count_before_the_default():
    async with calling() as (server, bot):
        ada, ben = server.members["Ada"], server.members["Ben"]
        member, moderator = server.roles["Member"], server.roles["Moderator"]
        assert await offered(bot, "mod") == {"Mo", "Olive"}
        server.override_command("mod", ada, allow=True)
        assert await offered(bot, "mod") == {"Ada", "Mo", "Olive"}
        server.override_command("mod", moderator, allow=False)
        assert await offered(bot, "mod") == {"Ada", "Olive"}, "administrators always may"
        server.override_command("mod", member, allow=True)
        assert await offered(bot, "mod") == {"Ada", "Ben", "Mo", "Olive"}, "one role is enough"
        server.override_command("mod", ben, allow=False)
        assert await offered(bot, "mod") == {"Ada", "Mo", "Olive"}, "the member counts first"
        server.override_command("mod", server.guild.everyone, allow=False)
        assert await offered(bot, "mod") == {"Ada", "Mo", "Olive"}, "@everyone counts last"
        server.override_command("go", server.guild.everyone, allow=False)
        assert await offered(bot, "go") == {"Olive"}, "@everyone counts before the default"
        server.override_command("go", server.guild.everyone, allow=True)
        server.override_command("go", moderator, allow=False)
        assert await offered(bot, "go") == {"Ada", "Ben", "Olive"}, "a role counts before that"


async def test_overrides_of_the_whole_application_count_where_the_command_has_none():
    async with calling() as (server, bot):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        server.override_command(None, server.guild.everyone, allow=False)
        assert await offered(bot, "go") == {"Olive"}
        server.override_command("go", ada, allow=True)
        assert await offered(bot, "go") == {"Ada", "Olive"}
        server.override_command(None, ben, allow=True)
        assert await offered(bot, "go") == {"Ada", "Ben", "Olive"}
        assert await offered(bot, "mod") == {"Olive"}, "it doesn't give what the default denies"
        server.override_command(None, server.guild.everyone, allow=None)
        assert await offered(bot, "go") == {"Ada", "Ben", "Mo", "Olive"}
        server.override_command(None, server.guild, allow=False)
        assert await offered(bot, "go") == {"Olive"}, "in no channel"
        server.override_command("go", videos, allow=True)
        with pytest.raises(ValueError, match="may not use 'go'"):
            await server.invoke(ada, server.channels["general"], "go", wait=False)
        assert await server.invoke(ada, videos, "go", wait=False)


async def test_a_command_can_be_denied_in_a_channel_and_its_threads():
    async with calling() as (server, bot):
        videos, ada = server.channels["videos"], server.members["Ada"]
        thread = server.add_thread(videos, "cats")
        assert await offered(bot, "go") == {"Ada", "Ben", "Mo", "Olive"}
        server.override_command("go", videos, allow=False)
        assert await offered(bot, "go") == {"Olive"}
        with pytest.raises(ValueError, match="may not use 'go'"):
            await server.invoke(ada, thread, "go", wait=False)
        assert await server.invoke(ada, server.channels["general"], "go", wait=False)


async def test_a_command_for_administrators_only():
    async with calling() as (server, bot):
        await bot.sync([command("admin", default_member_permissions="0")])
        assert await offered(bot, "admin") == {"Olive"}
        with pytest.raises(ValueError, match="no command 'nobody'"):
            server.override_command("nobody", server.members["Ada"], allow=True)


async def test_the_bot_can_read_overrides_but_not_set_them():
    async with stage() as (server, bot):
        moderator, videos = server.roles["Moderator"], server.channels["videos"]
        guild = discord.Object(server.guild.id)
        (make, _) = await bot.tree.fetch_commands()
        with pytest.raises(discord.NotFound) as caught:
            await make.fetch_permissions(guild)
        assert caught.value.code == 10066
        server.override_command("make", moderator, allow=True)
        server.override_command("make", videos, allow=False)
        read = await make.fetch_permissions(guild)
        assert [(one.target.id, one.type.value, one.permission) for one in read.permissions] == [
            (moderator.id, 1, True),
            (videos.id, 3, False),
        ]
    async with calling() as (server, caller):
        commands = f"/applications/{server.bot.id}/guilds/{server.guild.id}/commands"
        assert as_objects((await caller.call("GET", f"{commands}/permissions")).body) == []
        assert (await caller.call("GET", f"{commands}/1/permissions")).refusal == (404, 10063)
        server.override_command("mod", server.members["Ada"], allow=True)
        (entry,) = as_objects((await caller.call("GET", f"{commands}/permissions")).body)
        (override,) = as_objects(entry["permissions"])
        assert (override["type"], override["permission"]) == (2, True)
        put = await caller.call("PUT", f"{commands}/{entry['id']}/permissions", {})
        assert put.status == 404
        assert len(server.violations) == 1, "it takes a member's own token"
