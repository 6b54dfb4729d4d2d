"""Reads an MP4 file's duration, size and codec, and proves that the file is complete.

Players and ffprobe accept a file without its end if the index is in front; the sizes of its boxes
show that the end is missing. The format: ISO/IEC 14496-12.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

MOST_BOXES = 10_000
MOST_INNER_BOXES = 100
"""Within another box. All tracks are looked at, so this counts by its square and more."""
# Size, type, and the size of a box of more than 4 GB.
_LONGEST_HEADER = 16
_NEVER_ENDS = 1 << 62


class IncompleteVideo(Exception):
    """The file isn't an MP4 with a video track, or its end is missing."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Facts from the headers of an MP4 file."""

    duration: float
    """Seconds; 0 if the file doesn't say."""
    width: int
    """Pixels, as shown."""
    height: int
    """Pixels, as shown."""
    codec: str
    """The four letters of the sample entry, such as `avc1`."""
    faststart: bool
    """True if the index comes before the pictures, so that players can start while loading."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the file. Positions are in bytes from the start of the file."""

    type: bytes
    """Four letters."""
    start: int
    """The first byte of the content, behind the header."""
    end: int
    """The first byte behind the box."""


class ArrivingBoxes:
    """Follows the outermost boxes of a file while it arrives, to notice early that it isn't whole.

    A box that reaches beyond the announced end, or another first box than `ftyp`, shows that.
    """

    def __init__(self) -> None:
        self._received = 0
        self._count = 0
        self._next = 0
        self._rest = b""

    def take(self, data: bytes, announced: int | None) -> None:
        """Take the file's next bytes; `announced` is its size. Raises IncompleteVideo."""
        start = self._received - len(self._rest)
        data = self._rest + data
        end = start + len(data)
        while self._next + _LONGEST_HEADER <= end:
            at = self._next - start
            size, type_, long_size = struct.unpack_from(">I4sQ", data, at)
            if self._next == 0 and type_ != b"ftyp":
                raise IncompleteVideo("not an MP4 file")
            if size == 0:
                size = _NEVER_ENDS
            box_end = self._next + (long_size if size == 1 else size)
            if announced is not None and _NEVER_ENDS > box_end > announced:
                raise IncompleteVideo("a box reaches beyond the end")
            if box_end < self._next + 8:
                raise IncompleteVideo("a box is too short")
            self._count += 1
            if self._count > MOST_BOXES:
                raise IncompleteVideo("too many boxes")
            self._next = box_end
        self._received = end
        self._rest = data[max(0, self._next - start) :]


def read_video_facts(file: BinaryIO) -> VideoFacts:
    """Check `file` and return its facts; reads headers only. Raises IncompleteVideo."""
    boxes = list(_boxes(file, 0, file.seek(0, os.SEEK_END)))
    types = [box.type for box in boxes]
    if not boxes or types[0] != b"ftyp":
        raise IncompleteVideo("not an MP4 file")
    movie = _only(boxes, b"moov")
    pictures = _only(boxes, b"mdat")
    if pictures.start == pictures.end:
        raise IncompleteVideo("empty mdat box")
    track = _video_track(file, movie)
    header = _child(file, track, b"tkhd")
    width, height = _shown_size(file, header)
    entries = _child(file, track, b"mdia", b"minf", b"stbl", b"stsd")
    return VideoFacts(
        duration=_duration(file, _child(file, movie, b"mvhd")),
        width=width,
        height=height,
        codec=_read(file, entries, 12, 4).decode("latin-1"),
        faststart=types.index(b"moov") < types.index(b"mdat"),
    )


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    # A film in fragments has many, but only outermost.
    for _ in range(MOST_INNER_BOXES if start else MOST_BOXES):
        if start == end:
            return
        outer = Box(b"", start, end)
        size, type_ = struct.unpack(">I4s", _read(file, outer, 0, 8))
        content = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", _read(file, outer, 8, 8))
            content += 8
        elif size == 0:
            size = end - start
        if start + size > end or start + size < content:
            raise IncompleteVideo("a box reaches beyond the end")
        yield Box(type_, content, start + size)
        start += size
    raise IncompleteVideo("too many boxes")


