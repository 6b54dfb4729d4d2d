"""Makes a clean copy of an untrusted video: a program of its own, run by `video_intake`.

Arguments: the demuxer (`mov` or `matroska`), and Limits as JSON. Stdin is the video, stdout the
copy; both are files. The copy is an MP4 of the coded pictures alone. Exit codes beside 0: 3 refused
by the line `refused REASON NUMBER…` in stdout, 4 damaged, 5 memory ran out, 6 the disk is full.
"""

# PyAV's annotations leave options and pictures open.
# pyright: reportUnknownMemberType=false

import errno
import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import TypedDict, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.error import ExternalError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

# PyAV imports it when it opens a file, and by then no other file may be opened.
import_module("av.subtitles.stream")

REFUSED, DAMAGED, NO_MEMORY, DISK_FULL = 3, 4, 5, 6
# Opened by name: to put the index in front, FFmpeg reads the file that it wrote.
SOURCE, RESULT = "file:/dev/fd/0", "file:/dev/fd/1"
MOST_STREAMS = 32
# Filters against metadata among the pictures (SEI, OBU_METADATA), such as places or LCEVC layers.
FILTERS = {
    "h264": "filter_units=remove_types=6|21-31",
    "hevc": "filter_units=remove_types=39-63",
    "av1": "filter_units=remove_types=5|15",
    "vp9": "null",
}
# Sample entries for settings in front of the pictures; those that stay: among the pictures.
TAGS = {"h264": "avc1", "hevc": "hvc1", "vp9": "vp09", "av1": "av01"}
STAYING_TAGS = frozenset({"avc3", "hev1"})
START_CODE = re.compile(rb"\x00*\x00\x00\x01")


class Limits(TypedDict):
    """The limits of accepted videos, as `VideoInputLimits.for_child` documents them."""

    codecs: list[str]
    least_seconds: float
    most_seconds: float
    least_side: int
    most_side: int
    most_frame_rate: int
    most_rate: int


class Refused(Exception):
    def __init__(self, *words: object):
        super().__init__()
        self.line = " ".join(["refused", *map(str, words)]) + "\n"


@dataclass
class Measurement:
    """Facts measured from the packets themselves: the headers aren't trusted."""

    packets: int = 0
    """All packets."""
    bytes: int = 0
    """The size of all packets."""
    first: int | None = None
    """The time of the first picture shown, in the stream's time base."""
    end: int = 0
    """The end of the last picture shown, in the stream's time base."""
    last_duration: int = 0
    """The duration of the last picture shown, in the stream's time base; 0 if unknown."""
    frame: VideoFrame | None = None
    """The first picture that was decoded."""

    def add(self, packet: "Packet[VideoStream]", shown: int) -> None:
        duration = max(packet.duration or 0, 0)
        self.packets += 1
        self.bytes += packet.size
        if packet.is_discard:
            return
        self.first = shown if self.first is None else min(self.first, shown)
        if shown + duration > self.end or self.packets == 1:
            self.end, self.last_duration = shown + duration, duration

    def seconds(self, video: VideoStream) -> float:
        if self.first is None or not video.time_base:
            return 0
        seconds = (self.end - self.first) * video.time_base
        if not self.last_duration and video.average_rate:
            # WebM leaves out the duration of the last picture.
            seconds += 1 / video.average_rate
        return float(seconds)


def allow_files(more: int) -> None:
    """Limit this process to `more` further files, so that a video can't have other files read."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    lowest = os.open("/dev/null", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(lowest + more, hard), hard))


def open_source(format_: str, limits: Limits, file: str = SOURCE) -> InputContainer:
    """Open the video with this demuxer only, and let no other file be opened."""
    options = {
        "protocol_whitelist": "file",
        "max_streams": str(MOST_STREAMS),
        "max_pixels": str(limits["most_side"] ** 2),
    }
    if format_ == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    allow_files(1)
    return av.open(file, format=format_, options=options)


def pictures_of(source: InputContainer, limits: Limits) -> VideoStream:
    """Return the stream that players show. Raises Refused if its headers exceed the limits."""
    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    films = [stream for stream in source.streams.video if not stream.disposition & cover]
    if not films:
        raise Refused("pictures")
    # Phones put depth maps beside the film; players show the default stream.
    video = next((stream for stream in films if stream.disposition & Disposition.default), films[0])
    if video.codec_tag == "encv":
        raise Refused("encrypted")
    # PyAV's type promises a codec, but there is none if FFmpeg knows none.
    codec = cast("av.Codec | None", video.codec_context and video.codec)
    name = "unknown" if codec is None else codec.canonical_name
    if name not in limits["codecs"]:
        raise Refused("codec", name)
    check_size(video.width, video.height, limits)
    # Pixels needn't be square.
    check_size(round(video.width * (video.sample_aspect_ratio or 1)), video.height, limits)
    video.codec_context.thread_count = 1
    video.codec_context.options = {"max_pixels": str(limits["most_side"] ** 2)}
    return video


def check_size(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits["most_side"] or min(width, height) < limits["least_side"]:
        raise Refused("size", width, height)


def packets(source: InputContainer, video: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """Yield the stream's packets, without the empty one at the end."""
    return (packet for packet in source.demux(video) if packet.size)


