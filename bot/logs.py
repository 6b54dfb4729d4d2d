"""Logging to standard error, without secrets."""

import logging
import re
from collections.abc import Iterable

from typing_extensions import override

# The signature of a URL is in its query (the invite link's query isn't secret). Discord's tokens of
# interactions and webhooks are in the path.
_QUERY = re.compile(r"(https?://(?!discord\.com/oauth2/)[^\s?'\"<>]+)\?[^\s'\"<>]+")
_TOKEN_PATH = re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.-]+")


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
    logging.getLogger("discord.client").addFilter(_quiet)
    logging.getLogger("discord.gateway").addFilter(_OnceAnOpcode())


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


def _quiet(record: logging.LogRecord) -> bool:
    """Return whether to log a record of discord.py's; shorten those that are too long."""
    # The message on each lost connection has a traceback that adds nothing.
    if str(record.msg).startswith("Attempting a reconnect"):
        record.exc_info = None
    # "PyNaCl is not installed" and the like: the bot has no voice.
    return "voice will NOT be supported" not in record.getMessage()
