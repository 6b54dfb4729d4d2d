"""Colours of sRGB, coded as other colour spaces have them: the reverse of what the bot does.

ITU-R BT.2100 has the curves, ITU-R BT.2087 and SMPTE EG 432-1 the matrices, BT.2408 the white.
"""

import math
import struct
from typing import TypeAlias

from PIL import Image

PQ, HLG, SRGB = 16, 18, 13
BT2020, P3 = 9, 12
WHITE = 203

Matrix: TypeAlias = tuple[tuple[float, float, float], ...]

FROM_BT709: dict[int, Matrix] = {
    1: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    BT2020: ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956)),
    P3: ((0.8225, 0.1774, 0), (0.0332, 0.9669, 0), (0.0171, 0.0724, 0.9108)),
}


def pq(light: float) -> float:
    """Return PQ's value for light as a share of white."""
    y = math.pow(light * WHITE / 10_000, 0.1593017578125)
    return math.pow((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y), 78.84375)


def coded(colour: tuple[int, ...], primaries: int, transfer: int) -> tuple[float, ...]:
    """Return a colour of sRGB in other code points, each part from 0 to 1."""
    light = [linear(part / 255) for part in colour[:3]]
    wide = [sum(a * b for a, b in zip(row, light, strict=True)) for row in FROM_BT709[primaries]]
    if transfer == PQ:
        return tuple(map(pq, wide))
    if transfer == HLG:
        shown = [part * WHITE / 1000 for part in wide]
        luminance = 0.2627 * shown[0] + 0.678 * shown[1] + 0.0593 * shown[2]
        return tuple(hlg(part * math.pow(max(luminance, 1e-9), 1 / 1.2 - 1)) for part in shown)
    return tuple(unlinear(part) for part in wide)


def hlg(light: float) -> float:
    if light <= 1 / 12:
        return math.sqrt(3 * light)
    return 0.17883277 * math.log(12 * light - 0.28466892) + 0.55991073


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def unlinear(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def in_codes(picture: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """Return a picture of few colours in other code points; transparency stays."""
    known: dict[object, tuple[int, ...]] = {}
    for _, colour in picture.getcolors(1 << 16) or ():
        assert isinstance(colour, tuple)
        parts = [round(255 * part) for part in coded(colour, primaries, transfer)]
        known[colour] = (*parts, *colour[3:])
    pixels = b"".join(bytes(known[pixel]) for pixel in picture.get_flattened_data())
    return Image.frombytes(picture.mode, picture.size, pixels)


def deep_rows(picture: Image.Image, primaries: int, transfer: int) -> bytes:
    """Return a PNG's rows of 16 bits, not packed."""
    known: dict[object, bytes] = {}
    for _, colour in picture.getcolors(1 << 16) or ():
        assert isinstance(colour, tuple)
        parts = (round(65535 * part) for part in coded(colour, primaries, transfer))
        known[colour] = struct.pack(">3H", *parts)
    pixels = [known[pixel] for pixel in picture.get_flattened_data()]
    rows = range(0, len(pixels), picture.width)
    return b"".join(b"\0" + b"".join(pixels[at : at + picture.width]) for at in rows)


def profile_with_codes(profile: bytes, primaries: int, transfer: int) -> bytes:
    """Return an ICC profile with one more tag, `cicp` (ICC.1:2022, 9.2.17)."""
    count = int.from_bytes(profile[128:132], "big")
    table = bytearray(profile[132 : 132 + 12 * count])
    for at in range(4, len(table), 12):
        place = int.from_bytes(table[at : at + 4], "big") + 12
        table[at : at + 4] = place.to_bytes(4, "big")
    tag = b"cicp\0\0\0\0" + bytes([primaries, transfer, 0, 1])
    whole = len(profile) + 12
    entry = b"cicp" + struct.pack(">II", whole, len(tag))
    head = (whole + len(tag)).to_bytes(4, "big") + profile[4:128]
    body = profile[132 + 12 * count :]
    return head + struct.pack(">I", count + 1) + bytes(table) + entry + body + tag
