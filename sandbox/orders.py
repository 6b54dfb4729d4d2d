"""Orders for the renderer, and the look of each kind."""

# PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import cast

import av
from av.error import FFmpegError
from PIL import Image

from sandbox import frames, montage

WIDEST = 4
"""Pictures longer than this many times their width are cropped: an encoder has limits."""
CONTAINERS: Mapping[bytes, str] = {b"\x1a\x45\xdf\xa3": "matroska", b"GIF8": "gif"}
"""Formats by how a file begins; everything else is taken for MP4. Never a format that is a list
of addresses: nothing here goes out to fetch."""


class BadPicture(ValueError):
    """A picture can't be decoded."""

    @property
    def number(self) -> int | None:
        """Index of the picture among several, from 0; None if there was only one."""
        return cast("int | None", self.args[1])


class BadVideo(ValueError):
    """The video can't be decoded."""


@dataclass(frozen=True)
class VideoOrder:
    """An order for one video. The same order gives the same bytes."""

    prompt: str
    seed: int
    short_side: int
    """Pixels: 720 for 720p, 1080 for 1080p, whatever the aspect ratio."""
    seconds: int
    aspect_ratio: str = "16:9"
    """Width to height; not used when a picture or video decides."""
    picture: bytes | None = None
    pictures: tuple[bytes, ...] = ()
    """Shown one after another, or, with `spans`, as keyframes."""
    spans: tuple[int, ...] = ()
    """Seconds from each keyframe to the next."""
    effect: str = ""
    """The name of an effect to write on the picture."""
    video: bytes | None = None
    """Its first frame is shown, changing; `picture` is put into it."""


def frame_size(short_side: float, width: float, height: float) -> frames.Size:
    """Return even pixels with the given shorter side, in the proportion of width to height."""
    long_side = short_side * min(max(width, height) / min(width, height), WIDEST)
    short, long = (2 * round(side / 2) for side in (short_side, long_side))
    return (long, short) if width > height else (short, long)


def painter(order: VideoOrder, scale: float) -> tuple[frames.Size, frames.Painter]:
    """Return the frames' size and who draws them. Raises BadPicture or BadVideo."""
    short_side = order.short_side * scale
    size = frame_size(short_side, *map(int, (order.aspect_ratio or "16:9").split(":")))
    pictures = [_picture(data, number) for number, data in enumerate(order.pictures)]
    picture = None if order.picture is None else _picture(order.picture, None)
    if order.spans:
        size = frame_size(short_side, *pictures[0].size)
        return size, montage.crossfade(size, pictures, order.spans, order.prompt)
    if pictures:
        return size, montage.collage(size, pictures, order.prompt, order.seed)
    if order.video is not None:
        still = _first_frame(order.video)
        size = frame_size(short_side, *still.size)
        return size, montage.altered(size, still, picture, order.prompt, order.seed)
    if picture is None:
        return size, frames.landscape(size, order.prompt, order.seed)
    size = frame_size(short_side, *picture.size)
    pan = frames.pan(size, picture, order.prompt, order.seed)
    return size, montage.titled(pan, size, order.effect) if order.effect else pan


def _picture(data: bytes, number: int | None) -> Image.Image:
    try:
        return frames.load_picture(data)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture(str(error), number) from error


def _first_frame(data: bytes) -> Image.Image:
    container_format = CONTAINERS.get(data[:4], "mov")
    try:
        with av.open(BytesIO(data), "r", format=container_format) as container:
            frame = next(container.decode(video=0))
            return cast("Image.Image", frame.to_image())
    except (FFmpegError, OSError, ValueError, IndexError, StopIteration) as error:
        raise BadVideo(str(error)) from error
