"""How large a file a server takes, learned from what it refused.

Discord raises the limit with a server's boosts, changes it over the years, and tells it to
interactions only: https://docs.discord.com/developers/reference#uploading-files
"""

LIMITS = (100 << 20, 50 << 20, 20_000_000, 10 << 20)
"""What Discord's limits have been, in bytes."""


def lower_limit(refused: int) -> int | None:
    """Return the largest limit that would explain why a file of so many bytes was refused."""
    return next((limit for limit in LIMITS if limit < refused), None)
