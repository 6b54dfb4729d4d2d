"""PNGs whose pixels are stored in a way that few programs write, each drawn by script."""

import math
import struct
import zlib
from collections.abc import Iterable, Mapping

from PIL import Image

from tests.adapters.media import colour_codes
from tests.adapters.media.colour_codes import BT2020, P3, SRGB
from tests.adapters.media.odd_pictures import (
    FOUR,
    ONE_CLEAR,
    SIGNATURE_AND_HEADER,
    WHITE,
    Make,
    one_clear,
    packed,
    png_with,
)
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    png_chunk,
    quadrants,
    saved,
    srgb_profile,
)

GREY, COLOUR = 0, 2
PLAIN_GAMMA = 45_455
# White, red, green and blue, in the order of the chunk.
OF_SRGB = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
OF_P3 = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
OF_BT2020 = (31_270, 32_900, 70_800, 29_200, 17_000, 79_700, 13_100, 4_600)
OF_PROPHOTO = (34_567, 35_850, 73_470, 26_530, 15_960, 84_040, 3_660, 10)
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


def gamma(stored: int) -> bytes:
    return png_chunk(b"gAMA", struct.pack(">I", stored))


def primaries(*places: int) -> bytes:
    """Return the chunk that says where white, red, green and blue are."""
    return png_chunk(b"cHRM", struct.pack(">8I", *places))


def as_light(power: float, picture: Image.Image | None = None, space: int = 1) -> Image.Image:
    """Return a picture whose values are light to the power, in a space of `colour_codes`."""
    picture = picture or quadrants()
    wide = colour_codes.in_codes(picture, space, SRGB) if space != 1 else picture
    light = [colour_codes.linear(value / 255) for value in range(256)]
    values = [round(255 * math.pow(part, power)) for part in light]
    alpha = list(range(256)) if wide.mode == "RGBA" else []
    # Pillow's type of the table is open.
    return wide.point(values * (1 if wide.mode == "L" else 3) + alpha)  # pyright: ignore[reportUnknownMemberType]


