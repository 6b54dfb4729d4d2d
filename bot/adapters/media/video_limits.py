"""Limits of members' videos, and the sentences that refuse one."""

import re
from dataclasses import dataclass

from bot.domain.refusal import Refusal
from bot.domain.text import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInputLimits:
    """The limits of accepted videos, and of the child process that copies them.

    fal publishes no limits for input videos; these are the bot's own.
    """

    most_bytes: int = 50_000_000
    """The size of the file, and of its copy."""
    least_seconds: float = 1
    """The shortest duration."""
    most_seconds: float = 30
    """The longest duration. Pika's result is a few seconds long, at one price for any input. A
    phone films 1080p at 8 to 17 Mbit/s, so about 30 s fit into the bytes."""
    least_side: int = 128
    """Pixels of the shorter side, as coded and as shown."""
    most_side: int = 4096
    """Pixels of the longer side, as coded and as shown."""
    most_frame_rate: int = 120
    """Frames a second."""
    codecs: tuple[str, ...] = ("h264", "hevc", "vp8", "vp9", "av1")
    """FFmpeg's names. Cameras' other codecs are old (MPEG-4 part 2) or made for editing."""
    most_tracks: int = 32
    """Tracks of any kind: pictures, sound, subtitles, data."""
    memory_bytes: int = 1 << 30
    """Address space of a child."""
    cpu_seconds: int = 120
    """Processor time of a child."""
    wall_seconds: float = 100
    """Time of a child from start to end. A copy takes less than a second. What has to be drawn anew
    takes longer, HDR longest."""
    drawn_side: int = 1920
    """The most pixels of the longer side of what is drawn anew: Pika makes nothing larger."""
    toned_side: int = 1280
    """The same of HDR. At 1920 a phone's 30 s would take more than a minute of processor time."""
    niceness: int = 5
    """A child's priority: from 0, the usual one, to 19, the lowest."""
    children: int = 2
    """Children at a time."""
    videos: int = 4
    """Videos at a time, from the download on: each is on the disk while it waits for a child."""

    def for_child(self) -> dict[str, object]:
        """Return `video_child`'s limits; `most_rate` is in bits a second, for encoding anew."""
        return {
            "codecs": self.codecs,
            "least_seconds": self.least_seconds,
            "most_seconds": self.most_seconds,
            "least_side": self.least_side,
            "most_side": self.most_side,
            "most_frame_rate": self.most_frame_rate,
            "most_tracks": self.most_tracks,
            "drawn_side": self.drawn_side,
            "toned_side": self.toned_side,
            # The rest is for the container, and for the second that the encoder's buffer holds.
            "most_rate": int(0.8 * self.most_bytes * 8 / self.most_seconds),
        }


KINDS = "an MP4, MOV or WebM"
DAMAGED = "`video` is damaged or incomplete; please save it again or attach another."
BUSY = "I couldn't open `video` just now; please try again in a minute."
NOT_KEPT = (
    "I can't keep pictures and videos right now, so I can't take `video`; please try again later."
)
NO_ROOM = "I have no room for `video` just now; please try again later."
EMPTY = "`video` is empty; please attach it again."
UNKNOWN = f"`video` isn't a video I know; please attach {KINDS}."
PICTURE = f"`video` is a picture or a GIF; please attach {KINDS}."
NOT_ALLOWED = "I only take `video` from Discord itself; please attach the file."
GONE = "Discord doesn't have `video` any more; please attach it again."
UNREACHABLE = "I couldn't get `video` from Discord just now; please try again in a minute."

_PLAIN = {
    "pictures": f"`video` has nothing to see in it; please attach {KINDS} that shows something.",
    "encrypted": "`video` is encrypted; please attach one without copy protection.",
    "alpha": "`video` is transparent in a way I can't draw; please save it without transparency.",
    "pieces": "`video` is cut in too many pieces; please export it anew.",
    "memory": "`video` is damaged or takes too much memory; please save it smaller, 1080p will do.",
    "time": "`video` takes too long to open; please save it shorter or smaller.",
}
CODEC_NAME = re.compile(r"[a-z0-9_-]{1,20}")


def too_large(limits: VideoInputLimits) -> Refusal:
    most = f"{limits.most_bytes / 1_000_000:.3g} MB"
    return Refusal(f"`video` is larger than {most}; please attach one of at most {most}.")


def refusal(line: str, limits: VideoInputLimits) -> Refusal:
    """Return the refusal for a child's line `refused REASON NUMBER…`."""
    try:
        return Refusal(_sentence(line.removesuffix("\n").split(" "), limits))
    except ValueError:
        return Refusal(BUSY)


def wrong_size(width: int, height: int, limits: VideoInputLimits) -> Refusal:
    return Refusal(
        f"`video` is {width:,} × {height:,} pixels; please attach one of {limits.least_side:,} to"
        f" {limits.most_side:,} pixels a side."
    )


def _sentence(words: list[str], limits: VideoInputLimits) -> str:
    match words:
        case ["refused", "size", width, height]:
            return wrong_size(int(width), int(height), limits).sentence
        case ["refused", "long"]:
            most = f"{limits.most_seconds:g} seconds"
            return f"`video` is longer than {most}; please cut it to {most} at most."
        case ["refused", "short"]:
            least = f"{limits.least_seconds:g} {plural('second', limits.least_seconds)}"
            return f"`video` is shorter than {least}; please attach one of at least {least}."
        case ["refused", "rate"]:
            return (
                f"`video` has more than {limits.most_frame_rate} frames a second; please save it"
                f" with {limits.most_frame_rate} at most."
            )
        case ["refused", "tracks"]:
            return f"`video` has more than {limits.most_tracks} tracks; please save it with fewer."
        case ["refused", "codec", name] if CODEC_NAME.fullmatch(name):
            return (
                f"`video` is coded in a way I don't take (`{name}`); please save it as an MP4 with"
                " H.264."
            )
        case ["refused", reason] if reason in _PLAIN:
            return _PLAIN[reason]
        case _:
            return BUSY
