"""Discord's OpenAPI document as a judge, where it is there."""

import json
import re
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


_ID = re.compile(r"\d{5,}")
# Every bot sends the same commands when it starts: to judge them takes longer than to start it.
_judged: dict[tuple[str, str, str], list[str]] = {}


def complaints(requests: Sequence[RestRequest]) -> list[str]:
    """Return what the document says against these requests; nothing without the document."""
    document = judge()
    if document is None:
        return []
    against: list[str] = []
    for request in requests:
        key = (request.method, _ID.sub("0", request.path), json.dumps(request.body))
        if key not in _judged:
            _judged[key] = document.complaints(request)
        against += _judged[key]
    return against
