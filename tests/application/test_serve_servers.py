"""Questions about servers: bundled, at most one an hour, whatever the clock and Discord do."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.reports import servers_report
from bot.adapters.sqlite.servers import SqliteServers
from bot.application.line.line_state import LineState
from bot.application.servers import MOST_ASKED, ServeServers
from bot.domain.calendar import HOUR_MS
from bot.domain.moderation.servers import Decision, NotServed
from bot.ports import SeenServer, ServerDoor, Undeliverable
from tests.adapters.sqlite.store_harness import Stage, open_stage
from tests.domain.examples import new_job
from tests.set_clock import SetClock

OWNER, STRANGER = 1, 2


@dataclass
class Door(ServerDoor):
    """Records what the owner is asked."""

    closed: bool = False
    asked: list[tuple[list[int], int]] = field(default_factory=list[tuple[list[int], int]])
    answers: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])

    @override
    def owners(self) -> Collection[int]:
        return {OWNER}

    @override
    async def leave(self, guild_id: int) -> None:
        raise AssertionError

    @override
    async def ask(self, servers: Sequence[SeenServer], *, more: int) -> int:
        if self.closed:
            raise Undeliverable("closed")
        self.asked.append(([server.guild_id for server in servers], more))
        return len(self.asked)

    @override
    async def close_question(self, message_id: int, guild_id: int, outcome: str) -> None:
        if self.closed:
            raise Undeliverable("closed")
        self.answers.append((message_id, guild_id, outcome))


@dataclass
class Playing:
    rows: Stage
    book: SqliteServers
    door: Door = field(default_factory=Door)
    clock: SetClock = field(default_factory=SetClock)

    def start(self, *listed: int) -> ServeServers:
        """Begin as a new process does."""
        return ServeServers(
            book=self.book,
            door=self.door,
            store=self.rows.store,
            clock=self.clock,
            listed=listed,
            asks=True,
            line=LineState(),
            wake_line=lambda: None,
        )


@asynccontextmanager
async def playing(folder: Path) -> AsyncGenerator[Playing]:
    async with open_stage(folder) as rows, open_reader(folder / "pika.db") as reader:
        yield Playing(rows, SqliteServers(rows.writer, reader))


def seen(*guilds: int, owner: int | None = STRANGER) -> list[SeenServer]:
    return [SeenServer(guild, f"server {guild}", owner) for guild in guilds]


async def compare(servers: ServeServers, *guilds: int) -> None:
    await servers.compare(seen(*guilds), present=guilds)


async def test_new_servers_are_asked_about_together_and_once_an_hour(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start()
        await compare(servers, *range(10, 17))
        assert await servers.ask_due() == 3600
        assert play.door.asked == [([10, 11, 12, 13, 14], 2)]
        assert len(play.door.asked[0][0]) == MOST_ASKED
        await servers.meet(*seen(17))
        play.clock.at += HOUR_MS - 1000
        assert await servers.ask_due() == 1
        # Another process waits for the rest of the hour, too.
        again = play.start()
        await compare(again, *range(10, 18))
        assert await again.ask_due() == 1
        play.clock.at += 1000
        assert await again.ask_due() is None
        assert play.door.asked[1:] == [([15, 16, 17], 0)]
        play.clock.at += HOUR_MS
        assert await again.ask_due() is None


async def test_a_server_that_is_gone_or_decided_isnt_asked_about(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start(13)
        await compare(servers, 10, 11, 12, 13)
        await servers.forget(10)
        await servers.decide(11, allow=True)
        await servers.decide(12, allow=False)
        assert await servers.ask_due() is None
        await compare(servers, 10)
        assert await servers.ask_due() is None
        assert play.door.asked == [([10], 0)]
        present = {one.guild_id for one in await play.book.servers() if one.present}
        assert present == {10}


async def test_an_owner_who_cant_be_reached_is_asked_an_hour_later(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start()
        play.door.closed = True
        await compare(servers, 10)
        assert await servers.ask_due() == 3600
        play.door.closed = False
        # A clock that was set back by more than an hour keeps nobody waiting.
        play.clock.at -= 3 * HOUR_MS
        assert await servers.ask_due() is None
        assert play.door.asked == [([10], 0)]


@pytest.mark.parametrize(
    ("owner", "listed", "left", "served"),
    [
        (OWNER, False, False, True),
        (STRANGER, True, False, True),
        (STRANGER, True, True, True),
        (OWNER, False, True, False),
        (STRANGER, False, False, False),
        (None, False, False, False),
    ],
)
async def test_what_is_served(
    tmp_path: Path, owner: int | None, *, listed: bool, left: bool, served: bool
):
    async with playing(tmp_path) as play:
        if left:
            await play.start().decide(10, allow=False)
        servers = play.start(*([10] if listed else []))
        await servers.compare(seen(10, owner=owner), present=[10])
        new = new_job("interaction:1", guild=10)
        if served:
            await servers.check(10)
            await play.rows.submit(new)
            return
        with pytest.raises(NotServed):
            await servers.check(10)
        # Nor in the transaction that takes the money, if the word came in between.
        with pytest.raises(NotServed):
            await play.rows.submit(new)


async def test_a_server_whose_owner_discord_leaves_out_stays_as_it_was(tmp_path: Path):
    async with playing(tmp_path) as play:
        await play.start().compare(seen(10, owner=OWNER), present=[10])
        servers = play.start()
        await servers.compare(seen(10, owner=None), present=[10])
        await servers.check(10)
        await servers.compare(seen(10, owner=STRANGER), present=[10])
        with pytest.raises(NotServed):
            await servers.check(10)


async def test_a_server_that_nobody_has_met_isnt_served(tmp_path: Path):
    async with playing(tmp_path) as play:
        with pytest.raises(NotServed, match="hasn't agreed yet"):
            await play.start().check(10)


async def test_a_question_is_answered_once_wherever_it_was_decided(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start()
        await compare(servers, 10, 11, 12, 13)
        await servers.ask_due()
        # By the button in the question itself, which writes its own answer; and elsewhere.
        await servers.decide(10, allow=True, answered_in=1)
        await servers.decide(11, allow=False, answered_in=77)
        await servers.close_questions()
        (answer,) = play.door.answers
        assert answer[:2] == (1, 11)
        assert answer[2].startswith("👋 `server 11` (11) isn't served. The bot leaves it now")
        # While no bot ran: the next one says it. What can't be edited is let go.
        await play.book.decide(12, Decision.ALLOWED, at=0)
        again = play.start()
        await again.close_questions()
        assert len(play.door.answers) == 1
        await compare(again, 12, 13)
        await again.close_questions()
        assert play.door.answers[1:] == [(1, 12, "✅ `server 12` (12) is served.")]
        play.door.closed = True
        await again.decide(13, allow=True)
        await again.close_questions()
        play.door.closed = False
        await again.close_questions()
        assert len(play.door.answers) == 2


async def test_what_a_decision_means(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start()
        await servers.compare(seen(10, owner=OWNER), present=[10])
        await servers.meet(*seen(11))
        said = await servers.decide(10, allow=False)
        assert "isn't served. The bot leaves it now, and again whenever somebody adds it." in said
        assert "It is one of your own: `python -m bot servers allow 10` takes that back" in said
        assert "one of your own" not in await servers.decide(11, allow=False)
        for allow in (True, False):
            said = await servers.decide(20 + allow, allow=allow)
            assert "The bot has never met this server, so look whether the id is right" in said
        assert "never met" not in await servers.decide(20, allow=True)


async def test_the_report_says_whose_word_counts(tmp_path: Path):
    async with playing(tmp_path) as play:
        servers = play.start(12)
        await servers.compare([*seen(10, owner=OWNER), *seen(11, 12, 13)], present=range(10, 14))
        await servers.decide(13, allow=False)
        job = await play.rows.submit(new_job("interaction:1", guild=14))
        await play.book.decide(14, Decision.ALLOWED, at=job.created_at)
        async with open_reader(tmp_path / "pika.db") as reader:
            rows = await servers_report(reader, [12])
        whys = {row["guild_id"]: (row["served"], row["why"]) for row in rows}
        assert whys == {
            10: (1, "own"),
            11: (0, "undecided"),
            12: (1, "setting"),
            13: (0, "you"),
            14: (1, "from before"),
        }
