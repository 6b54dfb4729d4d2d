"""No way in goes round the gate: each is registered where its use is declared and checked."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from discord import Client, Intents, app_commands

from bot.ui.access.command_tree import GatedTree
from bot.ui.access.uses import Use
from tests.meta.source_tree import modules, name_of
from tests.wire.ways_in import CUSTOM_IDS, buttons, commands, every_way, forms

UI = "bot/ui/"
DOORS = {
    # A base class, a decorator, or a method of discord.py, and the only modules that use it.
    "Modal": {UI + "controls/modals.py"},
    "DynamicItem": {UI + "controls/persistent.py"},
    "CommandTree": {UI + "access/command_tree.py"},
    "add_dynamic_items": {UI + "client.py"},
    "add_view": {UI + "controls/modals.py"},
    "add_listener": {"bot/composition/program.py"},
    # There it is a socket's.
    "listen": {"bot/adapters/webhook/receiver.py"},
}
NOWHERE = {
    *("View", "LayoutView", "Button", "Select", "UserSelect", "RoleSelect", "ChannelSelect"),
    *("MentionableSelect", "Cog", "Group"),
}
"""Base classes whose subclasses would answer interactions by themselves."""
UNUSED = {"add_cog", "load_extension", "event", "hybrid_command"}
"""Methods of discord.py that register something, and that nothing uses."""
LISTENERS = {
    UI + "client.py": {
        *("on_message", "on_connect", "on_ready"),
        "on_raw_app_command_permissions_update",
    },
    UI + "gateway.py": {"on_error"},
    UI + "unclaimed.py": {"on_interaction", "on_unreadable_interaction"},
    UI + "controls/modals.py": {"on_submit", "on_error"},
    "cogs/mentions.py": {"on_message"},
    "cogs/servers.py": {
        *("on_ready", "on_resumed", "on_guild_available", "on_guild_join"),
        *("on_guild_update", "on_guild_remove"),
    },
}
"""All methods that discord.py calls by their names. `on_interaction` answers only forms of an
earlier process, `on_unreadable_interaction` only refuses: neither makes anything."""


@dataclass(frozen=True)
class Opening:
    """A place in the source where something may be registered at discord.py."""

    what: str
    line: int


def openings(source: str) -> Iterator[Opening]:
    """Yield base classes, decorators and calls of methods by their last names."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(bases=bases):
                names = [last_name(base) for base in bases]
            case ast.FunctionDef(decorator_list=list_) | ast.AsyncFunctionDef(decorator_list=list_):
                called = [one.func if isinstance(one, ast.Call) else one for one in list_]
                names = [f"@{last_name(one)}" for one in called]
            case ast.Call(func=ast.Attribute(attr=name)):
                names = [f".{name}"]
            case ast.Assign(targets=targets):
                names = [f"{one.attr} =" for one in targets if isinstance(one, ast.Attribute)]
            case _:
                continue
        for name in names:
            yield Opening(name, node.lineno)


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def round_the_gate(name: str, source: str) -> list[str]:
    """Return what a module registers past the doors."""
    wrong = NOWHERE | {f"@{one}" for one in ("button", "select")} | {"callback ="}
    wrong |= {f".{one}" for one in UNUSED} | {f"@{one}" for one in UNUSED}
    for what, doors in DOORS.items():
        if name not in doors:
            wrong |= {what, f".{what}"}
    return [f"{name}:{one.line} {one.what}" for one in openings(source) if one.what in wrong]


def test_what_goes_round_is_seen() -> None:
    source = """
class A(discord.ui.Modal, title="A"): ...
class B(discord.ui.DynamicItem[discord.ui.Button], template="b"): ...
class C(ui.View):
    @ui.button(label="C")
    async def pressed(self): ...
bot.add_listener(f)
bot.add_view(C())
button.callback = f
@bot.event
async def on_message(): ...
"""
    found = [one.partition(" ")[2] for one in round_the_gate("cogs/new.py", source)]
    assert sorted(found) == sorted(
        [
            "Modal",
            "DynamicItem",
            "View",
            "@button",
            ".add_listener",
            ".add_view",
            "callback =",
            "@event",
        ]
    )
    assert round_the_gate(UI + "controls/modals.py", "class A(discord.ui.Modal): ...") == []


def test_nothing_goes_round_the_gate() -> None:
    found = [
        wrong
        for path in modules("bot", "cogs")
        for wrong in round_the_gate(name_of(path), path.read_text())
    ]
    assert found == []


def test_every_listener_is_known() -> None:
    found: dict[str, set[str]] = {}
    for path in modules("bot/ui", "cogs"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and node.name.startswith("on_"):
                found.setdefault(name_of(path), set()).add(node.name)
    assert found == LISTENERS


def test_every_way_in_declares_its_use() -> None:
    ways = every_way()
    assert len(ways) == len({(way.kind, way.name) for way in ways})
    assert len([*commands()]) > 20
    assert len([*forms()]) >= 4
    assert {way.kind for way in buttons()} == set(CUSTOM_IDS)
    assert {way.use for way in ways} == set(Use)


async def nothing(_: object) -> None:
    """Stand for a command."""


def test_a_command_without_a_use_is_not_registered() -> None:
    group = app_commands.Group(name="group", description="A group")
    group.add_command(app_commands.Command(name="silent", description="It", callback=nothing))
    with pytest.raises(TypeError, match="'group silent' doesn't declare its use"):
        GatedTree(Client(intents=Intents.none())).add_command(group)  # pyright: ignore[reportArgumentType]  # any client will do
