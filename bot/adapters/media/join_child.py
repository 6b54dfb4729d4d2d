"""Joins several videos to one: a program of its own, run by `join`.

The argument is a JSON list of the videos' paths, in order. Stdout, a file, is the result. Exit
codes beside 0: 4 a video is damaged or can't be joined, 5 memory ran out, 6 the disk is full or
the result too large.
"""

# PyAV's annotations leave options and pictures open.
# pyright: reportUnknownMemberType=false

import errno
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import ExternalError
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

DAMAGED, NO_MEMORY, DISK_FULL = 4, 5, 6
# Opened by name: to put the index in front, FFmpeg reads the file that it wrote.
RESULT = "file:/dev/fd/1"
# Frames of any usual rate fall on whole ticks.
TICK = Fraction(1, 90_000)


@dataclass
class Shot:
    """One of the videos to join, opened."""

    container: InputContainer
    """The opened file."""
    video: VideoStream
    """Its pictures."""
    sound: AudioStream | None
    """Its sound; None for a silent shot."""


@dataclass
class Film:
    """The result while it is written."""

    container: OutputContainer
    """The opened file."""
    at: Fraction = Fraction(0)
    """The start of the next shot, in seconds."""
    last_dts: dict[int, int] = field(default_factory=dict[int, int])
    """The last decoding time written to each stream, in the stream's time base."""


def open_shot(path: str, stack: ExitStack) -> Shot:
    # Only this demuxer and no address, whatever the file names: other parsers stay out of reach.
    options = {"protocol_whitelist": "file"}
    # Notes may be in any encoding.
    opened = av.open(f"file:{path}", format="mov", options=options, metadata_errors="replace")
    container = stack.enter_context(opened)
    if not container.streams.video:
        raise ValueError("no video")
    return Shot(container, container.streams.video[0], next(iter(container.streams.audio), None))


def picture_format(shot: Shot) -> tuple[object, ...]:
    video = shot.video
    context = video.codec_context
    return (
        context.name,
        video.width,
        video.height,
        context.pix_fmt,
        context.color_range,
        context.colorspace,
        video.time_base,
        video.sample_aspect_ratio,
        context.extradata,
    )


def sound_format(shot: Shot) -> tuple[object, ...] | None:
    if shot.sound is None:
        return None
    context = shot.sound.codec_context
    rate, layout = context.sample_rate, context.layout.name
    return context.name, rate, layout, shot.sound.time_base, context.extradata


def join(shots: list[Shot], film: Film) -> None:
    first = shots[0]
    pictures_alike = len({picture_format(shot) for shot in shots}) == 1
    # Sound in different formats would have to be encoded anew, so it is left out.
    with_sound = len({sound_format(shot) for shot in shots}) == 1
    sound: AudioStream | None = None
    if with_sound and first.sound is not None:
        sound = film.container.add_stream_from_template(first.sound)
    if pictures_alike:
        video = film.container.add_stream_from_template(first.video)
    else:
        video = add_encoder(film.container, shots)
    for shot in shots:
        wanted: list[Stream] = [shot.video, *([shot.sound] if sound and shot.sound else [])]
        end = film.at
        for packet in shot.container.demux(wanted):
            if packet.stream is shot.video:
                if pictures_alike:
                    end = max(end, copy_packet(packet, video, film, shot.video))
                else:
                    end = max(end, encode_packet(packet, video, film, shot.video))
            elif sound is not None and shot.sound is not None:
                copy_packet(packet, sound, film, shot.sound)
        film.at = end
    if not pictures_alike:
        film.container.mux(video.encode(None))


def copy_packet(
    packet: "Packet[Stream]", into: Stream, film: Film, stream: VideoStream | AudioStream
) -> Fraction:
    """Write a packet at its later time, otherwise as it is; return its end in seconds."""
    if packet.dts is None or packet.pts is None:
        # The empty packet that marks the end.
        return film.at
    offset = round(film.at / packet.time_base) - (stream.start_time or 0)
    packet.pts += offset
    packet.dts += offset
    last = film.last_dts.get(into.index)
    if last is not None and packet.dts <= last:
        # Sound of the shot before, longer than its pictures, is in the way.
        return film.at
    film.last_dts[into.index] = packet.dts
    length = packet.duration or length_of_one(stream, packet.time_base)
    ends = (packet.pts + length) * packet.time_base
    packet.stream = into
    film.container.mux(packet)
    return ends


def length_of_one(stream: VideoStream | AudioStream, time_base: Fraction) -> int:
    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    return round(1 / (rate * time_base)) if rate else 0


def encode_packet(
    packet: "Packet[Stream]", into: VideoStream, film: Film, video: VideoStream
) -> Fraction:
    """Encode a packet's pictures at their later times; return the end of the last in seconds."""
    ends = film.at
    decoded = cast("list[VideoFrame]", packet.decode())
    for frame in fitted(decoded, into):
        assert frame.pts is not None, "a file's pictures have their times"
        assert frame.time_base is not None
        started = (video.start_time or 0) * (video.time_base or 0)
        at = film.at + frame.pts * frame.time_base - started
        frame.pts, frame.time_base = round(at / TICK), TICK
        # The encoder chooses which pictures are key frames.
        frame.pict_type = 0
        film.container.mux(into.encode(frame))
        ends = max(ends, at + 1 / (video.average_rate or Fraction(24)))
    return ends


def add_encoder(film: OutputContainer, shots: list[Shot]) -> VideoStream:
    largest = max((shot.video for shot in shots), key=lambda video: video.width * video.height)
    options = {"preset": "veryfast", "crf": "18", "threads": "2"}
    encoder = film.add_stream("libx264", largest.average_rate or 24, options=options)
    encoder.width, encoder.height = largest.width // 2 * 2, largest.height // 2 * 2
    encoder.pix_fmt = "yuv420p"
    encoder.codec_context.time_base = TICK
    source, target = largest.codec_context, encoder.codec_context
    # Without them a player guesses from the size, and colours change.
    target.color_range, target.colorspace = source.color_range, source.colorspace
    target.color_primaries, target.color_trc = source.color_primaries, source.color_trc
    return encoder


def fitted(frames: list[VideoFrame], encoder: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames in the film's size, with black bars around those of another shape."""
    width, height = encoder.width, encoder.height
    for frame in frames:
        if (frame.width, frame.height) == (width, height):
            converted = frame.reformat(format="yuv420p")
            converted.pts, converted.time_base = frame.pts, frame.time_base
            yield converted
            continue
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            ),
            graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease"),
            graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"),
            graph.add("format", "pix_fmts=yuv420p"),
            graph.add("buffersink"),
        ).configure()
        graph.push(frame)
        yield cast("VideoFrame", graph.pull())


def main() -> int:
    try:
        with ExitStack() as stack:
            shots = [open_shot(path, stack) for path in cast("list[str]", json.loads(sys.argv[1]))]
            options = {"movflags": "+faststart"}
            with av.open(RESULT, "w", format="mp4", options=options) as film:
                join(shots, Film(film))
    # ExternalError: beyond FFmpeg there is only x264, which fails so when memory runs out.
    except (MemoryError, ExternalError):
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - a decoder raises anything for what isn't a video
        full = getattr(error, "errno", None) in {errno.EFBIG, errno.ENOSPC}
        return DISK_FULL if full else DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main())
