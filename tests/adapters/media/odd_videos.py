"""Sound videos that are odd in a way that their members don't see, each drawn by script."""

# PyAV's annotations leave packets and options open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import random
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TypeAlias, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from tests.adapters.media import colour_codes
from tests.adapters.media.colour_codes import BT2020, HLG, P3, PQ
from tests.adapters.media.fair_encoding import fair
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    quadrants,
)

WIDTH, HEIGHT, RATE = 320, 240, 30
# Of a second, in a film's track.
TICKS = 15_360
# What a member cut off is red all over.
HIDDEN = Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0))
SHOWN = quadrants(WIDTH, HEIGHT)
FOUR = (RED, GREEN, BLUE, YELLOW)
WHITE = (255, 255, 255)
ONE_CLEAR = (WHITE, GREEN, BLUE, YELLOW)
LONG_GOP = {"g": "600", "keyint_min": "600", "sc_threshold": "0", "bf": "0"}
REORDERED = LONG_GOP | {"bf": "3", "b_strategy": "0"}

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "libx265": {"x265-params": "log-level=none", "preset": "ultrafast"},
    "libsvtav1": {"preset": "12"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}

Piece: TypeAlias = tuple[Image.Image, int]
Make: TypeAlias = Callable[[], bytes]


def frames(
    pieces: Sequence[Piece], pixels: str, matrix: int | None = None
) -> Iterator[av.VideoFrame]:
    """Yield each picture for so many frames."""
    at = 0
    for picture, count in pieces:
        made = frame_of(picture).reformat(format=pixels, dst_colorspace=matrix)
        for _ in range(count):
            made.pts, made.time_base = at, Fraction(1, RATE)
            yield made
            at += 1


def frame_of(picture: Image.Image) -> av.VideoFrame:
    """Return a picture as a frame; PyAV's `from_image` drops transparency."""
    if picture.mode != "RGBA":
        return cast("av.VideoFrame", av.VideoFrame.from_image(picture))
    frame = av.VideoFrame(picture.width, picture.height, "rgba")
    plane, row = frame.planes[0], 4 * picture.width
    data = picture.tobytes()
    lines = [data[at : at + row].ljust(plane.line_size) for at in range(0, len(data), row)]
    plane.update(b"".join(lines))
    return frame


@fair()
def encoded(
    pieces: Sequence[Piece],
    format_: str = "mp4",
    codec: str = "libx264",
    *,
    pixels: str = "yuv420p",
    codes: tuple[int, int, int] | None = None,
    matrix: int | None = None,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    rotation: int = 0,
) -> bytes:
    """Return a film. `codes`: primaries, transfer function and matrix, which it then states.

    `matrix` is used without being stated.
    """
    matrix = codes[2] if codes else matrix
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format=format_, options=dict(container or {})) as made:
            stream = made.add_stream(codec, RATE, options=dict(options or {}))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = pieces[0][0].size
            stream.pix_fmt = pixels
            context = stream.codec_context
            context.time_base = Fraction(1, RATE)
            if codes:
                context.color_primaries, context.color_trc, context.colorspace = codes
                context.color_range = 1
            if rotation:
                stream.set_display_rotation(rotation)
            for frame in frames(pieces, pixels, matrix):
                if codes:
                    frame.color_primaries, frame.color_trc, frame.colorspace = codes
                    frame.color_range = 1
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))
        return path.read_bytes()


