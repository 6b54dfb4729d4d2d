"""Intake of members' pictures: downloaded, recognised, and drawn anew in a child process."""

import asyncio
import logging
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from typing_extensions import override

from bot.adapters.media.download import (
    Downloader,
    DownloadError,
    DownloadTooLarge,
    Gone,
    NotAllowed,
)
from bot.adapters.media.file_formats import sniff_picture
from bot.adapters.media.picture_process import Drawn, PictureRefused, run_child
from bot.adapters.process.clock import SystemClock
from bot.adapters.process.durable import make_private_folder
from bot.adapters.process.member_queue import MemberQueue, SlowFileWatch
from bot.domain.catalogue.inputs import PictureSource
from bot.domain.refusal import Refusal
from bot.ports import Picture, Pictures

MEBIBYTE = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """The limits of accepted pictures, and of the child process that draws them."""

    most_bytes: int = 20_000_000
    """The size of the file."""
    most_jpeg_pixels: int = 205_000_000
    """More than in other formats: a JPEG can be decoded at a fraction of its size. Phones with
    sensors of 200 megapixels make 16,320 × 12,240."""
    most_webp_pixels: int = 52_000_000
    """WebP's decoder takes twice the memory of the others; with more it would have too little."""
    most_pixels: int = 64_000_000
    """In all other formats. Phones make 50 megapixels, and panoramas of up to 63."""
    most_side: int = 16_384
    """Pixels of the longer side."""
    least_side: int = 128
    """Pixels of the shorter side."""
    most_scans: int = 64
    """Scans of a progressive JPEG."""
    drawn_side: int = 2048
    """The most pixels of the result's longer side; together with `least_side` it limits how narrow
    a picture may be."""
    quality: int = 92
    """The JPEG quality of the result, 1 to 95."""
    memory_bytes: int = 1024 * MEBIBYTE
    """Address space of a child."""
    cpu_seconds: int = 10
    """Processor time of a child."""
    wall_seconds: float = 15
    """Time of a child from start to end."""
    children: int = 2
    """Children at a time."""
    pictures: int = 8
    """Pictures at a time, from the download on: each is on the disk while it waits for a child."""

    def for_child(self, format_: str) -> dict[str, int]:
        """Return the limits that `picture_child` takes as its argument."""
        return {
            "most_pixels": self.pixels_of(format_),
            "most_side": self.most_side,
            "least_side": self.least_side,
            "most_scans": self.most_scans,
            "drawn_side": self.drawn_side,
            "quality": self.quality,
            "memory_bytes": self.memory_bytes,
            "cpu_seconds": self.cpu_seconds,
            # Twice the size of the worst noise.
            "most_output_bytes": self.drawn_side**2 * 4,
        }

    def pixels_of(self, format_: str) -> int:
        own = {"JPEG": self.most_jpeg_pixels, "WEBP": self.most_webp_pixels}
        return own.get(format_, self.most_pixels)


