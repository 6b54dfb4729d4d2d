"""Makes a smaller copy of a video, or a picture of it: a program of its own, run by `shrink`.

Arguments: `copy`, `encode`, `poster` or `last`, and an Order as JSON. The video is stdin and the result is
stdout; both are files. Exit codes, beside 0: 3 it would be too large, 4 the video is damaged or
holds what can't be copied, 5 memory ran out, 6 the disk is full.
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
# Opened by name, since the index is put in front by reading the file that was written.
GIVEN, MADE = "file:/dev/fd/0", "file:/dev/fd/1"
# Qualities of a JPEG, and what its sides are divided by, best first.
QUALITIES, DIVISORS = (90, 75, 60), (1, 2, 4, 8)


class TooLarge(Exception):
    pass


class ShrinkOrder(TypedDict):
    """What to aim at: `share` of `most_bytes`, and a short side of at most `side` pixels."""

    most_bytes: int
    share: float
    side: int | None
    crf: int
    preset: str
    threads: int


def open_given() -> InputContainer:
    # One demuxer and no address, whatever the file names: nothing else may look at it.
    return av.open(GIVEN, format="mov", options={"protocol_whitelist": "file"})


def open_made() -> OutputContainer:
    return av.open(MADE, "w", format="mp4", options={"movflags": "+faststart"})


def streams(given: InputContainer) -> tuple[VideoStream, list[Stream]]:
    """Return the pictures, and the sound if there is one."""
    if not given.streams.video:
        raise ValueError("no video")
    return given.streams.video[0], list(given.streams.audio[:1])


def packets(given: InputContainer, wanted: list[Stream]) -> "Iterator[Packet[Stream]]":
    """Yield what is in those streams, in the file's order, without the empty packets at the end."""
    return (packet for packet in given.demux(wanted) if packet.dts is not None)


def copy() -> None:
    """Copy pictures and sound; all that is left out is metadata and a bad layout."""
    with open_given() as given, open_made() as made:
        video, sound = streams(given)
        into = {stream.index: made.add_stream_from_template(stream) for stream in (video, *sound)}
        for packet in packets(given, [video, *sound]):
            packet.stream = into[packet.stream.index]
            made.mux(packet)


def bits_for_pictures(order: ShrinkOrder) -> int:
    """Return the bits a second that are left beside the sound."""
    with open_given() as given:
        video, sound = streams(given)
        if video.duration and video.time_base:
            seconds = float(video.duration * video.time_base)
        else:
            seconds = (given.duration or 0) / av.time_base
        heard = sum(packet.size for packet in packets(given, sound)) if sound else 0
    if seconds <= 0:
        raise ValueError("no duration")
    return int((order["share"] * order["most_bytes"] - heard) * 8 / seconds)


def encode(order: ShrinkOrder) -> None:
    """Encode the pictures anew, as good as the size allows; copy the sound."""
    rate = bits_for_pictures(order)
    if rate <= 0:
        raise TooLarge
    with open_given() as given, open_made() as made:
        video, sound = streams(given)
        video.thread_count = order["threads"]
        encoder = add_encoder(made, video, order, rate)
        into = {stream.index: made.add_stream_from_template(stream) for stream in sound}
        for packet in packets(given, [video, *sound]):
            if packet.stream.index in into:
                packet.stream = into[packet.stream.index]
                made.mux(packet)
            else:
                encode_frames(made, encoder, video.decode(packet))
        encode_frames(made, encoder, video.decode(None))
        made.mux(encoder.encode(None))


def encode_frames(made: OutputContainer, encoder: VideoStream, frames: list[VideoFrame]) -> None:
    for frame in frames:
        made.mux(encoder.encode(fitted(frame, encoder)))


def add_encoder(
    made: OutputContainer, video: VideoStream, order: ShrinkOrder, rate: int
) -> VideoStream:
    options = {
        "preset": order["preset"],
        "crf": str(order["crf"]),
        "maxrate": str(rate),
        "bufsize": str(rate),
        "threads": str(order["threads"]),
    }
    encoder = made.add_stream("libx264", video.average_rate or 24, options=options)
    encoder.width, encoder.height = target_size(video.width, video.height, order["side"])
    encoder.pix_fmt = "yuv420p"
    # The source's own clock: rounded to a frame rate, two pictures could fall on one moment.
    if video.time_base is not None:
        encoder.codec_context.time_base = video.time_base
    source, target = video.codec_context, encoder.codec_context
    # Left out, a player guesses them from the size, and colours change.
    target.color_range, target.colorspace = source.color_range, source.colorspace
    target.color_primaries, target.color_trc = source.color_primaries, source.color_trc
    if source.sample_aspect_ratio:
        target.sample_aspect_ratio = source.sample_aspect_ratio
    return encoder


def target_size(width: int, height: int, side: int | None) -> tuple[int, int]:
    """Return a size with that short side, or smaller if the source is; even, as H.264 wants it."""
    scale = min(1, side / min(width, height)) if side else 1
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def fitted(frame: VideoFrame, encoder: VideoStream) -> VideoFrame:
    made = frame.reformat(encoder.width, encoder.height, "yuv420p")
    made.pts, made.time_base = frame.pts, frame.time_base
    # Which pictures stand alone is for the encoder to choose.
    made.pict_type = 0
    return made


def poster(order: ShrinkOrder) -> None:
    """Write the first picture as a JPEG."""
    with open_given() as given:
        video, _ = streams(given)
        frame = next(given.decode(video))
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
    """Write the last picture as a JPEG that shows all of it."""
    with open_given() as given:
        video, _ = streams(given)
        video.thread_count = order["threads"]
        image = cast("Image.Image", last_frame(given, video).to_image())
    image.save(sys.stdout.buffer, "JPEG", quality=95, subsampling=0)


def last_frame(given: InputContainer, video: VideoStream) -> VideoFrame:
    if video.duration and video.time_base:
        # Back to the picture that stands alone before the last second.
        end = (video.start_time or 0) + video.duration
        given.seek(max(0, end - round(1 / video.time_base)), stream=video)
    frame = None
    for frame in given.decode(video):  # noqa: B007 - what is left is the last
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
    # The only library beyond FFmpeg itself is x264, and it doesn't say that memory ran out.
    except (MemoryError, ExternalError):
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - a decoder raises anything for what isn't a video
        # No file can be larger than this process may write.
        codes = {errno.EFBIG: TOO_LARGE, errno.ENOSPC: DISK_FULL}
        return codes.get(getattr(error, "errno", None) or 0, DAMAGED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
