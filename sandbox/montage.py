"""Stand-in videos of several pictures, of effects and of changed videos, drawn with Pillow."""

# Pillow's annotations name numpy's types, and numpy isn't installed.
# pyright: reportUnknownMemberType=false

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sandbox.frames import Painter, Size, colour_of, pan, with_caption

THUMBNAIL_SHARE = 1 / 7
"""Of the shorter side: five of them and the caption fit below one another."""
CAPTION_SHARE = 0.12
DEEPEST_TINT = 0.45


def collage(size: Size, pictures: Sequence[Image.Image], prompt: str, seed: int) -> Painter:
    """Show each picture in turn, the same time each, beside a strip of all of them."""
    painters = [pan(size, picture, prompt, seed) for picture in pictures]
    side = max(2, round(min(size) * THUMBNAIL_SHARE))
    gap = max(1, min(size) // 60)
    thumbnails = [ImageOps.fit(picture, (side, side)) for picture in pictures]

    def paint(time: float) -> Image.Image:
        current = min(int(time * len(painters)), len(painters) - 1)
        frame = painters[current](time * len(painters) - current)
        for number, thumbnail in enumerate(thumbnails):
            top = gap + number * (side + gap)
            if number == current:
                frame.paste("white", (0, top - gap, side + 2 * gap, top + side + gap))
            frame.paste(thumbnail, (gap, top))
        return frame

    return paint


def crossfade(
    size: Size, keyframes: Sequence[Image.Image], spans: Sequence[int], prompt: str
) -> Painter:
    """Fade from each keyframe to the next, in `spans` seconds each; a keyframe more than spans."""
    stills = [ImageOps.fit(picture, size, Image.Resampling.LANCZOS) for picture in keyframes]
    starts = list(accumulate(spans, initial=0))

    def paint(time: float) -> Image.Image:
        now = time * starts[-1]
        number = min(bisect_right(starts, now) - 1, len(spans) - 1)
        share = (now - starts[number]) / spans[number]
        return Image.blend(stills[number], stills[number + 1], share)

    return with_caption(paint, size, prompt, CAPTION_SHARE)


def altered(
    size: Size, still: Image.Image, picture: Image.Image | None, prompt: str, seed: int
) -> Painter:
    """Begin with a video's first frame; a colour grows over it, and a picture slides in."""
    base = ImageOps.fit(still, size, Image.Resampling.LANCZOS)
    colour = Image.new("RGB", size, colour_of(prompt, seed))
    side = min(size) // 3
    guest = None if picture is None else ImageOps.fit(picture, (side, side))

    def paint(time: float) -> Image.Image:
        frame = Image.blend(base, colour, DEEPEST_TINT * time)
        if guest is not None:
            frame.paste(guest, (round(size[0] - 2 * side * time), (size[1] - side) // 2))
        return frame

    return with_caption(paint, size, prompt, CAPTION_SHARE)


def titled(paint: Painter, size: Size, title: str) -> Painter:
    """Write a title across the upper half."""
    font = ImageFont.load_default(min(size) / 8)
    left, top, right, bottom = font.getbbox(title)
    at = ((size[0] - right - left) / 2, size[1] / 4 - (bottom + top) / 2)
    width = max(1, min(size) // 90)
    banner = Image.new("RGBA", size)
    ImageDraw.Draw(banner).text(
        at, title, fill="white", font=font, stroke_width=width, stroke_fill="black"
    )
    box = banner.getbbox()
    banner = banner.crop(box)
    corner = (0, 0) if box is None else box[:2]

    def titled_frame(time: float) -> Image.Image:
        frame = paint(time)
        frame.paste(banner, corner, banner)
        return frame

    return titled_frame
