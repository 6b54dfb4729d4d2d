"""Incidents of the line: fal's answers feed the breaker, and the owner gets each incident once."""

import asyncio
import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages
from bot.domain.jobs.fal import NotTaken, Submission
from bot.domain.jobs.hold_reason import NEEDS_OWNER, HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.line.breaker import Incident, breaker_after_restart
from bot.domain.line.incident_texts import begin_text, end_text, refused_text
from bot.domain.line.pause import BreakerPolicy, Pause, SubmitOutcome
from bot.ports import Clock, JobStore, Random

log = logging.getLogger(__name__)

_INCIDENTS_FACT = "fal_incidents"
_ALONE_FACT = "fal_refuses_alone"
_LATEST_VIDEOS = 20


@dataclass(slots=True, kw_only=True)
class Incidents:
    """Updates the breaker, and reports incidents to the log and the owner."""

    line: LineState
    """Has the breaker."""
    store: JobStore
    """Keeps the reported incidents for a restart."""
    messages: OwnerMessages
    """Tells the owner."""
    clock: Clock
    """The time of answers."""
    random: Random
    """The jitter of waiting times."""
    policy: BreakerPolicy
    """The rules by which the breaker pauses."""
    _reported: set[Incident] = field(default_factory=set[Incident])
    """The incidents that go on and were reported."""
    _reasons: dict[HoldReason, str] = field(default_factory=dict[HoldReason, str])
    """fal's latest words about the account, by what they hold the line for."""
    _videos: dict[int, bool] = field(default_factory=dict[int, bool])
    """Of the latest jobs that were sent, whether fal refused each for the account's sake."""
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
        self._remember(job.id, submission)
        after = before.after(outcome, self.policy, self.random())
        self.line.breaker = after
        if after.fal and (before.fal is None or before.fal.hold is not after.fal.hold):
            log.warning("fal takes no videos: %s", after.fal.hold)
        elif before.fal and after.fal is None:
            log.info("fal takes videos again")
        for job_id in after.alone.keys() - before.alone.keys():
            log.warning("job %d: fal refuses it while it takes others", job_id)
        self._changed.set()

    def _remember(self, job_id: int, submission: Submission) -> None:
        """Remember what the owner is told of a submit: its refusal, and fal's reason for it."""
        refusal = submission if isinstance(submission, NotTaken) else None
        refused = refusal is not None and refusal.hold in NEEDS_OWNER
        self._videos[job_id] = self._videos.pop(job_id, False) or refused
        if len(self._videos) > _LATEST_VIDEOS:
            del self._videos[next(iter(self._videos))]
        if refusal is not None and refusal.said:
            self._reasons[refusal.hold] = refusal.said

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
        if over | new:
            self._reported = (self._reported - over) | new
            await self.store.remember_fact(_INCIDENTS_FACT, _incidents_to_json(self._reported))
        for endpoint in sorted({endpoint for _, endpoint in over}, key=str):
            ended = [_key(incident) for incident in over if incident[1] == endpoint]
            await self.messages.end_all(ended, end_text(endpoint))
        # An incident of an earlier process keeps its words until fal says others.
        told = {incident for incident in self._reported if incident[0] in self._reasons}
        for incident in sorted(new | told, key=str):
            detail = refused_text(self._videos)
            await self.messages.begin(_key(incident), self._text(incident), detail=detail)

    def texts(self) -> list[tuple[HoldReason, str]]:
        """Return the incidents that go on, each with its cure."""
        breaker = self.line.breaker
        told = {incident for incident in self._reported if not breaker.is_over(incident)}
        incidents = sorted(breaker.incidents() | told, key=str)
        return [(incident[0], self._text(incident)) for incident in incidents]

    def _text(self, incident: Incident) -> str:
        reason = self._reasons.get(incident[0], "")
        return begin_text(incident, reason, most_unclear=self.policy.most_unclear)


def _key(incident: Incident) -> str:
    hold, endpoint = incident
    return f"fal {hold} {endpoint or ''}".strip()


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
