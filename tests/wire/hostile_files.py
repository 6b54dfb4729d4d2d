"""Broken and malicious pictures, byte by byte: what no ordinary encoder writes."""

import io
import os
import struct
import zlib
from zipfile import ZipFile

from PIL import Image, ImageOps
from PIL.ExifTags import GPS, IFD, Base

from tests.adapters.media.picture_files import png_chunk, quadrants, saved

PAYLOAD = b"pika-payload"
"""Whatever must not come through holds these bytes."""
SCRIPT = b"<script>alert('" + PAYLOAD + b"')</script>"
PHP = b"<?php system('" + PAYLOAD + b"'); ?>"


def zip_file() -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("payload.txt", PAYLOAD)
    return buffer.getvalue()


def notes(orientation: int = 1) -> Image.Exif:
    """Return Exif with a place, a maker and a comment."""
    exif = Image.Exif()
    exif[Base.Orientation.value] = orientation
    exif[Base.Make.value] = PAYLOAD.decode()
    gps = exif.get_ifd(IFD.GPSInfo)
    gps.update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (47.0, 22.0, 1.0)})
    gps[GPS.GPSAreaInformation] = PAYLOAD
    return exif


def turned(format_: str, orientation: int) -> bytes:
    """Return the quadrants stored so that they are upright only once Exif is obeyed."""
    picture = quadrants(640, 480)
    # A quarter clockwise and a quarter back undo one another; the other turns undo themselves.
    picture.getexif()[Base.Orientation.value] = {6: 8, 8: 6}.get(orientation, orientation)
    return saved(ImageOps.exif_transpose(picture), format_, exif=notes(orientation))


def jpeg_with(*segments: tuple[int, bytes], behind: bytes = b"") -> bytes:
    """Return a JPEG with these markers' segments before all others."""
    picture = saved(quadrants(640, 480), "JPEG")
    return picture[:2] + b"".join(segment(*one) for one in segments) + picture[2:] + behind


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def png_with(*chunks: bytes, behind: bytes = b"") -> bytes:
    """Return a PNG with these chunks right behind its header."""
    picture = saved(quadrants(640, 480), "PNG")
    header = 8 + 25
    return picture[:header] + b"".join(chunks) + picture[header:] + behind


def exploding_chunk(kind: bytes, megabytes: int) -> bytes:
    """Return a chunk whose compressed text is that large once unpacked."""
    size = megabytes * 1_000_000
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    # An empty block, and the Adler-32 sum of so many zeros.
    end = packer.flush() + struct.pack(">HH", size % 65_521, 1)
    packed = b"\x78\xda" + block * megabytes + end
    return png_chunk(kind, b"name\0\0" + packed)


def webp_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def webp_of(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def plain_webp(width: int, height: int, green: int = 200) -> bytes:
    """Return a lossless WebP of one colour: genuine, whatever its size, in some 30 bytes.

    A prefix code of a single symbol takes no bits a pixel; see
    https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification.
    """
    fields = [(width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1)]
    # Green, red, blue, alpha, distance: a simple code, of one symbol, written in 8 bits.
    for symbol in (green, 0, 0, 255, 0):
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    bits = length = 0
    for value, size in fields:
        bits |= value << length
        length += size
    return webp_of(webp_chunk(b"VP8L", b"\x2f" + bits.to_bytes((length + 7) // 8 + 8, "little")))


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(saved(quadrants(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def gif_with_comment(comment: bytes, behind: bytes = b"") -> bytes:
    return saved(quadrants(640, 480), "GIF", comment=comment) + behind


def gif_of_frames(count: int) -> bytes:
    """Return a GIF that repeats its second frame."""
    second = Image.new("RGB", (320, 240), (0, 0, 0))
    data = saved(quadrants(), "GIF", save_all=True, append_images=[second], duration=20)
    start = data.rindex(b"\x21\xf9\x04")
    return data[:start] + data[start:-1] * count + b";"


def avif_of_size(width: int, height: int) -> bytes:
    """Return an AVIF whose container announces a size that its picture hasn't."""
    data = bytearray(saved(quadrants(), "AVIF"))
    start = data.index(b"ispe") + 8
    data[start : start + 8] = struct.pack(">II", width, height)
    return bytes(data)


def mp4_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def animated(format_: str) -> bytes:
    second = Image.new("RGB", (640, 480), (0, 0, 0))
    return saved(quadrants(640, 480), format_, save_all=True, append_images=[second, second])


def noise(mode: str, width: int, height: int) -> bytes:
    """Return a PNG that can't be made smaller."""
    colour_type = {"RGB": 2, "RGBA": 6}[mode]
    lines = b"".join(b"\0" + os.urandom(width * len(mode)) for _ in range(height))
    return _png((width, height, 8, colour_type), zlib.compress(lines, 0))


def deep_png() -> bytes:
    """Return the quadrants with 16 bits a channel."""
    raw, row = quadrants(640, 480).tobytes(), 640 * 3
    # A line starts with its filter, none; each byte comes twice: 0xAB becomes 0xABAB.
    lines = [
        b"\0" + bytes(byte for byte in raw[start : start + row] for _ in range(2))
        for start in range(0, len(raw), row)
    ]
    return _png((640, 480, 16, 2), zlib.compress(b"".join(lines)))


def _png(size_and_depth: tuple[int, int, int, int], pixels: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", *size_and_depth, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
