"""What fal says to submits, fed to the breaker; its owner is told of each incident once."""

import asyncio
import json
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

from bot.application.line import Line
from bot.domain.breaker import Heard, Incident, Rules, still_in
from bot.domain.fal import Submission
from bot.domain.halt import Halt
from bot.ports import Clock, Owner, Random, Store, Undeliverable

log = logging.getLogger(__name__)

_TOLD = "fal_incidents"
_GOES_ON = "Nothing is lost: videos in line keep their places, and the line goes on by itself."


@dataclass(slots=True, kw_only=True)
class Incidents:
    """`owner` of None isn't told; the log always is."""

    line: Line
    store: Store
    owner: Owner | None
    clock: Clock
    random: Random
    rules: Rules
    _told: set[Incident] = field(default_factory=set[Incident])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def heard(self, endpoint: str, submission: Submission, *, sent_at: int) -> None:
        """Take in what came of a submit that left at `sent_at` (Unix milliseconds)."""
        before = self.line.breaker
        heard = Heard(
            endpoint=endpoint, submission=submission, sent_at=sent_at, at=self.clock.now()
        )
        after = before.after(heard, self.rules, self.random())
        self.line.breaker = after
        if after.fal and (before.fal is None or before.fal.halt is not after.fal.halt):
            log.warning("fal takes no videos: %s", after.fal.halt)
        elif before.fal and after.fal is None:
            log.info("fal takes videos again")
        self._news.set()

    async def restore(self) -> None:
        """Go on in the incidents that an earlier process told of: the first job finds out anew."""
        self._told = _read(await self.store.setting(_TOLD))
        self.line.breaker = still_in(self._told, self.clock.now())

    async def tell(self) -> None:
        """Tell the owner of incidents, and of their ends, until `stop`."""
        while not self._stopping:
            try:
                await self._tell_news()
            except Exception:
                # What can't be remembered now is remembered with the next news.
                log.exception("an incident can't be told")
            await self._news.wait()
            self._news.clear()

    def stop(self) -> None:
        self._stopping = True
        self._news.set()

    async def _tell_news(self) -> None:
        breaker = self.line.breaker
        over = {incident for incident in self._told if breaker.is_over(incident)}
        new = breaker.incidents() - self._told
        if not over | new:
            return
        self._told = (self._told - over) | new
        # Remembered first: twice would be worse than never, as the log has it, too.
        await self.store.set_setting(_TOLD, _written(self._told))
        for incident in sorted(over, key=str):
            said = _end_of(incident)
            log.info("%s", said)
            await self._say(f"✅ {said}")
        for incident in sorted(new, key=str):
            said = self._fix(incident)
            log.error("%s", said)
            await self._say(f"⚠️ {said}")

    async def _say(self, text: str) -> None:
        if self.owner is None:
            return
        try:
            await self.owner.tell(text)
        except Undeliverable as trouble:
            log.warning("the application's owner can't be told: %s", trouble)

    def _fix(self, incident: Incident) -> str:
        match incident:
            case Halt.CREDIT, _:
                return (
                    "fal says that the account is locked, as it does when its credit is used up:"
                    f" top it up at https://fal.ai/dashboard/billing. {_GOES_ON}"
                )
            case Halt.KEY, _:
                return (
                    "fal refuses FAL_KEY: make a new key at https://fal.ai/dashboard/keys, give it"
                    f" to the bot and restart it. {_GOES_ON}"
                )
            case _, endpoint:
                return (
                    f"fal's answers to the last {self.rules.most_unclear} videos or more for"
                    f" {endpoint} leave open whether it took them."
                    " `python -m bot jobs` lists them as uncertain; the bot looks for them at fal"
                    f" and sends none twice. {_GOES_ON}"
                )


def _end_of(incident: Incident) -> str:
    _, endpoint = incident
    what = f" for {endpoint}" if endpoint else ""
    return f"fal takes videos again{what}: the line goes on."


def _written(incidents: Collection[Incident]) -> str | None:
    return json.dumps(sorted(incidents, key=str)) if incidents else None


def _read(text: str | None) -> set[Incident]:
    entries = cast("list[tuple[str, str | None]]", json.loads(text or "[]"))
    return {(Halt(halt), endpoint) for halt, endpoint in entries}
