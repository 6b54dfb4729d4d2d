"""Whether the line stands still: shared by who decides it and who shows it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Line:
    """`fal_until` (Unix milliseconds) is until when fal isn't asked to take another video.

    `is_checking`: the database is a backup, and it isn't known yet what was sent after it.
    """

    fal_until: int = 0
    disk_is_full: bool = False
    is_checking: bool = False
