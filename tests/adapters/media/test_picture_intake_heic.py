"""HEIC pictures, where the extra that opens them is installed."""

import io
from importlib import import_module
from importlib.util import find_spec

import pytest
from PIL import Image

from bot.adapters.media.picture_intake import PictureLimits
from bot.domain.refusal import Refusal
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    alike,
    corners,
    intake,
    quadrants,
    saved,
    take_one,
)
from tests.adapters.media.test_picture_intake import SECRET, exif
from tests.adapters.media.test_picture_intake_refused import DAMAGED

pytestmark = pytest.mark.skipif(
    find_spec("pillow_heif") is None, reason="pillow-heif, the extra `heic`, isn't installed"
)


def heic(picture: Image.Image, **options: object) -> bytes:
    import_module("pillow_heif.HeifImagePlugin")
    return saved(picture, "HEIF", **options)


async def test_a_heic_comes_out_clean():
    data = heic(quadrants(640, 480), exif=exif().tobytes())
    assert SECRET.encode() in data
    picture = await take_one(data)
    assert (picture.width, picture.height, picture.animated) == (640, 480, False)
    assert SECRET.encode() not in picture.data
    assert Image.open(io.BytesIO(picture.data)).format == "JPEG"
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize(
    ("orientation", "colours"),
    [
        # The stored picture is to be turned a quarter clockwise, or counterclockwise.
        (6, [BLUE, RED, YELLOW, GREEN]),
        (8, [GREEN, YELLOW, RED, BLUE]),
        (3, [YELLOW, BLUE, GREEN, RED]),
    ],
)
async def test_it_is_turned_once(orientation: int, colours: list[tuple[int, int, int]]):
    picture = await take_one(heic(quadrants(640, 480), exif=exif(orientation).tobytes()))
    assert picture.width < picture.height or orientation == 3
    assert alike(corners(picture.data), colours)


async def test_a_burst_is_not_animated():
    second = Image.new("RGB", (640, 480), GREEN)
    data = heic(quadrants(640, 480), save_all=True, append_images=[second])
    picture = await take_one(data)
    assert not picture.animated
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


async def test_what_is_transparent_becomes_white():
    clear = quadrants(640, 480).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 320, 240))
    assert alike(corners((await take_one(heic(clear))).data)[:1], [(255, 255, 255)])


async def test_a_large_one_shrinks():
    picture = await take_one(heic(quadrants(4032, 3024)))
    assert (picture.width, picture.height) == (2048, 1536)


@pytest.mark.parametrize("part", [0.3, 0.9])
async def test_truncated(part: float):
    data = heic(Image.effect_noise((300, 300), 50).convert("RGB"))
    with pytest.raises(Refusal) as caught:
        await take_one(data[: int(len(data) * part)])
    assert caught.value.sentence == DAMAGED


async def test_sizes():
    async with intake(PictureLimits(most_pixels=200_000)) as take:
        for size, words in (((640, 480), "at most 0.2 megapixels"), ((100, 300), "at least 128")):
            with pytest.raises(Refusal) as caught:
                await take(heic(quadrants(*size)))
            assert words in caught.value.sentence
