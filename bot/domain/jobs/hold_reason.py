"""Why a waiting job isn't sent, whatever its place in line."""

from enum import StrEnum


class HoldReason(StrEnum):
    """One reason; part of what a status message is remembered by."""

    CHECKING = "checking"
    """The database is a backup, and it isn't known yet what was sent after it."""
    DRAINING = "draining"
    """The operator has the bot finish what is at fal and end."""
    DISK = "disk"
    """Another video might not find room."""
    CREDIT = "credit"
    """fal has locked the account, as it does when its credit is used up."""
    KEY = "key"
    """fal refuses the key."""
    BUSY = "busy"
    """fal asks for fewer requests."""
    AWAY = "away"
    """fal can't be reached: nothing was sent."""
    FAULTY = "faulty"
    """fal answers submits with errors that leave open whether it took them."""
    ALONE = "alone"
    """fal refuses this one while it takes others."""


OWNERS_BUSINESS = frozenset({HoldReason.CREDIT, HoldReason.KEY})
"""What lasts until the owner of the account at fal does something."""
PERHAPS_ONE = frozenset({HoldReason.KEY, HoldReason.BUSY})
"""What fal may say of all videos, of one model's, or of a single one: 401, 403 and 429."""
