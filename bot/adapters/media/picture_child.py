"""Decodes an untrusted picture and draws it anew: a program of its own, run by `picture_process`.

Arguments: the format, and the limits as JSON. Stdin is the picture. The output begins with one
line, either `drawn WIDTH HEIGHT still|animated`, followed by a JPEG, or
`refused REASON WIDTH HEIGHT`.
"""

import io
import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import cast

from PIL import Image, ImageChops, ImageCms, ImageFilter

from bot.adapters.media.untrusted import tones
from bot.adapters.media.untrusted.picture_boxes import heif_parts
from bot.adapters.media.untrusted.picture_parts import (
    Parts,
    gif_parts,
    jpeg_parts,
    webp_parts,
)
from bot.adapters.media.untrusted.png_parts import png_has_all_rows, png_parts

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
PARTS: dict[str, Callable[[bytes], Parts]] = {
    "JPEG": jpeg_parts,
    "PNG": png_parts,
    "GIF": gif_parts,
    "WEBP": webp_parts,
    "AVIF": lambda data: heif_parts(data, "AVIF"),
    "HEIC": lambda data: heif_parts(data, "HEIC"),
}


class UnusablePicture(Exception):
    def __init__(self, reason: str, size: tuple[int, int]):
        super().__init__(reason)
        self.line = f"refused {reason} {size[0]} {size[1]}\n"


def check_size(size: tuple[int, int], limits: dict[str, int]) -> None:
    if size[0] * size[1] > limits["most_pixels"]:
        raise UnusablePicture("pixels", size)
    if max(size) > limits["most_side"]:
        raise UnusablePicture("side", size)
    if min(size) < limits["least_side"]:
        raise UnusablePicture("small", size)
    if min(size) * limits["drawn_side"] < max(size) * limits["least_side"]:
        raise UnusablePicture("narrow", size)


