"""Decodes an untrusted picture and draws it anew: a program of its own, run by `picture_process`.

Arguments: the format, and the limits as JSON. Stdin is the picture. The output begins with one
line, either `drawn WIDTH HEIGHT still|animated`, followed by a JPEG, or
`refused REASON WIDTH HEIGHT`.
"""

import io
import json
import re
import sys
from importlib import import_module

from PIL import Image, ImageCms

ORIENTATION = 0x0112
# The transpositions that the Exif orientations 2 to 8 stand for.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PILLOW_NAMES = {"HEIC": "HEIF"}
ALBUMS = frozenset({"JPEG", "HEIC"})
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# In the coded data of a scan, FF is followed by 00 or by a restart marker.
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


class Refused(Exception):
    def __init__(self, reason: str, size: tuple[int, int]):
        super().__init__(reason)
        self.line = f"refused {reason} {size[0]} {size[1]}\n"


def count_scans(data: bytes) -> int:
    """Count a JPEG's scans: decoding takes time for each, even for an empty one.

    Stops at the end of the first picture: phones append films and depth maps.
    """
    scans, position = 0, 2
    while match := MARKER.search(data, position):
        marker, position = match[1][0], match.end()
        if marker == END_OF_IMAGE:
            break
        if marker == START_OF_SCAN:
            scans += 1
        position += int.from_bytes(data[position : position + 2], "big")
    return scans


def check_size(size: tuple[int, int], limits: dict[str, int]) -> None:
    if size[0] * size[1] > limits["most_pixels"]:
        raise Refused("pixels", size)
    if max(size) > limits["most_side"]:
        raise Refused("side", size)
    if min(size) < limits["least_side"]:
        raise Refused("small", size)
    if min(size) * limits["drawn_side"] < max(size) * limits["least_side"]:
        raise Refused("narrow", size)


def drawable(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be scaled."""
    if picture.mode == "I;16":
        # convert() would clip 16-bit greys to white, so their high bytes are taken.
        return Image.frombytes("L", picture.size, picture.tobytes()[1::2])
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in {"RGB", "L", "CMYK"} else picture.convert("RGB")


def orientation(picture: Image.Image) -> int | None:
    try:
        value: object = picture.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001 - a broken note about a picture is no reason to refuse it
        return None
    return value if isinstance(value, int) else None


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            # Pillow's type of a profile is in a C module without stubs.
            srgb = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            target = ImageCms.ImageCmsProfile(srgb)  # pyright: ignore[reportUnknownArgumentType]
            picture = ImageCms.profileToProfile(picture, source, target, outputMode=mode) or picture
        # A broken or foreign profile: the colours are near enough without it.
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert(mode)


def opaque(picture: Image.Image) -> Image.Image:
    """Lay a transparent picture on white: a video has no alpha, and would show hidden parts."""
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def redraw(data: bytes, format_: str, limits: dict[str, int]) -> tuple[Image.Image, bool]:
    """Return the picture upright, in sRGB and without metadata; and True if it was animated."""
    side = limits["drawn_side"]
    if format_ == "HEIC":
        # An optional package: the parent process has checked that it is installed.
        import_module("pillow_heif.HeifImagePlugin")
    with Image.open(io.BytesIO(data), formats=[PILLOW_NAMES.get(format_, format_)]) as opened:
        check_size(opened.size, limits)
        if format_ == "JPEG" and count_scans(data) > limits["most_scans"]:
            raise Refused("scans", opened.size)
        # A JPEG or HEIC with several pictures (MPO) is an album and not an animation.
        animated = format_ not in ALBUMS and bool(getattr(opened, "is_animated", False))
        opened.draft("RGB", (side, side))
        opened.load()
        # pillow-heif turns pictures upright itself.
        turn = None if format_ == "HEIC" else UPRIGHT.get(orientation(opened) or 1)
        profile: bytes | None = opened.info.get("icc_profile")
        picture = drawable(opened)
        picture.thumbnail((side, side), reducing_gap=2)
        if turn is not None:
            picture = picture.transpose(turn)
        picture = to_srgb(picture, profile)
    picture = opaque(picture)
    return Image.frombytes("RGB", picture.size, picture.tobytes()), animated


def answer(format_: str, limits: dict[str, int]) -> bytes:
    # Pillow itself refuses more than twice as many, in some formats before it allocates memory.
    Image.MAX_IMAGE_PIXELS = limits["most_pixels"]
    try:
        picture, animated = redraw(sys.stdin.buffer.read(), format_, limits)
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=limits["quality"], subsampling=0)
    except Refused as refused:
        return refused.line.encode()
    except Image.DecompressionBombError:
        return b"refused bomb 0 0\n"
    except MemoryError:
        return b"refused memory 0 0\n"
    except Exception:  # noqa: BLE001 - decoders raise anything for what isn't a picture
        return b"refused damaged 0 0\n"
    kind = "animated" if animated else "still"
    head = f"drawn {picture.width} {picture.height} {kind}\n"
    return head.encode() + encoded.getvalue()


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[2])
    sys.stdout.buffer.write(answer(sys.argv[1], limits))


if __name__ == "__main__":
    main()
