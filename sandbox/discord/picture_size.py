"""Width and height of uploads, which Discord reads from pictures and videos."""

import io
import warnings

import av
import av.error
from PIL import Image


def picture_size(content_type: str, data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or nothing when it can't be read."""
    if content_type.startswith("image/"):
        return _image_size(data)
    if content_type.startswith("video/"):
        return _video_size(data)
    return None


def _image_size(data: bytes) -> tuple[int, int] | None:
    try:
        with warnings.catch_warnings():
            # Huge dimensions and broken metadata are for the bot to see: nothing is decoded here.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return image.size
    except Exception:  # noqa: BLE001 - Pillow's decoders raise nearly anything on hostile files
        return None


def _video_size(data: bytes) -> tuple[int, int] | None:
    try:
        with av.open(io.BytesIO(data)) as container:
            for stream in container.streams.video:
                return stream.width, stream.height
    except (av.error.FFmpegError, ValueError):
        pass
    return None
