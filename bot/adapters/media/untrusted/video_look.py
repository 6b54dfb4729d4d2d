"""Measures what a player shows of an untrusted video, and finds what it doesn't show.

An edit list can leave out pictures at the beginning and at the end; they stay in the file. FFmpeg
marks them to be discarded. What comes before the time zero isn't shown either.
"""

# PyAV's annotations leave packets open.
# pyright: reportUnknownMemberType=false

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.adapters.media.untrusted import parameter_sets, tones
from bot.adapters.media.untrusted.video_source import (
    NO_COLOURS,
    NO_MARGINS,
    ChildLimits,
    Colours,
    Margins,
    UnusableVideo,
    check_size,
    colours_of,
    cut_off,
    open_source,
    packets,
    pictures_of,
)

# The decoders that draw transparency, by codec.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# FFmpeg repeats hidden packets for each piece of an edit list: at worst the whole film.
MOST_REPEATS = 32


@dataclass
class Look:
    """Facts measured from the packets themselves: the headers aren't trusted."""

    codec: str = ""
    """FFmpeg's name."""
    decoder: str | None = None
    """The decoder that draws the video's transparency, if it has any."""
    shown: int = 0
    """Pictures that players show."""
    shown_bytes: int = 0
    """The size of their packets."""
    hidden_bytes: int = 0
    """The size of all other packets."""
    first: int | None = None
    """The time of the first picture shown, in the stream's time base."""
    end: int = 0
    """The end of the last picture shown, in the stream's time base."""
    last_duration: int = 0
    """The duration of the last picture shown, in the stream's time base; 0 if unknown."""
    begins: int = 0
    """The number of the first packet shown, in the order of the file."""
    ends: int = 0
    """The number behind the last packet shown, in the order of the file."""
    key: int = 0
    """The number of the last packet before them from which decoding can begin."""
    begins_with_key: bool = False
    """True if decoding can begin with the first packet shown."""
    reordered: bool = False
    """True if a picture is shown before that of the first packet shown."""
    undated: bool = False
    """True if a packet lacks the time to decode it: WebM has none, a copy needs one."""
    layered: bool = False
    """True if coded pictures hold more than is seen: another view, transparency, margins."""
    frame: VideoFrame | None = None
    """The first picture that was decoded."""
    to_the_end: bool = False
    """True if only the begin of the edit list counts."""
    cut_off: Margins = NO_MARGINS
    """The margins that the container cuts off."""
    colours: Colours = NO_COLOURS
    """The colours that the container states."""
    seconds: float = 0
    """The time for which pictures are shown."""
    rate: Fraction = Fraction(30)
    """Pictures a second."""

    def add(self, number: int, packet: "Packet[VideoStream]") -> None:
        """Count a packet with its times."""
        pts = packet.pts or 0
        duration = max(packet.duration or 0, 0)
        if packet.is_discard or (pts < 0 and pts + duration <= 0):
            self.hidden_bytes += packet.size
            return
        if self.first is None:
            self.begins, self.begins_with_key = number, packet.is_keyframe
        elif pts < self.first and self.shown:
            self.reordered = True
        self.first = pts if self.first is None else min(self.first, pts)
        self.shown += 1
        self.shown_bytes += packet.size
        self.ends = number + 1
        if pts + duration > self.end or self.shown == 1:
            self.end, self.last_duration = pts + duration, duration

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what is shown."""
        assert self.frame is not None
        left, top, right, bottom = self.cut_off
        return self.frame.width - left - right, self.frame.height - top - bottom

    def measure(self, video: VideoStream) -> None:
        if self.first is None or not video.time_base:
            return
        seconds = (self.end - self.first) * video.time_base
        if not self.last_duration and video.average_rate:
            # WebM leaves out the duration of the last picture.
            seconds += 1 / video.average_rate
        self.seconds = float(seconds)
        if seconds > 0:
            self.rate = (self.shown / seconds).limit_denominator(1001)

    @property
    def stands_alone(self) -> bool:
        """Return whether the packets that are shown make a film without any other one."""
        if self.undated:
            return False
        if self.shown_bytes > os.fstat(0).st_size:
            # Pieces that are shown more than once: small as the file is, the copy would be huge.
            return False
        alone = self.ends - self.begins == self.shown
        return alone and (self.begins == 0 or (self.begins_with_key and not self.reordered))

    @property
    def looks_as_coded(self) -> bool:
        """Return whether the coded pictures are those that a viewer should see."""
        if self.frame is None or self.decoder is not None or self.layered:
            return False
        if self.cut_off != NO_MARGINS:
            return False
        return not tones.needs_table(self.frame.color_primaries, self.frame.color_trc)


def look(format_: str, limits: ChildLimits) -> Look:
    """Measure a video, and return what is needed to copy it. Raises UnusableVideo."""
    result = _look(format_, limits, Look())
    if format_ == "mov" and result.first is None and result.hidden_bytes:
        # An edit without a duration lasts until the film's end; FFmpeg shows nothing then.
        result = _look(format_, limits, Look(to_the_end=True))
    check(result, limits)
    return result


def _look(format_: str, limits: ChildLimits, result: Look) -> Look:
    with open_source(format_, limits, to_the_end=result.to_the_end) as source:
        video = pictures_of(source, limits)
        result.codec = video.codec.canonical_name
        result.colours = colours_of(video)
        result.cut_off = cut_off(format_, source, video)
        # FFmpeg writes it into a tag, too, whose name in capitals replaces the usual one.
        if any(key.lower() == "alpha_mode" and one == "1" for key, one in video.metadata.items()):
            # WebM has transparency beside the pictures.
            result.decoder = ALPHA_DECODERS.get(result.codec)
            if result.decoder is None:
                raise UnusableVideo("alpha")
        keys = read(packets(source, video), video, result, limits)
        if result.frame is None:
            result.frame = first_picture(video, None)
        if result.frame is not None:
            result.colours.fill(result.frame)
        result.measure(video)
        parts = result.frame.format.components if result.frame else ()
        result.layered = result.layered or any(part.is_alpha for part in parts)
    first = result.first or 0
    result.key = max((at for at, pts in keys if at <= result.begins and pts <= first), default=0)
    return result


def read(
    source: "Iterator[Packet[VideoStream]]", video: VideoStream, result: Look, limits: ChildLimits
) -> list[tuple[int, int]]:
    """Count all packets; return the numbers and times of those from which decoding can begin."""
    most_pictures = limits["most_seconds"] * limits["most_frame_rate"]
    most_bytes = MOST_REPEATS * os.fstat(0).st_size
    keys = list[tuple[int, int]]()
    settings = bytes(video.codec_context.extradata or b"")
    result.layered = parameter_sets.hides_parts(result.codec, settings)
    for number, packet in enumerate(source):
        if packet.has_sidedata("encryption_info"):
            raise UnusableVideo("encrypted")
        if packet.is_corrupt or packet.pts is None:
            raise ValueError("a packet that isn't whole")
        result.undated = result.undated or packet.dts is None
        result.add(number, packet)
        if max(result.shown_bytes, result.hidden_bytes) > most_bytes:
            result.measure(video)
            raise UnusableVideo("long" if result.seconds > limits["most_seconds"] else "pieces")
        if result.shown > most_pictures:
            break
        if packet.is_keyframe and result.shown < 2:
            keys.append((number, packet.pts))
        if not result.layered and result.codec in parameter_sets.CODECS:
            result.layered = parameter_sets.hides_parts(result.codec, settings, bytes(packet))
        if result.frame is None:
            result.frame = first_picture(video, packet)
    return keys


def first_picture(video: VideoStream, packet: "Packet[VideoStream] | None") -> VideoFrame | None:
    """Decode a packet, also one that isn't shown: its size and colours are those of all."""
    context, whole = video.codec_context, None
    if packet is not None:
        whole = Packet(bytes(packet))
        whole.pts, whole.dts = packet.pts, packet.dts
    frame = next(iter(context.decode(whole)), None)
    if frame is not None and (frame.width, frame.height) != (context.width, context.height):
        raise ValueError("a margin would be drawn")
    return frame


def check(result: Look, limits: ChildLimits) -> None:
    if result.seconds > limits["most_seconds"]:
        raise UnusableVideo("long")
    if result.shown > max(result.seconds, limits["least_seconds"]) * limits["most_frame_rate"]:
        raise UnusableVideo("rate")
    if result.frame is None or result.first is None:
        raise ValueError("no picture")
    if result.seconds < limits["least_seconds"]:
        raise UnusableVideo("short")
    check_size(*result.size, limits)
