"""The ways of a stranger's file into the bot, through the real intakes and their children.

A file may be taken, refused, or given up because it exceeds a bound. All else is a problem.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader
from bot.adapters.media.picture_intake import PictureIntake
from bot.adapters.media.shrink import MOST_STILL_BYTES, ShrinkLimits
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_limits import VideoInputLimits
from bot.adapters.media.video_store import VideoKeeper
from bot.domain.catalogue.inputs import PictureSource, VideoSource
from bot.domain.jobs.unkept import Unkept
from bot.domain.refusal import Refusal
from bot.ports import DownloadTrouble, NothingFits, ShrinkTrouble
from tests.adapters.media.file_server import FileServer, file_server
from tests.fuzz import judging
from tests.fuzz.leftovers import Leftovers
from tests.fuzz.plan import MutatedFile
from tests.fuzz.seeds import FILMS, drawn

# Fewer seconds than the bot's own: these files are small.
VIDEO_LIMITS = VideoInputLimits(cpu_seconds=20, wall_seconds=45, niceness=0)
# One try at encoding: a second would tell nothing new.
SHRINK_LIMITS = ShrinkLimits(shares=(0.7,), cpu_seconds=20, wall_seconds=45, niceness=0)
MOST_FILM_BYTES = 5_000_000
PATIENCE = 150.0
"""Seconds after which a file counts as one that hangs: more than its children may take."""
FILM, SOUND_FILM, RESULT = "videos/1.mp4", "videos/2.mp4", "videos/3.mp4"
# Words of sentences about files that exceed a bound, and about the bot's own trouble.
BOUNDS = ("takes too long to open", "takes too much memory")
TROUBLE = ("just now", "I can't keep", "any more", "from Discord itself")


class Outcome(StrEnum):
    """An end that a file may have."""

    TAKEN = "taken"
    REFUSED = "refused"
    GIVEN_UP = "given up"


@dataclass(slots=True)
class Ending:
    """The end of one file."""

    outcome: Outcome | None = None
    """None if it is none of those that a file may have."""
    problems: list[str] = field(default_factory=list[str])
    """Sentences on what isn't as it should be."""
    seconds: float = 0
    """The time that it took."""
    results: list[Path] = field(default_factory=list[Path])
    """The files that are there now."""


