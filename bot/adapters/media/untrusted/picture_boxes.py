"""Reads an AVIF's or HEIC's boxes: colours, visible part, and notes (ISO/IEC 23008-12)."""

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

from bot.adapters.media.untrusted.picture_parts import MOST_PROFILE_BYTES, Parts
from bot.adapters.media.untrusted.tones import is_high_range

MOST_BOXES = 10_000
NOTES = frozenset({b"Exif", b"mime", b"uri "})
# The fixed part of a sample entry of pictures: ISO/IEC 14496-12, 12.1.3.
SAMPLE_ENTRY_BYTES = 78


def heif_parts(data: bytes, format_: str) -> Parts:
    """Hide a file's notes from the decoder, and read how its main picture is to be shown."""
    outer = dict(_boxes(data, 0, len(data)))
    visible = bytearray(data)
    parts = Parts(data)
    properties = list[tuple[bytes, bytes]]()
    if b"meta" in outer:
        start, end = outer[b"meta"]
        inner = dict(_boxes(data, start + 4, end))
        if b"iinf" in inner:
            _hide_notes(visible, *inner[b"iinf"])
        with suppress(struct.error, IndexError, KeyError):
            properties = _properties(data, inner)
    properties += _of_track(data, outer)
    for kind, content in properties:
        if kind == b"colr":
            _note_colours(parts, content)
        elif kind == b"ispe" and len(content) >= 12 and not any(parts.announced):
            parts.announced = struct.unpack_from(">II", content, 4)
        elif kind == b"clap" and format_ == "AVIF" and parts.crop is None:
            # pillow-heif crops by itself.
            parts.crop = _aperture(content, properties)
    if parts.profile is not None and not (parts.codes and is_high_range(parts.codes[1])):
        # A profile is more exact than code points: ISO/IEC 23000-22, 7.3.6.4.
        parts.codes = None
    elif parts.codes is None:
        parts.codes = _coded_colours(data)
    parts.data = bytes(visible)
    return parts


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield each box's type, and where its content begins and ends."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1 and start + 16 <= end:
            size, content = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        stop = start + size if size else end
        if stop < content or stop > end:
            return
        yield kind, (content, stop)
        start = stop


def _hide_notes(data: bytearray, start: int, end: int) -> None:
    """Give notes a type that no decoder knows: they may be broken, and nobody needs them."""
    first = start + (8 if data[start] else 6)
    for kind, (at, stop) in _boxes(bytes(data[:end]), first, end):
        place = at + (10 if data[at] == 3 else 8)
        known = kind == b"infe" and data[at] in {2, 3} and place + 4 <= stop
        if known and bytes(data[place : place + 4]) in NOTES:
            data[place : place + 4] = b"none"


def _properties(data: bytes, inner: dict[bytes, tuple[int, int]]) -> list[tuple[bytes, bytes]]:
    """Return the main picture's properties: types and contents."""
    start, _ = inner[b"pitm"]
    main = int.from_bytes(data[start + 4 : start + (8 if data[start] else 6)], "big")
    in_properties = dict(_boxes(data, *inner[b"iprp"]))
    every = [
        (kind, data[begin:stop]) for kind, (begin, stop) in _boxes(data, *in_properties[b"ipco"])
    ]
    at, _ = in_properties[b"ipma"]
    wide_ids, wide = data[at] > 0, data[at + 3] & 1
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    for _ in range(min(count, MOST_BOXES)):
        (item,) = struct.unpack_from(">I" if wide_ids else ">H", data, at)
        at += 4 if wide_ids else 2
        size = data[at] * (2 if wide else 1)
        if item == main:
            numbers = struct.unpack_from(f">{data[at]}{'H' if wide else 'B'}", data, at + 1)
            mask = 0x7FFF if wide else 0x7F
            return [every[(number & mask) - 1] for number in numbers if number & mask]
        at += 1 + size
    return []


def _of_track(data: bytes, outer: dict[bytes, tuple[int, int]]) -> list[tuple[bytes, bytes]]:
    """Return the properties of the first track, of a file that moves."""
    place = outer.get(b"moov")
    for kind in (b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        place = (
            next((found for name, found in _boxes(data, *place) if name == kind), None)
            if place
            else None
        )
    if place is None:
        return []
    for _, (start, end) in _boxes(data, place[0] + 8, place[1]):
        inside = _boxes(data, start + SAMPLE_ENTRY_BYTES, end)
        return [(kind, data[begin:stop]) for kind, (begin, stop) in inside]
    return []


def _note_colours(parts: Parts, content: bytes) -> None:
    if content[:4] == b"nclx" and len(content) >= 8 and parts.codes is None:
        parts.codes = struct.unpack_from(">HH", content, 4)
    elif content[:4] in {b"prof", b"rICC"} and len(content) <= MOST_PROFILE_BYTES:
        parts.profile = parts.profile or content[4:]


def _aperture(
    clap: bytes, properties: list[tuple[bytes, bytes]]
) -> tuple[int, int, int, int] | None:
    """Return the visible part of a picture (ISO/IEC 14496-12, 12.1.4); None: all of it."""
    size = dict(properties).get(b"ispe", b"")
    if len(clap) < 32 or len(size) < 12:
        return None
    numbers = struct.unpack_from(">8i", clap)
    if not all(numbers[1::2]):
        return None
    width, height, right, down = (
        above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True)
    )
    whole_width, whole_height = struct.unpack_from(">II", size, 4)
    left, top = (whole_width - width) / 2 + right, (whole_height - height) / 2 + down
    box = round(left), round(top), round(left + width), round(top + height)
    inside = 0 <= box[0] < box[2] <= whole_width and 0 <= box[1] < box[3] <= whole_height
    return box if inside else None


def _coded_colours(data: bytes) -> tuple[int, int] | None:
    """Return the code points that only the coded picture itself states."""
    av = import_module("av")
    # FFmpeg may not know the kind of file: then nothing is stated.
    opening = {"format": "mov", "metadata_errors": "replace"}
    with suppress(Exception), av.open(io.BytesIO(data), **opening) as opened:
        context = opened.streams.video[0].codec_context
        return context.color_primaries, context.color_trc
    return None
