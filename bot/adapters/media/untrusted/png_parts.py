"""Takes from a PNG only the chunks that draw its first picture."""

import struct
import zlib

from bot.adapters.media.untrusted.picture_parts import MOST_PROFILE_BYTES, Parts
from bot.adapters.media.untrusted.primaries import matrix_to_srgb

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_NOTES = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
UNIT = 100_000
"""The whole number that stands for 1 in gAMA and cHRM."""
LEAST_GAMMA = 16
"""A smaller one is out of range for browsers, too."""
NEAR = 0.05
"""By which share a gamma may differ from that of sRGB, 1/2.2, and still stands for it."""


class _Animation:
    """The pictures of an APNG, of which the one in IDAT may be none: PNG, 4.8."""

    def __init__(self) -> None:
        self.frames = 0
        """The number of pictures that follow one another; 0 if this is no animation."""
        self.controls = list[bytes]()
        """The chunks that state each picture's place and size."""
        self.hidden = False
        """True if the picture in IDAT isn't one of them."""
        self.coded = list[bytes]()
        """The first picture's pixels, if they aren't in IDAT."""

    def note(self, name: bytes, content: bytes, *, coded: bool) -> None:
        """Take one of its chunks; `coded` if it is behind the picture in IDAT."""
        if name == b"acTL" and not coded:
            self.frames = int.from_bytes(content[:4], "big")
        elif name == b"fcTL":
            self.hidden = self.hidden or (coded and not self.controls)
            self.controls.append(content)
        elif name == b"fdAT" and self.hidden and len(self.controls) == 1:
            self.coded.append(content[4:])

    def first_picture(self) -> tuple[bytes, bytes] | None:
        """Return its control chunk and its pixels; None if it is the one in IDAT."""
        if self.frames and self.coded and len(self.controls[0]) >= 20:
            return self.controls[0], b"".join(self.coded)
        return None


def png_parts(data: bytes) -> Parts:
    """Keep the chunks that draw a PNG: https://www.w3.org/TR/png-3/#5DataRep."""
    parts, kept, coded = Parts(), [PNG_SIGNATURE], False
    palette, animation = 0, _Animation()
    notes = dict[bytes, bytes]()
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        content, at = data[at + 8 : at + 8 + size], at + 12 + size
        if name == b"IEND":
            break
        if name in {b"IHDR", b"IDAT"} or (name == b"PLTE" and not coded):
            palette = len(content) // 3 if name == b"PLTE" else palette
            coded = coded or name == b"IDAT"
            # Whether rows are missing is for the decoder to say, also of a last chunk cut off.
            whole = at <= len(data)
            kept.append(data[at - 12 - size : at] if whole else _chunk(name, content))
        elif name in {b"acTL", b"fcTL", b"fdAT"}:
            animation.note(name, content, coded=coded)
        # Decoders leave out an ancillary chunk whose checksum is wrong.
        elif data[at - 4 : at] == zlib.crc32(content, zlib.crc32(name)).to_bytes(4, "big"):
            if name == b"eXIf":
                parts.exif = content
            elif name == b"tRNS" and not coded and _fits(content, kept[1], palette):
                kept.append(_chunk(name, _as_decoded(content, kept[1])))
            elif not coded and name in COLOUR_NOTES:
                notes.setdefault(name, content)
    _note_colours(parts, notes)
    parts.animated = animation.frames > 1
    if (first := animation.first_picture()) is not None:
        kept = _of_first_picture(parts, kept, *first)
    parts.data = b"".join([*kept, _chunk(b"IEND", b"")])
    return parts


