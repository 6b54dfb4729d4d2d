"""Retention and deletion of files: real rows, real files, and a clock that tests set."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.adapters.media.archive import FolderArchive
from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.application.videos.delete import DeleteVideo
from bot.application.videos.retention import SweepArchive
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.chains import frame_key
from bot.domain.jobs.job import DeletedBy, Job, Status
from bot.domain.refusal import NotPossible
from bot.ports import Attachment, Shown, Standing, Undeliverable
from tests.adapters.sqlite.store_harness import NOW, Stage, open_stage
from tests.domain.examples import new_job
from tests.set_clock import SetClock

DELIVERED = (
    Status.SUBMITTING,
    Status.SUBMITTED,
    Status.SUCCEEDED,
    Status.STORED,
    Status.DELIVERED,
)


@dataclass
class Messages:
    """Records erased messages; refuses while `away`, as Discord does when it is out of reach."""

    away: bool = False
    erased: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    async def erase(self, job: Job, channel_id: int, message_id: int) -> None:
        if self.away:
            raise Undeliverable("away")
        self.erased.append((job.id, channel_id, message_id))

    async def show(self, job: Job, standing: Standing) -> int:
        raise NotImplementedError(job, standing)

    async def deliver(self, job: Job, file: Attachment | None) -> int:
        raise NotImplementedError(job, file)

    async def mention(self, job: Job, message_id: int) -> None:
        raise NotImplementedError(job, message_id)

    async def show_directly(self, job: Job, standing: Standing) -> None:
        raise NotImplementedError(job, standing)

    async def deliver_directly(self, job: Job, file: Attachment | None) -> None:
        raise NotImplementedError(job, file)

    async def shown(self, channel_id: int, message_id: int) -> Shown:
        raise NotImplementedError(channel_id, message_id)

    async def take_back(self, channel_id: int, message_id: int) -> None:
        raise NotImplementedError(channel_id, message_id)


@dataclass
class Life:
    rows: Stage
    """The store of the test."""
    folder: Path
    """Has the database and the archive."""
    past: SqlitePastVideos
    """Rows of finished videos."""
    archive: FolderArchive
    """The files."""
    clock: SetClock = field(default_factory=SetClock)
    """A clock that is set."""
    messages: Messages = field(default_factory=Messages)
    """Discord's part of a deletion."""

    async def put(self, key: str, *, days_old: float = 0) -> None:
        await self.archive.put(key, b"x")
        at = (self.clock.at - days_old * DAY_MS) / 1000
        os.utime(self.archive.path(key), (at, at))

    async def submit(self, *way: Status, inputs: tuple[str, ...] = ()) -> Job:
        source = f"interaction:{len(await self.rows.sql('SELECT id FROM jobs'))}"
        new = new_job(source)
        new = replace(new, inputs=inputs, place=replace(new.place, message_id=100))
        job = await self.rows.submit(new, videos_per_day=100)
        return await self.rows.lead(job, *way)

    async def now(self, job: Job) -> Job:
        row = await self.rows.store.job(job.id)
        assert row is not None
        return row

    def files(self) -> set[str]:
        archive = self.folder / "archive"
        return {str(path.relative_to(archive)) for path in archive.rglob("*") if path.is_file()}

    def delete(self) -> DeleteVideo:
        return DeleteVideo(
            store=self.rows.store,
            past=self.past,
            archive=self.archive,
            delivery=self.messages,
            clock=self.clock,
        )

    async def show_missed(self, _at: int) -> None:
        """Do nothing: there are no messages here."""

    async def sweep(self, *, inputs: int = 30, videos: int = 0) -> int:
        return await SweepArchive(
            past=self.past,
            archive=self.archive,
            clock=self.clock,
            delete=self.delete(),
            show_missed=self.show_missed,
            keep_inputs_days=inputs,
            keep_videos_days=videos,
        ).sweep()


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    async with open_stage(tmp_path) as rows, open_reader(tmp_path / "pika.db") as reader:
        archive = FolderArchive(tmp_path / "archive")
        yield Life(rows, tmp_path, SqlitePastVideos(reader), archive)


async def test_inputs_go_when_their_time_is_over(life: Life) -> None:
    await life.put("inputs/ab/old.jpg", days_old=30.1)
    await life.put("inputs/ab/new.jpg", days_old=29.9)
    await life.put("inputs/frames/1.jpg", days_old=31)
    await life.put("videos/1.mp4", days_old=400)
    assert await life.sweep() == 2
    assert life.files() == {"inputs/ab/new.jpg", "videos/1.mp4"}
    life.clock.at += DAY_MS
    assert await life.sweep() == 1
    assert await life.sweep() == 0


async def test_use_begins_the_time_anew(life: Life) -> None:
    await life.put("inputs/ab/old.jpg", days_old=31)
    life.clock.at = life.folder.stat().st_mtime_ns // 1_000_000 + DAY_MS
    assert await life.archive.use("inputs/ab/old.jpg")
    assert not await life.archive.use("inputs/ab/other.jpg")
    assert await life.sweep() == 0


