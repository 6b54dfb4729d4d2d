"""Sound videos as fal gets them: what a player shows, and nothing else."""

# PyAV's annotations leave streams open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import struct
from io import BytesIO
from pathlib import Path
from typing import cast

import av
import pytest
from PIL import Image

from bot.domain.refusal import Refusal
from bot.ports import KeptVideo
from tests.adapters.media.odd_videos import (
    FOUR,
    HEIGHT,
    HIDDEN,
    LONG_GOP,
    ODD,
    RATE,
    SHOWN,
    WIDTH,
    cut_at_begin,
    cut_at_key,
    encoded,
    ends_early,
    film_of_clips,
    margin,
    rewritten,
    trimmed,
)
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    corners,
    quadrants,
    saved,
)
from tests.adapters.media.video_files import PAYLOAD, edited, intake, written_over

SIDES = ("left", "right", "top", "bottom")


def is_red(picture: Image.Image, at: int) -> bool:
    """Return whether a pixel has the colour of what is hidden, not that of a corner."""
    pixel = picture.getpixel((at % picture.width, at // picture.width))
    assert isinstance(pixel, tuple)
    return pixel[0] > 245 and pixel[1] < 8 and pixel[2] < 8


async def kept(folder: Path, data: bytes) -> tuple[KeptVideo, bytes]:
    async with intake(folder) as keep:
        video = await keep(data)
    return video, (folder / video.key).read_bytes()


def everything_in(film: bytes) -> list[Image.Image]:
    """Decode all pictures of a film, also those that players don't show."""
    with av.open(BytesIO(film), "r", format="mov", options={"ignore_editlist": "1"}) as container:
        assert len(container.streams) == 1
        return [frame.to_image() for frame in container.decode(container.streams.video[0])]


def near(picture: Image.Image, expected: tuple[Colour, ...]) -> bool:
    colours = corners(saved(picture, "PNG"))
    pairs = zip(colours, expected, strict=True)
    return all(abs(a - b) <= 24 for pair in pairs for a, b in zip(*pair, strict=True))


@pytest.mark.parametrize("name", ODD)
async def test_it_reaches_fal_as_a_player_shows_it(tmp_path: Path, name: str):
    make, seconds, pictures, expected = ODD[name]
    video, copy = await kept(tmp_path, make())
    assert video.seconds == pytest.approx(seconds, abs=0.04)
    drawn = everything_in(copy)
    assert len(drawn) == pictures
    wrong = {
        at: corners(saved(one, "PNG")) for at, one in enumerate(drawn) if not near(one, expected)
    }
    assert wrong == {}
    assert {one.size for one in drawn} == {(WIDTH, HEIGHT)} == {(video.width, video.height)}
    assert not any(is_red(drawn[-1], at) for at in range(0, WIDTH * HEIGHT, 7))
    with av.open(BytesIO(copy), "r") as container:
        frame = next(container.decode(video=0))
        assert frame.color_trc not in {16, 18}
        assert frame.color_primaries not in {9, 12}


async def test_a_cut_at_a_key_frame_costs_no_quality(tmp_path: Path):
    _, copy = await kept(tmp_path, cut_at_key())
    with av.open(BytesIO(copy), "r") as container, av.open(BytesIO(cut_at_key()), "r") as original:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        before = [bytes(packet) for packet in original.demux(video=0) if packet.size]
    assert packets == before[-len(packets) :]


@pytest.mark.parametrize(
    ("seconds", "sentence"), [(0.5, "shorter than 1 s"), (31, "longer than 30")]
)
async def test_limits_count_what_is_shown(tmp_path: Path, seconds: float, sentence: str):
    if seconds < 1:
        data = cut_at_begin(seconds)
    else:
        whole = encoded([(HIDDEN, RATE), (SHOWN, 31 * RATE)], options=LONG_GOP)
        data = trimmed(whole, 1, 32)
    with pytest.raises(Refusal, match=sentence):
        await kept(tmp_path, data)


async def test_a_long_film_that_is_cut_to_a_short_one_is_taken(tmp_path: Path):
    whole = encoded([(SHOWN, 3 * RATE), (HIDDEN, 40 * RATE)], options=LONG_GOP)
    video, _ = await kept(tmp_path, ends_early(whole, 3))
    assert video.seconds == pytest.approx(3, abs=0.04)


async def test_a_film_of_too_many_pieces_is_refused_as_such(tmp_path: Path):
    data = film_of_clips(250, *((7 + at / 50, 0.1) for at in range(48)))
    with pytest.raises(Refusal, match="in too many pieces; please export it anew"):
        await kept(tmp_path, data)


@pytest.mark.parametrize("rotation", [90, 180, -90])
async def test_what_is_drawn_anew_stays_upright(tmp_path: Path, rotation: int):
    whole = encoded([(HIDDEN, RATE), (SHOWN, 2 * RATE)], options=LONG_GOP, rotation=rotation)
    video, copy = await kept(tmp_path, trimmed(whole, 1, 3))
    assert (video.width, video.height) == ((240, 320) if abs(rotation) == 90 else (320, 240))
    with av.open(BytesIO(copy), "r") as container:
        frame = next(container.decode(video=0))
        assert frame.rotation == rotation or rotation == 180
    assert near(everything_in(copy)[0], FOUR)


async def test_what_is_drawn_anew_is_not_larger_than_needed(tmp_path: Path):
    large = quadrants(3840, 2160)
    hidden = Image.new("RGB", large.size, "red")
    whole = encoded([(hidden, 5), (large, RATE)], options=LONG_GOP | {"preset": "ultrafast"})
    video, copy = await kept(tmp_path, trimmed(whole, 5 / RATE, 2))
    assert (video.width, video.height) == (1920, 1080)
    assert near(everything_in(copy)[-1], FOUR)


async def test_transparency_that_no_decoder_draws_is_refused(tmp_path: Path):
    data = encoded([(SHOWN, RATE)], "webm", "libsvtav1", options={"preset": "12"})
    # A mark in the track's settings takes the place of its language.
    size = b"\xb0\x82\x01\x40\xba\x81\xf0"
    marked = data.replace(b"\xe0\x87" + size, b"\xe0\x8b" + size + b"\x53\xc0\x81\x01")
    marked = marked.replace(b"\x22\xb5\x9c\x83und", b"\xec\x81\x00")
    assert len(marked) == len(data) != marked.count(data)
    data = marked
    with pytest.raises(Refusal, match="transparent in a way I can't draw"):
        await kept(tmp_path, data)


def with_units(codec: str, *units: bytes) -> bytes:
    """Return a film with further units behind those of each picture."""
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    given = encoded([(SHOWN, 2 * RATE)], codec=codec, options=options)
    file = BytesIO()
    with av.open(BytesIO(given), "r") as source, av.open(file, "w", format="mp4") as made:
        video = source.streams.video[0]
        into = made.add_stream_from_template(video, opaque=True)
        if codec == "libsvtav1":
            # So that they also stand in front of all pictures.
            extradata = video.codec_context.extradata or b""
            into.codec_context.extradata = extradata + b"".join(units)
        for packet in source.demux(video):
            if packet.size:
                more = b"".join(
                    unit if codec == "libsvtav1" else len(unit).to_bytes(4, "big") + unit
                    for unit in units
                )
                longer = av.Packet(bytes(packet) + more)
                longer.pts, longer.dts, longer.duration = packet.pts, packet.dts, packet.duration
                longer.time_base, longer.is_keyframe = packet.time_base, packet.is_keyframe
                longer.stream = into
                made.mux(longer)
    return file.getvalue()


@pytest.mark.parametrize(
    ("codec", "units"),
    [
        # Captions and places, padding, transparency, a second view, what is reserved.
        ("libx264", [bytes([kind]) + PAYLOAD for kind in (6, 12, 19, 20, 24, 31)]),
        ("libx265", [bytes([kind << 1, 1]) + PAYLOAD for kind in (38, 39, 40, 41, 48, 63)]),
        # A second layer: another eye's view, or transparency.
        ("libx265", [b"\x02\x09" + PAYLOAD]),
        ("libsvtav1", [b"\x2a" + bytes([len(PAYLOAD) + 1]) + b"\4" + PAYLOAD]),
    ],
)
async def test_units_that_are_not_drawn_are_gone(tmp_path: Path, codec: str, units: list[bytes]):
    data = with_units(codec, *units)
    assert data.count(PAYLOAD) >= 60 * len(units)
    video, copy = await kept(tmp_path, data)
    assert video.seconds == pytest.approx(2, abs=0.05)
    assert PAYLOAD not in copy
    assert all(near(one, FOUR) for one in everything_in(copy))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize(
    ("side", "pixels"), [("right", 16), ("right", 48), ("bottom", 32), ("left", 48), ("top", 2)]
)
async def test_a_margin_that_is_not_shown_is_gone(
    tmp_path: Path, codec: str, side: str, pixels: int
):
    video, copy = await kept(tmp_path, margin(codec, side, pixels))
    assert (video.width, video.height) == (WIDTH, HEIGHT)
    with av.open(BytesIO(copy), "r") as container:
        name = container.streams.video[0].codec_context.name
    whole = rewritten(copy, f"{name}_metadata=" + ":".join(f"crop_{at}=0" for at in SIDES))
    drawn = everything_in(whole)[0]
    assert drawn.size == (WIDTH, HEIGHT)
    assert near(drawn, FOUR)
    assert not any(is_red(drawn, at) for at in range(0, WIDTH * HEIGHT, 7))


@pytest.mark.parametrize("side", ["left", "right", "top"])
async def test_a_margin_is_gone_where_time_was_cut_too(tmp_path: Path, side: str):
    video, copy = await kept(tmp_path, margin("libx264", side, 48, cut=True))
    assert (video.width, video.height) == (WIDTH, HEIGHT)
    assert all(near(one, FOUR) and one.size == (WIDTH, HEIGHT) for one in everything_in(copy))


async def test_blocks_that_an_encoder_fills_up_cost_no_quality(tmp_path: Path):
    data = encoded([(quadrants(312, 234), RATE * 2)])
    _, copy = await kept(tmp_path, data)
    with av.open(BytesIO(copy), "r") as container, av.open(BytesIO(data), "r") as original:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        before = [bytes(packet) for packet in original.demux(video=0) if packet.size]
    assert packets[1:] == before[1:]


FULL = 1 << 16
# Display matrices without the last column and row, and the corners that players then show.
MIRRORS = {
    "left to right": ((-FULL, 0, 0, FULL), (GREEN, RED, YELLOW, BLUE)),
    "upside down": ((FULL, 0, 0, -FULL), (BLUE, YELLOW, RED, GREEN)),
    "along a diagonal": ((0, FULL, FULL, 0), (RED, BLUE, GREEN, YELLOW)),
    "along the other diagonal": ((0, -FULL, -FULL, 0), (YELLOW, GREEN, BLUE, RED)),
}


@pytest.mark.parametrize("name", MIRRORS)
async def test_what_is_drawn_anew_is_mirrored_as_before(tmp_path: Path, name: str):
    (a, b, c, d), expected = MIRRORS[name]
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data = edited(cut_at_begin(2), "moov/trak/tkhd", written_over(40, matrix))
    video, copy = await kept(tmp_path, data)
    assert (video.width, video.height) == ((240, 320) if a == 0 else (320, 240))
    assert as_players_turn(copy) == as_players_turn(data)
    shown = [FOUR[2 * row + column] for row, column in as_players_turn(copy)]
    assert tuple(shown) == expected


def as_players_turn(film: bytes) -> list[tuple[int, int]]:
    """Return for each corner as shown the coded one, by the display matrix alone."""
    with av.open(BytesIO(film), "r") as container:
        frame = next(container.decode(container.streams.video[0]))
    stated = frame.side_data.get("DISPLAYMATRIX")
    assert stated is not None
    matrix = bytes(cast("bytes", stated))
    a, b, _, c, d = struct.unpack("=5i", matrix[:20])
    found = dict[tuple[int, int], tuple[int, int]]()
    for row in (0, 1):
        for column in (0, 1):
            x, y = 2 * column - 1, 2 * row - 1
            found[a * x + c * y > 0, b * x + d * y > 0] = (row, column)
    return [found[right, low] for low in (False, True) for right in (False, True)]
