"""What members' good videos become."""

# PyAV's annotations leave streams open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import hashlib
from io import BytesIO
from pathlib import Path

import av
import pytest

from bot.adapters.media.mp4 import read_video_facts
from bot.ports import KeptVideo
from tests.adapters.media.noisy_films import contents, noisy_film
from tests.adapters.media.video_files import (
    PAYLOAD,
    PLACE,
    box,
    edited,
    files_in,
    film,
    intake,
    named_in_gbk,
    remuxed,
)

UNREGISTERED = "086f3693-b7b3-4f2c-9653-21492feee5b8"
FRAGMENTED = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
MDTA = (("com.apple.quicktime.location.ISO6709", PLACE), ("com.apple.quicktime.make", "Secret"))


async def keep_one(folder: Path, data: bytes) -> tuple[KeptVideo, bytes]:
    async with intake(folder) as keep:
        kept = await keep(data)
    copy = (folder / kept.key).read_bytes()
    check_clean(copy)
    return kept, copy


def check_clean(copy: bytes) -> None:
    """See that a copy holds one stream of pictures and no note at all."""
    assert read_video_facts(BytesIO(copy)).faststart
    with av.open(BytesIO(copy), "r", format="mov") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert set(container.metadata) == {"major_brand", "minor_version", "compatible_brands"}
        stream = container.streams.video[0]
        assert stream.metadata == {"language": "und", "handler_name": "VideoHandler"}
    for leak in (PAYLOAD, PLACE.encode(), b"\xa9xyz", b"loci", b"Lavf"):
        assert leak not in copy


@pytest.mark.parametrize(
    ("codec", "format_", "coded"),
    [
        ("libx264", "mp4", "avc1"),
        ("libx264", "mov", "avc1"),
        ("libx264", "ipod", "avc1"),
        ("libx265", "mov", "hev1"),
        ("libsvtav1", "mp4", "av01"),
        ("libvpx-vp9", "mp4", "vp09"),
        ("libvpx-vp9", "webm", "vp09"),
        ("libsvtav1", "webm", "av01"),
        ("libvpx", "webm", "avc1"),
    ],
)
async def test_each_kind(tmp_path: Path, codec: str, format_: str, coded: str):
    data = film(codec, format_)
    kept, copy = await keep_one(tmp_path, data)
    assert (kept.width, kept.height) == (160, 128)
    assert kept.seconds == pytest.approx(2, abs=0.05)
    assert read_video_facts(BytesIO(copy)).codec == coded
    after = contents(copy)
    assert len(after.times) == 48
    assert after.times[0] == 0
    assert after.times[-1] == pytest.approx(47 / 24, abs=0.05)
    if codec != "libvpx" and format_ != "webm":
        assert after.times == pytest.approx(contents(data).times, abs=0.001)


async def test_parameter_sets_stay_where_they_were(tmp_path: Path):
    for tag in ("hvc1", "hev1"):
        _, copy = await keep_one(tmp_path, remuxed(film("libx265"), "mp4", tag=tag))
        assert read_video_facts(BytesIO(copy)).codec == tag
        assert contents(copy).times == contents(film("libx265")).times


async def test_it_is_kept_under_its_own_digest(tmp_path: Path):
    kept, copy = await keep_one(tmp_path, film())
    digest = hashlib.sha256(copy).hexdigest()
    assert kept.key == f"inputs/{digest[:2]}/{digest}.mp4"
    assert (tmp_path / kept.key).stat().st_mode & 0o777 == 0o600
    # The same film in another file is the same video.
    again, _ = await keep_one(tmp_path, remuxed(film(), "mov"))
    assert again == kept
    assert files_in(tmp_path) == [tmp_path / kept.key]


async def test_pictures_stay_as_they_were_and_sound_goes(tmp_path: Path):
    data = noisy_film()
    _, copy = await keep_one(tmp_path, data)
    before, after = contents(data), contents(copy)
    assert before.sound
    assert not after.sound
    assert after.times == pytest.approx(before.times, abs=0.001)
    # But for the encoder's signature, in the first of them.
    assert after.pictures[1:] == before.pictures[1:]


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
@pytest.mark.parametrize("format_", ["mp4", "mov"])
async def test_it_is_shown_upright(tmp_path: Path, rotation: int, format_: str):
    kept, copy = await keep_one(tmp_path, film(format_=format_, rotation=rotation))
    assert (kept.width, kept.height) == ((128, 160) if rotation in {90, -90} else (160, 128))
    with av.open(BytesIO(copy), "r") as container:
        frame = next(container.decode(container.streams.video[0]))
        assert abs(frame.rotation) == abs(rotation)
        assert frame.rotation == rotation or rotation == 180


@pytest.mark.parametrize(
    ("format_", "notes", "options", "place"),
    [
        ("mov", (("location", PLACE),), (), b"\xa9xyz"),
        ("mp4", (("location", PLACE), ("comment", PAYLOAD.decode())), (), b"loci"),
        ("mov", MDTA, (("movflags", "use_metadata_tags"),), b"com.apple.quicktime.location"),
        ("webm", (("title", PAYLOAD.decode()), ("LOCATION", PLACE)), (), b"LOCATION"),
    ],
)
async def test_where_it_was_filmed_is_gone(
    tmp_path: Path,
    format_: str,
    notes: tuple[tuple[str, str], ...],
    options: tuple[tuple[str, str], ...],
    place: bytes,
):
    codec = "libvpx-vp9" if format_ == "webm" else "libx264"
    data = film(codec, format_, notes=notes, options=options)
    assert place in data
    _, copy = await keep_one(tmp_path, data)
    assert place not in copy


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
async def test_notes_among_the_pictures_are_gone(tmp_path: Path, codec: str):
    data = film(codec)
    if codec == "libx264":
        note = f"h264_metadata=sei_user_data={UNREGISTERED}+{PAYLOAD.decode()}"
        data = remuxed(data, "mp4", filtered=note)
        assert PAYLOAD in data
        assert b"x264 - core" in data
    else:
        assert b"x265 (build" in data
    _, copy = await keep_one(tmp_path, data)
    assert b"x265 (build" not in copy
    assert b"x264 - core" not in copy
    assert len(contents(copy).times) == 48


async def test_files_in_disguise_come_out_without_what_they_hid(tmp_path: Path):
    script = b"<script>" + PAYLOAD + b"</script>"
    disguised = [
        film() + b"PK\x03\x04" + PAYLOAD,
        box(b"free", script) + film(options=FRAGMENTED),
        edited(film(), "moov", lambda content: content + box(b"udta", box(b"\xa9nam", script))),
        film() + box(b"uuid", script),
    ]
    for data in disguised:
        assert PAYLOAD in data
        kept, copy = await keep_one(tmp_path, data)
        assert kept.seconds == 2
        assert len(contents(copy).times) == 48


async def test_notes_may_be_in_any_encoding(tmp_path: Path):
    title = (("title", PAYLOAD.decode()),)
    webm = film("libvpx-vp9", "webm", notes=title).replace(PAYLOAD, b"\xff" * len(PAYLOAD))
    for data in (named_in_gbk(film()), webm):
        _, copy = await keep_one(tmp_path, data)
        assert len(contents(copy).times) == 48


async def test_a_recording_that_starts_late_starts_at_once(tmp_path: Path):
    for format_, codec in (("webm", "libvpx-vp9"), ("mp4", "libx264")):
        kept, copy = await keep_one(tmp_path, remuxed(film(codec), format_, later=36_000))
        assert kept.seconds == pytest.approx(2, abs=0.05)
        assert contents(copy).times[0] == 0
