"""Takes from a PNG only the chunks that draw its first picture."""

import struct
import zlib

from bot.adapters.media.untrusted.picture_parts import MOST_PROFILE_BYTES, Parts

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_parts(data: bytes) -> Parts:
    """Keep the chunks that draw a PNG: https://www.w3.org/TR/png-3/#5DataRep."""
    parts, kept, coded = Parts(), [PNG_SIGNATURE], False
    palette = frames = 0
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
        elif name == b"acTL" and not coded:
            frames += int.from_bytes(content[:4], "big")
        elif name == b"fcTL" and not coded:
            frames -= 1
        # Decoders leave out an ancillary chunk whose checksum is wrong.
        elif data[at - 4 : at] == zlib.crc32(content, zlib.crc32(name)).to_bytes(4, "big"):
            if name == b"eXIf":
                parts.exif = content
            elif name == b"tRNS" and not coded and _fits(content, kept[1], palette):
                kept.append(_chunk(name, _as_decoded(content, kept[1])))
            elif not coded:
                _note_colours(parts, name, content)
    parts.animated = frames > 0
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


def _note_colours(parts: Parts, name: bytes, content: bytes) -> None:
    if name == b"cICP" and len(content) == 4:
        parts.codes = content[0], content[1]
    elif name == b"iCCP" and parts.profile is None:
        packed = content.partition(b"\0")[2][1:]
        unpacker = zlib.decompressobj()
        try:
            profile = unpacker.decompress(packed, MOST_PROFILE_BYTES + 1)
        except zlib.error:
            return
        if len(profile) <= MOST_PROFILE_BYTES:
            parts.profile = profile