class PictureIntake(Pictures):
    """Accepts pictures, and trusts none: its content is checked, whatever the message says."""

    def __init__(
        self,
        downloader: Downloader,
        folder: Path,
        limits: PictureLimits | None = None,
        *,
        heic: bool | None = None,
        slow: SlowFileWatch | None = None,
    ):
        """`folder` has pictures meanwhile, and is made if it isn't there.

        `heic`: whether the extra of that name is installed; None: look it up. `slow` is shared with
        the intake of videos.
        """
        self._downloader = downloader
        self._folder = folder
        self._heic = opens_heic() if heic is None else heic
        self._limits = limits or PictureLimits()
        self._slow = slow or SlowFileWatch(SystemClock())
        self._pictures = MemberQueue(self._limits.pictures)
        self._children = MemberQueue(self._limits.children)

    @override
    def check(self, source: PictureSource, member_id: int) -> None:
        if source.size > self._limits.most_bytes:
            raise self._too_large(source)
        self._slow.check(member_id)

    @override
    async def take(self, source: PictureSource, member_id: int) -> Picture:
        self.check(source, member_id)
        try:
            format_, result = await self._draw(source, member_id)
        except OSError as error:
            log.warning("a member's picture can't be kept: %s", error.strerror)
            raise Refusal(
                f"I can't keep pictures and videos right now, so I can't take {source.name}; please"
                " try again later."
            ) from error
        if isinstance(result, Drawn):
            return Picture(result.data, result.width, result.height, result.animated)
        if result.reason == "time":
            self._slow.note(member_id)
        raise Refusal(_sentence(result, format_, source, self._limits))

    async def _draw(
        self, source: PictureSource, member_id: int
    ) -> tuple[str, Drawn | PictureRefused]:
        """Return the picture's format, and the picture drawn anew. Raises Refusal and OSError."""
        # A file rather than memory: several large pictures would be most of the bot's memory. On
        # the archive's disk: /tmp may be memory or read-only. Without a name: a crash leaves
        # nothing behind.
        async with self._pictures.slot(member_id):
            # Others of the same member may have been too slow meanwhile.
            self._slow.check(member_id)
            await asyncio.to_thread(make_private_folder, self._folder)
            with TemporaryFile(dir=self._folder) as file:
                await self._download(source, file)
                head = await asyncio.to_thread(_head, file)
                format_ = _recognise(head, source, heic=self._heic)
                async with self._children.slot(member_id):
                    result = await run_child(
                        file,
                        format_,
                        self._limits.for_child(format_),
                        wall_seconds=self._limits.wall_seconds,
                        folder=self._folder,
                    )
        return format_, result

    async def _download(self, source: PictureSource, file: BinaryIO) -> None:
        try:
            await self._downloader.download(source.url, file, limit=self._limits.most_bytes)
        except DownloadTooLarge:
            raise self._too_large(source) from None
        except NotAllowed as error:
            raise Refusal(
                f"I only take pictures from Discord itself; please attach {source.name}."
            ) from error
        except Gone as error:
            raise Refusal(
                f"Discord doesn't have {source.name} any more; please attach it again."
            ) from error
        except DownloadError as error:
            raise Refusal(
                f"I couldn't get {source.name} from Discord just now; please try again in a minute."
            ) from error

    def _too_large(self, source: PictureSource) -> Refusal:
        most = f"{self._limits.most_bytes / 1_000_000:.3g} MB"
        return Refusal(
            f"{_capital(source)} is larger than {most}; please send one of at most {most}."
        )


def opens_heic() -> bool:
    """Return whether pillow-heif, the extra `heic`, is installed; only a child imports it."""
    return find_spec("pillow_heif") is not None


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(256)


def _recognise(head: bytes, source: PictureSource, *, heic: bool) -> str:
    """Return the picture's format. Raises Refusal."""
    format_ = sniff_picture(head)
    if not head:
        raise Refusal(f"{_capital(source)} is empty; please send it again.")
    if format_ is None:
        raise Refusal(
            f"{_capital(source)} isn't in a format that I know; please send a JPEG, PNG, WebP, GIF or AVIF."
        )
    if format_ == "HEIC" and not heic:
        raise Refusal(
            f"{_capital(source)} is in the HEIC format, which I can't open; please send it as a JPEG:"
            " a screenshot of it will do, or set Camera, Formats to Most Compatible in your"
            " iPhone's settings before you take the next one."
        )
    return format_


def _capital(source: PictureSource) -> str:
    """Return the picture's name as the first words of a sentence."""
    return source.name[0].upper() + source.name[1:]


def _sentence(
    refused: PictureRefused, format_: str, source: PictureSource, limits: PictureLimits
) -> str:
    name = _capital(source)
    size = f"{name} is {refused.width:,} × {refused.height:,} pixels"
    megapixels = f"{limits.pixels_of(format_) / 1_000_000:.3g} megapixels"
    sentences = {
        "pixels": f"{size}; please send one of at most {megapixels}.",
        "bomb": f"{name} has far too many pixels; please send one of at most {megapixels}.",
        "side": f"{size}; please send one of at most {limits.most_side:,} pixels a side.",
        "small": f"{size}; please send one of at least {limits.least_side:,} pixels a side.",
        "narrow": f"{size}; please crop it until its long side is at most"
        f" {limits.drawn_side // limits.least_side} times the short one.",
        "scans": f"{name} is built in a way that takes too long to open; please save it again,"
        " without the progressive option.",
        "memory": f"{name} takes too much memory to open; please send a smaller one.",
        "time": f"{name} takes too long to open; please send a smaller one.",
        "damaged": f"{name} is damaged or incomplete; please save it again or send another.",
    }
    return sentences.get(
        refused.reason, f"I couldn't open {source.name} just now; please try again in a minute."
    )
