"""Files of the tour's members: plain pictures, a moving one, a short video."""

# Pillow's and PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

from io import BytesIO

from PIL import Image, ImageDraw

from sandbox.discord import File
from sandbox.orders import VideoOrder
from sandbox.render import make_video
from sandbox.scenes.pictures import Colour

RED, GREEN, BLUE = (196, 60, 54), (40, 140, 92), (48, 92, 190)


def card(filename: str, colour: Colour, width: int = 640, height: int = 480) -> File:
    """Return a picture that is one colour in its middle."""
    return _file(filename, [_card(colour, width, height)])


def moving_card(filename: str, *colours: Colour) -> File:
    """Return an animated GIF that changes its colour."""
    return _file(filename, [_card(colour, 640, 480) for colour in colours])


def clip(filename: str, words: str) -> File:
    """Return a video of two seconds, 4:5, with words below. Takes half a second."""
    order = VideoOrder(words, seed=3, short_side=256, seconds=2, aspect_ratio="4:5")
    return File(filename, make_video(order, 1.0), "video/mp4")


def _card(colour: Colour, width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), colour)
    side = min(width, height) // 5
    place = (width - 2 * side, side, width - side, 2 * side)
    ImageDraw.Draw(image).ellipse(place, fill=(244, 236, 214))
    return image


def _file(filename: str, frames: list[Image.Image]) -> File:
    buffer = BytesIO()
    first, *others = frames
    name = {"jpg": "JPEG"}.get(ending := filename.rpartition(".")[2], ending.upper())
    if others:
        first.save(buffer, name, save_all=True, append_images=others, duration=400, loop=0)
    else:
        first.save(buffer, name)
    return File(filename, buffer.getvalue())
