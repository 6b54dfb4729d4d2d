"""What members send to the models that take more than words: cards of one colour, a video."""

# Pillow's and PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import cast

import av
from PIL import Image

from sandbox.discord import File, Invocation
from sandbox.discord.forms import OptionValue
from sandbox.stage import Stage

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (200, 40, 40), (40, 160, 60), (40, 60, 200)
PLACE = b"+48.8577+002.2950/"
"""Where the video was filmed, as phones write it into their files."""


def card(colour: Colour, filename: str = "card.png") -> File:
    buffer = BytesIO()
    Image.new("RGB", (320, 240), colour).save(buffer, "PNG")
    return File(filename, buffer.getvalue(), "image/png")


def moving(*colours: Colour) -> File:
    """Return an animated GIF."""
    first, *others = (Image.new("RGB", (320, 240), colour) for colour in colours)
    buffer = BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=200, loop=0)
    return File("moving.gif", buffer.getvalue(), "image/gif")


def colour_of(data: bytes) -> Colour:
    """Return the colour in the middle of a picture."""
    with Image.open(BytesIO(data)) as picture:
        middle = (picture.width // 2, picture.height // 2)
        return cast("Colour", picture.convert("RGB").getpixel(middle))


def holiday(folder: Path, seconds: int = 2, colour: Colour = GREEN) -> File:
    """Return an MP4 of one colour that says where it was filmed, and with what."""
    path = folder / "holiday.mp4"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata["com.apple.quicktime.location.ISO6709"] = PLACE.decode()
        container.metadata["com.apple.quicktime.model"] = "Playground Phone"
        stream = container.add_stream("libx264", 10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(seconds * 10):
            image = Image.new("RGB", (320, 240), colour)
            frame = cast("av.VideoFrame", av.VideoFrame.from_image(image))
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    assert PLACE in data
    return File("holiday.mp4", data, "video/mp4")


async def pika(stage: Stage, name: str, **options: OptionValue) -> Invocation:
    """Send `/pika NAME` as Ada."""
    discord = stage.discord
    ada, channel = discord.members["Ada"], discord.channels["videos"]
    return await discord.invoke(ada, channel, f"pika {name}", options)


async def taken_back(stage: Stage, asked: Invocation) -> str:
    """Wait until a request is refused after its answer stood; return the private words."""
    await stage.discord.wait_for(lambda: asked.followups and asked.followups[-1].ephemeral)
    status = next(m for m in (asked.response_message, *asked.followups) if m and not m.ephemeral)
    await stage.discord.wait_for(lambda: status.deleted)
    return asked.followups[-1].content
