"""Drives one job from its row to its end.

The row is the truth: `Driver.drive` only runs the step that the row's status asks for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.application.pipeline.steps import Steps
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.jobs.fal import FalTrouble
from bot.domain.jobs.job import Failure, Handle, Job, Status
from bot.ports import Conflict, ShrinkTrouble, Undeliverable

log = logging.getLogger(__name__)

_AFTER_CONFLICT = 0.1
# An error of the bot's own doesn't end a job in these: it must be known first whether fal has it.
_NEVER_GIVEN_UP = {Status.SUBMITTING, Status.FAILED}

Step = Callable[[Job], Awaitable[None]]


class Driver:
    """Drives jobs, one step at a time, until they end or wait for the dispatcher."""

    def __init__(self, steps: Steps):
        self._steps = steps
        self._transitions: JobTransitions = steps.transitions
        self._store = steps.store
        self._clock = steps.clock
        self._timings = steps.timings
        self._events = steps.events
        self._wakes: dict[int, asyncio.Event] = {}
        self._being_sent: set[int] = set()
        # Seconds for which Discord asked to wait; the pace of trying again may be shorter.
        self._least_wait: dict[int, float] = {}
        self._stopping = False
        self._step_of: Mapping[Status, Step] = {
            Status.SUBMITTING: steps.mark_uncertain,
            Status.UNCERTAIN: steps.reconcile,
            Status.SUBMITTED: steps.watch,
            Status.RUNNING: steps.watch,
            Status.SUCCEEDED: steps.fetch,
            Status.STORED: steps.deliver,
        }
        # There may be thousands of unfinished jobs at start. Downloads and deliveries take long, so
        # each of the two has slots of its own.
        self._request_slots = asyncio.Semaphore(self._timings.steps_at_once)
        self._file_slots = {
            status: asyncio.Semaphore(self._timings.steps_at_once)
            for status in (Status.SUCCEEDED, Status.STORED)
        }

    def wake(self, job_id: int) -> None:
        """Run the job's next step now instead of when it is due."""
        self._events.distrust(job_id)
        if event := self._wakes.get(job_id):
            event.set()

    def stop(self) -> None:
        """Let every job finish its step and begin no other."""
        self._stopping = True
        for event in self._wakes.values():
            event.set()

    async def admit(self, job_id: int) -> None:
        """Send a `created` job to fal if there is room. The caller drives the job afterwards."""
        self._being_sent.add(job_id)
        try:
            job = await self._store.job(job_id)
            if job is not None and job.status is Status.CREATED and not self._stopping:
                await self._run_step(self._steps.submit, job)
        finally:
            self._being_sent.discard(job_id)

    async def check_unknown_outcome(self, job_id: int, handle: Handle | None = None) -> None:
        """Go on with a job of unknown outcome if fal has ended its request by now.

        `handle` is that of a request that was sent for the job, if its row has none.
        """
        job = await self._store.job(job_id)
        if job is not None and job.status is Status.FAILED and not self._stopping:
            await self._run_step(partial(self._adopt, handle), job)
            await self.drive(job_id)

    async def _adopt(self, handle: Handle | None, job: Job) -> None:
        await self._steps.adopt(job, handle)

    async def drive(self, job_id: int) -> None:
        """Run the steps that the row asks for until the job ends or must wait in line.

        A job that is being driven already is woken instead.
        """
        if job_id in self._wakes:
            self.wake(job_id)
            return
        self._wakes[job_id] = woken = asyncio.Event()
        try:
            while not self._stopping:
                job = await self._store.job(job_id)
                assert job is not None, "jobs are never deleted"
                if job.status is Status.SUBMITTING and job_id in self._being_sent:
                    # Back in line and admitted again before its row was read: being sent, not lost.
                    break
                self._transitions.age(job)
                await self._events.follow(job, woken.set)
                step = self._step_of.get(job.status)
                if step is None and not woken.is_set():
                    break
                if step is None:
                    woken.clear()
                    continue
                if await self._has_waited(job):
                    await self._run_step(step, job)
        finally:
            del self._wakes[job_id]
            self._least_wait.pop(job_id, None)
            self._transitions.forget(job_id)
            await self._events.leave(job_id)

    async def _run_step(self, step: Step, job: Job) -> None:
        try:
            await self._try_step(step, job)
        except Conflict as conflict:
            # Another writer moved the row: read it again, but never in a tight loop.
            log.info("job %d: %s", job.id, conflict)
            await asyncio.sleep(_AFTER_CONFLICT)

    async def _try_step(self, step: Step, job: Job) -> None:
        """Run a step, and record its trouble. Raises Conflict."""
        try:
            async with self._file_slots.get(job.status, self._request_slots):
                if not self._stopping:
                    await step(job)
        except Conflict:
            raise
        except (FalTrouble, Undeliverable) as trouble:
            log.warning("job %d (%s): %s", job.id, job.status, trouble)
            least = trouble.seconds if isinstance(trouble, Undeliverable) else 0.0
            self._least_wait[job.id] = least
            reschedule = partial(self._transitions.schedule, job, self._timings.retry, least=least)
            await self._transitions.record_until_written(job, reschedule)
        except ShrinkTrouble as trouble:
            log.warning("job %d (%s): %s", job.id, job.status, trouble)
            await self._transitions.record_until_written(job, lambda: self._record_error(job))
        except Exception:
            log.exception("job %d (%s): unexpected", job.id, job.status)
            await self._transitions.record_until_written(job, lambda: self._record_error(job))

    async def _record_error(self, job: Job) -> None:
        """Schedule another attempt, or end the job after too many errors."""
        errors = job.errors + 1
        if errors < self._timings.most_errors or job.status in _NEVER_GIVEN_UP:
            await self._transitions.schedule(job, self._timings.retry, errors=errors)
            return
        log.error("job %d (%s): given up after %d errors", job.id, job.status, errors)
        match job.status:
            case Status.STORED:
                await self._steps.delivery.give_up(job)
            case Status.CREATED | Status.SUCCEEDED:
                await self._transitions.fail(job, Failure.OWN_ERROR)
            case _:
                await self._transitions.fail(job, Failure.OUTCOME_UNKNOWN)

    async def _has_waited(self, job: Job) -> bool:
        """Wait until the job's next attempt is due, and return True; False if `wake` was called.

        Once begun, the wait isn't lengthened by a clock that is set back. A wait that is longer
        than the job's pace is of a clock that was ahead.
        """
        event = self._wakes[job.id]
        seconds = (job.next_attempt_at - self._clock.now()) / 1000
        if seconds <= 0:
            return True
        longest = max(self._timings.longest_wait(job.status), self._least_wait.get(job.id, 0.0))
        try:
            async with asyncio.timeout(min(seconds, longest)):
                await event.wait()
        except TimeoutError:
            return True
        event.clear()
        try:
            await self._store.schedule(job, attempts=job.attempts, next_attempt_at=0)
        except Conflict as conflict:
            log.info("job %d: %s", job.id, conflict)
        return False
