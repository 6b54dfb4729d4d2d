"""The frames of a stand-in video: what a prompt and a picture look like, drawn with Pillow."""

# Pillow's annotations name numpy's types, and numpy isn't installed.
# pyright: reportUnknownMemberType=false

import colorsys
import hashlib
import math
import random
import re
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageText

Size = tuple[int, int]
Colour = tuple[int, int, int]
Painter = Callable[[float], Image.Image]
"""Draws the frame at a point in time: 0 is the first frame, 1 would be the end of the video."""

LABEL = "PREVIEW · sandbox"
CAPTION_SHARE_OF_PICTURE = 0.12
CAPTION_SHARE_OF_LANDSCAPE = 0.2
LONGEST_CAPTION = 400
"""Characters. Wrapping measures word by word; nobody reads more than this in a preview."""
LONGEST_WORD = 24
"""Characters that surely fit on a line: none is wider than the font's size."""

TRAVEL = 0.35
"""Sideways movement of the nearest ridge in a whole video, in frame widths."""
RIDGES = 4
DEEPEST_ZOOM = 0.22


def load_picture(data: bytes) -> Image.Image:
    """Decode a picture to RGB, transparency on white. Raises OSError if that can't be done."""
    with Image.open(BytesIO(data)) as opened:
        picture = opened.convert("RGBA")
    canvas = Image.new("RGBA", picture.size, "white")
    canvas.alpha_composite(picture)
    return canvas.convert("RGB")


def landscape(size: Size, prompt: str, seed: int) -> Painter:
    """Hills under a low sun, drifting past; colours and shapes depend on prompt and seed."""
    width, height = size
    dice = _dice(prompt, seed)
    hue = dice.random()
    far, near = _colour(hue + 0.08, 0.45, 0.95), _colour(hue - 0.12, 0.75, 0.16)
    sky = _sky(size, _colour(hue - 0.1, 0.7, 0.4), far)
    glow_size = round(min(size) * dice.uniform(0.6, 1.0))
    glow = _glow(glow_size)
    glow_from, glow_by = dice.uniform(0.1, 0.6), dice.uniform(0.1, 0.3)
    depths = [(number + 1) / RIDGES for number in range(RIDGES)]
    ridges = [_ridge(size, depth, dice) for depth in depths]
    colours = [_between(far, near, 0.25 + 0.75 * depth) for depth in depths]

    def paint(time: float) -> Image.Image:
        frame = sky.copy()
        left = round(width * (glow_from + glow_by * time) - glow_size / 3)
        top = round(height * (0.12 + 0.2 * time) - glow_size / 3)
        frame.paste((255, 244, 214), (left, top), glow)
        for depth, ridge, colour in zip(depths, ridges, colours, strict=True):
            shift = round(width * TRAVEL * depth * depth * time)
            band = (0, height - ridge.height, width, height)
            frame.paste(colour, band, ridge.crop((shift, 0, shift + width, ridge.height)))
        return frame

    return with_caption(paint, size, prompt, CAPTION_SHARE_OF_LANDSCAPE)