def _read(file: BinaryIO, box: Box, offset: int, size: int) -> bytes:
    if offset < 0 or box.start + offset + size > box.end:
        raise IncompleteVideo("a box is too short")
    file.seek(box.start + offset)
    data = file.read(size)
    if len(data) != size:
        raise IncompleteVideo("the file is shorter than it was")
    return data


def _only(boxes: list[Box], type_: bytes) -> Box:
    for box in boxes:
        if box.type == type_:
            return box
    raise IncompleteVideo(f"no {type_.decode()} box")


def _child(file: BinaryIO, box: Box, *path: bytes) -> Box:
    for type_ in path:
        box = _only(list(_boxes(file, box.start, box.end)), type_)
    return box


def _video_track(file: BinaryIO, movie: Box) -> Box:
    for box in _boxes(file, movie.start, movie.end):
        if box.type != b"trak":
            continue
        handler = _child(file, box, b"mdia", b"hdlr")
        if _read(file, handler, 8, 4) == b"vide":
            return box
    raise IncompleteVideo("no video track")


def _shown_size(file: BinaryIO, header: Box) -> tuple[int, int]:
    """Return width and height, exchanged if the matrix turns the pictures by a quarter."""
    numbers = struct.unpack(">11i", _read(file, header, header.end - header.start - 44, 44))
    # 16.16 fixed point
    width, height = ((number & 0xFFFFFFFF) >> 16 for number in numbers[9:])
    a, b, _, c, d = numbers[:5]
    return (height, width) if a == d == 0 and b and c else (width, height)


def _duration(file: BinaryIO, header: Box) -> float:
    long = _read(file, header, 0, 1) == b"\1"
    unknown = (1 << 64) - 1 if long else (1 << 32) - 1
    scale, ticks = struct.unpack(
        ">IQ" if long else ">II", _read(file, header, 20 if long else 12, 12 if long else 8)
    )
    if scale == 0:
        raise IncompleteVideo("no time scale")
    return 0.0 if ticks == unknown else ticks / scale


def read_clean_aperture(file: BinaryIO, track_id: int) -> tuple[int, int, int, int] | None:
    """Return what is cut off at the left, top, right and bottom of a track's pictures.

    The box `clap` says so (ISO/IEC 14496-12, 12.1.4).
    """
    try:
        whole = Box(b"", 0, file.seek(0, os.SEEK_END))
        movie = _first(file, whole, b"moov")
        for track in _boxes(file, movie.start, movie.end):
            if track.type != b"trak":
                continue
            header = _first(file, track, b"tkhd")
            at = 20 if _read(file, header, 0, 1) == b"\1" else 12
            if _read(file, header, at, 4) == track_id.to_bytes(4, "big"):
                return _margins(file, track)
    except IncompleteVideo:
        # A decoder may open what isn't an MP4 by the letter; it has no clean aperture then.
        pass
    return None


def _margins(file: BinaryIO, track: Box) -> tuple[int, int, int, int] | None:
    entries = _first(file, track, b"mdia", b"minf", b"stbl", b"stsd")
    entry = next(_boxes(file, entries.start + 8, entries.end), entries)
    size = struct.unpack(">2H", _read(file, entry, 24, 4))
    aperture = _first(file, Box(b"", entry.start + 78, entry.end), b"clap")
    numbers = struct.unpack(">8i", _read(file, aperture, 0, 32))
    if not all(numbers[1::2]):
        return None
    width, height, right, down = map(Fraction, numbers[::2], numbers[1::2])
    # The centre of what is shown is moved from the centre of the pictures.
    left, top = round((size[0] - width) / 2 + right), round((size[1] - height) / 2 + down)
    margins = left, top, size[0] - left - round(width), size[1] - top - round(height)
    sound = min(margins) >= 0 and width > 0 and height > 0
    return margins if sound and any(margins) else None


def _first(file: BinaryIO, box: Box, *path: bytes) -> Box:
    """Return a box of the path, whatever is behind it."""
    for type_ in path:
        found = (one for one in _boxes(file, box.start, box.end) if one.type == type_)
        inner = next(found, None)
        if inner is None:
            raise IncompleteVideo(f"no {type_.decode()} box")
        box = inner
    return box
