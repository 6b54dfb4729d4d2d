"""Texts and buttons by which the owner says which servers the bot works in."""

import re
from collections.abc import Collection, Sequence

import discord

from bot.domain.moderation.servers import Server

ITEM = r"server:(?P<id>[0-9]{1,20}):(?P<word>serve|leave)"
"""The `custom_id` of a button, with the server's id and the owner's word."""


def question(servers: Sequence[Server], *, more: int) -> str:
    """Return the question to the owner about some servers; `more` are asked about later."""
    count = len(servers) + more
    if count == 1:
        first = f"🔔 **I was added to {servers[0].title}.** Shall I work there?"
        lines = [f"{first} Until you say so I make nothing there, and nothing is charged."]
    else:
        first = f"🔔 **I was added to {count} servers.** Shall I work there?"
        lines = [
            f"{first} Until you say so I make nothing there, and nothing is charged.",
            *(f"{number}. {server.title}" for number, server in enumerate(servers, 1)),
        ]
    if more:
        lines.append(f"I ask about {more} more in an hour; `python -m bot servers` lists all.")
    lines.append(
        "-# So that nobody else can add me, switch off *Public Bot* at"
        " <https://discord.com/developers/applications>, page *Bot*."
    )
    return "\n".join(lines)


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


def view_without(message: discord.Message, guild_id: int) -> discord.ui.View:
    """Return the buttons of a message without those of one server."""
    view = discord.ui.View(timeout=None)
    for row, component in enumerate(message.components):
        for item in component.children if isinstance(component, discord.ActionRow) else ():
            match = re.fullmatch(ITEM, item.custom_id or "")
            if isinstance(item, discord.Button) and match and int(match["id"]) != guild_id:
                view.add_item(_button(item.label or "", int(match["id"]), match["word"], row))
    view.stop()
    return view


def _button(label: str, guild_id: int, word: str, row: int) -> discord.ui.Button[discord.ui.View]:
    style = discord.ButtonStyle.primary if word == "serve" else discord.ButtonStyle.secondary
    return discord.ui.Button(
        label=label, style=style, custom_id=f"server:{guild_id}:{word}", row=row
    )


def only_owners(owners: Collection[int]) -> str:
    """Return the refusal for a press by anybody else."""
    who = "its owner" if len(owners) == 1 else "its owner or a member of its team"
    return f"Whether this bot works in a server is decided by {who} only."