def pan(size: Size, picture: Image.Image, prompt: str, seed: int) -> Painter:
    """Show the whole picture first, then a slow zoom into it, drifting to a seeded side."""
    # A little larger than the frame, so that zooming in still finds detail.
    source = ImageOps.fit(picture, (size[0] * 5 // 4, size[1] * 5 // 4), Image.Resampling.LANCZOS)
    dice = _dice(prompt, seed)
    side_x, side_y = dice.random(), dice.random()

    def paint(time: float) -> Image.Image:
        cut = DEEPEST_ZOOM * (1 - math.cos(math.pi * time)) / 2
        left, top = source.width * cut * side_x, source.height * cut * side_y
        box = (left, top, left + source.width * (1 - cut), top + source.height * (1 - cut))
        return source.resize(size, Image.Resampling.BILINEAR, box=box)

    return with_caption(paint, size, prompt, CAPTION_SHARE_OF_PICTURE)


def colour_of(prompt: str, seed: int) -> Colour:
    """Return the colour that a prompt and a seed have in common."""
    return _colour(_dice(prompt, seed).random(), 0.7, 0.9)


def _dice(prompt: str, seed: int) -> random.Random:
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode(errors="replace")).digest()
    return random.Random(digest)  # noqa: S311 - it chooses colours, it keeps no secret


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _between(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _sky(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    return ImageOps.colorize(Image.linear_gradient("L").resize(size), top, bottom)


def _glow(side: int) -> Image.Image:
    """Return a mask: a disc that fades to nothing before the square's edge."""
    # Pillow's gradient is 0 in the middle and 180 at the circle that touches the edges.
    light = ImageOps.invert(Image.radial_gradient("L"))
    light = ImageChops.subtract(light, Image.new("L", light.size, 78), scale=0.45)
    return light.resize((side, side))


def _ridge(size: Size, depth: float, dice: random.Random) -> Image.Image:
    """Return a mask of one row of hills, wide enough to drift: the nearer, the lower and wider."""
    length = round(size[0] * (1 + TRAVEL * depth * depth)) + 1
    height = round(size[1] * (0.62 - 0.4 * depth))
    waves = [
        (dice.uniform(1.5, 3) * 2.0**octave, dice.uniform(0, math.tau), 0.5**octave)
        for octave in range(4)
    ]
    points: list[tuple[float, float]] = []
    for x in range(0, 2 * length + 8, 8):
        at = x / (2 * size[0]) * math.tau
        rise = sum(part * math.sin(at * often + phase) for often, phase, part in waves) / 2
        points.append((x, height * (0.55 - 0.5 * rise)))
    # Drawn at twice the size: reducing it smooths the edge.
    mask = Image.new("L", (2 * length, 2 * height))
    corners = [(2.0 * length + 8, 2.0 * height), (0.0, 2.0 * height)]
    ImageDraw.Draw(mask).polygon([*points, *corners], fill=255)
    return mask.reduce(2)


def with_caption(paint: Painter, size: Size, prompt: str, share: float) -> Painter:
    """Write the prompt below, on at most `share` of the shorter side, and the label above."""
    caption, label = _caption(size, prompt, share), _label(size)
    margin = max(2, min(size) // 60)
    corner = (size[0] - label.width - margin, margin)
    foot = (0, size[1] - caption.height)

    def painted(time: float) -> Image.Image:
        frame = paint(time)
        frame.paste(caption, foot, caption)
        frame.paste(label, corner, label)
        return frame

    return painted


def _caption(size: Size, prompt: str, share: float) -> Image.Image:
    """Return the band with the wrapped prompt, at most `share` of the shorter side high."""
    width = size[0]
    padding = max(1, min(size) // 60)
    highest = round(min(size) * share)
    words = " ".join(prompt.split())[:LONGEST_CAPTION]
    # Pillow wraps at spaces only, and a word that fits on no line is an error to it.
    words = re.sub(rf"(\S{{{LONGEST_WORD}}})(?=\S)", r"\1 ", words)
    text = ImageText.Text(words, ImageFont.load_default(min(size) / 30))
    text.wrap(width - 4 * padding, highest - 2 * padding)
    box = text.get_bbox()
    band = Image.new("RGBA", (width, min(highest, round(box[3]) + 2 * padding)), (0, 0, 0, 130))
    ImageDraw.Draw(band).text((2 * padding, padding), text, fill=(255, 255, 255, 255))
    return band


def _label(size: Size) -> Image.Image:
    font = ImageFont.load_default(min(size) / 48)
    _, _, right, bottom = font.getbbox(LABEL)
    label = Image.new("RGBA", (math.ceil(right) + 2, math.ceil(bottom) + 2))
    draw = ImageDraw.Draw(label)
    draw.text((2, 2), LABEL, fill=(0, 0, 0, 110), font=font)
    draw.text((0, 0), LABEL, fill=(255, 255, 255, 190), font=font)
    return label