def png_has_all_rows(data: bytes) -> bool:
    """Return whether the coded pixels of `png_parts` are enough for all rows, by unpacking them."""
    width, height, depth, kind = struct.unpack_from(">IIBB", data, 16)
    bits = depth * {2: 3, 4: 2, 6: 4}.get(kind, 1)
    # Left, top, and the steps of each pass: https://www.w3.org/TR/png-3/#8Interlace
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    passes = (*passes, (0, 1, 1, 2)) if data[28] else ((0, 0, 1, 1),)
    needed = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        needed += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    unpacker, at = zlib.decompressobj(), len(PNG_SIGNATURE)
    while at + 8 <= len(data) and needed > 0:
        size, name = struct.unpack_from(">I4s", data, at)
        packed = data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        while packed and needed > 0 and not unpacker.eof:
            needed -= len(unpacker.decompress(packed, 1 << 20))
            packed = unpacker.unconsumed_tail
        at += 12 + size
    return needed <= 0


def _of_first_picture(parts: Parts, kept: list[bytes], control: bytes, coded: bytes) -> list[bytes]:
    """Return the chunks with this picture for that in IDAT."""
    whole_width, whole_height = struct.unpack_from(">II", kept[1], 8)
    width, height, left, top = struct.unpack_from(">4I", control, 4)
    if not width * height or left + width > whole_width or top + height > whole_height:
        return kept
    if (width, height) != (whole_width, whole_height):
        parts.canvas = whole_width, whole_height, left, top
    header = _chunk(b"IHDR", struct.pack(">II", width, height) + kept[1][16:21])
    others = [chunk for chunk in kept[2:] if chunk[4:8] != b"IDAT"]
    return [kept[0], header, *others, _chunk(b"IDAT", coded)]


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(name))
    return b"".join([struct.pack(">I4s", len(content), name), content, struct.pack(">I", checksum)])


def _fits(transparency: bytes, header: bytes, palette: int) -> bool:
    """Return whether a tRNS chunk has the length that its kind of picture needs."""
    sizes = {0: {2}, 2: {6}, 3: range(1, palette + 1)}
    return len(transparency) in sizes.get(header[17] if len(header) > 17 else -1, ())


def _as_decoded(transparency: bytes, header: bytes) -> bytes:
    """Return a tRNS chunk that names the colour as Pillow compares it: with its own samples.

    Those have 8 bits each, except for greys of 16 bits.
    """
    depth, kind = header[16], header[17]
    if kind == 3 or (depth, kind) == (16, 0):
        return transparency
    samples = struct.unpack(f">{len(transparency) // 2}H", transparency)
    if depth == 16:
        samples = [sample >> 8 for sample in samples]
    else:
        # Bits above the depth don't count: https://www.w3.org/TR/png-3/#11tRNS
        most = (1 << depth) - 1
        samples = [(sample & most) * (255 // most) for sample in samples]
    return struct.pack(f">{len(samples)}H", *samples)


def _note_colours(parts: Parts, notes: dict[bytes, bytes]) -> None:
    """Read how colours are meant: by precedence cICP, iCCP, sRGB, then gAMA and cHRM together.

    See https://www.w3.org/TR/png-3/#11addnlcolinfo.
    """
    codes, profile = notes.get(b"cICP", b""), notes.get(b"iCCP")
    if len(codes) == 4:
        parts.codes = codes[0], codes[1]
    if profile is not None:
        parts.profile = _unpacked(profile)
    if b"sRGB" in notes:
        return
    gamma, places = notes.get(b"gAMA", b""), notes.get(b"cHRM", b"")
    stored = int.from_bytes(gamma, "big")
    if len(gamma) == 4 and stored >= LEAST_GAMMA and abs(2.2 * stored / UNIT - 1) > NEAR:
        parts.power = UNIT / stored
    if len(places) == 32:
        parts.matrix = matrix_to_srgb(tuple(n / UNIT for n in struct.unpack(">8I", places)))


def _unpacked(profile: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        whole = unpacker.decompress(profile.partition(b"\0")[2][1:], MOST_PROFILE_BYTES + 1)
    except zlib.error:
        return None
    return whole if len(whole) <= MOST_PROFILE_BYTES else None
