"""A sign of life beside the database, for health checks from another process."""

from pathlib import Path

BEAT_SECONDS = 10
"""How often a connected bot gives a sign."""
LOST_SECONDS = 60
"""Without a sign for so long, something is wrong: Discord reconnects take seconds."""


class Heartbeat:
    """A file whose age says when the bot was last connected to Discord."""

    def __init__(self, database: Path):
        self._file = Path(f"{database}.alive")

    def beat(self) -> None:
        self._file.touch(mode=0o600)

    def stop(self) -> None:
        self._file.unlink(missing_ok=True)

    def age(self, now: int) -> float | None:
        """Return the seconds since the last sign at `now` (Unix milliseconds); None if none."""
        try:
            return now / 1000 - self._file.stat().st_mtime
        except FileNotFoundError:
            return None
