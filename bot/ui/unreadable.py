"""Errors of discord.py in reading Discord's data: each kind is logged once an hour, and counted."""

import logging
import sysconfig
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

log = logging.getLogger(__name__)

_QUIET_SECONDS = 3600.0
_CHECKOUT = Path(__file__).parents[2]
# Where Python and its packages are; "<" begins the names of frozen modules.
_LIBRARIES = (*(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "purelib", "platlib")), "<")
_OWN_CODE = tuple(f"{_CHECKOUT / name}/" for name in ("bot", "cogs"))


class MissingPart(Exception):
    """An event lacks a part that the bot can't do without, though discord.py can."""


def is_own(frames: TracebackType | None) -> bool:
    """Return whether any of the bot's own code is among these frames."""
    return any(_in_own_code(frame) for frame, _ in traceback.walk_tb(frames))


def beyond_own(frames: TracebackType | None) -> TracebackType | None:
    """Return the frames from where the bot's own code first called others on; None: it never did.

    The bot's own code after that was called back, by discord.py.
    """
    while frames is not None and _in_own_code(frames.tb_frame):
        frames = frames.tb_next
    return frames


def is_foreign(error: BaseException) -> bool:
    """Return whether an error arose in what the bot's own code called, and in no callback."""
    frames = beyond_own(error.__traceback__)
    return frames is not None and not is_own(frames)


def _in_own_code(frame: FrameType) -> bool:
    """Return whether a frame is of no library: the bot's own, or a test's."""
    file = frame.f_code.co_filename
    return file.startswith(_OWN_CODE) or not file.startswith(_LIBRARIES)


def origin_of(error: BaseException) -> str:
    """Return an error's name and the line that raised it; its words may hold somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    file = Path(frames[-1].filename)
    return f"{type(error).__name__} at {file.parent.name}/{file.name}:{frames[-1].lineno}"


@dataclass(slots=True)
class _Repeated:
    """The log lines about one kind."""

    logged_at: float
    """Seconds of the steady clock."""
    left_out: int = 0
    """The number of times since then."""


@dataclass(slots=True)
class Unreadable:
    """Logs each kind of event at most once an hour; the next line says how often it came since."""

    now: Callable[[], float] = time.monotonic
    """Seconds of a steady clock."""
    _logged: dict[str, _Repeated] = field(default_factory=dict[str, _Repeated])
    """By kinds, of which discord.py knows some eighty."""

    def skipped(self, kind: str, error: BaseException, outcome: str = "it is skipped") -> None:
        """Log and count an event of Discord's that can't be read; `outcome` is a clause."""
        if (more := self._due(kind)) is not None:
            log.warning(
                "Discord's event %s can't be read (%s): %s%s", kind, origin_of(error), outcome, more
            )

    def failed(self, listener: str, error: BaseException) -> None:
        """Log and count an error in the bot's own code after an event."""
        if (more := self._due(f"{listener} {origin_of(error)}")) is not None:
            log.error("%s failed%s", listener, more, exc_info=error)

    def _due(self, kind: str) -> str | None:
        """Return the end of the line about this kind, or None if none is due."""
        now = self.now()
        before = self._logged.get(kind)
        if before is not None and now < before.logged_at + _QUIET_SECONDS:
            before.left_out += 1
            return None
        self._logged[kind] = _Repeated(now)
        if before is None or not before.left_out:
            return ""
        return f"; so were {before.left_out} more since the last such line"


UNREADABLE = Unreadable()
"""Of this process, as its log is."""
