"""Opens an untrusted video in a bounded child process: one demuxer, one stream, no other file."""

# PyAV's annotations leave options open.
# pyright: reportUnknownMemberType=false

import os
import resource
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple, TypeAlias, TypedDict, cast

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.adapters.media.ebml import read_pixel_crop
from bot.adapters.media.mp4 import read_clean_aperture

# PyAV imports it when it opens a file, and by then no other file may be opened.
import_module("av.subtitles.stream")

# Opened by name: to put the index in front, FFmpeg reads the file that it wrote.
SOURCE, RESULT = "file:/dev/fd/0", "file:/dev/fd/1"
UNSTATED = 2


class ChildLimits(TypedDict):
    """The limits of accepted videos, as `VideoInputLimits.for_child` documents them."""

    codecs: list[str]
    least_seconds: float
    most_seconds: float
    least_side: int
    most_side: int
    most_frame_rate: int
    most_tracks: int
    most_rate: int
    drawn_side: int
    toned_side: int


class Colours(NamedTuple):
    """Code points (ITU-T H.273) that a container states, where its pictures may say nothing."""

    primaries: int
    transfer: int
    matrix: int
    range: int

    def fill(self, frame: VideoFrame) -> None:
        """State them in a picture wherever it says "unspecified"."""
        if frame.color_primaries == UNSTATED:
            frame.color_primaries = self.primaries
        if frame.color_trc == UNSTATED:
            frame.color_trc = self.transfer
        if frame.colorspace == UNSTATED and self.matrix:
            frame.colorspace = self.matrix
        if not frame.color_range:
            frame.color_range = self.range


NO_COLOURS = Colours(UNSTATED, UNSTATED, UNSTATED, 0)


Margins: TypeAlias = tuple[int, int, int, int]
"""Pixels at the left, the top, the right and the bottom."""
NO_MARGINS: Margins = (0, 0, 0, 0)


class UnusableVideo(Exception):
    def __init__(self, *words: object):
        super().__init__()
        self.line = " ".join(["refused", *map(str, words)]) + "\n"


def allow_files(more: int) -> None:
    """Limit this process to `more` further files, so that a video can't have other files read."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    lowest = os.open("/dev/null", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(lowest + more, hard), hard))


def open_source(
    format_: str, limits: ChildLimits, file: str = SOURCE, *, to_the_end: bool = False
) -> InputContainer:
    """Open the video with this demuxer only, and let no other file be opened.

    `to_the_end` takes of an edit list only where it begins.
    """
    options = {
        "protocol_whitelist": "file",
        # More than are taken: FFmpeg calls it a lack of memory.
        "max_streams": str(10 * limits["most_tracks"]),
        "max_pixels": str(limits["most_side"] ** 2),
    }
    if format_ == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    if to_the_end:
        options["advanced_editlist"] = "0"
    allow_files(1)
    # Notes may be in any encoding, and none of them is needed.
    return av.open(file, format=format_, options=options, metadata_errors="replace")


def open_result() -> OutputContainer:
    allow_files(1)
    # Without bitexact, FFmpeg signs the file.
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    return av.open(RESULT, "w", format="mp4", options=options)


def close_result(result: OutputContainer) -> None:
    # Putting the index in front opens the file once more.
    allow_files(1)
    result.close()


def pictures_of(source: InputContainer, limits: ChildLimits) -> VideoStream:
    """Return the stream that players show. Raises UnusableVideo for headers beyond the limits."""
    if len(source.streams) > limits["most_tracks"]:
        raise UnusableVideo("tracks")
    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    films = [stream for stream in source.streams.video if not stream.disposition & cover]
    if not films:
        raise UnusableVideo("pictures")
    # Phones put depth maps beside the film; players show the default stream.
    video = next((stream for stream in films if stream.disposition & Disposition.default), films[0])
    if video.codec_tag == "encv":
        raise UnusableVideo("encrypted")
    # PyAV's type promises a codec, but there is none if FFmpeg knows none.
    codec = cast("av.Codec | None", video.codec_context and video.codec)
    name = "unknown" if codec is None else codec.canonical_name
    if name not in limits["codecs"]:
        raise UnusableVideo("codec", name)
    check_size(video.width, video.height, limits)
    # Pixels needn't be square.
    check_size(round(video.width * (video.sample_aspect_ratio or 1)), video.height, limits)
    video.codec_context.thread_count = 1
    # Unaligned: FFmpeg would draw a part of a margin at the left, to begin at a round address.
    most = str(limits["most_side"] ** 2)
    video.codec_context.options = {"max_pixels": most, "flags": "unaligned"}
    return video


def colours_of(video: VideoStream) -> Colours:
    """Return what the container states; only before decoding, as decoders forget it."""
    stated = video.codec_context
    return Colours(stated.color_primaries, stated.color_trc, stated.colorspace, stated.color_range)


def cut_off(format_: str, source: InputContainer, video: VideoStream) -> Margins:
    """Return what the container cuts off the pictures; FFmpeg draws all of them."""
    with open(0, "rb", closefd=False) as file:
        if format_ == "mov":
            return read_clean_aperture(file, video.id) or NO_MARGINS
        track = source.streams.video.index(video)
        return read_pixel_crop(file, track) or NO_MARGINS


def check_size(width: int, height: int, limits: ChildLimits) -> None:
    if max(width, height) > limits["most_side"] or min(width, height) < limits["least_side"]:
        raise UnusableVideo("size", width, height)


def packets(source: InputContainer, video: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """Yield the stream's packets, without the empty one at the end."""
    return (packet for packet in source.demux(video) if packet.size)