def trimmed(
    data: bytes, begin: float, end: float, container: Mapping[str, str] | None = None
) -> bytes:
    """Return a part of a film as lossless cutters make it: what is before stays in the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with (
            av.open(BytesIO(data), "r") as given,
            av.open(str(path), "w", format="mp4", options=dict(container or {})) as made,
        ):
            assert isinstance(given, InputContainer)
            video = given.streams.video[0]
            into = made.add_stream_from_template(video, opaque=True)
            for packet in given.demux(video):
                if not packet.size or packet.pts is None or packet.dts is None:
                    continue
                start = round(begin / packet.time_base)
                packet.pts, packet.dts = packet.pts - start, packet.dts - start
                if packet.dts * packet.time_base < end - begin:
                    packet.stream = into
                    made.mux(packet)
        return path.read_bytes()


def rewritten(
    data: bytes,
    filter_: str = "null",
    format_: str = "mp4",
    codes: tuple[int, int, int] | None = None,
) -> bytes:
    """Return a film with its headers rewritten; `codes` are what the container then states."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(BytesIO(data), "r") as given, av.open(str(path), "w", format=format_) as made:
            assert isinstance(given, InputContainer)
            video = given.streams.video[0]
            into = made.add_stream_from_template(video, opaque=True)
            if video.metadata.get("alpha_mode"):
                into.metadata["alpha_mode"] = "1"
            cleaner = BitStreamFilterContext(filter_, video, into)
            context = into.codec_context
            if codes:
                context.color_primaries, context.color_trc, context.colorspace = codes
                context.color_range = 1
            for packet in given.demux(video):
                for each in cleaner.filter(packet if packet.size else None):
                    each.stream = into
                    made.mux(each)
        return path.read_bytes()


def margin(codec: str, side: str, pixels: int, *, cut: bool = False) -> bytes:
    """Return a film whose headers leave out a red margin; `cut`: of its time, too."""
    across = pixels if side in {"left", "right"} else 0
    wide = Image.new("RGB", (WIDTH + across, HEIGHT + pixels - across), "red")
    wide.paste(SHOWN, (across if side == "left" else 0, pixels if side == "top" else 0))
    options = LONG_GOP | dict(OPTIONS.get(codec, {}))
    hidden = Image.new("RGB", wide.size, "red")
    whole = encoded([(hidden, RATE if cut else 0), (wide, 2 * RATE)], codec=codec, options=options)
    name = {"libx264": "h264", "libx265": "hevc"}[codec]
    return rewritten(
        trimmed(whole, 1, 3) if cut else whole, f"{name}_metadata=crop_{side}={pixels}"
    )


def wide(count: int, codec: str = "libx264", format_: str = "mp4") -> bytes:
    """Return a film with red margins: 40 pixels at the left, 24 at the right, 16 above."""
    picture = Image.new("RGB", (WIDTH + 64, HEIGHT + 16), "red")
    picture.paste(SHOWN, (40, 16))
    hidden = Image.new("RGB", picture.size, "red")
    return encoded([(hidden, count), (picture, 2 * RATE)], format_, codec, options=LONG_GOP)


def with_clean_aperture(data: bytes) -> bytes:
    """Return the film of `wide` with a box that cuts off its margins."""
    from tests.adapters.media.video_files import TABLE, box, edited  # noqa: PLC0415

    numbers = WIDTH, 1, HEIGHT, 1, 8, 1, 8, 1
    clap = box(b"clap", struct.pack(">8i", *numbers))

    def with_clap(content: bytes) -> bytes:
        (size,) = struct.unpack_from(">I", content, 8)
        entry = (size + len(clap)).to_bytes(4, "big") + content[12 : 8 + size] + clap
        return content[:8] + entry + content[8 + size :]

    return edited(data, f"{TABLE}/stsd", with_clap)


def with_pixel_crop() -> bytes:
    """Return a WebM with margins that its container cuts off."""
    data = wide(0, "libvpx-vp9", "webm")
    crops = b"\x54\xcc\x81\x28\x54\xdd\x81\x18\x54\xbb\x81\x10"
    void = data.index(b"\xec\x01\0\0\0\0\0\0")
    grown = with_more(data, void, (b"\x16\x54\xae\x6b", b"\xae", b"\xe0"), crops)
    # What is in front shrinks by as much, so that all else stays where it is.
    more = len(grown) - len(data)
    size = int.from_bytes(data[void + 2 : void + 9], "big") - more
    assert size > 0
    head = data[:void] + b"\xec\x01" + size.to_bytes(7, "big") + bytes(size)
    return head + grown[len(head) + more :]


