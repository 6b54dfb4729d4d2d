"""Tags: names of jobs that stay unique when a database is replaced by a new or an older one."""

import base64
import re

TAG_BYTES = 16
"""The random bytes of a tag."""
_TAG = re.compile("[a-z2-7]{26}")


def tag_of(data: bytes) -> str:
    """Return 16 random bytes as a tag: 26 lowercase letters and digits (base32)."""
    assert len(data) == TAG_BYTES, "a tag has 128 bits"
    return base64.b32encode(data).decode().rstrip("=").lower()


def is_tag(reference: str) -> bool:
    """Return whether a reference is a tag; otherwise it is a number from before tags."""
    return _TAG.fullmatch(reference) is not None
