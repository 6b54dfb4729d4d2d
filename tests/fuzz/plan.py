"""The mutated files of a run: each follows from the run's seed and its own number alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from random import Random

from bot.adapters.media.file_formats import is_whole, sniff_picture, sniff_video
from bot.adapters.media.mp4 import IncompleteVideo, read_video_facts
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import drawn, groups

# Of twenty files in a row. Pictures are most: anybody may send them, and they are quickly drawn.
TURNS = (
    *("jpeg", "mp4", "png", "shrink", "webp", "avif", "webm", "jpeg", "mp4", "join"),
    *("gif", "png", "mp4", "heic", "shrink", "webp", "mp4", "avif", "webm", "join"),
)
FILM_WORKS = ("copy", "encode", "poster", "last")
TRIES = 3
"""Mutations that are tried until a file gets as far as a child. The last stays in any case."""


@dataclass(frozen=True, slots=True)
class MutatedFile:
    """A file to be taken in."""

    number: int
    """Its number in the run."""
    group: str
    """Its format, or for one of fal's videos what is done with it: `shrink` or `join`."""
    origin: str
    """The name of the valid file that it was."""
    data: bytes
    """Its bytes."""
    work: str = ""
    """The kind of work for `shrink`, and for `join` the place of the file: 0 or 1."""
    again: bool = False
    """True if what comes of a picture or of a member's video is taken in once more."""

    @property
    def name(self) -> str:
        return f"{self.group}-{self.work}-{self.number}"


def files(seed: int, numbers: range, group: str | None = None) -> Iterator[MutatedFile]:
    """Yield the files of these numbers, or those of one group among them."""
    for number in numbers:
        if group in {None, group_of(number)}:
            yield file_of(seed, number)


def is_without_heic() -> bool:
    """Return whether a run has no HEIC files, since pillow-heif isn't installed."""
    return "heic" not in groups()


def group_of(number: int) -> str:
    """Return the group of a file by its number. Where there is no HEIC, AVIF takes its turns."""
    group = TURNS[number % len(TURNS)]
    return "avif" if group == "heic" and is_without_heic() else group


def file_of(seed: int, number: int) -> MutatedFile:
    dice = Random(f"{seed} {number}")
    group = group_of(number)
    work = {"shrink": dice.choice(FILM_WORKS), "join": dice.choice("01")}.get(group, "")
    makes = groups()["film" if work else group]
    origin = dice.choice(list(makes))
    donors = [drawn("film" if work else group, name) for name in makes]
    data = b""
    for _ in range(TRIES):
        data = mutated(drawn("film" if work else group, origin), donors, dice)
        if _reaches_child(group, data):
            break
    again = number // len(TURNS) % 4 == 0
    return MutatedFile(number, group, origin, data, work, again)


def _reaches_child(group: str, data: bytes) -> bool:
    """Return whether a file isn't refused before a child sees it."""
    try:
        match group:
            case "shrink" | "join":
                read_video_facts(BytesIO(data))
                return True
            case "mp4" | "webm":
                format_ = sniff_video(BytesIO(data))
                return format_ is not None and is_whole(BytesIO(data), format_)
            case _:
                return sniff_picture(data) is not None
    except IncompleteVideo:
        return False
    except Exception:  # noqa: BLE001 - the intake shall meet what no reader expected
        return True
