"""The pictures and the video that members of the guide attach."""

# Pillow's annotations name numpy's types, and numpy isn't installed.
# pyright: reportUnknownMemberType=false

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

from sandbox.discord import File
from sandbox.orders import VideoOrder
from sandbox.render import make_video

Colour = tuple[int, int, int]
SIZE = (1280, 720)
# Of the sky, top and bottom; of the water; how high the sun stands.
_HOURS: dict[str, tuple[Colour, Colour, Colour, int]] = {
    "lake.jpg": ((250, 170, 90), (170, 125, 135), (40, 54, 92), 330),
    "morning.jpg": ((246, 190, 190), (250, 226, 206), (112, 138, 164), 390),
    "noon.jpg": ((60, 132, 214), (170, 212, 240), (38, 110, 150), 120),
    "evening.jpg": ((62, 40, 92), (242, 116, 60), (44, 34, 76), 420),
}


@cache
def drawn(name: str) -> File:
    """Return the file of that name."""
    if name == "hills.mp4":
        order = VideoOrder("hills in the morning", seed=3, short_side=360, seconds=2)
        return File(name, make_video(order, 1.0), "video/mp4")
    image = _lake(*_HOURS[name]) if name in _HOURS else {"robot.png": _robot}.get(name, _snowman)()
    buffer = BytesIO()
    image.save(buffer, "PNG" if name.endswith("png") else "JPEG", quality=92)
    return File(name, buffer.getvalue())


def _lake(top: Colour, bottom: Colour, water: Colour, sun: int) -> Image.Image:
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(430):
        share = y / 430
        line = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        draw.line([(0, y), (1280, y)], line)
    draw.ellipse([560, sun - 80, 720, sun + 80], (255, 236, 179))
    draw.polygon([(0, 430), (260, 240), (470, 430)], (74, 63, 96))
    draw.polygon([(760, 430), (1050, 200), (1280, 430)], (58, 52, 84))
    draw.rectangle([0, 430, 1280, 720], water)
    for y in range(450, 720, 18):
        draw.line([(600 - y // 6, y), (680 + y // 6, y)], (230, 190, 140), 3)
    return image


def _robot() -> Image.Image:
    image = Image.new("RGB", SIZE, (92, 158, 148))
    draw = ImageDraw.Draw(image)
    draw.ellipse([360, 620, 920, 700], (70, 128, 120))
    for x in (520, 680):
        draw.rectangle([x, 540, x + 70, 660], (92, 98, 116))
    for x in (400, 810):
        draw.rounded_rectangle([x, 360, x + 70, 540], 35, (92, 98, 116))
    draw.rounded_rectangle([460, 330, 820, 570], 40, (214, 220, 230))
    draw.ellipse([600, 400, 680, 480], (222, 92, 70))
    draw.line([(640, 60), (640, 130)], (92, 98, 116), 12)
    draw.ellipse([618, 30, 662, 74], (222, 92, 70))
    draw.rounded_rectangle([490, 120, 790, 310], 50, (234, 238, 244))
    for x in (570, 710):
        draw.ellipse([x - 32, 175, x + 32, 239], (38, 46, 66))
        draw.ellipse([x - 2, 185, x + 16, 203], (255, 255, 255))
    draw.arc([590, 210, 690, 280], 20, 160, (38, 46, 66), 8)
    return image


def _snowman() -> Image.Image:
    image = Image.new("RGB", SIZE, (52, 84, 140))
    draw = ImageDraw.Draw(image)
    for number in range(90):
        x, y = number * 379 % 1280, number * 211 % 720
        draw.ellipse([x, y, x + 7, y + 7], (214, 226, 244))
    image = image.filter(ImageFilter.GaussianBlur(1))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 620, 1280, 720], (226, 234, 246))
    for box in ((490, 410, 790, 690), (530, 250, 750, 450), (560, 120, 720, 280)):
        draw.ellipse(box, (246, 249, 253))
    draw.rectangle([540, 120, 740, 140], (40, 40, 52))
    draw.rectangle([580, 30, 700, 125], (40, 40, 52))
    draw.rectangle([540, 262, 740, 296], (206, 62, 62))
    draw.polygon([(640, 205), (640, 228), (740, 224)], (238, 138, 54))
    for x, y in ((612, 185), (668, 185), (640, 340), (640, 390), (640, 470), (640, 530)):
        draw.ellipse([x - 9, y - 9, x + 9, y + 9], (40, 40, 52))
    return image
