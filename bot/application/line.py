"""Whether the line stands still: shared by who decides it and who shows it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Line:
    """`fal_until` (Unix milliseconds) is until when fal isn't asked to take another video."""

    fal_until: int = 0
    disk_is_full: bool = False
