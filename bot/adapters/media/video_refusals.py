"""Why a member's video isn't taken, in one sentence that says what to do next."""

import re

from bot.adapters.media.video_limits import VideoInputLimits
from bot.domain.refusal import Refusal

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
