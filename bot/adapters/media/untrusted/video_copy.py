"""Copies an untrusted video's coded pictures as they are, without all that isn't a picture."""

# PyAV's annotations leave options open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from itertools import chain, islice
from typing import cast

from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from bot.adapters.media.untrusted.parameter_sets import split_units
from bot.adapters.media.untrusted.video_look import Look
from bot.adapters.media.untrusted.video_source import (
    ChildLimits,
    close_result,
    open_result,
    open_source,
    packets,
    pictures_of,
)

# Filters against whatever is among the pictures and isn't drawn: metadata (SEI, OBU_METADATA) such
# as places or LCEVC layers, further views, transparency, padding, reserved units.
FILTERS = {
    "h264": "filter_units=remove_types=0|6|12-31",
    "hevc": "filter_units=remove_types=38-63",
    "av1": "filter_units=remove_types=5|15",
    "vp9": "null",
}
# Sample entries for settings in front of the pictures; those that stay: among the pictures.
TAGS = {"h264": "avc1", "hevc": "hvc1", "vp9": "vp09", "av1": "av01"}
STAYING_TAGS = frozenset({"avc3", "hev1"})


def write_copy(format_: str, look: Look, limits: ChildLimits) -> None:
    """Write the coded pictures that are shown, starting at zero."""
    with open_source(format_, limits, to_the_end=look.to_the_end) as source:
        video = pictures_of(source, limits)
        result = open_result()
        # `opaque` takes the decoder as it is: for some codecs there is no encoder of that name.
        into = result.add_stream_from_template(video, opaque=True)
        cleaner = BitStreamFilterContext(FILTERS[look.codec], video, into)
        # The filter doesn't clean the settings in front of the pictures.
        settings = into.codec_context.extradata or b""
        if look.codec == "hevc":
            into.codec_context.extradata = without_metadata(settings)
        elif look.codec == "av1":
            into.codec_context.extradata = settings[:4] + sequence_header(settings[4:])
        if video.sample_aspect_ratio:
            into.codec_context.sample_aspect_ratio = video.sample_aspect_ratio
        tag = video.codec_tag
        into.codec_context.codec_tag = tag if tag in STAYING_TAGS else TAGS[look.codec]
        shown = islice(packets(source, video), look.begins, look.ends)
        for packet in cleaned(shown, cleaner):
            if packet.pts is None or packet.dts is None or video.time_base is None:
                raise ValueError("a packet without a time")
            packet.stream, packet.time_base = into, video.time_base
            start = look.first or 0
            packet.pts, packet.dts = packet.pts - start, packet.dts - start
            result.mux(packet)
        close_result(result)


def cleaned(
    source: "Iterator[Packet[VideoStream]]", cleaner: BitStreamFilterContext
) -> "Iterator[Packet[VideoStream]]":
    for packet in chain(source, [None]):
        yield from cast("list[Packet[VideoStream]]", cleaner.filter(packet))


def without_metadata(settings: bytes) -> bytes:
    """Return HEVC parameter sets without metadata; each unit follows a start code."""
    units = (unit for unit in split_units(settings) if unit[0] >> 1 not in {39, 40})
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def sequence_header(units: bytes) -> bytes:
    """Return of AV1's units in front of the pictures only the sequence header (AV1, 5.3)."""
    at = 0
    while at + 2 <= len(units):
        kind, begin = units[at] >> 3 & 15, at
        at += 2 if units[at] & 4 else 1
        if not units[begin] & 2:
            size, length = len(units) - at, 0
        else:
            size = length = 0
            while at + length < len(units):
                size |= (units[at + length] & 0x7F) << 7 * length
                length += 1
                if not units[at + length - 1] & 0x80:
                    break
        at += length + size
        if kind == 1:
            return units[begin:at]
    return b""
