"""Watches Discord's answers to first responses: each tells whether another process answers, too.

Of all processes that run with one token, Discord tells each of every interaction and takes the
first response of one: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
from pydantic import BaseModel, ValidationError

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
ALREADY_ACKNOWLEDGED = 40060
LATE_SECONDS = 1.5
"""A process that stands aside answers so late: the other one, if it is there, was faster."""
_CALLBACK = re.compile(r"/interactions/([0-9]+)/[^/]+/callback$")
_REMEMBERED = 1000
ASIDE = (
    "Two copies of me are running, so I made nothing; please ask again in a minute, and if it stays"
    " so tell the bot's owner."
)
"""The sentence of the refusal by a process that stands aside, whatever it is asked."""


class _Refusal(BaseModel):
    code: int


@dataclass(slots=True)
class Acknowledgements:
    """Reports each first response that Discord took, and each that it refused as given already.

    discord.py repeats a response after an error of the server: a refusal then may mean that the
    one before has arrived, so it proves nothing.
    """

    taken: Callable[[], Awaitable[None]]
    """Called when Discord took a response."""
    given_by_other: Callable[[], Awaitable[None]]
    """Called when another process has responded."""
    _perhaps_given: dict[int, None] = field(default_factory=dict[int, None])
    """The interactions that this process has answered, or may have; the oldest first."""
    _uncounted: dict[int, None] = field(default_factory=dict[int, None])
    """The interactions whose responses don't prove that this process is alone."""

    def trace(self) -> aiohttp.TraceConfig:
        """Return the hooks for the session that carries discord.py's requests."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._ended)
        config.on_request_exception.append(self._failed)
        return config

    def leave_uncounted(self, interaction_id: int) -> None:
        """Don't take the response to this interaction for a proof: completions may be ignored."""
        _remember(self._uncounted, interaction_id)

    async def _ended(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestEndParams,
    ) -> None:
        interaction_id = _interaction_of(request.url.path)
        if interaction_id is None:
            return
        status = request.response.status
        if status < HTTPStatus.MULTIPLE_CHOICES:
            _remember(self._perhaps_given, interaction_id)
            if interaction_id not in self._uncounted:
                await self.taken()
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _remember(self._perhaps_given, interaction_id)
        elif (
            status == HTTPStatus.BAD_REQUEST
            and interaction_id not in self._perhaps_given
            # discord.py reads the body once more: aiohttp keeps it.
            and _code(await request.response.read()) == ALREADY_ACKNOWLEDGED
        ):
            await self.given_by_other()

    async def _failed(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        interaction_id = _interaction_of(request.url.path)
        unsent = isinstance(request.exception, aiohttp.ClientConnectorError)
        if interaction_id is not None and not unsent:
            _remember(self._perhaps_given, interaction_id)


async def be_late() -> None:
    """Wait until another process, if there is one, has answered."""
    await asyncio.sleep(LATE_SECONDS)


def _interaction_of(path: str) -> int | None:
    match = _CALLBACK.search(path)
    return int(match[1]) if match else None


def _code(body: bytes) -> int | None:
    try:
        return _Refusal.model_validate_json(body).code
    except ValidationError:
        return None


def _remember(entries: dict[int, None], entry: int) -> None:
    entries[entry] = None
    if len(entries) > _REMEMBERED:
        del entries[next(iter(entries))]
