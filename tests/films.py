"""Videos, decoded by PyAV."""

# PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from io import BytesIO
from typing import cast

import av
from PIL import Image


def decode(data: bytes) -> list[Image.Image]:
    """Return every frame."""
    with av.open(BytesIO(data), "r", format="mov") as container:
        return [cast("Image.Image", frame.to_image()) for frame in container.decode(video=0)]


def seconds(data: bytes) -> float:
    """Return how long an H.264 video of 24 frames a second lasts."""
    with av.open(BytesIO(data), "r", format="mov") as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.pix_fmt == "yuv420p"
        assert stream.average_rate == 24
        assert stream.duration is not None
        assert stream.time_base is not None
        return float(stream.duration * stream.time_base)


def near(
    frame: Image.Image, at: tuple[int, int], colour: tuple[int, int, int], within: int = 12
) -> bool:
    """Say whether a pixel has a colour, within the codec's error."""
    pixel = cast("tuple[int, int, int]", frame.convert("RGB").getpixel(at))
    return all(abs(a - b) < within for a, b in zip(pixel, colour, strict=True))
