"""Makes a clean copy of an untrusted video: a program of its own, run by `video_intake`.

Arguments: the demuxer (`mov` or `matroska`), and ChildLimits as JSON. Stdin is the video, stdout
the copy; both are files. The copy is an MP4 of the pictures that a player shows, alone. Exit codes
beside 0: 3 refused by the line `refused REASON NUMBER…` in stdout, 4 damaged, 5 memory ran out, 6
the disk is full.
"""

import errno
import json
import os
import sys
from typing import cast

from av.error import ExternalError

from bot.adapters.media.untrusted.video_copy import TAGS, write_copy
from bot.adapters.media.untrusted.video_draw import draw
from bot.adapters.media.untrusted.video_look import look
from bot.adapters.media.untrusted.video_source import (
    RESULT,
    ChildLimits,
    UnusableVideo,
    open_source,
    pictures_of,
)

REFUSED, DAMAGED, NO_MEMORY, DISK_FULL = 3, 4, 5, 6


def clean(format_: str, limits: ChildLimits) -> None:
    facts = look(format_, limits)
    if facts.codec in TAGS and facts.looks_as_coded and facts.stands_alone:
        write_copy(format_, facts, limits)
    else:
        draw(format_, facts, limits)
    with open_source("mov", limits, RESULT) as result:
        # The copy must pass the same checks as the original.
        next(result.decode(pictures_of(result, limits)))


def main() -> int:
    try:
        clean(sys.argv[1], cast("ChildLimits", json.loads(sys.argv[2])))
    except UnusableVideo as refused:
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
