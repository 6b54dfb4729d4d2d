"""Heartbeat file beside the database, for health checks from another process."""

import os
from contextlib import suppress
from pathlib import Path

BEAT_SECONDS = 10
"""The time between two beats of a connected bot."""
LOST_SECONDS = 60
"""The age from which the bot counts as not connected: reconnects to Discord take seconds."""


class Heartbeat:
    """A file whose modification time is the last time that the bot was connected to Discord."""

    def __init__(self, database: Path):
        self._file = Path(f"{os.path.realpath(database)}.alive")

    def beat(self) -> None:
        # A disk that fails is seen by whoever looks at the file's age, and ends no bot.
        with suppress(OSError):
            self._file.touch(mode=0o600)

    def stop(self) -> None:
        self._file.unlink(missing_ok=True)

    def age(self, now: int) -> float | None:
        """Return the seconds since the last beat at `now` (Unix milliseconds); None: no file."""
        try:
            return now / 1000 - self._file.stat().st_mtime
        except FileNotFoundError:
            return None
