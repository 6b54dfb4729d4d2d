"""Makes one video of several: a program of its own, run by `joining`.

The argument is a JSON list of the videos' paths, in order. The result is stdout, a file. Exit
codes, beside 0: 4 a video is damaged or holds what can't be joined, 5 memory ran out, 6 the disk is
full or the result too large.
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
# Opened by name, since the index is put in front by reading the file that was written.
MADE = "file:/dev/fd/1"
# What frames of any rate fall on without being moved.
TICK = Fraction(1, 90_000)


@dataclass
class Shot:
    given: InputContainer
    video: VideoStream
    sound: AudioStream | None


@dataclass
class Film:
    """What is being made. `at` is where the next shot begins, in seconds."""

    made: OutputContainer
    at: Fraction = Fraction(0)
    heard: dict[int, int] = field(default_factory=dict[int, int])
    """The last moment of each stream that was written, in its own time."""


def open_shot(path: str, stack: ExitStack) -> Shot:
    # One demuxer and no address, whatever the file names: nothing else may look at it.
    options = {"protocol_whitelist": "file"}
    given = stack.enter_context(av.open(f"file:{path}", format="mov", options=options))
    if not given.streams.video:
        raise ValueError("no video")
    return Shot(given, given.streams.video[0], next(iter(given.streams.audio), None))


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
    # Sound that isn't the same everywhere would have to be made anew: it is left out.
    with_sound = len({sound_format(shot) for shot in shots}) == 1
    sound: AudioStream | None = None
    if with_sound and first.sound is not None:
        sound = film.made.add_stream_from_template(first.sound)
    if pictures_alike:
        video = film.made.add_stream_from_template(first.video)
    else:
        video = add_encoder(film.made, shots)
    for shot in shots:
        wanted: list[Stream] = [shot.video, *([shot.sound] if sound and shot.sound else [])]
        end = film.at
        for packet in shot.given.demux(wanted):
            if packet.stream is shot.video:
                if pictures_alike:
                    end = max(end, copy_packet(packet, video, film, shot.video))
                else:
                    end = max(end, encode_packet(packet, video, film, shot.video))
            elif sound is not None and shot.sound is not None:
                copy_packet(packet, sound, film, shot.sound)
        film.at = end
    if not pictures_alike:
        film.made.mux(video.encode(None))


def copy_packet(
    packet: "Packet[Stream]", into: Stream, film: Film, stream: VideoStream | AudioStream
) -> Fraction:
    """Write a packet as it is, but later; return when it ends, in seconds."""
    if packet.dts is None or packet.pts is None:
        # What marks the end.
        return film.at
    offset = round(film.at / packet.time_base) - (stream.start_time or 0)
    packet.pts += offset
    packet.dts += offset
    last = film.heard.get(into.index)
    if last is not None and packet.dts <= last:
        # Sound that goes on after its pictures.
        return film.at
    film.heard[into.index] = packet.dts
    length = packet.duration or length_of_one(stream, packet.time_base)
    ends = (packet.pts + length) * packet.time_base
    packet.stream = into
    film.made.mux(packet)
    return ends


def length_of_one(stream: VideoStream | AudioStream, time_base: Fraction) -> int:
    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    return round(1 / (rate * time_base)) if rate else 0


def encode_packet(
    packet: "Packet[Stream]", into: VideoStream, film: Film, video: VideoStream
) -> Fraction:
    """Encode a packet's pictures anew, later; return when the last one ends, in seconds."""
    ends = film.at
    decoded = cast("list[VideoFrame]", packet.decode())
    for frame in fitted(decoded, into):
        assert frame.pts is not None, "a file's pictures have their times"
        assert frame.time_base is not None
        started = (video.start_time or 0) * (video.time_base or 0)
        at = film.at + frame.pts * frame.time_base - started
        frame.pts, frame.time_base = round(at / TICK), TICK
        # Which pictures stand alone is for the encoder to choose.
        frame.pict_type = 0
        film.made.mux(into.encode(frame))
        ends = max(ends, at + 1 / (video.average_rate or Fraction(24)))
    return ends


def add_encoder(made: OutputContainer, shots: list[Shot]) -> VideoStream:
    largest = max((shot.video for shot in shots), key=lambda video: video.width * video.height)
    options = {"preset": "veryfast", "crf": "18", "threads": "2"}
    encoder = made.add_stream("libx264", largest.average_rate or 24, options=options)
    encoder.width, encoder.height = largest.width // 2 * 2, largest.height // 2 * 2
    encoder.pix_fmt = "yuv420p"
    encoder.codec_context.time_base = TICK
    source, target = largest.codec_context, encoder.codec_context
    # Left out, a player guesses them from the size, and colours change.
    target.color_range, target.colorspace = source.color_range, source.colorspace
    target.color_primaries, target.color_trc = source.color_primaries, source.color_trc
    return encoder


def fitted(frames: list[VideoFrame], encoder: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames in the film's size; black fills what another shape leaves free."""
    width, height = encoder.width, encoder.height
    for frame in frames:
        if (frame.width, frame.height) == (width, height):
            made = frame.reformat(format="yuv420p")
            made.pts, made.time_base = frame.pts, frame.time_base
            yield made
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
            with av.open(MADE, "w", format="mp4", options=options) as made:
                join(shots, Film(made))
    # The only library beyond FFmpeg itself is x264, and it doesn't say that memory ran out.
    except (MemoryError, ExternalError):
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - a decoder raises anything for what isn't a video
        full = getattr(error, "errno", None) in {errno.EFBIG, errno.ENOSPC}
        return DISK_FULL if full else DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main())
