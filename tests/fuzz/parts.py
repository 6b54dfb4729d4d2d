"""Files as trees of their parts: boxes, chunks, segments and elements, which can be put together.

What isn't built as its format says is one bare part, to its end.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Form(Enum):
    """The way in which a part states its kind and its length."""

    BARE = auto()
    """Bytes as they are."""
    BOX = auto()
    """ISO/IEC 14496-12: a length, that of the header included, and four letters."""
    PNG = auto()
    """A length, four letters, the content, and a checksum."""
    RIFF = auto()
    """Four letters, a length, and the content, padded to an even length."""
    JPEG = auto()
    """A marker and a length, that of the length included."""
    ELEMENT = auto()
    """EBML: an id and a length, both in as many bytes as they need."""
    UNIT = auto()
    """A unit of H.264 or HEVC behind its length."""


@dataclass
class Part:
    """A part of a file."""

    form: Form
    content: bytes
    """All of it; of a part with inner ones what is in front of them."""
    kind: bytes = b""
    """Its letters, marker or id."""
    inside: list["Part"] = field(default_factory=list["Part"])
    """Its inner parts."""
    false_length: int | None = None
    """The length that it states; None: the true one."""
    width: int = 1
    """The bytes of an element's length."""


def whole(parts: list[Part]) -> bytes:
    """Return the file that the parts make."""
    return b"".join(map(_encoded, parts))


def every(parts: list[Part]) -> Iterator[tuple[list[Part], int]]:
    """Yield the place of each part: the list that it is in, and its number there."""
    for number, part in enumerate(parts):
        yield parts, number
        yield from every(part.inside)


def parse(data: bytes) -> list[Part]:
    """Return the parts of a file."""
    if data.startswith(b"\xff\xd8"):
        parts = _segments(data)
    elif data.startswith(PNG_SIGNATURE):
        parts = [Part(Form.BARE, PNG_SIGNATURE), *_chunks(data[len(PNG_SIGNATURE) :])]
    elif data.startswith(b"RIFF"):
        parts = _riff(data)
    elif data.startswith(b"GIF8"):
        parts = _blocks(data)
    elif data.startswith(EBML):
        parts = _elements(data)
    else:
        parts = _boxes(data)
    return parts if whole(parts) == data else [Part(Form.BARE, data)]


def _encoded(part: Part) -> bytes:
    content = part.content + b"".join(map(_encoded, part.inside))
    length = len(content) if part.false_length is None else part.false_length
    match part.form:
        case Form.BARE:
            return content
        case Form.BOX:
            stated = length if part.false_length is not None else length + 8
            return struct.pack(">I4s", stated & 0xFFFFFFFF, part.kind) + content
        case Form.PNG:
            checksum = zlib.crc32(content, zlib.crc32(part.kind))
            head = struct.pack(">I4s", length & 0xFFFFFFFF, part.kind)
            return head + content + struct.pack(">I", checksum)
        case Form.RIFF:
            head = struct.pack("<4sI", part.kind, length & 0xFFFFFFFF)
            return head + content + bytes(len(content) % 2)
        case Form.JPEG:
            return part.kind + struct.pack(">H", (length + 2) & 0xFFFF) + content
        case Form.ELEMENT:
            width = max(part.width, -(-(length + 1).bit_length() // 7))
            width = width if length >= 0 and width <= 8 else 8
            number = length & ((1 << 7 * width) - 1) | 1 << 7 * width
            return part.kind + number.to_bytes(width, "big") + content
        case Form.UNIT:
            return struct.pack(">I", length & 0xFFFFFFFF) + content


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunks(data: bytes) -> list[Part]:
    parts, at = list[Part](), 0
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        parts.append(Part(Form.PNG, data[at + 8 : at + 8 + size], kind))
        at += 12 + size
    return _with_rest(parts, data[at:])


def _segments(data: bytes) -> list[Part]:
    parts, at = [Part(Form.BARE, data[:2])], 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data) and data[at + 1] != 0xD9:
        (size,) = struct.unpack_from(">H", data, at + 2)
        parts.append(Part(Form.JPEG, data[at + 4 : at + 2 + size], data[at : at + 2]))
        scan = at + 2 + size
        at = scan
        if parts[-1].kind == b"\xff\xda":
            while at < len(data) and (data[at] != 0xFF or data[at + 1 : at + 2] in IN_SCANS):
                at += 1
            parts.append(Part(Form.BARE, data[scan:at]))
    return _with_rest(parts, data[at:])


IN_SCANS = frozenset(bytes([number]) for number in (0, *range(0xD0, 0xD8)))


def _riff(data: bytes) -> list[Part]:
    (size,) = struct.unpack_from("<I", data, 4)
    end = min(8 + size, len(data))
    outer = Part(Form.RIFF, data[8:12], b"RIFF", _riff_chunks(data[12:end]))
    return _with_rest([outer], data[end:])


def _riff_chunks(data: bytes) -> list[Part]:
    parts, at = list[Part](), 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + size]
        if kind == b"ANMF":
            parts.append(Part(Form.RIFF, content[:16], kind, _riff_chunks(content[16:])))
        else:
            parts.append(Part(Form.RIFF, content, kind))
        at += 8 + size + size % 2
    return _with_rest(parts, data[at:])


