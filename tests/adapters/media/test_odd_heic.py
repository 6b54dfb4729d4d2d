"""Sound HEIC pictures that are odd, where the extra `heic` is installed."""

import struct
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import pytest
from PIL import Image

from tests.adapters.media import colour_codes
from tests.adapters.media.colour_codes import BT2020, HLG, P3, PQ, SRGB
from tests.adapters.media.odd_pictures import FOUR, HIDDEN, ONE_CLEAR, one_clear
from tests.adapters.media.picture_files import (
    Colour,
    corners,
    quadrants,
    saved,
    srgb_profile,
    take_one,
)

pytestmark = pytest.mark.skipif(
    find_spec("pillow_heif") is None, reason="pillow-heif, the extra `heic`, isn't installed"
)


def heic(picture: Image.Image, **options: object) -> bytes:
    import_module("pillow_heif.HeifImagePlugin")
    return saved(picture, "HEIF", **options)


def in_codes(primaries: int, transfer: int) -> bytes:
    picture = colour_codes.in_codes(quadrants(), primaries, transfer)
    data = bytearray(heic(picture, quality=95, chroma=444))
    at = data.index(b"colrnclx")
    data[at + 8 : at + 12] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


def with_profile(transfer: int) -> bytes:
    profile = colour_codes.profile_with_codes(srgb_profile(), BT2020, transfer)
    picture = colour_codes.in_codes(quadrants(), BT2020, transfer)
    return heic(picture, quality=95, chroma=444, icc_profile=profile)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(lambda: in_codes(BT2020, PQ), FOUR, id="PQ"),
        pytest.param(lambda: in_codes(BT2020, HLG), FOUR, id="HLG"),
        pytest.param(lambda: in_codes(P3, SRGB), FOUR, id="P3"),
        pytest.param(lambda: with_profile(PQ), FOUR, id="profile of PQ"),
        pytest.param(lambda: heic(quadrants(), exif=b"II*\0\xff" + HIDDEN), FOUR, id="broken Exif"),
        pytest.param(lambda: heic(quadrants(), xmp=HIDDEN * 999), FOUR, id="broken XMP"),
        pytest.param(lambda: heic(quadrants()) + HIDDEN * 999, FOUR, id="bytes behind"),
        pytest.param(lambda: heic(one_clear(), quality=95), ONE_CLEAR, id="transparent"),
    ],
)
async def test_it_reaches_fal_as_its_member_sees_it(
    data: Callable[[], bytes], expected: tuple[Colour, ...]
):
    picture = await take_one(data())
    assert HIDDEN not in picture.data
    for colour, other in zip(corners(picture.data), expected, strict=True):
        assert max(abs(a - b) for a, b in zip(colour, other, strict=True)) <= 24, (colour, other)


async def test_a_phone_s_48_megapixels():
    picture = await take_one(heic(quadrants(8064, 6048), quality=30))
    assert (picture.width, picture.height) == (2048, 1536)
    assert corners(picture.data)[0][0] > 200
