"""Real pictures, and an intake that gets them over a socket."""

import io
import struct
import zlib
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeAlias

from PIL import Image

from bot.adapters.media.download import Downloader
from bot.adapters.media.picture_intake import PictureIntake, PictureLimits
from bot.adapters.process.member_queue import SlowFileWatch
from bot.domain.catalogue.inputs import PictureSource
from bot.ports import Picture
from tests.adapters.media.file_server import file_server
from tests.domain.examples import MEMBER

RED, GREEN, BLUE, YELLOW = (230, 20, 20), (20, 200, 20), (20, 20, 230), (230, 230, 20)

Colour: TypeAlias = tuple[int, ...]


class Take(Protocol):
    """Lets the intake take a picture, of one member if nobody else is named."""

    def __call__(self, data: bytes, member_id: int = ..., /) -> Awaitable[Picture]: ...


@asynccontextmanager
async def intake(
    limits: PictureLimits | None = None,
    *,
    heic: bool | None = None,
    slow: SlowFileWatch | None = None,
) -> AsyncGenerator[Take]:
    """Give a function that serves a picture and lets the intake take it."""
    async with file_server() as files:
        fetcher = Downloader([files.host])
        folder = TemporaryDirectory()
        pictures = PictureIntake(fetcher, Path(folder.name), limits, heic=heic, slow=slow)

        async def take(data: bytes, member_id: int = MEMBER, /) -> Picture:
            url = files.serve(f"/{len(files.answers)}", data)
            return await pictures.take(PictureSource(url, len(data)), member_id)

        try:
            yield take
        finally:
            await fetcher.aclose()
            folder.cleanup()


async def take_one(data: bytes, limits: PictureLimits | None = None) -> Picture:
    async with intake(limits) as take:
        return await take(data)


def quadrants(width: int = 320, height: int = 240) -> Image.Image:
    """Return red and green above blue and yellow."""
    picture = Image.new("RGB", (width, height), RED)
    right, low = width // 2, height // 2
    picture.paste(GREEN, (right, 0, width, low))
    picture.paste(BLUE, (0, low, right, height))
    picture.paste(YELLOW, (right, low, width, height))
    return picture


def corners(data: bytes) -> list[Colour]:
    """Return the quadrants' names' worth of colours: the middle of each, row by row."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    pixels = [
        picture.getpixel((picture.width * x // 4, picture.height * y // 4))
        for y in (1, 3)
        for x in (1, 3)
    ]
    return [pixel for pixel in pixels if isinstance(pixel, tuple)]


def alike(colours: list[Colour], expected: list[Colour]) -> bool:
    return len(colours) == len(expected) and all(
        abs(a - b) <= 12
        for colour, other in zip(colours, expected, strict=True)
        for a, b in zip(colour, other, strict=True)
    )


def saved(picture: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def png_chunk(type_: bytes, content: bytes) -> bytes:
    body = type_ + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png_of_size(width: int, height: int, *more: bytes) -> bytes:
    """Return a PNG that announces a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            *more,
            png_chunk(b"IDAT", zlib.compress(bytes(1000))),
            png_chunk(b"IEND", b""),
        ]
    )


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header announces a size that isn't there."""
    data = bytearray(saved(quadrants(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_of_scans(scans: int) -> bytes:
    """Return a progressive JPEG that repeats its first scan."""
    data = saved(quadrants(1024, 1024), "JPEG", progressive=True)
    start = data.index(b"\xff\xda")
    end = data.index(b"\xff\xc4", start)
    return data[:start] + data[start:end] * scans + b"\xff\xd9"
