"""What kind of video the first bytes announce, whatever the file is called, and whether it ends."""

import os
from typing import BinaryIO

from bot.adapters.media.file_formats import sniff as sniff_picture

HEAD_BYTES = 256
EBML, DOCUMENT_TYPE, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x42\x82\x84webm", b"\x18\x53\x80\x67"
# What QuickTime files begin with; those of the last twenty years begin with `ftyp`.
QUICKTIME = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
# Boxes that matter: what follows behind the last of them may be anything, and is left out.
NEEDED = frozenset({b"ftyp", b"moov", b"mdat", b"moof"})
MOST_BOXES = 10_000


def sniff_video(head: bytes) -> str | None:
    """Return FFmpeg's name of the demuxer for an MP4, MOV, M4V or WebM; None for all else."""
    if sniff_picture(head) is not None:
        return None
    if head[4:8] in QUICKTIME:
        return "mov"
    if head.startswith(EBML) and DOCUMENT_TYPE in head:
        return "matroska"
    return None


def is_whole(file: BinaryIO, format_: str) -> bool:
    """Say whether the file is as long as its own headers say; decoders don't mind if it isn't."""
    end = file.seek(0, os.SEEK_END)
    return _mov_is_whole(file, end) if format_ == "mov" else _webm_is_whole(file, end)


def _mov_is_whole(file: BinaryIO, end: int) -> bool:
    """Walk over the outermost boxes (ISO/IEC 14496-12)."""
    start = 0
    found: set[bytes] = set()
    for _ in range(MOST_BOXES):
        file.seek(start)
        header = file.read(16)
        size, type_ = int.from_bytes(header[:4], "big"), header[4:8]
        if size == 1:
            size = int.from_bytes(header[8:], "big")
        if size == 0:
            size = end - start
        if type_ in NEEDED and start + size > end:
            return False
        found.add(type_)
        start += size
        if size < 8 or start >= end:
            break
    return {b"moov", b"mdat"} <= found


def _webm_is_whole(file: BinaryIO, end: int) -> bool:
    """Compare the size of the Segment, unless it is unknown, as of a recording (RFC 8794)."""
    file.seek(0)
    head = file.read(4 * HEAD_BYTES)
    start = head.find(SEGMENT) + len(SEGMENT)
    if start < len(SEGMENT) or start >= len(head) or head[start] == 0:
        return False
    length = 9 - head[start].bit_length()
    number = head[start : start + length]
    bits = 7 * length
    size = int.from_bytes(number, "big") & ((1 << bits) - 1)
    return size == (1 << bits) - 1 or start + length + size <= end
