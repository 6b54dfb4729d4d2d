"""Real videos of every kind, ways to falsify them, and an intake that gets them over a socket."""

# PyAV's annotations leave packets and options open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import functools
import struct
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream
from PIL import Image

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_limits import VideoInputLimits
from bot.adapters.process.member_queue import SlowFileWatch
from bot.domain.catalogue.inputs import VideoSource
from bot.ports import KeptVideo
from tests.adapters.media.fair_encoding import fair
from tests.adapters.media.file_server import file_server
from tests.adapters.media.noisy_films import RATE, add_sound
from tests.domain.examples import MEMBER

PAYLOAD = b"pika-payload"
"""Whatever must not come through holds these bytes."""
PLACE = "+47.3769+008.5417/"
SPEED = {"libx264": {"preset": "ultrafast", "bf": "2"}, "libvpx-vp9": {"deadline": "realtime"}}

Edit: TypeAlias = Callable[[bytes], bytes]


class Keep(Protocol):
    """Lets the intake keep a video, of one member if nobody else is named."""

    def __call__(self, data: bytes, member_id: int = ..., /) -> Awaitable[KeptVideo]: ...


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@asynccontextmanager
async def intake(
    folder: Path, limits: VideoInputLimits | None = None, *, slow: SlowFileWatch | None = None
) -> AsyncGenerator[Keep]:
    """Give a function that serves a video and lets the intake keep it in the archive `folder`."""
    async with file_server() as files:
        fetcher = Downloader([files.host])
        videos = VideoIntake(fetcher, FolderArchive(folder), limits, slow=slow)

        async def keep(data: bytes, member_id: int = MEMBER, /) -> KeptVideo:
            url = files.serve(f"/{len(files.answers)}.mp4", data)
            return await videos.keep(VideoSource(url, len(data)), member_id)

        try:
            yield keep
        finally:
            await fetcher.aclose()


@functools.cache
@fair()
def film(
    codec: str = "libx264",
    format_: str = "mp4",
    *,
    width: int = 160,
    height: int = 128,
    frames: int = 48,
    rate: int = 24,
    rotation: int | None = None,
    sound: bool = False,
    notes: tuple[tuple[str, str], ...] = (),
    options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """Return a film of one shade after the other; `options` are of the file's format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format=format_, options=dict(options)) as made:
            made.metadata.update(notes)
            stream = made.add_stream(codec, rate, options=SPEED.get(codec, {}))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            if rotation is not None:
                stream.set_display_rotation(rotation)
            audio = made.add_stream("aac", RATE) if sound else None
            draw(made, stream, frames)
            if audio is not None:
                add_sound(made, audio, frames / rate)
        return path.read_bytes()


def draw(made: OutputContainer, stream: VideoStream, frames: int) -> None:
    for number in range(frames):
        image = Image.new("RGB", (stream.width, stream.height), (number * 5 % 256, 99, 50))
        made.mux(stream.encode(cast("av.VideoFrame", av.VideoFrame.from_image(image))))
    made.mux(stream.encode(None))


@functools.cache
def sound_alone() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format="mp4") as made:
            add_sound(made, made.add_stream("aac", RATE), 2)
        return path.read_bytes()


def remuxed(
    data: bytes,
    format_: str,
    *,
    later: int = 0,
    filtered: str = "null",
    tag: str = "\0\0\0\0",
    options: dict[str, str] | None = None,
) -> bytes:
    """Return a film's packets in another file: so many seconds later, run through a filter."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with (
            av.open(BytesIO(data), "r") as given,
            av.open(str(path), "w", format=format_, options=options or {}) as made,
        ):
            assert isinstance(given, InputContainer)
            video = given.streams.video[0]
            into = made.add_stream_from_template(video, opaque=True)
            cleaner = BitStreamFilterContext(filtered, video, into)
            into.codec_context.codec_tag = tag
            assert video.time_base is not None
            for packet in given.demux(video):
                for one in cleaner.filter(packet if packet.size else None):
                    assert one.pts is not None
                    assert one.dts is not None
                    shift = int(later / video.time_base)
                    one.stream, one.time_base = into, video.time_base
                    one.pts, one.dts = one.pts + shift, one.dts + shift
                    made.mux(one)
        return path.read_bytes()


# Boxes, as ISO/IEC 14496-12 has them.


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = 0
    while start < len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, data[start + 8 : start + size]
        start += size


def edited(data: bytes, path: str, edit: Edit) -> bytes:
    """Return the file with the content of its box `path` (`moov/trak/tkhd`) edited.

    Where the index stands behind the pictures, its own length changes nothing else.
    """
    kind, _, deeper = path.partition("/")
    parts: list[bytes] = []
    found = False
    for name, content in boxes(data):
        if name.decode("latin-1") == kind and not found:
            found = True
            parts.append(box(name, edited(content, deeper, edit) if deeper else edit(content)))
        else:
            parts.append(box(name, content))
    assert found, kind
    return b"".join(parts)


def written_over(offset: int, new: bytes) -> Edit:
    return lambda content: content[:offset] + new + content[offset + len(new) :]


def named_in_gbk(data: bytes) -> bytes:
    """Return an MP4 whose track has a name that isn't UTF-8, as some cameras write it."""
    name = "视频".encode("gbk") + b"\0"
    return edited(data, "moov/trak/mdia/hdlr", lambda content: content[:24] + name)


TABLE = "moov/trak/mdia/minf/stbl"


def pointing_at(path: str) -> bytes:
    """Return a film whose pictures are said to be in another file: an alias, as QuickTime's."""
    name = ("a:" + path.strip("/").replace("/", ":")).encode()
    name += b"\0" * (len(name) % 2)
    alias = (
        b"\0" * 4  # version and flags
        + b"\0" * 10
        + b"\x01a".ljust(28, b"\0")
        + b"\0" * 12
        + b"\x05other".ljust(64, b"\0")
        + b"\0" * 16
        + struct.pack(">hh", -1, -1)
        + b"\0" * 16
        + struct.pack(">HH", 2, len(name))
        + name
        + struct.pack(">hH", -1, 0)
    )
    entry = struct.pack(">II", 0, 1) + box(b"alis", alias)
    return edited(film(), "moov/trak/mdia/minf/dinf/dref", lambda _: entry)
