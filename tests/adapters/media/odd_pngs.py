"""PNGs whose pixels are stored in a way that few programs write, each drawn by script."""

import struct
import zlib
from collections.abc import Iterable, Mapping

from PIL import Image

from tests.adapters.media.odd_pictures import ONE_CLEAR, Make
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    png_chunk,
    saved,
)

GREY, COLOUR = 0, 2
COLOURS = (RED, GREEN, BLUE, YELLOW)


def stored(depth: int, kind: int, four: Iterable[tuple[int, ...]], *chunks: bytes) -> bytes:
    """Return a PNG of four areas, for each of which the stored samples of a pixel are given."""
    pixels = ["".join(f"{sample:0{depth}b}" for sample in samples) for samples in four]
    rows = b""
    for left, right in (pixels[:2], pixels[2:]):
        bits = left * 160 + right * 160
        rows += (b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")) * 120
    head = struct.pack(">IIBBBBB", 320, 240, depth, kind, 0, 0, 0)
    parts = (png_chunk(b"IHDR", head), *chunks, png_chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + png_chunk(b"IEND", b"")


def hidden(depth: int, kind: int, *four: tuple[int, ...]) -> bytes:
    """Return a PNG whose first area is transparent, by a chunk that names its colour."""
    return stored(depth, kind, four, png_chunk(b"tRNS", struct.pack(f">{len(four[0])}H", *four[0])))


def hidden_entry(bits: int, transparency: int | bytes) -> bytes:
    """Return a PNG with a palette whose first entry is transparent."""
    picture = Image.new("P", (320, 240))
    picture.putpalette([part for colour in COLOURS for part in colour])
    for number, place in enumerate([(160, 0), (0, 120), (160, 120)]):
        picture.paste(number + 1, (*place, place[0] + 160, place[1] + 120))
    return saved(picture, "PNG", bits=bits, transparency=transparency)


def deep(colour: Colour, low: int = 0x11) -> tuple[int, ...]:
    return tuple(part << 8 | low for part in colour)


def greys(*levels: int) -> tuple[Colour, ...]:
    return tuple((level,) * 3 for level in levels)


ODD_PNGS: Mapping[str, tuple[Make, tuple[Colour, ...]]] = {
    "PNG, 1 bit, transparent": (
        lambda: hidden(1, GREY, (0,), (1,), (1,), (0,)),
        greys(255, 255, 255, 255),
    ),
    "PNG, 1 bit, white is transparent": (
        lambda: hidden(1, GREY, (1,), (0,), (0,), (1,)),
        greys(255, 0, 0, 255),
    ),
    "PNG, 2 bits, transparent": (
        lambda: hidden(2, GREY, (1,), (2,), (0,), (3,)),
        greys(255, 170, 0, 255),
    ),
    "PNG, 4 bits, transparent": (
        lambda: hidden(4, GREY, (5,), (12,), (0,), (6,)),
        greys(255, 204, 0, 102),
    ),
    "PNG, 8 bits, transparent": (
        lambda: hidden(8, GREY, (40,), (200,), (120,), (0,)),
        greys(255, 200, 120, 0),
    ),
    # The second area differs in the low byte only.
    "PNG, 16 bits of grey, transparent": (
        lambda: hidden(16, GREY, (0x6412,), (0x6413,), (0x1200,), (0x6512,)),
        greys(255, 0x64, 0x12, 0x65),
    ),
    "PNG, 8 bits of each colour, transparent": (lambda: hidden(8, COLOUR, *COLOURS), ONE_CLEAR),
    "PNG, 16 bits of each colour, transparent": (
        lambda: hidden(16, COLOUR, *map(deep, COLOURS)),
        ONE_CLEAR,
    ),
    "PNG, palette of 2 bits, transparent": (lambda: hidden_entry(2, 0), ONE_CLEAR),
    "PNG, palette of 4 bits, transparent": (lambda: hidden_entry(4, b"\0\xff"), ONE_CLEAR),
    "PNG, palette of 8 bits, transparent": (lambda: hidden_entry(8, b"\0"), ONE_CLEAR),
}
