"""The pictures that members of the tour post, and what is looked for in what comes back."""

# Pillow's and PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import cast

import av
from PIL import ExifTags, Image

from sandbox.discord import File

Colour = tuple[int, int, int]
QUADRANTS: tuple[Colour, ...] = ((214, 48, 49), (0, 148, 94), (32, 84, 190), (240, 186, 40))
"""Red, green, blue, yellow: row by row."""
TOLERANCE = 40
"""Of 255. Encoding to a video with quartered colours costs a little of them."""


@dataclass(frozen=True)
class Video:
    """A decoded video."""

    width: int
    """Pixels, as `height`."""
    height: int
    seconds: float
    frames: int
    """Number of frames."""
    first: Image.Image
    """The first frame."""
    at: tuple[Image.Image, ...] = ()
    """The frames at the times that the caller asked for."""


def photo(filename: str, width: int, height: int) -> File:
    """Return a JPEG of four colours whose metadata tells where it was taken."""
    picture = Image.new("RGB", (2, 2))
    picture.putdata(QUADRANTS)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Playground Phone"
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (48.0, 51.0, 29.6),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: (2.0, 17.0, 40.2),
    }
    buffer = BytesIO()
    large = picture.resize((width, height), Image.Resampling.NEAREST)
    large.save(buffer, "JPEG", quality=92, exif=exif)
    return File(filename, buffer.getvalue(), "image/jpeg")


def has_place(data: bytes) -> bool:
    """Return whether the picture's metadata tells where it was taken."""
    with Image.open(BytesIO(data)) as picture:
        return bool(picture.getexif().get_ifd(ExifTags.IFD.GPSInfo))


def has_metadata(data: bytes) -> bool:
    with Image.open(BytesIO(data)) as picture:
        return bool(picture.getexif()) or "exif" in picture.info or "xmp" in picture.info


def decode(data: bytes, moments: Sequence[float] = ()) -> Video:
    """Decode a whole video, and keep its frames at `moments`, in seconds.

    Raises av.FFmpegError or ValueError if it can't be decoded, or is shorter.
    """
    with av.open(BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 0)
        wanted = [0, *(round(moment * rate) for moment in moments)]
        kept: dict[int, Image.Image] = {}
        count = 0
        for count, frame in enumerate(container.decode(stream), 1):
            if count - 1 in wanted:
                kept[count - 1] = cast("Image.Image", frame.to_image())
        if not rate or kept.keys() != set(wanted):
            raise ValueError(f"it has only {count} frames")
        first, *others = (kept[number] for number in wanted)
        return Video(first.width, first.height, count / rate, count, first, tuple(others))


def middle(picture: Image.Image) -> Colour:
    """Return the colour in the middle."""
    return cast("Colour", picture.getpixel((picture.width // 2, picture.height // 2)))


def quadrants(picture: Image.Image) -> list[Colour]:
    """Return the colours in the middle of the quadrants, row by row."""
    width, height = picture.size
    places = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    return [cast("Colour", picture.getpixel(place)) for place in places]


def alike(seen: Sequence[Colour], wanted: Sequence[Colour]) -> bool:
    return all(
        abs(one - other) <= TOLERANCE
        for colours in zip(seen, wanted, strict=True)
        for one, other in zip(*colours, strict=True)
    )