def grey_profile(power: int) -> bytes:
    """Return an ICC profile for greys that are light to 1 / power (ICC.1:2022)."""
    white = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    tags = {
        b"desc": b"desc" + struct.pack(">3I", 0, 2, 0x67000000).ljust(88, b"\0"),
        b"cprt": b"text\0\0\0\0x\0\0\0",
        b"wtpt": b"XYZ \0\0\0\0" + white,
        b"kTRC": b"curv" + struct.pack(">IIHH", 0, 1, power << 8, 0),
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(content))
        body += content
    head = struct.pack(">4x4sI4s4s4s12x4s28x", b"lcms", 2 << 24, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    whole = (head + white).ljust(128, b"\0") + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def light_of_greys(*chunks: bytes, clear: bool = False) -> bytes:
    """Return a grey PNG with a profile for light."""
    grey = as_light(1, quadrants().convert("L"))
    if clear:
        grey.putalpha(one_clear().getchannel("A"))
    return png_with(packed(b"iCCP", grey_profile(1)), *chunks, picture=grey)


def apng(
    default: Image.Image, *pictures: Image.Image, left: int = 0, top: int = 0, count: int = 2
) -> bytes:
    """Return an APNG whose default picture is for programs that know no animations."""
    plain = saved(default, "PNG")
    later = [png_chunk(b"acTL", struct.pack(">II", count, 0)), plain[SIGNATURE_AND_HEADER:-12]]
    number = 0
    for picture in pictures:
        place = (number, *picture.size, left, top, 1, 10, 0, 0)
        later.append(png_chunk(b"fcTL", struct.pack(">5I2HBB", *place)))
        rows = zlib.decompress(idat(saved(picture, "PNG")))
        # In two chunks: the pixels go on from one to the other.
        whole = zlib.compress(rows)
        for piece in (whole[:20], whole[20:]):
            number += 1
            later.append(png_chunk(b"fdAT", struct.pack(">I", number) + piece))
        number += 1
    return plain[:SIGNATURE_AND_HEADER] + b"".join(later) + plain[-12:]


def idat(data: bytes) -> bytes:
    """Return the coded pixels of a PNG."""
    at, coded = SIGNATURE_AND_HEADER, b""
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        coded += data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    return coded


def plain_red() -> Image.Image:
    return Image.new("RGB", (320, 240), "red")


def right_half() -> Image.Image:
    return quadrants().crop((160, 0, 320, 240))


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
    # Colours by the oldest chunks for them.
    "PNG, light": (lambda: png_with(gamma(100_000), picture=as_light(1)), FOUR),
    "PNG, light, transparent": (
        lambda: png_with(gamma(100_000), picture=as_light(1, one_clear())),
        ONE_CLEAR,
    ),
    "PNG, light, grey": (
        lambda: png_with(gamma(100_000), picture=as_light(1, quadrants().convert("L"))),
        greys(83, 126, 44, 206),
    ),
    "PNG, light, 16 bits of grey": (
        lambda: stored(16, GREY, [(0x1000,), (0x3000,), (0x8000,), (0xFFFF,)], gamma(100_000)),
        greys(71, 120, 188, 255),
    ),
    "PNG, light, palette": (
        lambda: png_with(gamma(100_000), picture=as_light(1).quantize(4)),
        FOUR,
    ),
    "PNG, gamma of old Macs": (
        lambda: png_with(gamma(55_556), picture=as_light(1 / 1.8)),
        FOUR,
    ),
    "PNG, primaries of P3": (
        lambda: png_with(
            gamma(PLAIN_GAMMA),
            primaries(*OF_P3),
            picture=colour_codes.in_codes(quadrants(), P3, SRGB),
        ),
        FOUR,
    ),
    "PNG, primaries of P3, no gamma, transparent": (
        lambda: png_with(primaries(*OF_P3), picture=colour_codes.in_codes(one_clear(), P3, SRGB)),
        ONE_CLEAR,
    ),
    "PNG, light, primaries of BT.2020": (
        lambda: png_with(gamma(100_000), primaries(*OF_BT2020), picture=as_light(1, space=BT2020)),
        FOUR,
    ),
    "PNG, another white is white, and grey is grey": (
        lambda: png_with(
            primaries(*OF_PROPHOTO), picture=Image.merge("RGB", [quadrants().convert("L")] * 3)
        ),
        greys(83, 126, 44, 206),
    ),
    "PNG, gamma and primaries of sRGB": (
        lambda: png_with(gamma(PLAIN_GAMMA), primaries(*OF_SRGB)),
        FOUR,
    ),
    "PNG, sRGB goes before gamma and primaries": (
        lambda: png_with(gamma(100_000), primaries(*OF_P3), png_chunk(b"sRGB", b"\0")),
        FOUR,
    ),
    "PNG, a profile goes before gamma and primaries": (
        lambda: png_with(gamma(100_000), primaries(*OF_P3), packed(b"iCCP", srgb_profile())),
        FOUR,
    ),
    "PNG, code points go before gamma and primaries": (
        lambda: png_with(
            gamma(100_000), primaries(*OF_P3), png_chunk(b"cICP", bytes([1, 13, 0, 1]))
        ),
        FOUR,
    ),
    "PNG, a broken profile doesn't": (
        lambda: png_with(gamma(100_000), packed(b"iCCP", b"x"), picture=as_light(1)),
        FOUR,
    ),
    "PNG, no such gamma and primaries": (
        lambda: png_with(gamma(0), primaries(*[0] * 8)),
        FOUR,
    ),
    "PNG, primaries on one line": (lambda: png_with(primaries(*[30_000] * 8)), FOUR),
    "PNG, primaries that no place can have": (
        lambda: png_with(primaries(*OF_P3[:-1], 0xFFFFFFFF)),
        FOUR,
    ),
    "PNG, gamma of a wrong length": (lambda: png_with(png_chunk(b"gAMA", b"\1")), FOUR),
    # Animations whose first picture isn't the one in front.
    "PNG, moving, another picture in front": (
        lambda: apng(plain_red(), quadrants(), plain_red()),
        FOUR,
    ),
    "PNG, moving, another picture in front, half a canvas": (
        lambda: apng(plain_red(), right_half(), right_half(), left=160),
        (WHITE, GREEN, WHITE, YELLOW),
    ),
    "PNG, moving, its pictures outside": (
        lambda: apng(quadrants(), plain_red(), plain_red(), left=1),
        FOUR,
    ),
    "PNG, moving, no pictures": (lambda: apng(quadrants()), FOUR),
    "PNG, pictures that nothing announces": (
        lambda: apng(quadrants(), plain_red(), count=0),
        FOUR,
    ),
    # Profiles of greys.
    "PNG, profile of greys": (light_of_greys, greys(83, 126, 44, 206)),
    "PNG, profile of greys, transparent": (
        lambda: light_of_greys(clear=True),
        greys(255, 126, 44, 206),
    ),
    "PNG, profile of greys, one of them transparent": (
        lambda: light_of_greys(png_chunk(b"tRNS", struct.pack(">H", round(255 * 0.0865)))),
        greys(255, 126, 44, 206),
    ),
    "PNG, profile of colours for greys": (
        lambda: png_with(packed(b"iCCP", srgb_profile()), picture=quadrants().convert("LA")),
        greys(83, 126, 44, 206),
    ),
}
