"""Streams of fal's status events: while one is open, a job's status is polled far less often.

An event only decides when fal is asked: what is true comes from fal's status and result.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.jobs.fal import FalTrouble, Finished, Forgotten, Progress, Queued, Running
from bot.domain.jobs.job import Handle, Job, Status
from bot.ports import Clock, Fal

log = logging.getLogger(__name__)

MOST_STREAMS = 32
"""Each stream holds one of the connections to fal; jobs beyond this number are polled as usual."""
# A stream that is cut off sooner than this isn't worth opening again.
_REOPEN_AFTER_SECONDS = 20
_WATCHED = {Status.SUBMITTED, Status.RUNNING}


@dataclass(slots=True)
class _Stream:
    """The event stream of one job."""

    recorded: Status
    """The status in the job's row."""
    asked_at: int
    """The steady time at which fal's status was last asked for."""
    began_at: int
    """The steady time at which the stream was opened."""
    wake: Callable[[], None]
    """Makes the job's driver look at the job now."""
    reported: Status | None = None
    """The status that fal streamed last; None before the first event."""
    woken_for: set[Status] = field(default_factory=set[Status])
    """The statuses for which the driver was woken already."""
    has_ended: bool = False
    """The stream is closed; it stays listed so that it isn't opened again."""
    task: asyncio.Task[None] | None = None
    """The task that reads the stream; None only until it is started."""


class FalEventStreams:
    """The streams of the jobs that are being driven.

    A job whose stream brings nothing new is still polled every `poll_every` seconds; None opens no
    streams.
    """

    def __init__(self, fal: Fal, clock: Clock, *, poll_every: float | None):
        self._fal = fal
        self._clock = clock
        self._poll_every = poll_every
        self._streams: dict[int, _Stream] = {}

    async def follow(self, job: Job, wake: Callable[[], None]) -> None:
        """Keep a stream open while the job is at fal; call `wake` when a new status is reported."""
        if job.status not in _WATCHED or job.handle is None:
            await self.leave(job.id)
            return
        stream = self._streams.get(job.id)
        if stream is not None:
            stream.recorded = job.status
            return
        open_streams = sum(not stream.has_ended for stream in self._streams.values())
        if self._poll_every is None or open_streams >= MOST_STREAMS:
            return
        now = self._clock.steady()
        asked_at = now - max(0, self._clock.now() - job.status_at)
        stream = _Stream(recorded=job.status, asked_at=asked_at, began_at=now, wake=wake)
        self._streams[job.id] = stream
        stream.task = asyncio.create_task(self._listen(job.id, job.handle, stream))

    async def leave(self, job_id: int) -> None:
        """Close the job's stream."""
        stream = self._streams.pop(job_id, None)
        if stream is not None and stream.task is not None:
            stream.has_ended = True
            stream.task.cancel()
            await asyncio.wait({stream.task})

    def trusted_until(self, job: Job) -> int | None:
        """Return the time (Unix milliseconds) until which fal needn't be asked about the job.

        None, to ask now, unless the last event reported the same status as the row has.
        """
        stream = self._streams.get(job.id)
        if (
            self._poll_every is None
            or stream is None
            or stream.has_ended
            or stream.reported != job.status
        ):
            return None
        left = stream.asked_at + round(self._poll_every * 1000) - self._clock.steady()
        return self._clock.now() + left if left > 0 else None

    def record_asked(self, job_id: int) -> None:
        """Record that fal has just been asked about the job."""
        if stream := self._streams.get(job_id):
            stream.asked_at = self._clock.steady()

    def distrust(self, job_id: int) -> None:
        """Have fal asked about the job at once, whatever its stream reported."""
        if stream := self._streams.get(job_id):
            stream.asked_at = 0

    async def _listen(self, job_id: int, handle: Handle, stream: _Stream) -> None:
        try:
            await self._fal.follow(handle, lambda progress: _record_progress(stream, progress))
        except FalTrouble as trouble:
            log.info("job %d: %s: its status is polled", job_id, trouble)
        except Exception:
            log.exception("job %d: its events can't be listened to: its status is polled", job_id)
        stream.has_ended = True
        if stream.reported in {None, Status.SUCCEEDED}:
            return
        if self._clock.steady() >= stream.began_at + _REOPEN_AFTER_SECONDS * 1000:
            # A proxy on the way may cut idle connections: the next `follow` opens another stream.
            self._streams.pop(job_id, None)
        stream.wake()


def _record_progress(stream: _Stream, progress: Progress) -> None:
    status = _status_of(progress)
    stream.reported = status
    # Each status wakes the driver once, so that a stream that goes to and fro can't keep it busy.
    if status != stream.recorded and status not in stream.woken_for:
        stream.woken_for.add(status)
        stream.wake()


def _status_of(progress: Progress) -> Status:
    match progress:
        case Queued():
            return Status.SUBMITTED
        case Running():
            return Status.RUNNING
        case Finished() | Forgotten():
            return Status.SUCCEEDED
