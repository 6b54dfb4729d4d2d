"""glibc's allocator: hands large freed blocks back to the system."""

import ctypes
from contextlib import suppress

# From malloc.h.
_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1 << 20


def give_back_large_blocks() -> None:
    """Make the allocator return each block of a mebibyte or more as soon as it is freed.

    Left alone, glibc takes the first large block freed as a sign that more of them will be wanted,
    and keeps them: some 40 MB after a few large pictures. Other systems' allocators have no such
    habit and no such function. See https://man7.org/linux/man-pages/man3/mallopt.3.html.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
