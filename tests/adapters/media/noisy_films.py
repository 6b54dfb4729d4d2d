"""Films with sound that are hard to make smaller, and what is in a film."""

# PyAV's annotations leave packets and options open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import functools
import math
import random
import tempfile
from array import array
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from PIL import Image, ImageChops

RATE, SAMPLES = 48_000, 1024
BT709 = 1


@functools.cache
def noisy_film(
    width: int = 320, height: int = 180, *, frames: int = 24, sound: bool = True, crf: int = 24
) -> bytes:
    """Return an H.264 film of 24 frames a second, its index at the end, with a comment in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w") as container:
            container.metadata["comment"] = "the maker's secret"
            options = {"preset": "ultrafast", "crf": str(crf)}
            stream = container.add_stream("libx264", 24, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.codec_context.colorspace = BT709
            audio = container.add_stream("aac", RATE) if sound else None
            for image in noisy_images(width, height, frames):
                frame = cast("av.VideoFrame", av.VideoFrame.from_image(image))
                made = frame.reformat(format="yuv420p", dst_colorspace=BT709)
                container.mux(stream.encode(made))
            container.mux(stream.encode(None))
            if audio is not None:
                add_sound(container, audio, frames / 24)
        return path.read_bytes()


def noisy_images(width: int, height: int, count: int) -> list[Image.Image]:
    # Pillow's own noise comes from the process's `rand`, so that films would differ in size.
    draw = random.Random(7)
    values = (round(draw.gauss(128, 80)) for _ in range(width * height))
    noise = Image.frombytes("L", (width, height), bytes(min(255, max(0, one)) for one in values))
    flat = Image.new("L", (width, height), 60)
    images: list[Image.Image] = []
    for number in range(count):
        moved = ImageChops.offset(noise, number * 37, number * 53)
        images.append(Image.merge("RGB", [Image.blend(flat, moved, 0.4), moved, flat]))
    return images


def add_sound(container: OutputContainer, audio: AudioStream, seconds: float) -> None:
    for number in range(int(seconds * RATE) // SAMPLES):
        wave = [0.3 * math.sin((number * SAMPLES + at) * 0.06) for at in range(SAMPLES)]
        frame = av.AudioFrame(format="fltp", layout="mono", samples=SAMPLES)
        frame.planes[0].update(array("f", wave).tobytes())
        frame.sample_rate, frame.pts = RATE, number * SAMPLES
        frame.time_base = Fraction(1, RATE)
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a film: `pictures` and `sound` as they're coded, `times` of what is shown."""

    pictures: list[bytes]
    sound: list[bytes]
    times: list[float]
    sizes: set[tuple[int, int]]
    metadata: dict[str, str]
    colorspace: int


def contents(film: bytes) -> Contents:
    """Decode all of a film."""
    with av.open(BytesIO(film), "r", format="mov") as container:
        video = container.streams.video[0]
        packets: dict[str, list[bytes]] = {"video": [], "audio": []}
        times: list[float] = []
        sizes: set[tuple[int, int]] = set()
        for packet in container.demux():
            if packet.dts is not None:
                packets[packet.stream.type].append(bytes(packet))
            if isinstance(packet.stream, av.VideoStream):
                for frame in packet.stream.decode(packet):
                    assert frame.time is not None
                    times.append(frame.time)
                    sizes.add((frame.width, frame.height))
        return Contents(
            packets["video"],
            packets["audio"],
            times,
            sizes,
            dict(container.metadata),
            video.codec_context.colorspace,
        )
