"""Types of the settings' values, checked when the settings are read."""

import re
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.calendar import check_zone
from bot.domain.money import micro_usd
from bot.domain.refusal import Refusal

_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_MEDIA_HOST = re.compile(
    rf"(http://)?(\*\.)?(?P<host>{_LABEL}(\.{_LABEL})*)(:(?P<port>[0-9]{{1,5}}))?"
)
_FOUR_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_HIGHEST_PORT = 65_535


class Section(BaseModel):
    """A section of `config.toml`; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _http(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("must begin with https://, or http:// for a server of your own")
    return _with_host(url).rstrip("/")


def _http_or_nothing(url: str) -> str:
    return _http(url) if url else url


def _websocket(url: str) -> str:
    if not url.startswith(("wss://", "ws://")):
        raise ValueError("must begin with wss://, or ws:// for a server of your own")
    return _with_host(url)


def _with_host(url: str) -> str:
    parts = urlsplit(url)
    # Reading an invalid port raises ValueError with a fitting sentence.
    if not parts.hostname or parts.port == 0:
        raise ValueError("must name a host")
    _check_numbers(parts.hostname)
    return url


def _check_numbers(host: str) -> None:
    """Raise ValueError for a host of four numbers that isn't an IPv4 address."""
    if _FOUR_NUMBERS.fullmatch(host):
        IPv4Address(host)


def _folder(url: str) -> str:
    scheme, _, path = url.partition(":")
    if scheme != "file" or not path:
        raise ValueError("must be `file:` and a folder")
    return url


def _media_host(entry: str) -> str:
    match = _MEDIA_HOST.fullmatch(entry)
    if match is None or not 0 < int(match["port"] or 443) <= _HIGHEST_PORT:
        raise ValueError(
            "must be a host like cdn.example or *.example, or http://host:port for plain http"
        )
    _check_numbers(match["host"])
    return entry


def _one_line(words: str) -> str:
    if "\n" in words:
        raise ValueError("must be one line")
    return words


def _number_as_text(value: object) -> object:
    """Return a number as text: dollars may be written without quotes."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _one_as_list(value: object) -> object:
    """Return a single number as a list of one."""
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


def _dollars(text: str) -> str:
    try:
        micro_usd(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError('must be dollars as text, such as "0.50"') from None
    return text


def _dollars_or_nothing(text: str) -> str:
    return _dollars(text) if text else text


def _time_zone(name: str) -> str:
    try:
        return check_zone(name)
    except Refusal:
        raise ValueError("must be a time zone, such as Europe/Berlin") from None


def limit_of(dollars: str) -> int | None:
    """Return a limit in micro-dollars; None for an empty text or zero, which mean no limit."""
    return micro_usd(Decimal(dollars or 0)) or None


OneLine = Annotated[str, AfterValidator(_one_line)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Dollars = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_dollars)]
OptionalDollars = Annotated[
    str, BeforeValidator(_number_as_text), AfterValidator(_dollars_or_nothing)
]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
ServerIds = Annotated[tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_one_as_list)]
Count = Annotated[int, Field(ge=1)]
Url = Annotated[str, AfterValidator(_http)]
OptionalUrl = Annotated[str, AfterValidator(_http_or_nothing)]
Port = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
GatewayUrl = Annotated[str, AfterValidator(_websocket)]
FolderUrl = Annotated[str, AfterValidator(_folder)]
MediaHost = Annotated[str, AfterValidator(_media_host)]