async def test_what_an_open_job_needs_stays(life: Life) -> None:
    picture, other = "inputs/ab/picture.jpg", "inputs/ab/other.jpg"
    waiting = await life.submit(inputs=(picture,))
    posting = await life.submit(*DELIVERED[:-1])
    for key in (
        picture,
        other,
        f"videos/{posting.id}.mp4",
        "videos/99.mp4",
        "videos/99-poster.jpg",
    ):
        await life.put(key, days_old=31)
    assert await life.sweep(videos=30) == 3
    assert life.files() == {picture, f"videos/{posting.id}.mp4"}
    await life.rows.lead(waiting, Status.CANCELED)
    await life.rows.lead(posting, Status.DELIVERED)
    assert await life.sweep(videos=30) == 2
    assert life.files() == set()


async def test_nought_days_are_for_ever(life: Life) -> None:
    await life.put("inputs/ab/old.jpg", days_old=4000)
    await life.put("videos/1.mp4", days_old=4000)
    assert await life.sweep(inputs=0) == 0


async def test_films_that_a_crash_left_go_after_a_day(life: Life) -> None:
    await life.put("films/3.mp4", days_old=1.1)
    await life.put("films/4.mp4", days_old=0.9)
    assert await life.sweep(inputs=0) == 1
    assert life.files() == {"films/4.mp4"}


# Deleting


async def test_a_deletion_takes_what_is_its_own(life: Life) -> None:
    shared, own = "inputs/ab/shared.jpg", "inputs/ab/own.jpg"
    job = await life.submit(*DELIVERED, inputs=(shared, own))
    other = await life.submit(*DELIVERED, inputs=(shared,))
    for number in (job.id, other.id, f"{job.id}0"):
        await life.put(f"videos/{number}.mp4")
        await life.put(f"videos/{number}-poster.jpg")
    for key in (shared, own, frame_key(job)):
        await life.put(key)
    delete = life.delete()
    who = {"guild_id": job.place.guild_id, "member_id": job.place.member_id}
    deleting = await delete(job.id, **who, moderator=False)
    assert [one.id for one in await life.past.deleting()] == [job.id]
    life.clock.at += 5
    await delete.finish(deleting)
    assert await life.past.deleting() == []
    erased = await life.now(job)
    assert (erased.deleted_at, erased.erased_at, erased.shown) == (NOW, NOW + 5, "deleted")
    assert life.files() == {
        shared,
        *(f"videos/{number}.mp4" for number in (other.id, f"{job.id}0")),
        *(f"videos/{number}-poster.jpg" for number in (other.id, f"{job.id}0")),
    }
    assert life.messages.erased == [(job.id, job.place.channel_id, 100)]
    assert [one.id for one in await life.past.page(**who, limit=9)] == [other.id]
    # Once more changes nothing, not even by whom.
    once_more = await delete(job.id, guild_id=job.place.guild_id, member_id=5, moderator=True)
    assert once_more == await life.now(job)
    assert (once_more.deleted_by, once_more.deleted_at) == (DeletedBy.MAKER, NOW)


async def test_a_frame_that_another_shot_begins_with_stays(life: Life) -> None:
    job = await life.submit(*DELIVERED)
    await life.submit(*DELIVERED, inputs=(frame_key(job),))
    await life.put(frame_key(job))
    delete = life.delete()
    deleting = await delete(
        job.id, guild_id=job.place.guild_id, member_id=job.place.member_id, moderator=False
    )
    await delete.finish(deleting)
    assert life.files() == {frame_key(job)}


async def test_what_discord_left_of_a_deletion_is_done_later(life: Life) -> None:
    job = await life.submit(*DELIVERED)
    await life.put(f"videos/{job.id}.mp4")
    life.messages.away = True
    delete = life.delete()
    await delete(job.id, guild_id=job.place.guild_id, member_id=1, moderator=True)
    await delete.finish_all()
    assert life.files() == set()
    assert [one.id for one in await life.past.deleting()] == [job.id]
    life.messages.away = False
    await delete.finish_all()
    erased = await life.now(job)
    assert (erased.deleted_by, erased.erased_at) == (DeletedBy.MODERATOR, NOW)
    assert life.messages.erased == [(job.id, job.place.channel_id, 100)]


async def test_of_two_who_delete_at_once_the_first_one_counts(life: Life) -> None:
    job = await life.submit(*DELIVERED)
    delete, guild_id = life.delete(), job.place.guild_id
    deletions = await asyncio.gather(
        delete(job.id, guild_id=guild_id, member_id=job.place.member_id, moderator=False),
        delete(job.id, guild_id=guild_id, member_id=1, moderator=True),
    )
    row = await life.now(job)
    assert row.deleted_by is not None
    assert deletions == [row, row]
    await asyncio.gather(*(delete.finish(one) for one in deletions))
    assert await life.past.deleting() == []


async def test_a_video_that_is_still_being_posted_is_not_deleted(life: Life) -> None:
    job = await life.submit(*DELIVERED[:-1])
    who = {"guild_id": job.place.guild_id, "member_id": job.place.member_id}
    with pytest.raises(NotPossible, match="still being posted"):
        await life.delete()(job.id, **who, moderator=False)
    open_one = await life.submit()
    with pytest.raises(NotPossible, match="There is no finished video"):
        await life.delete()(open_one.id, **who, moderator=False)
    with pytest.raises(NotPossible, match="There is no video"):
        await life.delete()(job.id, guild_id=1, member_id=1, moderator=True)
