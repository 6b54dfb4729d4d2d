"""Draws an untrusted video anew as H.264, in the colours of SDR and on white.

That is done where MP4 can't hold the codec, and where a copy would show or hold other pictures than
a player shows: pictures before a cut, colours of HDR, colours under transparency.
"""

# PyAV's annotations leave options and pictures open.
# pyright: reportUnknownMemberType=false

import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import cast

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.adapters.media.untrusted import tones
from bot.adapters.media.untrusted.video_look import Look
from bot.adapters.media.untrusted.video_source import (
    UNSTATED,
    ChildLimits,
    close_result,
    open_result,
    open_source,
    packets,
    pictures_of,
)

# https://ffmpeg.org/ffmpeg-filters.html#haldclut-1: a table of 36 points on each axis.
HALD_LEVEL = 6
HALD_SIZE, HALD = HALD_LEVEL**2, HALD_LEVEL**3
THREADS = 2
# PQ's value for 1,000 cd/m²: what videos are graded for, where nothing else is stated.
MOST_SHOWN = 0.7518


def draw(format_: str, look: Look, limits: ChildLimits) -> None:
    """Write the pictures that are shown, starting at zero."""
    with open_source(format_, limits, to_the_end=look.to_the_end) as source:
        video = pictures_of(source, limits)
        if video.time_base is None:
            raise ValueError("no time base")
        result = open_result()
        artist = Artist(look, limits)
        encoder: VideoStream | None = None
        latest = -1
        for frame in decoded(source, video, look):
            if frame.pts is None or look.first is None or frame.pts < look.first:
                continue
            look.colours.fill(frame)
            drawn = artist.draw(frame, video.time_base)
            # Where pieces of an edit list meet, FFmpeg's times may overlap by a picture or two.
            latest = max(frame.pts - look.first, latest + 1)
            drawn.pts, drawn.time_base = latest, video.time_base
            if encoder is None:
                encoder = add_encoder(result, drawn, look, video, limits)
                turn(encoder, look.frame or frame)
            # None: with that of the original, the encoder would code each picture in the same way.
            drawn.pict_type = 0
            result.mux(encoder.encode(drawn))
        if encoder is None:
            raise ValueError("no picture")
        result.mux(encoder.encode(None))
        close_result(result)


def decoded(source: InputContainer, video: VideoStream, look: Look) -> Iterator[VideoFrame]:
    """Yield the pictures from the last one on from which the first one shown can be decoded."""
    decoder = video.codec_context
    if look.decoder is not None:
        decoder = cast("av.VideoCodecContext", av.CodecContext.create(look.decoder, "r"))
        decoder.thread_count, decoder.options = 1, video.codec_context.options
    for packet in islice(packets(source, video), look.key, look.ends):
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def turn(encoder: VideoStream, frame: VideoFrame) -> None:
    """State how players turn and mirror the pictures, which stay as they lie in the original."""
    encoder.set_display_rotation(frame.rotation)
    try:
        data = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # PyAV doesn't know all that may be beside a picture.
        return
    if data is not None:
        matrix = struct.unpack("=9i", bytes(data))
        # Without the move, which belongs to the former size: players see to it themselves.
        encoder.set_display_matrix((*matrix[:6], 0, 0, matrix[8]))


def add_encoder(
    result: OutputContainer, drawn: VideoFrame, look: Look, video: VideoStream, limits: ChildLimits
) -> VideoStream:
    rate = str(limits["most_rate"])
    options = {"preset": "veryfast", "crf": "18", "maxrate": rate, "bufsize": rate}
    # Captions beside the pictures would be written again.
    encoder = result.add_stream("libx264", look.rate, options=options | {"a53cc": "0"})
    encoder.width, encoder.height, encoder.pix_fmt = drawn.width, drawn.height, "yuv420p"
    context = encoder.codec_context
    context.thread_count, context.time_base = THREADS, drawn.time_base or Fraction(1, 90_000)
    # Without them a player guesses from the size, and colours change.
    context.color_range, context.colorspace = drawn.color_range, drawn.colorspace
    context.color_primaries, context.color_trc = drawn.color_primaries, drawn.color_trc
    if video.sample_aspect_ratio:
        context.sample_aspect_ratio = video.sample_aspect_ratio
    return encoder


