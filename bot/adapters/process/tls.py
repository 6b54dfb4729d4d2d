"""The certificates that every connection trusts."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return the trusted certificates, read once: reading them for each client takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)
