"""What fal says to submits, fed to the breaker; its owner is told of each incident once."""

import asyncio
import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from bot.application.line.line_state import LineState
from bot.domain.jobs.fal import Submission
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.line.breaker import Incident, breaker_after_restart
from bot.domain.line.pause import BreakerPolicy, Pause, SubmitOutcome
from bot.ports import Clock, JobStore, Owner, Random, Undeliverable

log = logging.getLogger(__name__)

_TOLD = "fal_incidents"
_ALONE = "fal_refuses_alone"
_GOES_ON = "Nothing is lost: videos in line keep their places, and the line goes on by itself."


@dataclass(slots=True, kw_only=True)
class Incidents:
    """`owner` of None isn't told; the log always is."""

    line: LineState
    store: JobStore
    owner: Owner | None
    clock: Clock
    random: Random
    policy: BreakerPolicy
    _told: set[Incident] = field(default_factory=set[Incident])
    _alone: str | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def record_outcome(self, job: Job, submission: Submission, *, sent_at: int) -> None:
        """Take in what came of a submit that left at `sent_at` (Unix milliseconds)."""
        before = self.line.breaker
        heard = SubmitOutcome(
            job_id=job.id,
            endpoint=job.endpoint,
            submission=submission,
            sent_at=sent_at,
            at=self.clock.now(),
        )
        after = before.after(heard, self.policy, self.random())
        self.line.breaker = after
        if after.fal and (before.fal is None or before.fal.hold is not after.fal.hold):
            log.warning("fal takes no videos: %s", after.fal.hold)
        elif before.fal and after.fal is None:
            log.info("fal takes videos again")
        for job_id in after.alone.keys() - before.alone.keys():
            log.warning("job %d: fal refuses it while it takes others", job_id)
        self._news.set()

    def gives_up(self, job_id: int, patience: float) -> bool:
        """Say whether fal has refused a job for so long (seconds) while it took others."""
        return self.line.breaker.should_give_up(job_id, self.clock.now(), patience)

    def given_up(self, job_id: int) -> None:
        """Forget a job that was refused alone: it has ended."""
        self.line.breaker = self.line.breaker.without(job_id)
        self._news.set()

    async def restore(self) -> None:
        """Go on in the incidents that an earlier process told of: the first job finds out anew."""
        now = self.clock.now()
        self._told = _read(await self.store.fact(_TOLD))
        self._alone = await self.store.fact(_ALONE)
        alone = _alone_in(self._alone, now)
        jobs = [await self.store.job(job_id) for job_id in alone]
        waiting = {job.id for job in jobs if job is not None and job.status is Status.CREATED}
        alone = {job_id: pause for job_id, pause in alone.items() if job_id in waiting}
        self.line.breaker = replace(breaker_after_restart(self._told, now), alone=alone)

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
        alone = _written_alone(breaker.alone)
        if alone != self._alone:
            # So that a restart doesn't begin the time anew after which a job is given up.
            await self.store.remember_fact(_ALONE, alone)
            self._alone = alone
        over = {incident for incident in self._told if breaker.is_over(incident)}
        new = breaker.incidents() - self._told
        if not over | new:
            return
        self._told = (self._told - over) | new
        # Remembered first: twice would be worse than never, as the log has it, too.
        await self.store.remember_fact(_TOLD, _written(self._told))
        for said in sorted({_end_of(incident) for incident in over}):
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
            case HoldReason.KEY, str(endpoint):
                return (
                    f"fal refuses videos for {endpoint} and takes others: see at"
                    f" https://fal.ai/dashboard/keys whether FAL_KEY may use it. {_GOES_ON}"
                )
            case HoldReason.CREDIT, _:
                return (
                    "fal says that the account is locked, as it does when its credit is used up:"
                    f" top it up at https://fal.ai/dashboard/billing. {_GOES_ON}"
                )
            case HoldReason.KEY, _:
                return (
                    "fal refuses FAL_KEY: make a new key at https://fal.ai/dashboard/keys, give it"
                    f" to the bot and restart it. {_GOES_ON}"
                )
            case _, endpoint:
                return (
                    f"fal's answers to the last {self.policy.most_unclear} videos or more for"
                    f" {endpoint} leave open whether it took them."
                    " `python -m bot jobs` lists them as uncertain; the bot looks for them at fal"
                    f" and sends none twice. {_GOES_ON}"
                )


def _end_of(incident: Incident) -> str:
    _, endpoint = incident
    what = f" for {endpoint}" if endpoint else ""
    return f"fal takes videos again{what}: the line goes on."


def _written_alone(alone: Mapping[int, Pause]) -> str | None:
    """Return the jobs that were tried alone, with their endpoints and since when, as JSON."""
    entries = [
        (job_id, pause.refused.get(job_id), pause.hold, pause.since)
        for job_id, pause in alone.items()
        if pause.failures
    ]
    return json.dumps(entries) if entries else None


def _alone_in(text: str | None, now: int) -> dict[int, Pause]:
    """Return what was written: each of them is due."""
    entries = cast("list[tuple[int, str, str, int]]", json.loads(text or "[]"))
    return {
        job_id: Pause(
            hold=HoldReason(hold), since=since, due=now, failures=1, refused={job_id: endpoint}
        )
        for job_id, endpoint, hold, since in entries
    }


def _written(incidents: Collection[Incident]) -> str | None:
    return json.dumps(sorted(incidents, key=str)) if incidents else None


def _read(text: str | None) -> set[Incident]:
    entries = cast("list[tuple[str, str | None]]", json.loads(text or "[]"))
    return {(HoldReason(hold), endpoint) for hold, endpoint in entries}
