"""Hold reasons: the reasons for which waiting jobs aren't sent."""

from enum import StrEnum


class HoldReason(StrEnum):
    """The reason for which a job isn't sent, whatever its place in line.

    The values are part of `Job.shown`, which is stored.
    """

    CHECKING = "checking"
    """The database is a restored backup: the requests that were sent after it are looked for."""
    DRAINING = "draining"
    """The operator has the bot finish what is at fal and end."""
    KEEPING = "keeping"
    """Finished videos can't be kept: paying for another would be in vain."""
    ASIDE = "aside"
    """Another process answers with the same token, and may send the same videos."""
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
    """fal refuses this job while it takes others."""


NEEDS_OWNER = frozenset({HoldReason.CREDIT, HoldReason.KEY})
"""Reasons that last until the owner of the account at fal does something."""
SCOPE_UNKNOWN = frozenset({HoldReason.KEY, HoldReason.BUSY})
"""Reasons that may hold for all jobs, for an endpoint, or for one job: of 401, 403 and 429."""
