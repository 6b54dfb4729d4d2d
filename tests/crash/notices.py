"""What the bot told its members: each text on its way to Discord, and what it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.discord import File, RestRequest
from sandbox.discord.wire import as_integer, as_object, as_text
from tests.crash.observations import Evidence

_FACTS = re.compile(r"-# <@(\d+)> · .* · #(\d+)( · seed .*)?$")


@dataclass(frozen=True)
class Told:
    """One text, and maybe files with it. `at` is when it came, in seconds since 1970.

    `job_id` and `member_id` are what a status message says of itself. `source` is the interaction
    that is answered, `message` the message that is written, `reply_to` the one that is replied to.
    """

    at: float
    text: str
    files: Sequence[File]
    job_id: int | None
    member_id: int | None
    source: int | None
    message: int | None
    reply_to: int | None
    channel: int | None
    clocks_off: float
    """How many seconds the bot's clock may have been off."""


def everything_told(evidence: Evidence) -> Iterator[Told]:
    """Yield every text that Discord didn't refuse, in the order in which they came."""
    sources = {one.token: one.id for one in evidence.invocations}
    nonces = {str(one.nonce): one.id for one in evidence.messages if one.nonce}
    for request, at in evidence.requests:
        if told := _read(request, at, sources, nonces, evidence.clocks_off):
            yield told


def _read(
    request: RestRequest,
    at: float,
    sources: dict[str, int],
    nonces: dict[str, int],
    clocks_off: float,
) -> Told | None:
    parameters = request.parameters
    data = as_object(request.json.get("data")) or request.json
    text = as_text(data.get("content"))
    # Without a status the connection was cut: Discord may have taken it.
    refused = request.status is not None and request.status >= 400
    if refused or not text:
        return None
    facts = _FACTS.search(text)
    reference = as_object(data.get("message_reference"))
    return Told(
        at=at,
        text=text,
        files=list(request.files.values()),
        job_id=int(facts[2]) if facts else None,
        member_id=int(facts[1]) if facts else None,
        source=sources.get(parameters.get("token", "")),
        message=as_integer(parameters.get("message")) or nonces.get(str(data.get("nonce"))),
        reply_to=as_integer(reference.get("message_id")) or None,
        channel=as_integer(parameters.get("channel")) or None,
        clocks_off=clocks_off,
    )
