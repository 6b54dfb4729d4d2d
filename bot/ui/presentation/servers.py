"""Texts and buttons by which the owner says which servers the bot works in."""

import re
from collections.abc import Collection, Iterator, Sequence

import discord

from bot.domain.text import literal, one_line, plural
from bot.ports.servers import SeenServer

ITEM = r"server:(?P<id>[0-9]{1,20}):(?P<action>serve|leave)"
"""The `custom_id` of a button, with the server's id and the owner's word."""


_UNTIL = " Until you say so I make nothing there, and nothing is charged."
_LONGEST_OWNER = 32
_CURE = (
    "-# So that nobody else can add me: at <https://discord.com/developers/applications>, page"
    " *Installation*, set *Install Link* to *None*, then on the page *Bot* switch *Public Bot* off."
)


def question(servers: Sequence[SeenServer], *, more: int) -> str:
    """Return the question to the owner about some servers; `more` are asked about later."""
    count = len(servers) + more
    if count == 1:
        facts = _facts(servers[0])
        about = f" It has {facts}." if facts else ""
        lines = [
            f"🔔 **I was added to {servers[0].title}.**{about} Shall I work there?{_UNTIL}",
        ]
    else:
        lines = [f"🔔 **I was added to {count} servers.** Shall I work there?{_UNTIL}"]
        for number, server in enumerate(servers, 1):
            facts = _facts(server)
            lines.append(f"{number}. {server.title}" + (f": {facts}" if facts else ""))
    if more:
        lines.append(f"I ask about {more} more in an hour; `python -m bot servers` lists all.")
    return "\n".join([*lines, _CURE])


def _facts(server: SeenServer) -> str:
    """Return the number of members and the owner of a server, as far as Discord says them."""
    facts: list[str] = []
    if server.members is not None:
        facts.append(f"{server.members} {plural('member', server.members)}")
    if server.owner_id is not None:
        name = one_line(server.owner_name or "")
        owner = literal(name, _LONGEST_OWNER) if name else str(server.owner_id)
        facts.append(f"the owner {owner}")
    return " and ".join(facts)


def answered(message: discord.Message, guild_id: int, outcome: str) -> tuple[str, discord.ui.View]:
    """Return a question with what was decided on one server, and the buttons of the others."""
    view = view_without(message, guild_id)
    text = message.content if view.children else message.content.replace(_UNTIL, "")
    return f"{text}\n{outcome}", view


def servers_view(guild_ids: Sequence[int], numbers: Sequence[int] | None = None) -> discord.ui.View:
    """Return a row of two buttons for each server; with `numbers`, their labels have these."""
    view = discord.ui.View(timeout=None)
    for row, guild_id in enumerate(guild_ids):
        number = f"{numbers[row]} · " if numbers is not None else ""
        view.add_item(_button(f"{number}Serve it", guild_id, "serve", row))
        view.add_item(_button(f"{number}Leave it", guild_id, "leave", row))
    # A view that has ended isn't kept in memory. Presses find their way by `custom_id`.
    view.stop()
    return view


def asks_about(message: discord.Message, guild_id: int) -> bool:
    """Return whether a message has buttons for a server."""
    return any(int(match["id"]) == guild_id for _, _, match in _buttons(message))


def view_without(message: discord.Message, guild_id: int) -> discord.ui.View:
    """Return the buttons of a message without those of one server."""
    view = discord.ui.View(timeout=None)
    for row, label, match in _buttons(message):
        if int(match["id"]) != guild_id:
            view.add_item(_button(label, int(match["id"]), match["action"], row))
    view.stop()
    return view


def _buttons(message: discord.Message) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield row, label and matched `custom_id` of each button of a message."""
    for row, component in enumerate(message.components):
        for item in component.children if isinstance(component, discord.ActionRow) else ():
            match = re.fullmatch(ITEM, item.custom_id or "")
            if isinstance(item, discord.Button) and match:
                yield row, item.label or "", match


def _button(label: str, guild_id: int, word: str, row: int) -> discord.ui.Button[discord.ui.View]:
    style = discord.ButtonStyle.primary if word == "serve" else discord.ButtonStyle.secondary
    return discord.ui.Button(
        label=label, style=style, custom_id=f"server:{guild_id}:{word}", row=row
    )


def only_owners(owners: Collection[int]) -> str:
    """Return the refusal for a press by anybody else."""
    who = "its owner" if len(owners) == 1 else "its owner or a member of its team"
    return f"Whether this bot works in a server is decided by {who} only."
