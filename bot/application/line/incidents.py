"""Incidents of the line: fal's answers feed the breaker, and the owner gets each incident once."""

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

_INCIDENTS_FACT = "fal_incidents"
_ALONE_FACT = "fal_refuses_alone"
_GOES_ON = "Nothing is lost: videos in line keep their places, and the line goes on by itself."


@dataclass(slots=True, kw_only=True)
class Incidents:
    """Updates the breaker, and reports incidents to the log and the owner."""

    line: LineState
    """Has the breaker."""
    store: JobStore
    """Keeps the reported incidents for a restart."""
    owner: Owner | None
    """Gets direct messages; None for the log alone."""
    clock: Clock
    """The time of answers."""
    random: Random
    """The jitter of waiting times."""
    policy: BreakerPolicy
    """The rules by which the breaker pauses."""
    _reported: set[Incident] = field(default_factory=set[Incident])
    """The incidents that go on and were reported."""
    _alone: str | None = None
    """The jobs refused alone, as the store has them."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the breaker has changed."""
    _stopping: bool = False
    """Ends `report`."""

    def record_outcome(self, job: Job, submission: Submission, *, sent_at: int) -> None:
        """Feed the breaker with the answer to a submit, sent at the steady time `sent_at`."""
        before = self.line.breaker
        outcome = SubmitOutcome(
            job_id=job.id,
            endpoint=job.endpoint,
            submission=submission,
            sent_at=sent_at,
            at=self.clock.steady(),
        )
        after = before.after(outcome, self.policy, self.random())
        self.line.breaker = after
        if after.fal and (before.fal is None or before.fal.hold is not after.fal.hold):
            log.warning("fal takes no videos: %s", after.fal.hold)
        elif before.fal and after.fal is None:
            log.info("fal takes videos again")
        for job_id in after.alone.keys() - before.alone.keys():
            log.warning("job %d: fal refuses it while it takes others", job_id)
        self._changed.set()

    def gives_up(self, job_id: int, patience: float) -> bool:
        """Return whether fal has refused a job for `patience` seconds while it took others."""
        return self.line.breaker.should_give_up(job_id, self.clock.steady(), patience)

    def forget_job(self, job_id: int) -> None:
        """Forget a job that was refused alone and has ended."""
        self.line.breaker = self.line.breaker.without(job_id)
        self._changed.set()

    async def restore(self) -> None:
        """Restore the breaker from the incidents of an earlier process: probes are due at once."""
        now = self.clock.steady()
        self._reported = _incidents_from_json(await self.store.fact(_INCIDENTS_FACT))
        self._alone = await self.store.fact(_ALONE_FACT)
        alone = _alone_from_json(self._alone, now, self._clocks_apart())
        jobs = [await self.store.job(job_id) for job_id in alone]
        waiting = {job.id for job in jobs if job is not None and job.status is Status.CREATED}
        alone = {job_id: pause for job_id, pause in alone.items() if job_id in waiting}
        self.line.breaker = replace(breaker_after_restart(self._reported, now), alone=alone)

    def _clocks_apart(self) -> int:
        """Return the milliseconds from a steady time to its Unix time, by the clock as it is now.

        In whole seconds, so that what is remembered doesn't change without a reason.
        """
        return round((self.clock.now() - self.clock.steady()) / 1000) * 1000

    async def report(self) -> None:
        """Report incidents and their ends to the owner until `stop`."""
        while not self._stopping:
            try:
                await self._report_changes()
            except Exception:
                # The next change of the breaker writes it again.
                log.exception("an incident can't be told")
            await self._changed.wait()
            self._changed.clear()

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

    async def _report_changes(self) -> None:
        breaker = self.line.breaker
        alone = _alone_to_json(breaker.alone, self._clocks_apart())
        if alone != self._alone:
            # A restart must not begin anew the time after which a refused job ends.
            await self.store.remember_fact(_ALONE_FACT, alone)
            self._alone = alone
        over = {incident for incident in self._reported if breaker.is_over(incident)}
        new = breaker.incidents() - self._reported
        if not over | new:
            return
        self._reported = (self._reported - over) | new
        # Recorded first: a second message would be worse than none, as the log has it, too.
        await self.store.remember_fact(_INCIDENTS_FACT, _incidents_to_json(self._reported))
        for text in sorted({_end_text(incident) for incident in over}):
            log.info("%s", text)
            await self._notify_owner(f"✅ {text}")
        for incident in sorted(new, key=str):
            text = self._begin_text(incident)
            log.error("%s", text)
            await self._notify_owner(f"⚠️ {text}")

    async def _notify_owner(self, text: str) -> None:
        if self.owner is None:
            return
        try:
            await self.owner.tell(text)
        except Undeliverable as trouble:
            log.warning("the application's owner can't be told: %s", trouble)

    def _begin_text(self, incident: Incident) -> str:
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


def _end_text(incident: Incident) -> str:
    _, endpoint = incident
    scope = f" for {endpoint}" if endpoint else ""
    return f"fal takes videos again{scope}: the line goes on."


def _alone_to_json(alone: Mapping[int, Pause], clocks_apart: int) -> str | None:
    """Return the jobs that were refused again after another was taken, as JSON."""
    entries = [
        (job_id, pause.refused.get(job_id), pause.hold, pause.since + clocks_apart)
        for job_id, pause in alone.items()
        if pause.failures
    ]
    return json.dumps(entries) if entries else None


def _alone_from_json(text: str | None, now: int, clocks_apart: int) -> dict[int, Pause]:
    """Return the pauses of `_alone_to_json`, each due at the steady time `now`.

    One that began in the future is of a clock that was ahead: it begins now.
    """
    entries = cast("list[tuple[int, str, str, int]]", json.loads(text or "[]"))
    return {
        job_id: Pause(
            hold=HoldReason(hold),
            since=min(since - clocks_apart, now),
            due=now,
            failures=1,
            refused={job_id: endpoint},
        )
        for job_id, endpoint, hold, since in entries
    }


def _incidents_to_json(incidents: Collection[Incident]) -> str | None:
    return json.dumps(sorted(incidents, key=str)) if incidents else None


def _incidents_from_json(text: str | None) -> set[Incident]:
    entries = cast("list[tuple[str, str | None]]", json.loads(text or "[]"))
    return {(HoldReason(hold), endpoint) for hold, endpoint in entries}
