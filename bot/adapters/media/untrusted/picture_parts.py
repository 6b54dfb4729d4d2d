"""Takes from a picture's file only the parts that draw its first picture.

Notes, thumbnails, later frames and appended files can be broken, huge or private, and none of them
is needed: the decoder never reads them. A part that is needed and isn't whole is left to the
decoder, or raises an exception.
"""

import re
import struct

from bot.adapters.media.untrusted.tones import Matrix

MOST_PROFILE_BYTES = 4 << 20
"""A larger colour profile is left out. Those of displays and printers are up to 3 MB."""
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
RESTART_INTERVAL = 0xDD
# In the coded data of a scan, FF is followed by 00 or by a restart marker. Any number of FF may be
# in front of a marker; a pattern for all of them would take a time that grows with their square.
MARKER = re.compile(rb"\xff([^\x00\xff\x01\xd0-\xd7])")
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
# Behind a picture that lacks its end marker: a decoder that still wants data draws it.
FILLER = bytes(range(1, 255)) * 64


class Parts:
    """The parts of a file that draw its first picture, and the notes that change how it looks."""

    # No dataclass: importing that takes longer than reading a small picture.
    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        """A file of the same format."""
        self.animated = False
        """True if players show further pictures, one after the other."""
        self.exif: bytes | None = None
        """The TIFF file that may state an orientation."""
        self.profile: bytes | None = None
        """An ICC profile."""
        self.codes: tuple[int, int] | None = None
        """Primaries and transfer function, as numbers of ITU-T H.273."""
        self.power: float | None = None
        """The exponent by which stored values become light; None if that is sRGB's curve."""
        self.matrix: Matrix | None = None
        """Turns light into that of sRGB's primaries; None if it has those."""
        self.frame: tuple[int, int, int, int] | None = None
        """The part of a GIF that its first picture covers: left, top, right, bottom."""
        self.canvas: tuple[int, int, int, int] | None = None
        """The canvas that a PNG's picture covers a part of: width, height, and the part's left and
        top; None if it covers all of it."""
        self.crop: tuple[int, int, int, int] | None = None
        """The part of the decoded picture that is to be shown; None: all of it."""
        self.announced: tuple[int, int] = (0, 0)
        """The size that an AVIF's or HEIC's own boxes state; the decoder may find another one."""
        self.scans = 0
        """Scans of a JPEG: decoding takes time for each, even for an empty one."""
        self.with_filler: bytes | None = None
        """The same file with other data behind its end. If the two are drawn differently, pixels
        are missing. None if the file says itself where it ends."""


class _Jpeg:
    """The state of reading a JPEG's segments."""

    def __init__(self) -> None:
        self.kept = list[bytes]()
        """The segments that are needed, the scans included."""
        self.profile = dict[int, bytes]()
        """The pieces of the ICC profile, by number."""
        self.missing = dict[int, set[int]]()
        """For each component, the coefficients of which no scan had the last bit."""
        self.frame = b""
        """The segment that states the size, and for each component how it is sampled."""
        self.interval = 0
        """Units between two restart markers; 0 if there are none."""
        self.scan = b""
        """The last scan, its header included."""


def jpeg_parts(data: bytes) -> Parts:
    """Keep the segments that draw a JPEG: ITU-T T.81, annex B."""
    parts, jpeg = Parts(), _Jpeg()
    ended, at = False, 2
    match = MARKER.search(data, at)
    while match:
        marker, at = match[1][0], match.end()
        if marker == END_OF_IMAGE or (marker == START_OF_IMAGE and parts.scans):
            ended = marker == END_OF_IMAGE
            break
        if marker == START_OF_IMAGE:
            match = MARKER.search(data, at)
            continue
        segment = data[at : at + int.from_bytes(data[at : at + 2], "big")]
        at += len(segment)
        match = MARKER.search(data, at)
        if marker == START_OF_SCAN:
            parts.scans += 1
            _strike_coefficients(jpeg.missing, segment)
            segment += data[at : match.start() if match else len(data)].rstrip(b"\xff")
            jpeg.scan = segment
        elif marker == RESTART_INTERVAL:
            jpeg.interval = int.from_bytes(segment[2:4], "big")
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            jpeg.frame = segment
            jpeg.missing = {segment[n]: set(range(64)) for n in range(8, len(segment), 3)}
        _keep_segment(parts, jpeg, marker, segment)
    parts.data = b"\xff\xd8" + b"".join(jpeg.kept)
    if jpeg.profile and sum(map(len, jpeg.profile.values())) <= MOST_PROFILE_BYTES:
        parts.profile = b"".join(jpeg.profile[number] for number in sorted(jpeg.profile))
    if not ended and parts.scans:
        _check_scans(jpeg)
        parts.data = _without_padding(parts.data)
        parts.with_filler = parts.data + FILLER + b"\xff\xd9"
    parts.data += b"\xff\xd9"
    return parts


def _keep_segment(parts: Parts, jpeg: _Jpeg, marker: int, segment: bytes) -> None:
    content = segment[2:]
    if not 0xE0 <= marker < 0xF0 and marker != COMMENT:
        jpeg.kept.append(bytes([0xFF, marker]) + segment)
    elif marker == 0xE0 and content.startswith(b"JFIF\0"):
        # Says that the colours are YCbCr; the rest of it is no matter.
        jpeg.kept.append(JFIF)
    elif marker == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
        jpeg.kept.append(bytes([0xFF, marker]) + segment)
    elif marker == 0xE1 and content.startswith(b"Exif\0") and parts.exif is None:
        parts.exif = content[6:]
    elif marker == 0xE2 and content.startswith(b"ICC_PROFILE\0") and len(content) > 14:
        jpeg.profile.setdefault(content[12], content[14:])


