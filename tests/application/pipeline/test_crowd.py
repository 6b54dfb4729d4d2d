"""Thousands of unfinished jobs at start flood neither fal nor Discord."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from typing_extensions import override

from bot.adapters.media.archive import FolderArchive
from bot.adapters.process.clock import SystemClock
from bot.application.line.estimates import Estimates
from bot.application.line.incidents import Incidents
from bot.application.line.keep_guard import KeepGuard
from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages
from bot.application.line.timings import Timings
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits
from bot.application.pipeline.age_check import AgeCheck
from bot.application.pipeline.dispatcher import Dispatcher
from bot.application.pipeline.driver import Driver
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.fetching import FetchVideo
from bot.application.pipeline.left_servers import GiveBackLeft
from bot.application.pipeline.restore import RestoreRecovery
from bot.application.pipeline.steps import Steps
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import (
    Accepted,
    Finished,
    ListedRequest,
    Progress,
    Result,
    Submission,
    Video,
)
from bot.domain.jobs.job import Handle, Job, Status
from bot.domain.line.pause import BreakerPolicy
from bot.ports import Attachment, Delivery, Fal, Fitted, Shown, Standing, Videos
from bot.ports.servers import ServerBook
from tests.adapters.sqlite.store_harness import Stage, of_member, open_stage

JOBS = 400
AT_ONCE = 8
WAYS: Sequence[Sequence[Status]] = (
    (Status.SUBMITTING, Status.SUBMITTED),
    (Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING),
    (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED),
    (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED, Status.STORED),
)


class NoneLeft:
    async def open_in_left(self) -> list[int]:
        return []


class Crowd:
    """Counts the calls under way at a time."""

    def __init__(self) -> None:
        self.now = Counter[str]()
        self.most = Counter[str]()
        self.calls = Counter[str]()

    @asynccontextmanager
    async def one(self, what: str) -> AsyncGenerator[None]:
        self.now[what] += 1
        self.calls[what] += 1
        self.most[what] = max(self.most[what], self.now[what])
        await asyncio.sleep(0)
        yield
        self.now[what] -= 1


class CrowdedFal(Fal):
    """A fal that has finished every request."""

    def __init__(self, crowd: Crowd):
        self._crowd = crowd

    @override
    async def progress(self, handle: Handle) -> Progress:
        async with self._crowd.one("status"):
            return Finished(failed=False, error_type=None)

    @override
    async def result(self, handle: Handle) -> Result:
        async with self._crowd.one("result"):
            url = f"http://127.0.0.1:1/{handle.request_id}.mp4"
            return Video(url=url, billable_units=None)

    @override
    def clock_offset(self) -> int | None:
        return 0

    @override
    async def upload(self, path: Path, *, expires_in: int) -> str:
        raise NotImplementedError

    @override
    async def submit(
        self, endpoint: str, arguments: Mapping[str, object], *, webhook_url: str | None = None
    ) -> Submission:
        raise NotImplementedError

    @override
    async def follow(self, handle: Handle, receive: Callable[[Progress], None]) -> None:
        raise NotImplementedError

    @override
    async def cancel(self, handle: Handle) -> bool:
        raise NotImplementedError

    @override
    async def find(self, endpoint: str, *, since: int) -> Sequence[ListedRequest]:
        raise NotImplementedError

    @override
    def handle(self, endpoint: str, request_id: str) -> Handle:
        raise NotImplementedError


class CrowdedVideos(Videos):
    def __init__(self, crowd: Crowd, archive: FolderArchive):
        self._crowd = crowd
        self._archive = archive

    @override
    async def keep(self, url: str, key: str) -> None:
        async with self._crowd.one("download"):
            await self._archive.put(key, b"video")

    @override
    async def try_writing(self) -> int:
        return 0

    @override
    async def fit(self, key: str, *, most_bytes: int, member_id: int) -> Fitted:
        raise NotImplementedError

    @override
    async def keep_last_frame(self, key: str, under: str, *, member_id: int) -> None: ...

    @override
    async def poster(self, key: str, *, member_id: int) -> Path:
        raise NotImplementedError

    @override
    async def join(self, keys: Sequence[str], under: str, *, member_id: int) -> None: ...


class CrowdedDelivery(Delivery):
    def __init__(self, crowd: Crowd):
        self._crowd = crowd
        self.delivered = Counter[int]()

    @override
    async def show(self, job: Job, standing: Standing) -> int:
        async with self._crowd.one("edit"):
            return 1

    @override
    async def deliver(self, job: Job, file: Attachment | None) -> int:
        async with self._crowd.one("delivery"):
            self.delivered[job.id] += 1
            return 1

    @override
    async def mention(self, job: Job, message_id: int) -> None: ...

    @override
    async def show_directly(self, job: Job, standing: Standing) -> None: ...

    @override
    async def deliver_directly(self, job: Job, file: Attachment | None) -> None: ...

    @override
    async def shown(self, channel_id: int, message_id: int) -> Shown:
        return Shown(Status.CREATED)

    @override
    async def take_back(self, channel_id: int, message_id: int) -> None: ...

    @override
    async def erase(self, job: Job, channel_id: int, message_id: int) -> None: ...


async def no_deletion(job: Job) -> None:
    raise AssertionError(job)


async def seed(stage: Stage, archive: FolderArchive) -> None:
    for number in range(JOBS):
        job = await stage.submit(of_member(number))
        way = WAYS[number % len(WAYS)]
        await stage.lead(job, *way)
        if way[-1] is Status.STORED:
            await archive.put(f"videos/{job.id}.mp4", b"video")


def wire(
    stage: Stage,
    archive: FolderArchive,
    crowd: Crowd,
    delivery: Delivery,
    changed: asyncio.Event,
    fal: Fal | None = None,
    poll: float = 1,
) -> tuple[Dispatcher, Driver]:
    clock, line, store = SystemClock(), LineState(), stage.store
    long = 10_000_000_000.0
    timings = Timings(
        poll=Backoff(poll, poll),
        retry=Backoff(1, 1),
        unusable=Backoff(1, 1),
        reconcile=Backoff(1, 1),
        submit_within=1,
        uncertain_for=long,
        input_lifetime=3600,
        refused_for=10_800,
        adopt_for=1,
        adopt_every=long,
        fetch_for=long,
        deliver_for=long,
        most_errors=1,
        steps_at_once=AT_ONCE,
    )
    fal, videos = fal or CrowdedFal(crowd), CrowdedVideos(crowd, archive)
    messages = StatusMessages(
        store=store,
        delivery=delivery,
        line=line,
        estimates=Estimates(store, clock, concurrency=2, longest=long),
    )
    video_delivery = VideoDelivery(
        store=store,
        delivery=delivery,
        archive=archive,
        videos=videos,
        limits=UploadLimits(store, clock),
        clock=clock,
        messages=messages,
        finish_deletion=no_deletion,
    )
    transitions = JobTransitions(
        store=store,
        messages=messages,
        clock=clock,
        random=lambda: 0.5,
        timings=timings,
        changed=changed,
        fal_offset=lambda: None,
    )
    owner_messages = OwnerMessages(store=store, owner=None, clock=clock)
    incidents = Incidents(
        line=line,
        store=store,
        messages=owner_messages,
        clock=clock,
        random=lambda: 0.5,
        policy=BreakerPolicy(backoff=timings.retry, most_unclear=3),
    )
    guard = KeepGuard(
        line=line,
        store=store,
        archive=archive,
        videos=videos,
        clock=clock,
        owner_messages=owner_messages,
        least_free_bytes=0,
        changed=changed,
    )
    age_check = AgeCheck(
        store=store,
        fal=fal,
        delivery=delivery,
        clock=clock,
        random=lambda: 0.5,
        timings=timings,
        line=line,
    )
    steps = Steps(
        store=store,
        fal=fal,
        fetch_video=FetchVideo(
            videos=videos, guard=guard, transitions=transitions, messages=messages, timings=timings
        ),
        archive=archive,
        messages=messages,
        delivery=video_delivery,
        clock=clock,
        timings=timings,
        concurrency=2,
        incidents=incidents,
        transitions=transitions,
        events=FalEventStreams(fal, clock, poll_every=None),
        may_send=age_check.may_send,
        webhook_url=lambda _: None,
    )
    driver = Driver(steps)
    dispatcher = Dispatcher(
        store=store,
        driver=driver,
        messages=messages,
        clock=clock,
        concurrency=2,
        refresh=0.1,
        changed=changed,
        line=line,
        guard=guard,
        timings=timings,
        age_check=age_check,
        recovery=RestoreRecovery(
            store=store,
            fal=fal,
            clock=clock,
            random=lambda: 0.5,
            timings=timings,
            line=line,
            endpoints=set(),
        ),
        give_back_left=GiveBackLeft(
            store=store,
            book=cast("ServerBook", cast("object", NoneLeft())),
            line=line,
            clock=clock,
        ),
        incidents=incidents,
    )
    line.servers_compared.set()
    return dispatcher, driver


async def test_hundreds_of_jobs_are_taken_up_a_few_at_a_time(tmp_path: Path):
    crowd, archive = Crowd(), FolderArchive(tmp_path / "archive")
    delivery = CrowdedDelivery(crowd)
    async with open_stage(tmp_path) as stage:
        await seed(stage, archive)
        changed = asyncio.Event()
        dispatcher, _ = wire(stage, archive, crowd, delivery, changed)
        running = asyncio.create_task(dispatcher.run())
        async with asyncio.timeout(120):
            while await stage.store.in_progress():
                await changed.wait()
        await dispatcher.close(1)
        await running
    assert len(delivery.delivered) == JOBS
    assert set(delivery.delivered.values()) == {1}
    assert crowd.calls["status"] == JOBS / 2
    assert max(crowd.most.values()) <= AT_ONCE
    assert min(crowd.most["delivery"], crowd.most["status"]) > 1


class SlowFal(CrowdedFal):
    """A fal that answers a submit only when it may."""

    def __init__(self, crowd: Crowd):
        super().__init__(crowd)
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    @override
    async def submit(
        self, endpoint: str, arguments: Mapping[str, object], *, webhook_url: str | None = None
    ) -> Submission:
        self.asked.set()
        await self.may_answer.wait()
        return Accepted(Handle(request_id="1", status_url="/s", response_url="/r", cancel_url="/c"))


async def test_a_job_that_is_being_sent_is_not_taken_for_a_lost_one(tmp_path: Path):
    """A job that fal turned away may be admitted again before its earlier driver reads the row."""
    crowd, archive = Crowd(), FolderArchive(tmp_path / "archive")
    fal = SlowFal(crowd)
    async with open_stage(tmp_path) as stage:
        _, driver = wire(stage, archive, crowd, CrowdedDelivery(crowd), asyncio.Event(), fal)
        job = await stage.submit(of_member(1))
        sending = asyncio.create_task(driver.admit(job.id))
        await fal.asked.wait()
        async with asyncio.timeout(60):
            await driver.drive(job.id)
        current = await stage.store.job(job.id)
        assert current is not None
        assert current.status is Status.SUBMITTING
        fal.may_answer.set()
        await sending
        current = await stage.store.job(job.id)
        assert current is not None
        assert current.status is Status.SUBMITTED


class SlowDelivery(CrowdedDelivery):
    """A Discord that makes an edit only when it may."""

    def __init__(self, crowd: Crowd):
        super().__init__(crowd)
        self.asked, self.may_show = asyncio.Event(), asyncio.Event()

    @override
    async def show(self, job: Job, standing: Standing) -> int:
        self.asked.set()
        await self.may_show.wait()
        return await super().show(job, standing)


async def test_a_word_about_a_job_whose_sender_is_still_busy_is_not_lost(tmp_path: Path):
    """fal's webhook may call while the message is edited that shows that fal has the job."""
    crowd, archive = Crowd(), FolderArchive(tmp_path / "archive")
    fal, delivery = SlowFal(crowd), SlowDelivery(crowd)
    fal.may_answer.set()
    async with open_stage(tmp_path) as stage:
        _, driver = wire(stage, archive, crowd, delivery, asyncio.Event(), fal, poll=10_000)
        job = await stage.submit(of_member(1))
        sending = asyncio.create_task(driver.admit(job.id))
        await delivery.asked.wait()
        driving = asyncio.create_task(driver.drive(job.id))
        # The reader answers in order: it has looked at the row by then.
        for _ in range(3):
            await stage.store.job(job.id)
        assert not driving.done()
        delivery.may_show.set()
        await sending
        await driver.drive(job.id)
        async with asyncio.timeout(60):
            await driving
        assert delivery.delivered == {job.id: 1}