def drawable(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be scaled."""
    if picture.mode == "I;16":
        return without_low_bytes(picture)
    if picture.has_transparency_data:
        # Greys stay greys: a profile may be for such ones.
        return picture.convert("LA" if picture.mode in {"1", "L", "LA"} else "RGBA")
    return picture if picture.mode in {"RGB", "L", "CMYK"} else picture.convert("RGB")


def without_low_bytes(picture: Image.Image) -> Image.Image:
    """Return greys of 16 bits as ones of 8; convert() would clip them to white."""
    pixels = picture.tobytes()
    high = Image.frombytes("L", picture.size, pixels[1::2])
    hidden = cast("int | None", picture.info.get("transparency"))
    if hidden is None:
        return high
    low = Image.frombytes("L", picture.size, pixels[::2])
    others = (
        mapped(band, [0 if level == part else 255 for level in range(256)])
        for band, part in ((low, hidden & 255), (high, hidden >> 8))
    )
    return Image.merge("LA", (high, ImageChops.lighter(*others)))


def mapped(picture: Image.Image, values: list[int]) -> Image.Image:
    # Pillow's type of the table is open.
    return picture.point(values)  # pyright: ignore[reportUnknownMemberType]


def orientation(notes: Image.Exif, exif: bytes | None = None) -> int | None:
    try:
        if exif is not None:
            notes.load(exif)
        value: object = notes.get(ORIENTATION)
    except Exception:  # noqa: BLE001 - a broken note about a picture is no reason to refuse it
        return None
    return value if isinstance(value, int) else None


def to_srgb(picture: Image.Image, parts: Parts) -> Image.Image:
    mode = "RGBA" if picture.mode in {"LA", "RGBA"} else "RGB"
    codes = parts.codes
    if parts.profile and codes is None:
        codes = tones.codes_of_profile(parts.profile)
    if codes is not None:
        return by_codes(picture.convert(mode), *codes)
    if parts.profile and (converted := by_profile(picture, parts.profile, mode)) is not None:
        return converted
    return by_light(picture.convert(mode), parts.power, parts.matrix)


def by_profile(picture: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    """Return None for a broken or foreign profile: the colours are near enough without it."""
    if picture.mode in {"L", "LA"} and profile[16:20] != b"GRAY":
        picture = picture.convert(mode)
    alpha = picture.getchannel("A") if picture.mode == "LA" else None
    if alpha is not None:
        # Little CMS knows no such mode of Pillow's.
        picture, mode = picture.getchannel("L"), "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Pillow's type of a profile is in a C module without stubs.
        srgb = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        target = ImageCms.ImageCmsProfile(srgb)  # pyright: ignore[reportUnknownArgumentType]
        converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    if converted is not None and alpha is not None:
        converted.putalpha(alpha)
    return converted


def by_codes(picture: Image.Image, primaries: int, transfer: int) -> Image.Image:
    if transfer in tones.POWERS:
        return by_light(picture, tones.POWERS[transfer], tones.TO_BT709.get(primaries))
    if not tones.needs_table(primaries, transfer):
        return picture
    # Pillow's type leaves open that of RGB there are three pairs.
    ranges = cast("tuple[tuple[int, int], ...]", picture.convert("RGB").getextrema())
    highest = max(high for _, high in ranges) / 255
    convert = tones.table(primaries, transfer, tones.peak_of(transfer, highest))
    return picture.filter(ImageFilter.Color3DLUT.generate(tones.SIZE, convert))


def by_light(picture: Image.Image, power: float | None, matrix: tones.Matrix | None) -> Image.Image:
    if power is not None:
        alpha = list(range(256)) if picture.mode == "RGBA" else []
        picture = mapped(picture, tones.curve(power) * 3 + alpha)
    if matrix is not None:
        convert = tones.table_of(matrix, tones.SRGB, 1.0)
        picture = picture.filter(ImageFilter.Color3DLUT.generate(tones.SIZE, convert))
    return picture


def opaque(picture: Image.Image, frame: tuple[int, int, int, int] | None) -> Image.Image:
    """Lay a picture on white: a video has no alpha, and would show hidden parts.

    `frame` is the part of the picture outside which there is nothing.
    """
    if picture.mode != "RGBA" and frame is None:
        return picture
    white = Image.new("RGBA", picture.size, "white")
    if frame is not None:
        white.paste(picture.convert("RGBA").crop(frame), frame[:2])
        picture, white = white, Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def ends_empty(picture: Image.Image) -> bool:
    """Return whether one of the last two rows is all zeros, as where a decoder got no pixels."""
    rows = [(0, y, picture.width, y + 1) for y in range(picture.height - 2, picture.height)]
    return any(not any(picture.crop(row).tobytes()) for row in rows)


def decoded(
    data: bytes, format_: str, parts: Parts, limits: dict[str, int]
) -> tuple[Image.Image, int | None]:
    """Return the picture, at least as large as it will be drawn, and its orientation."""
    side = limits["drawn_side"]
    with Image.open(io.BytesIO(data), formats=[PILLOW_NAMES.get(format_, format_)]) as opened:
        check_size(parts.canvas[:2] if parts.canvas else opened.size, limits)
        if parts.scans > limits["most_scans"]:
            raise UnusablePicture("scans", opened.size)
        opened.draft("RGB", (side, side))
        opened.load()
        if format_ == "AVIF":
            parts.animated = bool(getattr(opened, "is_animated", False))
        if format_ == "PNG" and ends_empty(opened) and not png_has_all_rows(data):
            raise ValueError("rows are missing")
        # pillow-heif turns pictures upright itself.
        turn = None if format_ == "HEIC" else orientation(opened.getexif(), parts.exif)
        picture = drawable(opened)
    if parts.canvas is not None:
        canvas = Image.new("RGBA", parts.canvas[:2])
        canvas.paste(picture.convert("RGBA"), parts.canvas[2:])
        picture = canvas
    if parts.crop is not None:
        picture = picture.crop(parts.crop)
        check_size(picture.size, limits)
    return picture, turn


def redraw(data: bytes, format_: str, limits: dict[str, int]) -> tuple[Image.Image, bool]:
    """Return the picture upright, in sRGB and without metadata; and True if it was animated."""
    side = limits["drawn_side"]
    if format_ == "HEIC":
        # An optional package: the parent process has checked that it is installed.
        import_module("pillow_heif.HeifImagePlugin")
    parts = PARTS[format_](data)
    if parts.announced[0] * parts.announced[1] > limits["most_pixels"]:
        raise UnusablePicture("pixels", parts.announced)
    picture, turn = decoded(parts.data, format_, parts, limits)
    if parts.with_filler is not None:
        other, _ = decoded(parts.with_filler, format_, parts, limits)
        if picture.tobytes() != other.tobytes():
            raise ValueError("pixels are missing")
    if parts.frame is not None and parts.frame != (0, 0, *picture.size):
        picture = opaque(picture, parts.frame)
    picture.thumbnail((side, side), reducing_gap=2)
    if (transposition := UPRIGHT.get(turn or 1)) is not None:
        picture = picture.transpose(transposition)
    picture = opaque(to_srgb(picture, parts), None)
    return Image.frombytes("RGB", picture.size, picture.tobytes()), parts.animated


def answer(format_: str, limits: dict[str, int]) -> bytes:
    # Pillow itself refuses more than twice as many, in some formats before it allocates memory.
    Image.MAX_IMAGE_PIXELS = limits["most_pixels"]
    try:
        picture, animated = redraw(sys.stdin.buffer.read(), format_, limits)
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=limits["quality"], subsampling=0)
    except UnusablePicture as refused:
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
