import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.media.mp4 import (
    MOST_BOXES,
    MOST_INNER_BOXES,
    ArrivingBoxes,
    IncompleteVideo,
    VideoFacts,
    read_video_facts,
)
from tests.adapters.media.mp4_files import make_mp4

PLAIN = make_mp4()
FASTSTART = make_mp4(width=320, height=180, frames=36, faststart=True)


def facts(data: bytes) -> VideoFacts:
    return read_video_facts(io.BytesIO(data))


def box(type_: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, type_) + content


def test_facts():
    assert facts(PLAIN) == VideoFacts(0.5, 64, 48, "avc1", faststart=False)
    assert facts(FASTSTART) == VideoFacts(1.5, 320, 180, "avc1", faststart=True)


@given(st.sampled_from([PLAIN, FASTSTART]), st.data())
def test_any_truncation_is_noticed(video: bytes, data: st.DataObject):
    end = data.draw(st.integers(0, len(video) - 1))
    with pytest.raises(IncompleteVideo):
        facts(video[:end])


@pytest.mark.parametrize("cut", [b"moov", b"mdat"])
def test_a_file_that_ends_between_boxes_is_noticed(cut: bytes):
    with pytest.raises(IncompleteVideo, match=r"no (moov|mdat) box"):
        facts(FASTSTART[: FASTSTART.index(cut) - 4])


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: PLAIN[:32] + tail))
def test_garbage_is_refused(data: bytes):
    with pytest.raises(IncompleteVideo):
        facts(data)


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), max_size=20))
def test_damage_never_raises_anything_else(changes: list[tuple[int, int]]):
    data = bytearray(PLAIN)
    for position, value in changes:
        data[position] = value
    with suppress(IncompleteVideo):
        facts(bytes(data))


def test_sizes_of_64_bits_and_to_the_end():
    start = PLAIN.index(b"mdat") - 4
    (size,) = struct.unpack(">I", PLAIN[start : start + 4])
    content, rest = PLAIN[start + 8 : start + size], PLAIN[start + size :]
    long = struct.pack(">I4sQ", 1, b"mdat", len(content) + 16) + content
    assert facts(PLAIN[:start] + long + rest) == facts(PLAIN)
    assert facts(PLAIN[:start] + rest + struct.pack(">I4s", 0, b"mdat") + content).faststart
    with pytest.raises(IncompleteVideo, match="no moov box"):
        facts(PLAIN[:start] + struct.pack(">I4s", 0, b"mdat") + content + rest)
    huge = struct.pack(">I4sQ", 1, b"mdat", (1 << 64) - 1) + content
    with pytest.raises(IncompleteVideo, match="beyond the end"):
        facts(PLAIN[:start] + huge + rest)


def test_needed_boxes():
    without_moov = FASTSTART.replace(b"moov", b"free")
    without_mdat = FASTSTART.replace(b"mdat", b"free")
    for data, reason in [
        (without_moov, "no moov box"),
        (without_mdat, "no mdat box"),
        (without_mdat + box(b"mdat", b""), "empty mdat box"),
        (FASTSTART.replace(b"vide", b"soun"), "no video track"),
        (FASTSTART[FASTSTART.index(b"moov") - 4 :], "not an MP4 file"),
        (b"", "not an MP4 file"),
    ]:
        with pytest.raises(IncompleteVideo, match=reason):
            facts(data)


def test_work_is_bounded():
    data = box(b"ftyp", b"isom") + box(b"free", b"") * MOST_BOXES
    with pytest.raises(IncompleteVideo, match="too many boxes"):
        facts(data)
    # Within a box there are fewer, as some are looked at for each track.
    inner = box(b"ftyp", b"isom") + box(b"moov", box(b"trak", b"") * MOST_INNER_BOXES)
    with pytest.raises(IncompleteVideo, match="no mdat box"):
        facts(inner)
    tracks = box(b"moov", box(b"free", b"") * (MOST_INNER_BOXES + 1))
    with pytest.raises(IncompleteVideo, match="too many boxes"):
        facts(box(b"ftyp", b"isom") + tracks + box(b"mdat", b"x"))
    # While it arrives, its boxes are counted in the event loop.
    with pytest.raises(IncompleteVideo, match="too many boxes"):
        ArrivingBoxes().take(data + bytes(16), None)


def test_long_times_and_unknown_duration():
    start = PLAIN.index(b"mvhd") + 4
    assert facts(PLAIN[: start + 16] + b"\xff" * 4 + PLAIN[start + 20 :]).duration == 0
    with pytest.raises(IncompleteVideo, match="no time scale"):
        facts(PLAIN[: start + 12] + bytes(4) + PLAIN[start + 16 :])
    header = bytes([1]) + bytes(19) + struct.pack(">IQ", 1000, 2500) + bytes(68)
    # Both headers are 100 bytes long; what follows in the old one isn't read.
    assert facts(PLAIN[:start] + header + PLAIN[start + 100 :]).duration == 2.5
