"""Members' videos that are hostile, broken or not taken: one sentence each, and nothing is kept."""

# PyAV's annotations leave options open.
# pyright: reportUnknownMemberType=false

import random
import struct
import textwrap
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from bot.adapters.media import video_intake
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_limits import VideoInputLimits
from bot.adapters.process import landlock
from bot.domain.catalogue.inputs import VideoSource
from bot.domain.refusal import Refusal
from tests.adapters.media.children import children, script
from tests.adapters.media.file_server import file_server
from tests.adapters.media.noisy_films import contents
from tests.adapters.media.picture_files import quadrants, saved
from tests.adapters.media.video_files import (
    TABLE,
    box,
    boxes,
    edited,
    files_in,
    film,
    intake,
    pointing_at,
    remuxed,
    sound_alone,
    written_over,
)
from tests.domain.examples import MEMBER

DAMAGED = "`video` is damaged or incomplete; please save it again or attach another."
UNKNOWN = "`video` isn't a video I know; please attach an MP4, MOV or WebM."
PICTURE = "`video` is a picture or a GIF; please attach an MP4, MOV or WebM."
NO_PICTURES = (
    "`video` has nothing to see in it; please attach an MP4, MOV or WebM that shows something."
)
SHORT = "`video` is shorter than 1 second; please attach one of at least 1 second."
LONG = "`video` is longer than 30 seconds; please cut it to 30 seconds at most."
ENCRYPTED = "`video` is encrypted; please attach one without copy protection."
MEMORY = "`video` is damaged or takes too much memory; please save it smaller, 1080p will do."
TRACKS = "`video` has more than 32 tracks; please save it with fewer."
RATE = "`video` has more than 120 frames a second; please save it with 120 at most."
HUGE = struct.pack(">I", 0xFFFFFFF0)
CHILD = "bot.adapters.media.video_intake.CHILD"


def coded_as(name: str) -> str:
    return (
        f"`video` is coded in a way I don't take (`{name}`); please save it as an MP4 with H.264."
    )


def measures(size: str) -> str:
    return f"`video` is {size} pixels; please attach one of 128 to 4,096 pixels a side."


async def refusal(folder: Path, data: bytes, limits: VideoInputLimits | None = None) -> str:
    """Return why a video is refused, having seen that nothing of it stays."""
    async with intake(folder, limits) as keep:
        with pytest.raises(Refusal) as caught:
            await keep(data)
    assert files_in(folder) == []
    assert children() == []
    return caught.value.sentence


def scrambled(data: bytes, start: float) -> bytes:
    """Write noise over all coded data from this part of it on."""
    return edited(
        data,
        "mdat",
        lambda content: (
            content[: int(len(content) * start)]
            + random.Random(1).randbytes(len(content) - int(len(content) * start))
        ),
    )


def with_tracks(count: int) -> bytes:
    def more(content: bytes) -> bytes:
        track = next(inner for kind, inner in boxes(content) if kind == b"trak")
        return content + box(b"trak", track) * count

    return edited(film(), "moov", more)


def in_one_place(data: bytes) -> bytes:
    """Return a film of which each picture is the whole film again."""
    size = len(next(content for kind, content in boxes(data) if kind == b"mdat"))
    return edited(data, f"{TABLE}/stsz", written_over(4, struct.pack(">II", size, 48)))


def edits(*entries: tuple[int, int]) -> Callable[[bytes], bytes]:
    """Return an edit that lists so many pieces: how long (ms), and from where (-1: nothing)."""
    listed = b"".join(struct.pack(">IiI", *entry, 1 << 16) for entry in entries)
    return lambda _: struct.pack(">II", 0, len(entries)) + listed


