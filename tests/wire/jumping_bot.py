"""The real bot, with a clock of its own: ahead by TEST_AHEAD seconds until a file appears."""

import os
import runpy
from pathlib import Path

from bot.adapters.process.clock import SystemClock

AHEAD = "TEST_AHEAD"
UNTIL = "TEST_UNTIL"
"""The file whose content, in seconds, is how far the clock is ahead from then on."""


def jump(until: Path, seconds: int) -> None:
    """Set how far the clock is ahead; the bot never reads half of the file."""
    part = until.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(until)


def main() -> None:
    right = SystemClock.now
    ahead, until = int(os.environ[AHEAD]), Path(os.environ[UNTIL])

    def now(self: SystemClock) -> int:
        seconds = int(until.read_text()) if until.exists() else ahead
        return right(self) + seconds * 1000

    SystemClock.now = now
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
