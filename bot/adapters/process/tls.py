"""The certificates that every connection trusts."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return them, read once: each client would read them anew, which takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)
