"""Makes a smaller copy of a video, or a picture of it: a program of its own, run by `shrink`.

Arguments: `copy`, `encode`, `poster` or `last`, and a ShrinkOrder as JSON. Stdin is the video,
stdout the result; both are files. Exit codes beside 0: 3 the result would be too large, 4 the
video is damaged or can't be copied, 5 memory ran out, 6 the disk is full.
"""

# PyAV's annotations leave options and pictures open.
# pyright: reportUnknownMemberType=false

import errno
import io
import json
import sys
from collections.abc import Iterator
from typing import TypedDict, cast

import av
from av.container import InputContainer, OutputContainer
from av.error import ExternalError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

TOO_LARGE, DAMAGED, NO_MEMORY, DISK_FULL = 3, 4, 5, 6
# Opened by name: to put the index in front, FFmpeg reads the file that it wrote.
SOURCE, RESULT = "file:/dev/fd/0", "file:/dev/fd/1"
# Qualities of a JPEG, and what its sides are divided by, best first.
QUALITIES, DIVISORS = (90, 75, 60), (1, 2, 4, 8)


class TooLarge(Exception):
    """No result can be as small as the order says."""


class ShrinkOrder(TypedDict):
    """The result to aim at, and the encoder's settings."""

    most_bytes: int
    """The largest result."""
    share: float
    """The part of `most_bytes` to aim at."""
    side: int | None
    """The most pixels of the shorter side; None: the video's own."""
    crf: int
    """The best quality, in x264's scale."""
    preset: str
    """x264's balance of speed and size."""
    threads: int
    """Threads of the encoder."""


def open_source() -> InputContainer:
    # Only this demuxer and no address, whatever the file names: other parsers stay out of reach.
    # Notes may be in any encoding.
    options = {"protocol_whitelist": "file"}
    return av.open(SOURCE, format="mov", options=options, metadata_errors="replace")


def open_result() -> OutputContainer:
    return av.open(RESULT, "w", format="mp4", options={"movflags": "+faststart"})


def streams(source: InputContainer) -> tuple[VideoStream, list[Stream]]:
    """Return the pictures, and the sound if there is one."""
    if not source.streams.video:
        raise ValueError("no video")
    return source.streams.video[0], list(source.streams.audio[:1])


def packets(source: InputContainer, wanted: list[Stream]) -> "Iterator[Packet[Stream]]":
    """Yield the packets of the streams in the file's order, without the empty ones at the end."""
    return (packet for packet in source.demux(wanted) if packet.dts is not None)


def copy() -> None:
    """Copy pictures and sound; only metadata and a bad layout are left out."""
    with open_source() as source, open_result() as result:
        video, sound = streams(source)
        into = {stream.index: result.add_stream_from_template(stream) for stream in (video, *sound)}
        for packet in packets(source, [video, *sound]):
            packet.stream = into[packet.stream.index]
            result.mux(packet)


def bits_for_pictures(order: ShrinkOrder) -> int:
    """Return the bits a second that the sound leaves for the pictures."""
    with open_source() as source:
        video, sound = streams(source)
        if video.duration and video.time_base:
            seconds = float(video.duration * video.time_base)
        else:
            seconds = (source.duration or 0) / av.time_base
        sound_bytes = sum(packet.size for packet in packets(source, sound)) if sound else 0
    if seconds <= 0:
        raise ValueError("no duration")
    return int((order["share"] * order["most_bytes"] - sound_bytes) * 8 / seconds)


def encode(order: ShrinkOrder) -> None:
    """Encode the pictures anew, as good as the size allows; copy the sound."""
    rate = bits_for_pictures(order)
    if rate <= 0:
        raise TooLarge
    with open_source() as source, open_result() as result:
        video, sound = streams(source)
        video.thread_count = order["threads"]
        encoder = add_encoder(result, video, order, rate)
        into = {stream.index: result.add_stream_from_template(stream) for stream in sound}
        for packet in packets(source, [video, *sound]):
            if packet.stream.index in into:
                packet.stream = into[packet.stream.index]
                result.mux(packet)
            else:
                encode_frames(result, encoder, video.decode(packet))
        encode_frames(result, encoder, video.decode(None))
        result.mux(encoder.encode(None))