def _blocks(data: bytes) -> list[Part]:
    """Return the blocks of a GIF, which are bare: their lengths are in their content."""
    at = 13 + _colours(data[10])
    parts = [Part(Form.BARE, data[:6]), Part(Form.BARE, data[6:at])]
    while at < len(data) and data[at] in {0x21, 0x2C}:
        start = at
        at += 2 if data[at] == 0x21 else 10 + _colours(data[at + 9 : at + 10][0]) + 1
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        parts.append(Part(Form.BARE, data[start:at], data[start : start + 1]))
    return _with_rest(parts, data[at:])


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# Boxes that have further ones, and the length of what is in front of those.
OUTER_BOXES: Mapping[bytes, int] = {
    **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"), 0),
    **dict.fromkeys((b"udta", b"moof", b"traf", b"mvex", b"iprp", b"ipco", b"mfra", b"wave"), 0),
    **dict.fromkeys((b"dref", b"stsd"), 8),
    **dict.fromkeys((b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp09", b"mp4v"), 78),
    b"mp4a": 28,
    b"meta": 4,
    b"iinf": 6,
}


def _boxes(data: bytes) -> list[Part]:
    parts, at = list[Part](), 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            break
        content = data[at + 8 : at + size]
        front = OUTER_BOXES.get(kind, -1)
        if 0 <= front <= len(content) and kind != b"mdat":
            parts.append(Part(Form.BOX, content[:front], kind, _boxes(content[front:])))
        elif kind == b"mdat" and (units := _units(content)):
            parts.append(Part(Form.BOX, b"", kind, units))
        else:
            parts.append(Part(Form.BOX, content, kind))
        at += size
    return _with_rest(parts, data[at:])


def _units(data: bytes) -> list[Part]:
    """Return the units that fill `data`; none if anything else is in it."""
    units, at = list[Part](), 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        units.append(Part(Form.UNIT, data[at + 4 : end]))
        at = end
    return units if at == len(data) else []


EBML = b"\x1a\x45\xdf\xa3"
# Segment, SeekHead, Seek, Info, Tracks, TrackEntry, Video, Colour, Cluster, BlockGroup,
# BlockAdditions, BlockMore, Cues, CuePoint, Tags, Tag: RFC 9559.
OUTER_IDS = (
    "1a45dfa3 18538067 114d9b74 4dbb 1549a966 1654ae6b ae e0 55b0 1f43b675 a0 75a1 a6 1c53bb6b bb"
    " 1254c367 7373"
)
OUTER_ELEMENTS = frozenset(bytes.fromhex(id_) for id_ in OUTER_IDS.split())


def _elements(data: bytes) -> list[Part]:
    parts, at = list[Part](), 0
    while at < len(data):
        id_length = 9 - data[at].bit_length()
        begin = at + id_length
        if id_length > 4 or begin >= len(data) or not data[begin]:
            break
        width = 9 - data[begin].bit_length()
        size = int.from_bytes(data[begin : begin + width], "big") & ((1 << 7 * width) - 1)
        kind, start = data[at:begin], begin + width
        if start + size > len(data):
            break
        content = data[start : start + size]
        inside = _elements(content) if kind in OUTER_ELEMENTS else []
        part = Part(Form.ELEMENT, b"" if inside else content, kind, inside, width=width)
        parts.append(part)
        at = start + size
    return _with_rest(parts, data[at:])


def _with_rest(parts: list[Part], rest: bytes) -> list[Part]:
    return [*parts, Part(Form.BARE, rest)] if rest else parts
