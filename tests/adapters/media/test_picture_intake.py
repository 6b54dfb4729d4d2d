import io
import struct

import pytest
from PIL import Image, ImageStat

from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    alike,
    corners,
    intake,
    jpeg_of_scans,
    quadrants,
    saved,
    srgb_profile,
    take_one,
)

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F
SECRET = "Secret-Place"


def exif(orientation: int = 1) -> Image.Exif:
    notes = Image.Exif()
    notes[ORIENTATION] = orientation
    notes[MAKE] = SECRET
    notes.get_ifd(GPS)[29] = SECRET
    return notes


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
async def test_each_format(format_: str):
    picture = await take_one(saved(quadrants(), format_))
    assert (picture.width, picture.height) == (320, 240)
    assert not picture.animated
    assert Image.open(io.BytesIO(picture.data)).format == "JPEG"
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "1", "LA", "RGBA", "I;16"])
async def test_each_mode(mode: str):
    grey = Image.linear_gradient("L")
    if mode == "I;16":
        levels = b"".join(struct.pack("<H", level * 257) for level in grey.tobytes())
        data = saved(Image.frombytes("I;16", grey.size, levels), "PNG")
    else:
        data = saved(grey.convert("RGB").convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    picture = await take_one(data)
    drawn = Image.open(io.BytesIO(picture.data))
    assert (drawn.mode, drawn.format) == ("RGB", "JPEG")
    # The gradient goes from black at the top to white at the bottom.
    above, below = (ImageStat.Stat(drawn.crop((0, y, 256, y + 64))).mean for y in (0, 192))
    assert above[0] < 60
    assert below[0] > 195


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
async def test_metadata_is_gone(format_: str):
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{SECRET}</a></x:xmpmeta>'.encode()
    profile = srgb_profile()
    data = saved(
        quadrants(), format_, exif=exif(), xmp=xmp, comment=SECRET.encode(), icc_profile=profile
    )
    data += b"PK\x03\x04" + SECRET.encode()
    assert data.count(SECRET.encode()) >= 3
    picture = await take_one(data)
    assert SECRET.encode() not in picture.data
    drawn = Image.open(io.BytesIO(picture.data))
    assert dict(drawn.getexif()) == {}
    assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_orientation_is_applied(format_: str):
    async with intake() as take:
        for orientation in range(1, 9):
            stored = quadrants(160, 128)
            upright = turned(stored, orientation)
            picture = await take(saved(stored, format_, exif=exif(orientation)))
            assert (picture.width, picture.height) == upright.size, orientation
            expected = corners(saved(upright, "PNG"))
            assert alike(corners(picture.data), expected), orientation


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """Return a picture as the Exif orientation says, computed pixel by pixel (CIPA DC-008)."""
    across, down = picture.width - 1, picture.height - 1
    flipped_across, flipped_down = orientation in {2, 3, 7, 8}, orientation in {3, 4, 6, 7}
    width, height = picture.size if orientation < 5 else (picture.height, picture.width)
    upright = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            column, row = (x, y) if orientation < 5 else (y, x)
            place = (
                across - column if flipped_across else column,
                down - row if flipped_down else row,
            )
            upright.putpixel((x, y), picture.getpixel(place) or 0)
    return upright


async def test_colour_profile_is_applied():
    profile = bytearray(srgb_profile())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    picture = await take_one(saved(quadrants(), "PNG", icc_profile=bytes(profile)))
    top_left, _, bottom_left, _ = corners(picture.data)
    assert top_left[2] > 200 > 60 > top_left[0]
    assert bottom_left[0] > 200 > 60 > bottom_left[2]


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200])
async def test_a_broken_profile_or_note_does_not_matter(profile: bytes):
    data = saved(quadrants(), "JPEG", icc_profile=profile, exif=b"Exif\0\0nonsense")
    assert alike(corners((await take_one(data)).data), [RED, GREEN, BLUE, YELLOW])


async def test_what_is_transparent_becomes_white():
    clear = quadrants().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 160, 120))
    picture = await take_one(saved(clear, "WEBP", lossless=True, exif=exif()))
    drawn = Image.open(io.BytesIO(picture.data))
    assert (drawn.format, drawn.mode) == ("JPEG", "RGB")
    assert alike(corners(picture.data), [(255, 255, 255), GREEN, BLUE, YELLOW])


async def test_transparent_colour_of_a_palette_becomes_white():
    palette = Image.new("P", (200, 200), 1)
    palette.putpalette([0, 0, 0, *RED])
    palette.paste(0, (0, 0, 100, 200))
    picture = await take_one(saved(palette, "GIF", transparency=0))
    assert alike(corners(picture.data), [(255, 255, 255), RED, (255, 255, 255), RED])


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
async def test_animated(format_: str):
    second = Image.new("RGB", (320, 240), GREEN)
    data = saved(quadrants(), format_, save_all=True, append_images=[second])
    picture = await take_one(data)
    assert picture.animated
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
async def test_an_animation_of_one_frame_is_not_animated(format_: str):
    assert not (await take_one(saved(quadrants(), format_, save_all=True))).animated


async def test_a_png_for_those_who_cannot_show_it_move():
    """Its picture for them is no frame of the animation: members don't see it."""
    frames = [Image.new("RGB", (320, 240), colour) for colour in (GREEN, BLUE)]
    data = saved(quadrants(), "PNG", save_all=True, append_images=frames, default_image=True)
    picture = await take_one(data)
    assert picture.animated
    assert alike(corners(picture.data), [GREEN] * 4)


async def test_a_jpeg_with_further_pictures_is_not_animated():
    second = Image.new("RGB", (320, 240), GREEN)
    picture = await take_one(saved(quadrants(), "MPO", save_all=True, append_images=[second]))
    assert not picture.animated
    assert alike(corners(picture.data), [RED, GREEN, BLUE, YELLOW])


async def test_a_phone_s_film_behind_the_picture_is_not_counted_as_scans():
    data = saved(quadrants(), "JPEG", progressive=True) + b"\xff\xda\0\2" * 1000
    assert (await take_one(data)).width == 320
    assert (await take_one(jpeg_of_scans(64))).width == 1024


@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
async def test_large_pictures_shrink(format_: str):
    picture = await take_one(saved(quadrants(3000, 2000), format_, exif=exif(8)))
    assert (picture.width, picture.height) == (1365, 2048)
    # 8: the stored picture is to be turned a quarter counterclockwise.
    assert alike(corners(picture.data), [GREEN, YELLOW, RED, BLUE])


async def test_extremes_that_fit():
    picture = await take_one(saved(quadrants(128, 128), "PNG"))
    assert (picture.width, picture.height) == (128, 128)
    picture = await take_one(saved(quadrants(4096, 256), "PNG"))
    assert (picture.width, picture.height) == (2048, 128)