def with_more(data: bytes, at: int, path: tuple[bytes, ...], more: bytes) -> bytes:
    """Return a WebM with more at the end of an element that is the first of its path from `at`."""
    at = data.index(path[0], at)
    begin = at + len(path[0])
    length = 9 - data[begin].bit_length()
    size = int.from_bytes(data[begin : begin + length], "big") & ((1 << 7 * length) - 1)
    content = data[begin + length : begin + length + size]
    content = with_more(content, 0, path[1:], more) if path[1:] else content + more
    head = path[0] + b"\x01" + len(content).to_bytes(7, "big")
    return data[:at] + head + content + data[begin + length + size :]


def ends_early(data: bytes, seconds: float) -> bytes:
    """Return an MP4 whose edit list ends before its pictures do."""
    from tests.adapters.media.video_files import edited  # noqa: PLC0415

    def shorter(content: bytes) -> bytes:
        assert content[4:8] == b"\0\0\0\x01"
        return content[:8] + round(seconds * 1000).to_bytes(4, "big") + content[12:]

    return edited(data, "moov/trak/edts/elst", shorter)


def film_of_clips(gop: int, *clips: tuple[float, float]) -> bytes:
    """Return 8 s of which an edit list shows clips; what no clip shows is red."""
    pieces = list[Piece]()
    noise = random.Random(1)
    for number in range(8 * RATE):
        at = number / RATE
        shown = any(begin <= at < begin + seconds for begin, seconds in clips)
        picture = (SHOWN if shown else HIDDEN).copy()
        # Noise: pictures are larger than the index.
        grey = Image.frombytes("L", (64, HEIGHT), noise.randbytes(64 * HEIGHT))
        picture.paste(grey, (WIDTH // 2 - 32, 0))
        pieces.append((picture, 1))
    options = {"g": str(gop), "keyint_min": str(gop), "sc_threshold": "0", "bf": "2"}
    return with_edits(encoded(pieces, options=options), clips)


def with_edits(film: bytes, clips: Sequence[tuple[float, float]]) -> bytes:
    """Return the film with an edit for each clip: its begin and its seconds."""
    from tests.adapters.media.video_files import edited  # noqa: PLC0415

    def listed(content: bytes) -> bytes:
        (start,) = struct.unpack_from(">i", content, 12)
        edits = b"".join(
            struct.pack(">IiI", round(seconds * 1000), start + round(begin * TICKS), 1 << 16)
            for begin, seconds in clips
        )
        return struct.pack(">II", 0, len(clips)) + edits

    return edited(film, "moov/trak/edts/elst", listed)


def h264_in_webm() -> bytes:
    """Return a WebM of which the first packets don't say when they are decoded."""
    options = {"bf": "3", "b_strategy": "0"}
    data = rewritten(encoded([(SHOWN, 2 * RATE)], options=options), format_="matroska")
    name = b"\x42\x82\x88matroska"
    assert name in data
    return data.replace(name, b"\x42\x82\x88webm\0\0\0\0", 1)


def cut_at_begin(seconds: float, options: Mapping[str, str] = LONG_GOP) -> bytes:
    whole = encoded([(HIDDEN, 9 * RATE), (SHOWN, 5 * RATE)], options=options)
    return trimmed(whole, 9, 9 + seconds)


def cut_at_key() -> bytes:
    """Nine seconds are cut off at a key frame, so that nothing has to be drawn anew."""
    whole = encoded([(HIDDEN, 9 * RATE), (SHOWN, 3 * RATE)], options=LONG_GOP | {"g": "90"})
    return trimmed(whole, 9, 12)


def cut_at_end(options: Mapping[str, str]) -> bytes:
    return ends_early(encoded([(SHOWN, 2 * RATE), (HIDDEN, 2 * RATE)], options=options), 2)


def fragments_with_negative_times() -> bytes:
    whole = encoded([(HIDDEN, 2 * RATE), (SHOWN, 2 * RATE)], options=LONG_GOP)
    flags = {"movflags": "frag_keyframe+delay_moov"}
    return trimmed(whole, 2, 4, flags)


def webm_of_gstreamer() -> bytes:
    """Return a WebM as GStreamer's muxer writes it: its document type has a NUL behind it."""
    data = encoded([(SHOWN, 2 * RATE)], "webm", "libvpx")
    at = data.index(b"\x42\x82\x84webm")
    length = 9 - data[4].bit_length()
    begin = 4 + length
    size = int.from_bytes(data[4:begin], "big") & ((1 << 7 * length) - 1)
    head = data[begin:at] + b"\x42\x82\x85webm\0" + data[at + 7 : begin + size]
    return data[:4] + b"\x01" + len(head).to_bytes(7, "big") + head + data[begin + size :]


def clear(codec: str) -> bytes:
    picture = SHOWN.convert("RGBA")
    picture.paste((255, 0, 0, 0), (0, 0, WIDTH // 2, HEIGHT // 2))
    options = {"auto-alt-ref": "0"}
    return encoded([(picture, 2 * RATE)], "webm", codec, pixels="yuva420p", options=options)


def in_codes(codec: str, format_: str, primaries: int, transfer: int) -> bytes:
    picture = colour_codes.in_codes(SHOWN, primaries, transfer)
    return encoded(
        [(picture, 2 * RATE)],
        format_,
        codec,
        pixels="yuv420p" if codec == "libvpx-vp9" else "yuv420p10le",
        codes=(primaries, transfer, 9 if primaries == BT2020 else 1),
        options=OPTIONS[codec],
    )


def in_codes_of_the_container(codec: str, format_: str, primaries: int, transfer: int) -> bytes:
    """Return a film of which the coded pictures don't say their colours."""
    clear_ = codec.startswith("libvpx") and transfer == PQ
    picture = colour_codes.in_codes(SHOWN, primaries, transfer)
    if clear_:
        picture = picture.convert("RGBA")
        picture.paste((255, 0, 0, 0), (0, 0, WIDTH // 2, HEIGHT // 2))
    made = encoded(
        [(picture, 2 * RATE)],
        "webm" if format_ == "webm" else "mp4",
        codec,
        pixels="yuva420p" if clear_ else ("yuv420p" if format_ == "webm" else "yuv420p10le"),
        matrix=9,
        options=dict(OPTIONS.get(codec, {})) | ({"auto-alt-ref": "0"} if clear_ else {}),
    )
    name = {"libx264": "h264", "libx265": "hevc"}.get(codec)
    silent = "colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2"
    return rewritten(
        made, f"{name}_metadata={silent}" if name else "null", format_, (primaries, transfer, 9)
    )


def two_films() -> bytes:
    """Return a MOV with a second film, of what its member hid, and with sound."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format="mov") as made:
            films = list[VideoStream]()
            for _ in range(2):
                stream = made.add_stream("libx264", RATE)
                assert isinstance(stream, VideoStream)
                stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                films.append(stream)
            for stream, picture in zip(films, (SHOWN, HIDDEN), strict=True):
                for frame in frames([(picture, 2 * RATE)], "yuv420p"):
                    made.mux(stream.encode(frame))
                made.mux(stream.encode(None))
        return path.read_bytes()


def uneven() -> bytes:
    """Return a film of which pictures stand for a thirtieth and for half a second in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format="mp4") as made:
            stream = made.add_stream("libx264", RATE, options={"bf": "0"})
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.time_base = Fraction(1, RATE)
            at = 0
            for number, frame in enumerate(frames([(SHOWN, 9)], "yuv420p")):
                frame.pts = at
                at += 1 if number % 2 else 15
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))
        return path.read_bytes()


ODD: Mapping[str, tuple[Make, float, int, tuple[Colour, ...]]] = {
    # A film, its seconds and pictures as players show them, and its corners.
    "cut at its begin, 1.5 s": (lambda: cut_at_begin(1.5), 1.5, 45, FOUR),
    "cut at its begin, 4 s": (lambda: cut_at_begin(4), 4, 120, FOUR),
    "cut at its begin, pictures out of order": (lambda: cut_at_begin(5, REORDERED), 5, 150, FOUR),
    "cut at a key frame": (cut_at_key, 3, 90, FOUR),
    "cut at its end": (lambda: cut_at_end(LONG_GOP), 2, 60, FOUR),
    "cut at its end, pictures out of order": (lambda: cut_at_end(REORDERED), 2, 60, FOUR),
    "fragments that begin before zero": (fragments_with_negative_times, 2, 60, FOUR),
    "a second film": (two_films, 2, 60, FOUR),
    "uneven times": (uneven, 65 / 30, 9, FOUR),
    "GStreamer's WebM": (webm_of_gstreamer, 2, 60, FOUR),
    "an edit without a duration": (
        lambda: ends_early(encoded([(SHOWN, 2 * RATE)]), 0),
        2,
        60,
        FOUR,
    ),
    "an edit without a duration, cut": (lambda: ends_early(cut_at_begin(2), 0), 2, 60, FOUR),
    "H.264 in a WebM": (h264_in_webm, 2, 60, FOUR),
    "clean aperture": (lambda: with_clean_aperture(wide(0)), 2, 60, FOUR),
    "clean aperture, cut": (
        lambda: with_clean_aperture(trimmed(wide(RATE), 1, 3)),
        2,
        60,
        FOUR,
    ),
    "WebM's PixelCrop": (with_pixel_crop, 2, 60, FOUR),
    "five clips": (
        lambda: film_of_clips(RATE, *((0.5 + 1.3 * at, 1) for at in range(5))),
        5,
        150,
        FOUR,
    ),
    "two clips of a long group": (lambda: film_of_clips(250, (3, 1), (6.5, 1)), 2, 60, FOUR),
    "clips in another order": (lambda: film_of_clips(30, (6, 1), (1.5, 1), (4, 1)), 3, 90, FOUR),
    "a clip that is repeated": (lambda: film_of_clips(250, *[(4, 1)] * 10), 10, 300, FOUR),
    "VP9, transparent": (lambda: clear("libvpx-vp9"), 2, 60, ONE_CLEAR),
    "VP8, transparent": (lambda: clear("libvpx"), 2, 60, ONE_CLEAR),
    "HEVC, PQ": (lambda: in_codes("libx265", "mp4", BT2020, PQ), 2, 60, FOUR),
    "HEVC, HLG": (lambda: in_codes("libx265", "mov", BT2020, HLG), 2, 60, FOUR),
    "HEVC, P3": (lambda: in_codes("libx265", "mov", P3, 1), 2, 60, FOUR),
    "AV1, PQ": (lambda: in_codes("libsvtav1", "mp4", BT2020, PQ), 2, 60, FOUR),
    "VP9, HLG": (lambda: in_codes("libvpx-vp9", "webm", BT2020, HLG), 2, 60, FOUR),
    "H.264, HLG of the container": (
        lambda: in_codes_of_the_container("libx264", "mp4", BT2020, HLG),
        2,
        60,
        FOUR,
    ),
    "HEVC, PQ of the container": (
        lambda: in_codes_of_the_container("libx265", "mov", BT2020, PQ),
        2,
        60,
        FOUR,
    ),
    "VP9, HLG of the container": (
        lambda: in_codes_of_the_container("libvpx-vp9", "webm", BT2020, HLG),
        2,
        60,
        FOUR,
    ),
    "VP9, transparent, PQ of the container": (
        lambda: in_codes_of_the_container("libvpx-vp9", "webm", BT2020, PQ),
        2,
        60,
        ONE_CLEAR,
    ),
    "VP9, BT.2020": (lambda: in_codes("libvpx-vp9", "webm", BT2020, 14), 2, 60, FOUR),
}