class Artist:
    """Draws pictures in one size, on white, and in the colours of SDR."""

    def __init__(self, look: Look, limits: ChildLimits):
        assert look.frame is not None
        self._transparent = look.decoder is not None
        toned = tones.needs_table(look.frame.color_primaries, look.frame.color_trc)
        side = limits["toned_side" if toned else "drawn_side"]
        self._size = _even(*look.size, side)
        self._cut_off = look.cut_off
        self._kind: tuple[object, ...] = ()
        self._begin: FilterContext | None = None
        self._graph = Graph()

    def draw(self, frame: VideoFrame, time_base: Fraction) -> VideoFrame:
        colours = frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc
        kind = frame.width, frame.height, frame.format.name, *colours
        if kind != self._kind:
            self._kind = kind
            self._build(frame, time_base)
        frame.time_base = time_base
        assert self._begin is not None
        self._begin.push(frame)
        return cast("VideoFrame", self._graph.pull())

    def _build(self, frame: VideoFrame, time_base: Fraction) -> None:
        self._graph = graph = Graph()
        # As many as the encoder has, however many processors there are: each takes memory.
        graph.threads = THREADS
        toned = tones.needs_table(frame.color_primaries, frame.color_trc)
        matrix = frame.colorspace
        if toned and matrix == UNSTATED:
            matrix = 9 if tones.is_high_range(frame.color_trc) else 1
        self._begin = at = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
            f":time_base={time_base}:colorspace={matrix}:range={frame.color_range}",
        )
        if any(self._cut_off):
            left, top, right, bottom = self._cut_off
            size = f"iw-{left + right}:ih-{top + bottom}"
            at = _then(graph, at, "crop", f"{size}:{left}:{top}:exact=1")
        clut: FilterContext | None = None
        width, height = self._size
        if self._transparent or any(part.is_alpha for part in frame.format.components):
            at = _on_white(graph, at)
        if toned:
            at = _then(graph, at, "scale", f"{width}:{height}:flags=bilinear")
            at = _then(graph, at, "format", "pix_fmts=rgb48le")
            clut = graph.add("buffer", f"video_size={HALD}x{HALD}:pix_fmt=rgb48le:time_base=1/1")
            filter_ = _then(graph, at, "haldclut", "clut=first")
            clut.link_to(filter_, 0, 1)
            at = _then(graph, filter_, "scale", "out_color_matrix=bt709:out_range=tv")
            at = _then(graph, at, "format", "pix_fmts=yuv420p")
            at = _then(
                graph, at, "setparams", "color_primaries=bt709:color_trc=bt709:colorspace=bt709"
            )
        else:
            at = _then(graph, at, "scale", f"{width}:{height}")
            at = _then(graph, at, "format", "pix_fmts=yuv420p")
        at = _then(graph, at, "sidedata", "mode=delete")
        at.link_to(graph.add("buffersink"))
        graph.configure()
        if clut is not None:
            clut.push(hald(frame.color_primaries, frame.color_trc))
            clut.push(None)


def _then(graph: Graph, at: FilterContext, name: str, arguments: str) -> FilterContext:
    after = graph.add(name, arguments)
    at.link_to(after)
    return after


def _on_white(graph: Graph, at: FilterContext) -> FilterContext:
    """Lay the pictures on white ones of the same size and time."""
    at = _then(graph, _then(graph, at, "scale", "out_range=tv"), "format", "pix_fmts=yuva420p")
    split = _then(graph, at, "split", "2")
    white = _then(graph, split, "format", "pix_fmts=yuv420p")
    white = _then(graph, white, "lutyuv", "y=235:u=128:v=128")
    laid = graph.add("overlay", "format=auto")
    white.link_to(laid)
    split.link_to(laid, 1, 1)
    return laid


def _even(width: int, height: int, most: int) -> tuple[int, int]:
    """Return the size with sides of at most `most` pixels, even as H.264 demands."""
    scale = min(1, most / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def hald(primaries: int, transfer: int) -> VideoFrame:
    """Return the table of `tones` as the picture that FFmpeg's filter reads: red runs fastest."""
    convert = tones.table(primaries, transfer, tones.peak_of(transfer, MOST_SHOWN))
    steps = [number / (HALD_SIZE - 1) for number in range(HALD_SIZE)]
    colours = [convert(red, green, blue) for blue in steps for green in steps for red in steps]
    picture = VideoFrame(HALD, HALD, "rgb48le")
    plane = picture.planes[0]
    lines = list[bytes]()
    for start in range(0, len(colours), HALD):
        values = [
            round(65535 * part) for colour in colours[start : start + HALD] for part in colour
        ]
        lines.append(struct.pack(f"<{3 * HALD}H", *values).ljust(plane.line_size, b"\0"))
    plane.update(b"".join(lines))
    picture.pts, picture.time_base = 0, Fraction(1)
    return picture