def encode_frames(result: OutputContainer, encoder: VideoStream, frames: list[VideoFrame]) -> None:
    for frame in frames:
        result.mux(encoder.encode(fitted(frame, encoder)))


def add_encoder(
    result: OutputContainer, video: VideoStream, order: ShrinkOrder, rate: int
) -> VideoStream:
    options = {
        "preset": order["preset"],
        "crf": str(order["crf"]),
        "maxrate": str(rate),
        "bufsize": str(rate),
        "threads": str(order["threads"]),
    }
    encoder = result.add_stream("libx264", video.average_rate or 24, options=options)
    encoder.width, encoder.height = target_size(video.width, video.height, order["side"])
    encoder.pix_fmt = "yuv420p"
    # The source's own time base: rounded to a frame rate, two pictures could get the same time.
    if video.time_base is not None:
        encoder.codec_context.time_base = video.time_base
    source, target = video.codec_context, encoder.codec_context
    # Without them a player guesses from the size, and colours change.
    target.color_range, target.colorspace = source.color_range, source.colorspace
    target.color_primaries, target.color_trc = source.color_primaries, source.color_trc
    if source.sample_aspect_ratio:
        target.sample_aspect_ratio = source.sample_aspect_ratio
    return encoder


def target_size(width: int, height: int, side: int | None) -> tuple[int, int]:
    """Return the size with a short side of at most `side` pixels, even as H.264 demands."""
    scale = min(1, side / min(width, height)) if side else 1
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def fitted(frame: VideoFrame, encoder: VideoStream) -> VideoFrame:
    scaled = frame.reformat(encoder.width, encoder.height, "yuv420p")
    scaled.pts, scaled.time_base = frame.pts, frame.time_base
    # The encoder chooses which pictures are key frames.
    scaled.pict_type = 0
    return scaled


def poster(order: ShrinkOrder) -> None:
    """Write the first picture as a JPEG."""
    with open_source() as source:
        video, _ = streams(source)
        frame = next(source.decode(video))
        image = cast("Image.Image", frame.to_image())
    if order["side"]:
        image.thumbnail(target_size(image.width, image.height, order["side"]))
    for divisor in DIVISORS:
        smaller = image.reduce(divisor) if divisor > 1 else image
        for quality in QUALITIES:
            encoded = io.BytesIO()
            smaller.save(encoded, "JPEG", quality=quality)
            if encoded.tell() <= order["most_bytes"]:
                sys.stdout.buffer.write(encoded.getvalue())
                return
    raise TooLarge


def last(order: ShrinkOrder) -> None:
    """Write the last picture as a JPEG in its full size."""
    with open_source() as source:
        video, _ = streams(source)
        video.thread_count = order["threads"]
        image = cast("Image.Image", last_frame(source, video).to_image())
    image.save(sys.stdout.buffer, "JPEG", quality=95, subsampling=0)


def last_frame(source: InputContainer, video: VideoStream) -> VideoFrame:
    if video.duration and video.time_base:
        # Back to the key frame before the last second.
        end = (video.start_time or 0) + video.duration
        source.seek(max(0, end - round(1 / video.time_base)), stream=video)
    frame = None
    for frame in source.decode(video):  # noqa: B007 - the last one is used below
        pass
    if frame is None:
        raise ValueError("no picture")
    return frame


def do(what: str, order: ShrinkOrder) -> None:
    match what:
        case "copy":
            copy()
        case "encode":
            encode(order)
        case "last":
            last(order)
        case _:
            poster(order)


def main() -> int:
    try:
        do(sys.argv[1], cast("ShrinkOrder", json.loads(sys.argv[2])))
    except TooLarge:
        return TOO_LARGE
    # ExternalError: beyond FFmpeg there is only x264, which fails so when memory runs out.
    except (MemoryError, ExternalError):
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - a decoder raises anything for what isn't a video
        # EFBIG: this process may not write a larger file.
        codes = {errno.EFBIG: TOO_LARGE, errno.ENOSPC: DISK_FULL}
        return codes.get(getattr(error, "errno", None) or 0, DAMAGED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
