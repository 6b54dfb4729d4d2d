"""The opening of a video when something fails: each announcement is answered once, none is lost."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from typing_extensions import override

from bot.adapters.process.clock import SystemClock
from bot.application.videos.start import StartVideo
from bot.application.videos.submit import CheckedRequest, Quote, SubmittedVideo, SubmitVideo
from bot.domain.catalogue.models import Kind
from bot.domain.catalogue.prices import Price
from bot.domain.jobs.job import Place
from bot.domain.moderation.quota import Quota
from bot.domain.moderation.rules import Asker
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.requests.request import VideoRequest
from bot.ports import Announcement, JobStore, Undeliverable
from tests.adapters.sqlite.store_harness import Stage, open_stage
from tests.domain.examples import MEMBER, new_job

MESSAGE = 77
REFUSED = Refusal("The picture is too large.")


@dataclass
class Answer(Announcement):
    """The answer to a request, in memory; Discord may not let it be taken back."""

    can_be_taken_back: bool = True
    explained: list[Exception] = field(default_factory=list[Exception])

    @property
    @override
    def is_repeated(self) -> bool:
        return False

    @override
    async def post(self, tag: str) -> int:
        return MESSAGE

    @override
    async def take_back(self, message_id: int, error: Exception) -> None:
        assert message_id == MESSAGE
        if not self.can_be_taken_back:
            raise Undeliverable("Discord: HTTP 503")
        self.explained.append(error)


class FailingStore:
    """The real store, but one of its methods finds the disk full."""

    def __init__(self, store: JobStore, method: str) -> None:
        self._store = store
        self._method = method

    def __getattr__(self, name: str) -> object:
        return self._fail if name == self._method else cast("object", getattr(self._store, name))

    async def _fail(self, *_: object, **_named: object) -> None:
        raise OSError("disk full")


async def refuse(*_: object) -> SubmittedVideo:
    raise REFUSED


async def shown(_: int) -> None:
    raise AssertionError("there is no job to show")


def start(store: object) -> StartVideo:
    return StartVideo(
        store=cast("JobStore", store),
        submit=cast("SubmitVideo", refuse),
        clock=SystemClock(),
        wake=lambda: None,
        show=shown,
        draw_tag=lambda: "a" * 26,
    )


def checked() -> CheckedRequest:
    job = new_job()
    place = Place(guild_id=job.place.guild_id, channel_id=20, member_id=MEMBER)
    request = VideoRequest(source=job.source, place=place, kind=Kind.TEXT, options=Options())
    quote = Quote(Price(job.price), 1, Quota(used=0, limit=5, day=0, resets_at=0))
    return CheckedRequest(request, Asker(member_id=MEMBER), job, quote)


async def remembered(stage: Stage) -> list[tuple[int, ...]]:
    return await stage.numbers("SELECT message_id FROM openings")


async def test_a_refusal_is_explained_once_and_the_announcement_forgotten(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        answer = Answer()
        assert await start(stage.store)(checked(), answer) is None
        assert answer.explained == [REFUSED]
        assert await remembered(stage) == []


async def test_an_announcement_that_still_stands_is_left_to_the_next_start(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        assert await start(stage.store)(checked(), Answer(can_be_taken_back=False)) is None
        assert await remembered(stage) == [(MESSAGE,)]


async def test_an_announcement_that_cannot_be_remembered_is_taken_back(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        answer = Answer()
        failing = FailingStore(stage.store, "remember_announcement")
        assert await start(failing)(checked(), answer) is None
        assert [str(error) for error in answer.explained] == ["disk full"]


async def test_one_that_cannot_be_forgotten_is_not_explained_again(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        answer = Answer()
        failing = FailingStore(stage.store, "forget_announcement")
        assert await start(failing)(checked(), answer) is None
        assert answer.explained == [REFUSED]
