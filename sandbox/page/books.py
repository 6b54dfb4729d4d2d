"""The bot's books, read as an operator reads them: with the bot's own command line."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sandbox.discord.wire import Json, as_integer, as_objects, decode
from sandbox.page.hub import Hub
from sandbox.stage import Stage

SETTLING_SECONDS = 0.4
PACE_SECONDS = 1.6
"""With the above, at least two seconds between two looks: each starts two processes."""
LISTED = 20


class Books:
    """The latest state of the bot's books.

    `content` is shown on the page; an `error` in it is the reason why it may be old.
    """

    def __init__(self, stage: Stage, hub: Hub) -> None:
        self.content: Json = {"jobs": [], "sums": [], "error": None}
        self._stage = stage
        self._hub = hub

    @asynccontextmanager
    async def being_read(self) -> AsyncGenerator[None]:
        """Keep them up to date."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._keep_reading())
            try:
                yield
            finally:
                reading.cancel()

    async def _keep_reading(self) -> None:
        """Read after every change, while somebody watches."""
        seen = None
        while True:
            await self._hub.wait_for(lambda seen=seen: self._hub.watched and self._mark() != seen)
            if not self._hub.watched or self._mark() == seen:
                continue
            # What the bot tells Discord it writes down a moment earlier or later.
            await asyncio.sleep(SETTLING_SECONDS)
            seen = self._mark()
            await self._read()
            await asyncio.sleep(PACE_SECONDS)

    def _mark(self) -> tuple[object, ...]:
        stage = self._stage
        states = tuple(request.state for request in stage.fal.requests.values())
        return len(stage.discord.requests), len(stage.fal.posts), states

    async def _read(self) -> None:
        try:
            jobs = decode(await self._stage.bot.command("jobs", "--json", "--most", str(LISTED)))
            ledger = decode(await self._stage.bot.command("ledger", "--json"))
        except (RuntimeError, ValueError) as error:
            self.content = self.content | {"error": str(error)[-300:]}
        else:
            self.content = {
                "jobs": [self._job(job) for job in as_objects(jobs)],
                "sums": self._sums(as_objects(ledger)),
                "error": None,
            }
        self._hub.announce()

    def _name(self, member_id: int) -> str:
        members = self._stage.discord.members.values()
        return next((who.name for who in members if who.id == member_id), str(member_id))

    def _job(self, job: Json) -> Json:
        shown = {name: job.get(name) for name in ("id", "status", "failure", "prompt", "price")}
        return shown | {"member": self._name(as_integer(job.get("member_id")))}

    def _sums(self, ledger: list[Json]) -> list[Json]:
        """Add up the ledger for each member: videos, and micro-dollars held and spent."""
        sums: defaultdict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for entry in ledger:
            for column in ("videos", "held", "spent"):
                sums[as_integer(entry.get("member_id"))][column] += as_integer(entry.get(column))
        return [{"member": self._name(who), **columns} for who, columns in sums.items()]
