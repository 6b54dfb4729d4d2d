"""Reads the beginning of an EBML file, such as WebM: its document type and its Segment's size.

The format: RFC 8794 (EBML) and RFC 9559 (Matroska). Elements of a header may come in any order, and
their sizes may be written in any width.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

EBML, DOCUMENT_TYPE, SEGMENT = 0x1A45DFA3, 0x4282, 0x18538067
TRACKS, TRACK, TRACK_TYPE, VIDEO = 0x1654AE6B, 0xAE, 0x83, 0xE0
# PixelCrop at the left, the top, the right and the bottom.
CROPS = (0x54CC, 0x54BB, 0x54DD, 0x54AA)
PICTURES = 1
MOST_HEADER_BYTES = 1 << 16
# Elements between the header and the Segment: only Void ones are allowed there.
MOST_BETWEEN = 100
LONGEST_ID, LONGEST_SIZE = 8, 8
# Of one parent. A film of half a minute has some hundreds.
MOST_ELEMENTS = 100_000
# No file is as long, and file systems refuse to look further on.
MOST_FILE_BYTES = 1 << 40


@dataclass(frozen=True, slots=True)
class EbmlFile:
    """Facts from the beginning of a file."""

    document_type: str
    """`webm`, `matroska`, or another one."""
    segment_end: int | None
    """The first byte behind the Segment; None if its size is unknown, as of a recording."""
    segment_start: int
    """The first byte of the Segment's content."""


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    content: int
    """The first byte of the content."""
    end: int | None
    """The first byte behind the element; None if unknown."""


def read_ebml(file: BinaryIO) -> EbmlFile | None:
    """Return the facts of an EBML file that has a Segment; None for every other file."""
    header = _element(file, 0)
    if header is None or header.id != EBML:
        return None
    if header.end is not None and header.end > MOST_HEADER_BYTES:
        return None
    document_type, at = "", header.content
    for element in _children(file, header):
        if element.end is None or element.id == SEGMENT:
            break
        at = element.end
        if element.id == DOCUMENT_TYPE:
            file.seek(element.content)
            text = file.read(min(element.end - element.content, MOST_HEADER_BYTES))
            # A string ends at a NUL, and may be padded with more of them (RFC 8794, 7.4).
            document_type = text.partition(b"\0")[0].decode("ascii", "replace")
    at = header.end or at
    for _ in range(MOST_BETWEEN):
        element = _element(file, at)
        if element is None:
            return None
        if element.id == SEGMENT:
            return EbmlFile(document_type, element.end, element.content)
        if element.end is None:
            return None
        at = element.end
    return None


def read_pixel_crop(file: BinaryIO, track: int) -> tuple[int, int, int, int] | None:
    """Return what is cut off at the left, top, right and bottom of a video track's pictures.

    `track` counts the video tracks, from 0.
    """
    document = read_ebml(file)
    if document is None:
        return None
    end = document.segment_end or file.seek(0, os.SEEK_END)
    segment = _Element(SEGMENT, document.segment_start, end)
    tracks = next((one for one in _children(file, segment) if one.id == TRACKS), None)
    films = [
        one
        for one in (_children(file, tracks) if tracks else ())
        if one.id == TRACK and _number(file, one, TRACK_TYPE) == PICTURES
    ]
    if track >= len(films):
        return None
    video = next((one for one in _children(file, films[track]) if one.id == VIDEO), None)
    if video is None:
        return None
    left, top, right, bottom = (_number(file, video, side) for side in CROPS)
    return (left, top, right, bottom) if left or top or right or bottom else None


def _number(file: BinaryIO, parent: _Element, id_: int) -> int:
    """Return an unsigned number among an element's children; 0 if it isn't there."""
    for element in _children(file, parent):
        if element.id == id_ and element.end is not None:
            file.seek(element.content)
            return int.from_bytes(file.read(min(element.end - element.content, 8)), "big")
    return 0


def _children(file: BinaryIO, parent: _Element) -> Iterator[_Element]:
    """Yield elements from the content's beginning on; of a size unknown, until one is not whole."""
    at, end = parent.content, parent.end or MOST_HEADER_BYTES
    for _ in range(MOST_ELEMENTS):
        element = _element(file, at) if at < end else None
        if element is None:
            return
        yield element
        if element.end is None:
            return
        at = element.end


def _element(file: BinaryIO, at: int) -> _Element | None:
    """Read an element's id and size (RFC 8794, 4 to 6)."""
    if at > MOST_FILE_BYTES:
        return None
    file.seek(at)
    head = file.read(LONGEST_ID + LONGEST_SIZE)
    id_length = _length(head[:1])
    size_length = _length(head[id_length : id_length + 1])
    content = at + id_length + size_length
    if not id_length or not size_length or len(head) < id_length + size_length:
        return None
    bits = 7 * size_length
    size = int.from_bytes(head[id_length : id_length + size_length], "big") & ((1 << bits) - 1)
    unknown = size == (1 << bits) - 1
    return _Element(
        int.from_bytes(head[:id_length], "big"), content, None if unknown else content + size
    )


def _length(first: bytes) -> int:
    """Return the length of a number by its first byte: one more than the zeros in front."""
    return 9 - first[0].bit_length() if first and first[0] else 0