def look(format_: str, limits: Limits) -> str:
    """Return the codec of an acceptable video. Raises Refused."""
    measured = Measurement()
    most_packets = limits["most_seconds"] * limits["most_frame_rate"]
    with open_source(format_, limits) as source:
        video = pictures_of(source, limits)
        for packet in packets(source, video):
            if packet.has_sidedata("encryption_info"):
                raise Refused("encrypted")
            if packet.is_corrupt or packet.pts is None or packet.dts is None:
                raise ValueError("a packet that isn't whole")
            measured.add(packet, packet.pts)
            if measured.packets > most_packets:
                break
            if measured.frame is None:
                measured.frame = next(iter(video.decode(packet)), None)
        if measured.frame is None and measured.packets <= most_packets:
            measured.frame = next(iter(video.decode(None)), None)
        check_measured(measured, measured.seconds(video), limits)
        return video.codec.canonical_name


def check_measured(measured: Measurement, seconds: float, limits: Limits) -> None:
    if seconds > limits["most_seconds"]:
        raise Refused("long")
    if measured.packets > max(seconds, limits["least_seconds"]) * limits["most_frame_rate"]:
        raise Refused("rate")
    if measured.frame is None:
        raise ValueError("no picture")
    if seconds < limits["least_seconds"]:
        raise Refused("short")
    check_size(measured.frame.width, measured.frame.height, limits)
    # Many samples in the same place: small as it is, the copy would be huge.
    if measured.bytes > os.fstat(0).st_size:
        raise ValueError("more pictures than bytes")


def open_result() -> OutputContainer:
    allow_files(1)
    # Without bitexact, FFmpeg signs the file.
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    return av.open(RESULT, "w", format="mp4", options=options)


def copy(format_: str, codec: str, limits: Limits) -> None:
    """Write the coded pictures as they are, starting at zero."""
    with open_source(format_, limits) as source:
        video = pictures_of(source, limits)
        result = open_result()
        # `opaque` takes the decoder as it is: for some codecs there is no encoder of that name.
        into = result.add_stream_from_template(video, opaque=True)
        cleaner = BitStreamFilterContext(FILTERS[codec], video, into)
        if codec == "hevc":
            # The filter doesn't clean the settings in front of the pictures.
            into.codec_context.extradata = without_metadata(into.codec_context.extradata or b"")
        if video.sample_aspect_ratio:
            into.codec_context.sample_aspect_ratio = video.sample_aspect_ratio
        tag = video.codec_tag
        into.codec_context.codec_tag = tag if tag in STAYING_TAGS else TAGS[codec]
        start = video.start_time or 0
        for packet in cleaned(packets(source, video), cleaner):
            if packet.pts is None or packet.dts is None or video.time_base is None:
                raise ValueError("a packet without a time")
            packet.stream, packet.time_base = into, video.time_base
            packet.pts, packet.dts = packet.pts - start, packet.dts - start
            result.mux(packet)
        # Putting the index in front opens the file once more.
        allow_files(1)
        result.close()


def cleaned(
    source: "Iterator[Packet[VideoStream]]", cleaner: BitStreamFilterContext
) -> "Iterator[Packet[VideoStream]]":
    for packet in chain(source, [None]):
        yield from cast("list[Packet[VideoStream]]", cleaner.filter(packet))


def without_metadata(settings: bytes) -> bytes:
    """Return HEVC parameter sets without metadata; each unit follows a start code."""
    units = [unit for unit in START_CODE.split(settings) if unit]
    return b"".join(b"\0\0\0\1" + unit for unit in units if unit[0] >> 1 not in {39, 40})


def encode(format_: str, limits: Limits) -> None:
    """Write the pictures as H.264, for a codec that MP4 can't hold."""
    with open_source(format_, limits) as source:
        video = pictures_of(source, limits)
        result = open_result()
        rate = str(limits["most_rate"])
        options = {"preset": "veryfast", "crf": "18", "maxrate": rate, "bufsize": rate}
        encoder = result.add_stream("libx264", video.average_rate or 30, options=options)
        encoder.width, encoder.height = video.width // 2 * 2, video.height // 2 * 2
        encoder.pix_fmt = "yuv420p"
        encoder.codec_context.thread_count = 2
        if video.time_base is not None:
            encoder.codec_context.time_base = video.time_base
        for packet in source.demux(video):
            for frame in video.decode(packet):
                drawn = frame.reformat(encoder.width, encoder.height, "yuv420p")
                drawn.pts = (frame.pts or 0) - (video.start_time or 0)
                drawn.time_base = frame.time_base
                drawn.pict_type = 0
                result.mux(encoder.encode(drawn))
        result.mux(encoder.encode(None))
        allow_files(1)
        result.close()


def clean(format_: str, limits: Limits) -> None:
    codec = look(format_, limits)
    if codec in TAGS:
        copy(format_, codec, limits)
    else:
        encode(format_, limits)
    with open_source("mov", limits, RESULT) as result:
        # The copy must pass the same checks as the original.
        next(result.decode(pictures_of(result, limits)))


def main() -> int:
    try:
        clean(sys.argv[1], cast("Limits", json.loads(sys.argv[2])))
    except Refused as refused:
        os.ftruncate(1, 0)
        os.pwrite(1, refused.line.encode(), 0)
        return REFUSED
    # ExternalError: beyond FFmpeg there is only x264, which fails so when memory runs out.
    except (MemoryError, ExternalError):
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - a decoder raises anything for what isn't a video
        full = getattr(error, "errno", None) == errno.ENOSPC
        return DISK_FULL if full else DAMAGED
    return 0


if __name__ == "__main__":
    # Not sys.exit: a file that is left open would be written to its end.
    os._exit(main())