def encrypted() -> bytes:
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "00112233445566778899aabbccddeeff",
        "encryption_kid": "00112233445566778899aabbccddeeff",
    }
    return remuxed(film(), "mp4", options=options)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "`video` is empty; please attach it again.", id="empty"),
        pytest.param(bytes(70_000), UNKNOWN, id="zeros"),
        pytest.param(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", UNKNOWN, id="HLS"),
        pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", UNKNOWN, id="ffconcat"),
        pytest.param(b"<?xml version='1.0'?><MPD/>", UNKNOWN, id="DASH"),
        pytest.param(b"RIFF\0\0\0\0AVI LIST", UNKNOWN, id="AVI"),
        pytest.param(b"PK\x03\x04", UNKNOWN, id="ZIP"),
        pytest.param(film(format_="matroska"), UNKNOWN, id="Matroska"),
        pytest.param(film(format_="mpegts"), UNKNOWN, id="MPEG-TS"),
        pytest.param(saved(quadrants(), "PNG"), PICTURE, id="PNG"),
        pytest.param(saved(quadrants(), "GIF"), PICTURE, id="GIF"),
        pytest.param(saved(quadrants(), "AVIF"), PICTURE, id="AVIF"),
        pytest.param(box(b"ftyp", b"heic\0\0\0\0mif1") + film(), PICTURE, id="HEIC"),
        pytest.param(box(b"ftyp", b"isom\0\0\0\0"), DAMAGED, id="nothing but a type"),
        pytest.param(film()[:-1], DAMAGED, id="truncated MP4"),
        pytest.param(
            film(options=(("movflags", "faststart"),))[:-1], DAMAGED, id="truncated, index in front"
        ),
        pytest.param(film("libvpx-vp9", "webm")[:-40], DAMAGED, id="truncated WebM"),
        pytest.param(sound_alone(), NO_PICTURES, id="sound alone"),
        pytest.param(film("mpeg4"), coded_as("mpeg4"), id="MPEG-4 part 2"),
        pytest.param(film("mjpeg", "mov"), coded_as("mjpeg"), id="Motion JPEG"),
        pytest.param(film(frames=12), SHORT, id="short"),
        pytest.param(film(frames=63, rate=2), LONG, id="long"),
        pytest.param(film("libvpx-vp9", "webm", frames=63, rate=2), LONG, id="long WebM"),
        pytest.param(film(rate=240, frames=480), RATE, id="240 pictures a second"),
        pytest.param(film(width=126), measures("126 × 128"), id="small"),
        pytest.param(film(width=4224), measures("4,224 × 128"), id="large"),
        pytest.param(encrypted(), ENCRYPTED, id="encrypted"),
    ],
)
async def test_what_is_not_taken(tmp_path: Path, data: bytes, sentence: str):
    assert await refusal(tmp_path, data) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(scrambled(film(), 0), DAMAGED, id="noise"),
        pytest.param(with_tracks(40), TRACKS, id="41 streams"),
        pytest.param(with_tracks(400), MEMORY, id="countless streams"),
        pytest.param(in_one_place(film()), DAMAGED, id="all pictures in one place"),
        pytest.param(
            edited(
                edited(film(), "moov/trak/edts", lambda _: b""),
                f"{TABLE}/stts",
                written_over(8, struct.pack(">II", 48, 1 << 20)),
            ),
            LONG,
            id="an hour of 48 pictures",
        ),
        pytest.param(
            edited(film(), f"{TABLE}/stsd", written_over(8, bytes(90))), DAMAGED, id="no codec"
        ),
        pytest.param(
            edited(film(), "moov/trak/edts/elst", edits(*[(2000, 0)] * 40)),
            LONG,
            id="the same again and again",
        ),
        pytest.param(
            edited(film(), "moov/trak/edts/elst", edits(*[(2000, 0)] * 100_000)),
            LONG,
            id="the same for days",
        ),
        pytest.param(
            edited(film(), f"{TABLE}/stts", written_over(8, struct.pack(">II", 48, 0))),
            SHORT,
            id="no time at all",
        ),
        pytest.param(
            edited(film(), f"{TABLE}/stco", written_over(4, HUGE * 2)),
            DAMAGED,
            id="countless places",
        ),
        pytest.param(
            edited(film(), f"{TABLE}/stsz", written_over(8, HUGE)), DAMAGED, id="countless pictures"
        ),
    ],
)
async def test_hostile_files(tmp_path: Path, data: bytes, sentence: str):
    assert await refusal(tmp_path, data) == sentence


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            edited(film(), "moov/mvhd", written_over(12, struct.pack(">II", 1, 1 << 30))), id="mvhd"
        ),
        pytest.param(
            edited(film(), "moov/trak/mdia/mdhd", written_over(16, struct.pack(">I", 1 << 31))),
            id="mdhd",
        ),
        pytest.param(
            edited(film(), "moov/trak/tkhd", written_over(20, struct.pack(">I", 1 << 31))),
            id="tkhd",
        ),
        pytest.param(
            edited(film(), "moov/trak/edts/elst", edits((1 << 30, -1), (2000, 1024))),
            id="a pause of days",
        ),
        pytest.param(
            edited(film(), "moov/trak/edts/elst", edits((1 << 30, 0))), id="an edit of days"
        ),
        pytest.param(edited(film(), "moov/trak/edts/elst", lambda _: HUGE * 4), id="wild edits"),
        pytest.param(
            edited(film(), f"{TABLE}/stsd", written_over(40, struct.pack(">HH", 65535, 65535))),
            id="a sample entry of 65,535 pixels squared",
        ),
    ],
)
async def test_headers_that_lie(tmp_path: Path, data: bytes):
    async with intake(tmp_path) as keep:
        kept = await keep(data)
    assert (kept.width, kept.height) == (160, 128)
    assert kept.seconds == pytest.approx(2, abs=0.1)
    assert len(contents((tmp_path / kept.key).read_bytes()).times) == 48


