"""Listening to fal's word on jobs that are there, so that fal needn't be asked again and again.

What fal streams only decides when it is asked: what is true, its status and its result say.
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
"""Each holds one of the connections to fal; jobs beyond are polled as ever."""
# What is cut off sooner than that (seconds) isn't worth a second try.
_WORTH_SECONDS = 20
_WATCHED = {Status.SUBMITTED, Status.RUNNING}


@dataclass(slots=True)
class _Stream:
    """`row` is what the job's row says, `told` what fal said last, in the same words.

    `asked_at` (Unix milliseconds) is when fal was last asked what is true. `news` has what the job
    was woken for.
    """

    row: Status
    asked_at: int
    began_at: int
    wake: Callable[[], None]
    told: Status | None = None
    news: set[Status] = field(default_factory=set[Status])
    over: bool = False
    task: asyncio.Task[None] | None = None


class FalEventStreams:
    """The streams of the jobs that are driven.

    `poll_every` (seconds) is how often fal is asked about a job whose stream brings nothing new;
    None opens no streams.
    """

    def __init__(self, fal: Fal, clock: Clock, *, poll_every: float | None):
        self._fal = fal
        self._clock = clock
        self._poll_every = poll_every
        self._streams: dict[int, _Stream] = {}

    async def follow(self, job: Job, wake: Callable[[], None]) -> None:
        """Listen for as long as the job is at fal; `wake` is called when fal says anything new."""
        if job.status not in _WATCHED or job.handle is None:
            await self.leave(job.id)
            return
        stream = self._streams.get(job.id)
        if stream is not None:
            stream.row = job.status
            return
        live = sum(not one.over for one in self._streams.values())
        if self._poll_every is None or live >= MOST_STREAMS:
            return
        now = self._clock.now()
        stream = _Stream(row=job.status, asked_at=job.status_at, began_at=now, wake=wake)
        self._streams[job.id] = stream
        stream.task = asyncio.create_task(self._listen(job.id, job.handle, stream))

    async def leave(self, job_id: int) -> None:
        """Listen no longer."""
        stream = self._streams.pop(job_id, None)
        if stream is not None and stream.task is not None:
            stream.over = True
            stream.task.cancel()
            await asyncio.wait({stream.task})

    def quiet_until(self, job: Job) -> int | None:
        """Return until when (Unix milliseconds) fal needn't be asked, as it says what the row says.

        None: ask now.
        """
        stream = self._streams.get(job.id)
        if self._poll_every is None or stream is None or stream.over or stream.told != job.status:
            return None
        due = stream.asked_at + round(self._poll_every * 1000)
        return due if due > self._clock.now() else None

    def asked(self, job_id: int) -> None:
        """Note that fal has just been asked."""
        if stream := self._streams.get(job_id):
            stream.asked_at = self._clock.now()

    def doubt(self, job_id: int) -> None:
        """Let fal be asked whatever its stream says: somebody else knows more."""
        if stream := self._streams.get(job_id):
            stream.asked_at = 0

    async def _listen(self, job_id: int, handle: Handle, stream: _Stream) -> None:
        try:
            await self._fal.follow(handle, lambda progress: _heard(stream, progress))
        except FalTrouble as trouble:
            log.info("job %d: %s: its status is polled", job_id, trouble)
        except Exception:
            log.exception("job %d: its events can't be listened to: its status is polled", job_id)
        stream.over = True
        if stream.told in {None, Status.SUCCEEDED}:
            return
        if self._clock.now() >= stream.began_at + _WORTH_SECONDS * 1000:
            # Something on the way cuts off what is idle: the next turn opens another one.
            self._streams.pop(job_id, None)
        stream.wake()


def _heard(stream: _Stream, progress: Progress) -> None:
    told = _in_our_words(progress)
    stream.told = told
    # A stream that goes to and fro is good for no more than its first words.
    if told != stream.row and told not in stream.news:
        stream.news.add(told)
        stream.wake()


def _in_our_words(progress: Progress) -> Status:
    match progress:
        case Queued():
            return Status.SUBMITTED
        case Running():
            return Status.RUNNING
        case Finished() | Forgotten():
            return Status.SUCCEEDED