def _strike_coefficients(missing: dict[int, set[int]], scan: bytes) -> None:
    """Strike the coefficients that have all their bits after a scan (T.81, B.2.3)."""
    end = 3 + 2 * scan[2]
    first, last, low_bit = scan[end], scan[end + 1], scan[end + 2] & 15
    if low_bit == 0:
        for number in range(3, end, 2):
            missing.get(scan[number], set[int]()).difference_update(range(first, last + 1))


def _check_scans(jpeg: _Jpeg) -> None:
    if any(jpeg.missing.values()):
        raise ValueError("whole scans are missing")
    # Where a restart marker is missing, decoders make up the rest, whatever is behind the end.
    if jpeg.interval and len(RESTART.findall(jpeg.scan)) < _restarts(jpeg):
        raise ValueError("rows are missing")


def _restarts(jpeg: _Jpeg) -> int:
    """Return how many restart markers the last scan needs to be whole (T.81, A.2 and E.1.4)."""
    height, width, count = struct.unpack_from(">HHB", jpeg.frame, 3)
    sampling = {
        jpeg.frame[at]: (jpeg.frame[at + 1] >> 4, jpeg.frame[at + 1] & 15)
        for at in range(8, 8 + 3 * count, 3)
    }
    most_across = max(across for across, _ in sampling.values())
    most_down = max(down for _, down in sampling.values())
    # A scan of one component has units of one block; others, of the blocks for the same pixels.
    across, down = sampling[jpeg.scan[3]] if jpeg.scan[2] == 1 else (1, 1)
    units = -(-width * across // (8 * most_across)) * -(-height * down // (8 * most_down))
    return -(-units // jpeg.interval) - 1


def _without_padding(coded: bytes) -> bytes:
    """Return coded data without zeros that fill up its end, and without half a marker."""
    bare = coded.rstrip(b"\0")
    # A few zeros can be coded data, and behind FF one of them is.
    return bare + coded[len(bare) :][:4] if len(bare) < len(coded) else bare.rstrip(b"\xff")


def gif_parts(data: bytes) -> Parts:
    """Keep the first picture of a GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt."""
    at = 13 + _colours(data[10])
    kept, control = [data[:at]], b""
    parts = Parts()
    while at < len(data):
        start, kind, at = at, data[at], at + 1
        if kind == 0x3B:
            break
        if kind == 0x21:
            at = _behind_blocks(data, at + 1)
            if data[start + 1 : start + 2] == b"\xf9":
                control = data[start:at]
        elif kind == 0x2C and parts.frame is None:
            left, top, width, height = struct.unpack_from("<4H", data, at)
            parts.frame = left, top, left + width, top + height
            at = _behind_blocks(data, at + 9 + _colours(data[at + 8]) + 1)
            kept += [control, data[start:at]]
        elif kind == 0x2C:
            parts.animated = True
            break
    parts.data = b"".join([*kept, b"\0;"])
    return parts


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_blocks(data: bytes, at: int) -> int:
    """Return the place behind sub-blocks, or the file's end if it comes first."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))


def webp_parts(data: bytes) -> Parts:
    """Keep the first picture of a WebP: https://developers.google.com/speed/webp/docs/riff_container."""
    parts, kept, frames = Parts(), list[bytes](), 0
    extended = drawn = clear = False
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        content, at = data[at + 8 : at + 8 + size], at + 8 + size + size % 2
        if name == b"VP8X" and size >= 10 and not kept:
            # Of what it announces, only transparency and animation stay.
            extended, content = True, bytes([content[0] & 0x12]) + content[1:10]
        elif name == b"ANMF":
            frames += 1
        clear = clear or (not drawn and _can_be_clear(name, content, b"".join(kept[:1])[12:18]))
        if extended and len(content) == size:
            if name == b"ICCP" and size <= MOST_PROFILE_BYTES:
                parts.profile = content
            elif name == b"EXIF":
                parts.exif = content.removeprefix(b"Exif\0\0")
        if drawn or name not in {b"VP8X", b"ANIM", b"ALPH", b"ANMF", b"VP8 ", b"VP8L"}:
            continue
        if name != b"VP8X" and len(content) < size:
            raise ValueError("a picture's end is missing")
        drawn = name in {b"ANMF", b"VP8 ", b"VP8L"}
        kept.append(struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2))
    if extended and clear:
        kept[0] = kept[0][:8] + bytes([kept[0][8] | 0x10]) + kept[0][9:]
    body = b"WEBP" + b"".join(kept)
    parts.data = struct.pack("<4sI", b"RIFF", len(body)) + body
    parts.animated = frames > 1
    return parts


def _can_be_clear(name: bytes, content: bytes, canvas: bytes) -> bool:
    """Return whether a chunk leaves a part of the canvas transparent, whatever the file says."""
    if name == b"ANMF":
        smaller = content[6:12] != canvas
        return smaller or _can_be_clear(content[16:20], content[24:29], canvas)
    # In the head of a lossless picture, one bit says that it has alpha.
    return name == b"ALPH" or (name == b"VP8L" and len(content) > 4 and bool(content[4] & 0x10))
