"""Sound pictures that look damaged to a strict decoder, and damaged ones that look sound."""

import io
import re
import struct
import zlib

import pytest
from PIL import Image

from bot.adapters.media.untrusted.png_parts import png_parts
from bot.domain.refusal import Refusal
from tests.adapters.media.colour_codes import pq
from tests.adapters.media.odd_pictures import HIDDEN, ODD, moving, png_with, without_end
from tests.adapters.media.odd_pngs import (
    ODD_PNGS,
    OF_SRGB,
    PLAIN_GAMMA,
    apng,
    gamma,
    plain_red,
    primaries,
)
from tests.adapters.media.picture_files import corners, png_chunk, quadrants, saved, take_one

DAMAGED = "That picture is damaged or incomplete; please save it again or send another."


def noise(width: int = 300, height: int = 300) -> Image.Image:
    return Image.effect_noise((width, height), 50).convert("RGB")


@pytest.mark.parametrize("name", [*ODD, *ODD_PNGS])
async def test_it_reaches_fal_as_its_member_sees_it(name: str):
    make, expected = {**ODD, **ODD_PNGS}[name]
    picture = await take_one(make())
    assert HIDDEN not in picture.data
    for colour, other in zip(corners(picture.data), expected, strict=True):
        assert max(abs(a - b) for a, b in zip(colour, other, strict=True)) <= 24, (colour, other)


def rows_missing() -> bytes:
    """Return a PNG that ends as it should, and has half of its rows."""
    rows = zlib.compress(b"".join(b"\0" + bytes(900) for _ in range(150)))
    head = struct.pack(">IIBBBBB", 300, 300, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def progressive_scans(count: int) -> bytes:
    """Return the first scans of a progressive JPEG."""
    data = saved(noise(), "JPEG", progressive=True)
    at = 0
    for _ in range(count + 1):
        at = data.index(b"\xff\xda", at + 1)
    # The last scan's tables are in front of it.
    return data[: data.rindex(b"\xff\xc4", 0, at)]


def cut_at_restart(share: float, **options: object) -> bytes:
    """Return a JPEG that ends where a restart marker should be."""
    data = saved(noise(), "JPEG", **options)
    places = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    return data[: places[int(share * len(places))]]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(without_end(picture=noise())[:-60], id="JPEG, 60 bytes missing"),
        pytest.param(without_end(picture=noise())[:-9000], id="JPEG, many bytes missing"),
        pytest.param(
            without_end(picture=noise())[:-9000] + bytes(9000), id="JPEG, zeros for the rest"
        ),
        pytest.param(without_end(picture=noise(3000, 3000))[:-9000], id="large JPEG, its end"),
        pytest.param(
            without_end(picture=noise(), progressive=True)[:-3000], id="progressive JPEG, cut off"
        ),
        pytest.param(progressive_scans(2), id="progressive JPEG, whole scans missing"),
        pytest.param(cut_at_restart(0.3, restart_marker_rows=1), id="JPEG, cut at a restart"),
        pytest.param(cut_at_restart(0.99, restart_marker_blocks=1), id="JPEG, cut at the last"),
        pytest.param(
            cut_at_restart(0.99, restart_marker_blocks=3, progressive=True),
            id="progressive JPEG, cut at a restart",
        ),
        pytest.param(
            cut_at_restart(0.5, restart_marker_rows=1) + bytes(900),
            id="JPEG, cut at a restart, zeros for the rest",
        ),
        pytest.param(rows_missing(), id="PNG, rows missing"),
        pytest.param(saved(noise(), "PNG")[:-400], id="PNG, end missing"),
        pytest.param(apng(quadrants(), noise(320, 240))[:-400], id="moving PNG, end missing"),
        pytest.param(saved(noise(), "GIF")[:-400], id="GIF, end missing"),
        pytest.param(saved(noise(), "WEBP")[:-40], id="WebP, end missing"),
        pytest.param(saved(noise(), "AVIF")[:-40], id="AVIF, end missing"),
    ],
)
async def test_pixels_are_missing(data: bytes):
    with pytest.raises(Refusal) as caught:
        await take_one(data)
    assert caught.value.sentence == DAMAGED


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
async def test_further_pictures_are_seen_without_being_decoded(format_: str):
    assert (await take_one(moving(format_))).animated


async def test_of_a_moving_png_only_pictures_that_are_shown_count():
    assert (await take_one(apng(plain_red(), quadrants(), plain_red()))).animated
    assert not (await take_one(apng(plain_red(), quadrants(), count=1))).animated


async def test_bright_skies_keep_their_shapes():
    """What is brighter than white is pressed together and not cut off."""
    picture = Image.new("RGB", (400, 200))
    for number, light in enumerate((0.5, 1, 2, 5)):
        picture.paste((round(255 * pq(light)),) * 3, (number * 100, 0, number * 100 + 100, 200))
    data = png_with(png_chunk(b"cICP", bytes([9, 16, 0, 1])), picture=picture)
    drawn = Image.open(io.BytesIO((await take_one(data)).data)).convert("L")
    half, white, twice, most = (drawn.getpixel((at, 100)) for at in (50, 150, 250, 350))
    assert half == pytest.approx(188, abs=4)
    assert white == pytest.approx(238, abs=6)
    assert twice == pytest.approx(249, abs=5)
    assert most == pytest.approx(252, abs=6)


@pytest.mark.parametrize(
    "chunk", [gamma(100_000), png_chunk(b"cICP", bytes([1, 8, 0, 1]))], ids=["gamma", "code points"]
)
async def test_dark_light_keeps_its_steps(chunk: bytes):
    data = png_with(chunk, picture=Image.new("RGB", (320, 240), (2, 2, 2)))
    drawn = corners((await take_one(data)).data)[0]
    assert drawn == pytest.approx((22, 22, 22), abs=3)


async def test_many_fill_bytes_cost_no_time():
    """With a time that grew with their square, these would be too slow to be taken."""
    data = saved(noise(), "JPEG")
    at = data.index(b"\xff\0", data.index(b"\xff\xda"))
    filled = data[:at] + b"\xff" * 300_000 + data[at + 1 :]
    assert (await take_one(filled)).width == 300


def test_a_plain_png_costs_no_work_on_colours():
    parts = png_parts(png_with(gamma(PLAIN_GAMMA), primaries(*OF_SRGB)))
    assert (parts.power, parts.matrix, parts.profile, parts.codes) == (None,) * 4


async def test_what_a_phone_makes_by_itself_is_not_too_large():
    """Sensors of 50 megapixels make a little more than that."""
    taken = await take_one(saved(quadrants(8192, 6144), "JPEG"))
    assert (taken.width, taken.height) == (2048, 1536)
    taken = await take_one(saved(quadrants(16_320, 12_240), "JPEG", quality=50))
    assert (taken.width, taken.height) == (2048, 1536)