class Intakes:
    """The real intakes on a folder of their own, with files from a server on loopback."""

    def __init__(self, folder: Path, files: FileServer, *, patience: float = PATIENCE):
        self._files, self._patience = files, patience
        self._leftovers = Leftovers(folder)
        self._downloader = Downloader([files.host])
        self._archive = FolderArchive(folder / "archive")
        self._pictures = PictureIntake(self._downloader, folder / "archive" / "inputs")
        self._videos = VideoIntake(self._downloader, self._archive, VIDEO_LIMITS)
        self._keeper = VideoKeeper(
            self._downloader, self._archive, limit=MOST_FILM_BYTES, shrink_limits=SHRINK_LIMITS
        )
        # One whose files took too long has to wait, so each is by a member of its own.
        self._member = 0

    async def aclose(self) -> None:
        await self._downloader.aclose()

    async def take(self, file: MutatedFile) -> Ending:
        """Take a file in, and judge all that came of it."""
        ending, began = Ending(), time.monotonic()
        with judging.log_of_the_bot() as lines:
            try:
                async with asyncio.timeout(self._patience):
                    ending.outcome = await self._outcome(file, ending)
            except TimeoutError:
                ending.problems.append(f"hangs: no end after {self._patience} s")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                ending.problems.append(f"unexpected {type(error).__name__}: {error}")
        ending.seconds = time.monotonic() - began
        ending.problems += judging.problems_of_log(lines)
        ending.problems += self._leftovers.clear(ending.results)
        if ending.problems:
            ending.outcome = None
        return ending

    async def _outcome(self, file: MutatedFile, ending: Ending) -> Outcome:
        try:
            await self._take(file, ending)
        except Refusal as refusal:
            if any(words in refusal.sentence for words in TROUBLE):
                ending.problems.append(f"refused as the bot's own trouble: {refusal.sentence}")
            late = any(words in refusal.sentence for words in BOUNDS)
            return Outcome.GIVEN_UP if late else Outcome.REFUSED
        except NothingFits:
            return Outcome.REFUSED
        except DownloadTrouble as trouble:
            if trouble.reason is not Unkept.UNUSABLE:
                ending.problems.append(f"refused as the host's trouble: {trouble}")
            return Outcome.REFUSED
        except ShrinkTrouble as trouble:
            if not str(trouble).endswith(("NO_TIME", "NO_MEMORY", "code None", "code 5")):
                ending.problems.append(f"given up as the machine's trouble: {trouble}")
            return Outcome.GIVEN_UP
        return Outcome.TAKEN

    async def _take(self, file: MutatedFile, ending: Ending) -> None:
        match file.group:
            case "shrink":
                await self._shrink(file, ending)
            case "join":
                await self._join(file, ending)
            case "mp4" | "webm":
                await self._take_video(file, ending)
            case _:
                await self._take_picture(file, ending)

    def _serve(self, data: bytes) -> str:
        return self._files.serve("/file.mp4", data)

    def _next_member(self) -> int:
        self._member += 1
        return self._member

    async def _take_picture(self, file: MutatedFile, ending: Ending) -> None:
        source = PictureSource(self._serve(file.data), len(file.data))
        picture = await self._pictures.take(source, self._next_member())
        ending.problems += judging.problems_of_picture(picture)
        if not file.again:
            return
        with judging.second_time(ending.problems):
            source = PictureSource(self._serve(picture.data), len(picture.data))
            again = await self._pictures.take(source, self._next_member())
            assert (again.width, again.height) == (picture.width, picture.height)
            assert not again.animated

    async def _take_video(self, file: MutatedFile, ending: Ending) -> None:
        kept = await self._videos.keep(
            VideoSource(self._serve(file.data), len(file.data)), self._next_member()
        )
        path = self._archive.path(kept.key)
        ending.results.append(path)
        copy = path.read_bytes()
        ending.problems += judging.problems_of_copy(copy, VIDEO_LIMITS.most_bytes)
        if not file.again:
            return
        with judging.second_time(ending.problems):
            source = VideoSource(self._serve(copy), len(copy))
            again = await self._videos.keep(source, self._next_member())
            ending.results.append(self._archive.path(again.key))
            assert (again.width, again.height) == (kept.width, kept.height)

    async def _keep_film(self, data: bytes, key: str, ending: Ending) -> Path:
        """Keep a finished video, as if fal had made it."""
        await self._keeper.keep(self._serve(data), key)
        path = self._archive.path(key)
        ending.results.append(path)
        return path

    async def _shrink(self, file: MutatedFile, ending: Ending) -> None:
        film = await self._keep_film(file.data, FILM, ending)
        member, most = self._next_member(), MOST_STILL_BYTES
        match file.work:
            case "poster":
                result = await self._keeper.poster(FILM, member_id=member)
            case "last":
                result = self._archive.path("inputs/last.jpg")
                await self._keeper.keep_last_frame(FILM, "inputs/last.jpg", member_id=member)
            case _:
                # Without its notes a copy fits by a byte.
                most = len(file.data) - 1 if file.work == "copy" else len(file.data) * 9 // 10
                fitted = await self._keeper.fit(FILM, most_bytes=most, member_id=member)
                result = fitted.path
        ending.results.append(result)
        ending.problems += judging.problems_of_film(result, most)
        assert film.read_bytes() == file.data, "the original was changed"

    async def _join(self, file: MutatedFile, ending: Ending) -> None:
        await self._keep_film(file.data, FILM, ending)
        names = list(FILMS)
        other = drawn("film", names[file.number // 20 % len(names)])
        await self._keep_film(other, SOUND_FILM, ending)
        keys = [FILM, SOUND_FILM] if file.work == "0" else [SOUND_FILM, FILM]
        await self._keeper.join(keys, RESULT, member_id=self._next_member())
        result = self._archive.path(RESULT)
        ending.results.append(result)
        ending.problems += judging.problems_of_film(result, MOST_FILM_BYTES)


@asynccontextmanager
async def opened_intakes(folder: Path, *, patience: float = PATIENCE) -> AsyncGenerator[Intakes]:
    """Give the intakes on `folder`, which nothing else uses meanwhile."""
    async with file_server() as files:
        intakes = Intakes(folder, files, patience=patience)
        try:
            yield intakes
        finally:
            await intakes.aclose()
