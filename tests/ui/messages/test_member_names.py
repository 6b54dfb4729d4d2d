"""The names that stand for ids in what members type."""

import discord

from bot.domain.options import Options
from bot.ui.messages.names import read_message, with_names
from tests.ui.messages.discord_messages import (
    ADA,
    BEN,
    ME,
    Payload,
    guild_of,
    message,
    payload,
    user,
)

ROLE, OPEN, SHUT, HIDDEN, THREAD, PRIVATE = 50, 60, 61, 62, 63, 64
VIEW = 1 << 10


def channel(number: int, name: str, *, kind: int = 0, parent: int | None = None) -> Payload:
    return {"id": str(number), "name": name, "type": kind, "position": 0, "parent_id": parent}


def server(found: discord.Message) -> discord.Guild:
    """Return a server in which Ada sees one channel, and of which the bot sees two."""
    guild = guild_of(found)
    state = found._state  # pyright: ignore[reportPrivateUsage]
    state.user = discord.ClientUser(state=state, data=user(ME))  # pyright: ignore[reportArgumentType]
    closed = [{"id": "4", "type": 0, "allow": "0", "deny": str(VIEW)}]
    everyone: Payload = {"id": "4", "name": "@everyone", "permissions": str(VIEW)}
    knights: Payload = {"id": str(ROLE), "name": "Knights", "permissions": "0"}
    for role in (everyone, knights):
        guild._add_role(discord.Role(guild=guild, state=state, data=role | {"position": 0}))  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    channels = [
        channel(OPEN, "general"),
        channel(SHUT, "plans") | {"permission_overwrites": closed},
        channel(HIDDEN, "___hidden___") | {"permission_overwrites": closed},
    ]
    for data in channels:
        data.setdefault("permission_overwrites", [])
        guild._add_channel(discord.TextChannel(state=state, guild=guild, data=data))  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    for number, name, kind in ((THREAD, "a thread", 11), (PRIVATE, "a secret", 12)):
        data = channel(number, name, kind=kind, parent=OPEN) | {
            "owner_id": str(ADA),
            "guild_id": "4",
            "message_count": 0,
            "member_count": 1,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 60,
                "archive_timestamp": "2026-11-22T00:00:00+00:00",
            },
        }
        guild._add_thread(discord.Thread(guild=guild, state=state, data=data))  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    return guild


def member(guild: discord.Guild, who: int, nick: str) -> discord.Member:
    data: Payload = {"user": user(who), "roles": [], "flags": 0, "nick": nick}
    return discord.Member(data=data, guild=guild, state=guild._state)  # pyright: ignore[reportPrivateUsage, reportArgumentType]


async def test_names_are_those_that_the_author_may_read() -> None:
    guild = server(message(payload()))
    ada, ben = member(guild, ADA, "Ada L."), member(guild, BEN, "Ben")

    def read(text: str, *others: discord.Member) -> str:
        return with_names(Options(prompt=text), guild, ada, *others).prompt

    assert read(f"<@{ADA}> and <@!{BEN}>!", ben) == "Ada L. and Ben!"
    assert read(f"<@{ADA}> and <@{BEN}>!") == "Ada L. and !"
    assert read(f"<@&{ROLE}> in <#{OPEN}>, <#{THREAD}>") == "Knights in #general, #a thread"
    for unseen in (SHUT, HIDDEN, PRIVATE, 99):
        assert read(f"a <#{unseen}> b") == "a  b"


async def test_a_message_names_whom_it_mentions() -> None:
    found = message(payload("", {"mentions": [user(BEN)]}))
    options = read_message(found, Options(prompt=f"<@{BEN}> hugs <@{ADA}> and <@77>"))
    assert options.prompt == f"user{BEN} hugs user{ADA} and "
