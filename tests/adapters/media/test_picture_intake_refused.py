import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.media.download import Downloader
from bot.adapters.media.picture_intake import PictureIntake, PictureLimits
from bot.domain.catalogue.inputs import PictureSource
from bot.domain.refusal import Refusal
from tests.adapters.media.file_server import file_server
from tests.adapters.media.picture_files import (
    intake,
    jpeg_of_scans,
    jpeg_of_size,
    png_chunk,
    png_of_size,
    quadrants,
    saved,
    take_one,
)
from tests.domain.examples import MEMBER

DAMAGED = "That picture is damaged or incomplete; please save it again or send another."
FAR_TOO_MANY = "That picture has far too many pixels; please send one of at most"
UNKNOWN = "That picture isn't in a format that I know; please send a JPEG, PNG, WebP, GIF or AVIF."


async def refusal(data: bytes, limits: PictureLimits | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        await take_one(data, limits)
    return caught.value.sentence


def webp_of_size(width: int, height: int) -> bytes:
    head = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    chunk = b"VP8L" + struct.pack("<I", len(head)) + head + b"\0" * 9
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(saved(quadrants(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            jpeg_of_size(16_384, 13_000),
            "That picture is 16,384 × 13,000 pixels; please send one of at most 205 megapixels.",
        ),
        (
            png_of_size(9000, 8000),
            "That picture is 9,000 × 8,000 pixels; please send one of at most 64 megapixels.",
        ),
        (
            png_of_size(17_000, 2000),
            "That picture is 17,000 × 2,000 pixels; please send one of at most 16,384 pixels a side.",
        ),
        (
            png_of_size(127, 500),
            "That picture is 127 × 500 pixels; please send one of at least 128 pixels a side.",
        ),
        (
            png_of_size(4096, 255),
            "That picture is 4,096 × 255 pixels; please crop it until its long side is at most 16 times the short one.",
        ),
    ],
)
async def test_sizes(data: bytes, sentence: str):
    assert await refusal(data) == sentence


@pytest.mark.parametrize(
    ("data", "megapixels"),
    [
        pytest.param(png_of_size(50_000, 50_000), 64, id="PNG"),
        pytest.param(jpeg_of_size(65_500, 65_500), 205, id="JPEG"),
        pytest.param(webp_of_size(16_383, 16_383), 52, id="WebP"),
        pytest.param(gif_of_size(65_535, 65_535), 64, id="GIF"),
    ],
)
async def test_bombs(data: bytes, megapixels: int):
    assert len(data) < 20_000
    assert await refusal(data) == f"{FAR_TOO_MANY} {megapixels} megapixels."


@pytest.mark.parametrize("chunk", [b"iCCP", b"zTXt"])
async def test_compressed_notes_that_explode(chunk: bytes):
    bomb = png_chunk(chunk, b"name\0\0" + zlib.compress(bytes(50_000_000)))
    assert await refusal(png_of_size(300, 300, bomb)) == DAMAGED


async def test_a_jpeg_of_many_scans():
    data = jpeg_of_scans(400)
    assert (await refusal(data)).startswith("That picture is built in a way that takes too long")
    # It is the number alone that is refused.
    assert (await take_one(data, PictureLimits(most_scans=400))).width == 1024


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("part", [0.5, 0.95])
async def test_truncated(format_: str, part: float):
    data = saved(Image.effect_noise((300, 300), 50).convert("RGB"), format_)
    assert await refusal(data[: int(len(data) * part)]) == DAMAGED


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypisom\0\0\0\0mp42",
        b"\0\0\0\xffftyp",
        b"x",
        saved(quadrants(), "TIFF"),
        saved(quadrants(), "BMP"),
    ],
)
async def test_other_files(data: bytes):
    assert await refusal(data) == UNKNOWN


async def test_only_the_sniffed_format_is_opened():
    tiff = saved(quadrants(), "TIFF")
    assert await refusal(b"\x89PNG\r\n\x1a\n" + tiff) == DAMAGED
    assert await refusal(b"GIF89a" + saved(quadrants(), "PNG")) == DAMAGED


@pytest.mark.parametrize(
    "brands", [b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic", b"msf1\0\0\0\0"]
)
async def test_heic(brands: bytes):
    data = struct.pack(">I", len(brands) + 8) + b"ftyp" + brands + bytes(100)
    async with intake(heic=False) as take:
        with pytest.raises(Refusal) as caught:
            await take(data)
    assert caught.value.sentence == (
        "That picture is in the HEIC format, which I can't open; please send it as a JPEG: a"
        " screenshot of it will do, or set Camera, Formats to Most Compatible in your iPhone's"
        " settings before you take the next one."
    )


async def test_an_empty_file():
    assert await refusal(b"") == "That picture is empty; please send it again."


async def test_too_many_bytes(tmp_path: Path):
    sentence = "That picture is larger than 20 MB; please send one of at most 20 MB."
    async with file_server() as files:
        fetcher = Downloader([files.host])
        pictures = PictureIntake(fetcher, tmp_path)
        url = files.serve("/a", bytes(20 * 1024 * 1024 + 1))
        with pytest.raises(Refusal) as caught:
            await pictures.take(PictureSource(url, 20 * 1024 * 1024 + 1), MEMBER)
        assert caught.value.sentence == sentence
        assert files.requests == []
        # What Discord announced needn't be true.
        with pytest.raises(Refusal) as caught:
            await pictures.take(PictureSource(url, 1000), MEMBER)
        assert caught.value.sentence == sentence
        await fetcher.aclose()


async def test_pictures_that_cannot_be_fetched(tmp_path: Path):
    async with file_server() as files:
        fetcher = Downloader([files.host])
        pictures = PictureIntake(fetcher, tmp_path)
        lost = files.serve("/lost", b"", status="404 Not Found")
        busy = files.serve("/busy", b"", status="503 Service Unavailable")
        for url, sentence in [
            (lost, "Discord doesn't have that picture any more; please attach it again."),
            (
                busy,
                "I couldn't get that picture from Discord just now; please try again in a minute.",
            ),
            (
                "https://example.org/a.png",
                "I only take pictures from Discord itself; please attach that picture.",
            ),
        ]:
            with pytest.raises(Refusal) as caught:
                await pictures.take(PictureSource(url, 1000), MEMBER)
            assert caught.value.sentence == sentence
        await fetcher.aclose()


async def test_a_picture_that_needs_too_much_memory_hurts_nobody():
    data = saved(Image.new("RGBA", (4000, 4000)), "PNG", compress_level=1)
    async with intake(PictureLimits(memory_bytes=120 << 20)) as take:
        with pytest.raises(Refusal) as caught:
            await take(data)
        assert caught.value.sentence == (
            "That picture takes too much memory to open; please send a smaller one."
        )
        assert (await take(saved(quadrants(), "PNG"))).width == 320
    assert (await take_one(data)).width == 2048
