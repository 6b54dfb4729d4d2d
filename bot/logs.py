"""Logging to standard error, without secrets."""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable

from typing_extensions import override

# The signature of a URL is in its query (the invite link's query isn't secret). Discord's tokens of
# interactions and webhooks are in the path.
_QUERY = re.compile(r"(https?://(?!discord\.com/oauth2/)[^\s?'\"<>]+)\?[^\s'\"<>]+")
_TOKEN_PATH = re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.-]+")

# asyncio says it several times for each try: https://github.com/python/cpython/issues/151615
_NOT_ACCEPTED = "socket.accept() out of system resource"
# By logger, the beginnings of the messages that anybody at an open port can cause at any rate.
_OPEN_PORTS = {
    "asyncio": _NOT_ACCEPTED,
    "aiohttp.server": "",
    "bot.adapters.webhook.receiver": "",
    "bot.application.pipeline.webhook": "",
}
_QUIET_SECONDS = 60.0


class Redacting(logging.Formatter):
    """Formats records and blanks secrets in all of a record, tracebacks included."""

    def __init__(self, secrets: Iterable[str]):
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    @override
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return _TOKEN_PATH.sub(r"\1[token]", _QUERY.sub(r"\1?[query]", text))


def configure(level: str, secrets: Iterable[str]) -> None:
    """Log to standard error, from `level` on, without the `secrets`."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Libraries' debug messages hold whole events, with prompts and tokens.
    for library in ("aiosqlite", "asyncio", "discord", "fal_client", "httpcore", "httpx", "PIL"):
        logging.getLogger(library).setLevel(max(logging.INFO, logging.getLogger().level))
    # httpx logs whole URLs at INFO.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("asyncio").addFilter(_name_reason)
    for logger, begin in _OPEN_PORTS.items():
        logging.getLogger(logger).addFilter(OnceAMinute(begin))
    logging.getLogger("discord.client").addFilter(_quiet)
    logging.getLogger("discord.gateway").addFilter(_OnceAnOpcode())


class OnceAMinute(logging.Filter):
    """Lets each warning and error through once a minute, with the number of those left out since.

    That holds for messages that begin with `begin`; the same are those that differ in arguments.
    """

    def __init__(self, begin: str, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._begin = begin
        self._now = now
        self._next: dict[str, float] = {}
        self._left_out = Counter[str]()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        message = str(record.msg)
        if record.levelno < logging.WARNING or not message.startswith(self._begin):
            return True
        now = self._now()
        if now < self._next.get(message, now):
            self._left_out[message] += 1
            return False
        self._next[message] = now + _QUIET_SECONDS
        if left_out := self._left_out.pop(message, 0):
            record.msg = f"{record.msg}; {left_out} more since the last such line"
        return True


class _OnceAnOpcode(logging.Filter):
    """Leaves discord.py's line about an unknown opcode to the first frame that has one."""

    def __init__(self) -> None:
        super().__init__()
        self._is_logged = False

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith("Unknown OP code"):
            return True
        was_logged, self._is_logged = self._is_logged, True
        return not was_logged


def _name_reason(record: logging.LogRecord) -> bool:
    """Replace the traceback of a connection that can't be accepted by the error."""
    if str(record.msg).startswith(_NOT_ACCEPTED) and record.exc_info:
        record.msg, record.exc_info = f"{_NOT_ACCEPTED}: {record.exc_info[1]}", None
    return True


def _quiet(record: logging.LogRecord) -> bool:
    """Return whether to log a record of discord.py's; shorten those that are too long."""
    # The message on each lost connection has a traceback that adds nothing.
    if str(record.msg).startswith("Attempting a reconnect"):
        record.exc_info = None
    # "PyNaCl is not installed" and the like: the bot has no voice.
    return "voice will NOT be supported" not in record.getMessage()
