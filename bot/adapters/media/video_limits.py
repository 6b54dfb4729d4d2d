"""What of members' videos is taken."""

import re
from dataclasses import dataclass

from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInputLimits:
    """What is taken, and what a child may use for it.

    fal publishes no limits for the videos that it is given; these are ours.
    """

    most_bytes: int = 50_000_000
    least_seconds: float = 1
    most_seconds: float = 30
    """Pika's answer is a few seconds long, at one price whatever it is given. A phone films 1080p
    at 8 to 17 Mbit/s: 30 s are about as much as fits into the bytes."""
    least_side: int = 128
    most_side: int = 4096
    """Pixels, as coded and as shown."""
    most_frame_rate: int = 120
    codecs: tuple[str, ...] = ("h264", "hevc", "vp8", "vp9", "av1")
    """FFmpeg's names. What else cameras write is either old (MPEG-4 part 2) or an editor's."""
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 30
    wall_seconds: float = 40
    """A copy takes less than a second; the rest is for VP8, which has to be encoded anew: 30 s of
    720p take some 20."""
    niceness: int = 5
    children: int = 2
    """Children at a time."""
    videos: int = 4
    """Videos at a time, from the download on: each lies on the disk while it waits for a child."""

    def for_child(self) -> dict[str, object]:
        """Return what `video_child` wants to know."""
        return {
            "codecs": self.codecs,
            "least_seconds": self.least_seconds,
            "most_seconds": self.most_seconds,
            "least_side": self.least_side,
            "most_side": self.most_side,
            "most_frame_rate": self.most_frame_rate,
            "most_rate": int(0.8 * self.most_bytes * 8 / self.most_seconds),
        }


KINDS = "an MP4, MOV or WebM"
DAMAGED = "`video` is damaged or incomplete; please save it anew or attach another."
BUSY = "I couldn't open `video` just now; please try again in a minute."
NO_ROOM = "I have no room for `video` just now; please try again later."
EMPTY = "`video` is empty; please attach it again."
UNKNOWN = f"`video` isn't a video I know; please attach {KINDS}."
PICTURE = f"`video` is a picture, though it may move; please attach {KINDS} of it."
NOT_ALLOWED = "I only take `video` from Discord itself; please attach the file."
GONE = "Discord doesn't have `video` any more; please attach it again."
UNREACHABLE = "I couldn't get `video` from Discord just now; please try again in a minute."

_PLAIN = {
    "pictures": f"`video` has no pictures in it; please attach {KINDS} that shows something.",
    "encrypted": "`video` is encrypted; please attach one without copy protection.",
    "memory": "`video` takes too much memory to open; please save it smaller, 1080p will do.",
    "time": "`video` takes too long to open; please save it shorter or smaller.",
}
CODEC_NAME = re.compile(r"[a-z0-9_-]{1,20}")


def too_large(limits: VideoInputLimits) -> Refusal:
    most = f"{limits.most_bytes / 1_000_000:.3g} MB"
    return Refusal(f"`video` is larger than {most}; please attach one of at most {most}.")


def refusal(line: str, limits: VideoInputLimits) -> Refusal:
    """Read a child's `refused REASON NUMBER…` into a sentence."""
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
            least = f"{limits.least_seconds:g} s"
            return f"`video` is shorter than {least}; please attach one of {least} at least."
        case ["refused", "rate"]:
            return (
                f"`video` has more than {limits.most_frame_rate} pictures a second; please save it"
                f" with {limits.most_frame_rate} at most."
            )
        case ["refused", "codec", name] if CODEC_NAME.fullmatch(name):
            return (
                f"`video` is coded in a way I don't take (`{name}`); please save it as an MP4 with"
                " H.264."
            )
        case ["refused", reason] if reason in _PLAIN:
            return _PLAIN[reason]
        case _:
            return BUSY