async def test_pixels_that_are_not_square_count_as_shown(tmp_path: Path):
    for ratio, size in (("1/2", "80 × 128"), ("100/1", "16,000 × 128")):
        data = remuxed(film(), "mp4", filtered=f"h264_metadata=sample_aspect_ratio={ratio}")
        assert await refusal(tmp_path, data) == measures(size)
    wide = remuxed(film(), "mp4", filtered="h264_metadata=sample_aspect_ratio=4/3")
    async with intake(tmp_path) as keep:
        kept = await keep(wide)
    with av.open(str(tmp_path / kept.key), "r") as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


async def test_another_file_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / "other.mp4"
    other.write_bytes(film())
    own = tmp_path / "own.mp4"
    own.write_bytes(pointing_at(str(other)))
    # Asked to, FFmpeg does open it.
    lax = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(own), "r", format="mov", options=lax) as container:
        assert len(list(container.decode(video=0))) == 48
    archive = tmp_path / "archive"
    assert await refusal(archive, own.read_bytes()) == DAMAGED
    # Were it asked to, the process couldn't: by its limit of files, and by its walls.
    text = video_intake.CHILD.read_text()
    lax_open = """
    from bot.adapters.media.untrusted import video_source

    def ask(*args, open_=video_source.av.open, **more):
        if "options" in more and "enable_drefs" in more["options"]:
            more["options"] |= {"enable_drefs": "1", "use_absolute_path": "1"}
        return open_(*args, **more)

    video_source.av.open = ask
    """
    asked = textwrap.dedent(lax_open) + text
    monkeypatch.setattr(CHILD, script(tmp_path, asked))
    assert await refusal(archive, own.read_bytes()) == DAMAGED
    unbounded = textwrap.dedent(lax_open) + "video_source.allow_files = lambda more: None\n" + text
    monkeypatch.setattr(CHILD, script(tmp_path, unbounded))
    if landlock.version():
        assert await refusal(archive, own.read_bytes()) == DAMAGED


async def test_another_address_is_never_asked(tmp_path: Path):
    async with file_server() as files:
        url = files.serve("/other.mp4", film())
        place = struct.pack(">I", 0) + url.encode() + b"\0"
        entry = struct.pack(">II", 0, 1) + box(b"url ", place)
        async with intake(tmp_path) as keep:
            await keep(edited(film(), "moov/trak/mdia/minf/dinf/dref", lambda _: entry))
        assert files.requests == []


async def test_sizes_and_places(tmp_path: Path):
    too_large = "`video` is larger than 50 MB; please attach one of at most 50 MB."
    async with file_server() as files:
        fetcher = Downloader([files.host])
        videos = VideoIntake(fetcher, FolderArchive(tmp_path))
        with pytest.raises(Refusal) as caught:
            videos.check(VideoSource(files.host, 50_000_001), MEMBER)
        assert caught.value.sentence == too_large
        videos.check(VideoSource(files.host, 50_000_000), MEMBER)
        assert files.requests == []
        lost = files.serve("/lost", b"", status="404 Not Found")
        busy = files.serve("/busy", b"", status="503 Service Unavailable")
        for url, sentence in [
            (files.serve("/large", bytes(50_000_001)), too_large),
            (lost, "Discord doesn't have `video` any more; please attach it again."),
            (
                busy,
                "I couldn't get `video` from Discord just now; please try again in a minute.",
            ),
            (
                "https://example.org/a.mp4",
                "I only take `video` from Discord itself; please attach the file.",
            ),
        ]:
            with pytest.raises(Refusal) as caught:
                await videos.keep(VideoSource(url, 1000), MEMBER)
            assert caught.value.sentence == sentence
        await fetcher.aclose()
    assert files_in(tmp_path) == []
