"""The pictures that members of the tour post, and what is looked for in what comes back."""

# Pillow's and PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

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
    width: int
    height: int
    seconds: float
    frames: int
    first: Image.Image


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


def decode(data: bytes) -> Video:
    """Decode a whole video. Raises av.FFmpegError or ValueError if it can't be."""
    with av.open(BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        first: Image.Image | None = None
        count = 0
        for frame in container.decode(stream):
            first = first or cast("Image.Image", frame.to_image())
            count += 1
        if first is None or not stream.average_rate:
            raise ValueError("there is no frame in it")
        seconds = count / float(stream.average_rate)
        return Video(first.width, first.height, seconds, count, first)


def quadrants(picture: Image.Image) -> list[Colour]:
    """Return the colours in the middle of the quadrants, row by row."""
    width, height = picture.size
    places = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    return [cast("Colour", picture.getpixel(place)) for place in places]


def alike(seen: list[Colour], wanted: tuple[Colour, ...]) -> bool:
    return all(
        abs(one - other) <= TOLERANCE
        for colours in zip(seen, wanted, strict=True)
        for one, other in zip(*colours, strict=True)
    )
