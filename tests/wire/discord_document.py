"""Discord's OpenAPI document as a judge, where it is there."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sandbox.bot_process import CHECKOUT
from sandbox.discord import RestRequest
from sandbox.discord.openapi import OpenApi

DOCUMENT: Path = CHECKOUT.parent / "shared" / "discord-openapi.json"


@cache
def judge() -> OpenApi | None:
    return OpenApi(DOCUMENT) if DOCUMENT.is_file() else None


def complaints(requests: Sequence[RestRequest]) -> list[str]:
    """Return what the document says against these requests; nothing without the document."""
    document = judge()
    if document is None:
        return []
    return [complaint for request in requests for complaint in document.complaints(request)]
