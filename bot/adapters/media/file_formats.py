"""Recognises a file's format by its first bytes, never by its name."""

import os
from typing import BinaryIO

from bot.adapters.media.ebml import read_ebml

AVIF_BRANDS = frozenset({b"avif", b"avis"})
# mif1 and msf1 alone say only "a picture of the HEIF family": in practice a phone's HEIC.
HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
HEAD_BYTES = 256
# The first boxes of QuickTime files; those of the last twenty years begin with `ftyp`.
QUICKTIME = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
# Boxes that must be complete. Data behind the last of them may be anything, and is left out; which
# pictures a cut `mdat` lacks is seen when they are read.
NEEDED = frozenset({b"ftyp", b"moov", b"moof"})
MOST_BOXES = 10_000
MOST_SEGMENTS = 100
# The starts of frames that encoders write: baseline, extended, progressive.
_FRAMES = {b"\xff\xc0", b"\xff\xc1", b"\xff\xc2"}


def sniff_picture(data: bytes) -> str | None:
    """Return JPEG, PNG, WEBP, GIF, AVIF or HEIC; None for everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    return None


def _sniff_brands(data: bytes) -> str | None:
    """Read the ftyp box: a major brand, a version, then compatible brands (ISO/IEC 14496-12)."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIC_BRANDS else None


def sniff_video(file: BinaryIO) -> str | None:
    """Return FFmpeg's name of the demuxer for an MP4, MOV, M4V or WebM; None for all else."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if sniff_picture(head) is not None:
        return None
    if head[4:8] in QUICKTIME:
        return "mov"
    document = read_ebml(file)
    return "matroska" if document and document.document_type == "webm" else None


def is_whole(file: BinaryIO, format_: str) -> bool:
    """Return whether the file is as long as its headers say; decoders accept shorter files, too."""
    end = file.seek(0, os.SEEK_END)
    if format_ == "mov":
        return _mov_is_whole(file, end)
    document = read_ebml(file)
    return document is not None and (document.segment_end or 0) <= end


def _mov_is_whole(file: BinaryIO, end: int) -> bool:
    """Walk over the outermost boxes (ISO/IEC 14496-12)."""
    start = 0
    types: set[bytes] = set()
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
        types.add(type_)
        start += size
        if size < 8 or start >= end:
            break
    return {b"moov", b"mdat"} <= types


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a whole JPEG by its own header; None if it isn't one.

    The format: ITU-T T.81, annex B.
    """
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        return None
    at = 2
    for _ in range(MOST_SEGMENTS):
        marker, size = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        if marker[:1] != b"\xff" or size < 2:
            return None
        at += 2 + size
    return None
