"""A received request, and the route that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.discord.cdn import File
from sandbox.discord.wire import Json, as_integer, as_object


@dataclass(slots=True, eq=False)
class RestRequest:
    """One received request, and the status of its answer."""

    method: str
    template: str
    """The route, like `/channels/{channel}/messages`; empty when there is no such route."""
    path: str
    parameters: Mapping[str, str]
    """The values in the path by their name in `template`."""
    query: Mapping[str, str]
    authorization: str = field(repr=False)
    """The header of that name."""
    body: object = None
    """The JSON, or the part `payload_json`."""
    files: dict[int, File] = field(default_factory=dict)
    """The files by the number in their part's name, `files[n]`."""
    unreadable: str = ""
    """The reason for which the body couldn't be read."""
    status: int | None = None
    """HTTP status of the answer; None where the connection was cut before."""
    error_code: int | None = None
    """Discord's code in the body of a refusal."""

    @property
    def json(self) -> Json:
        """The body, when it is a JSON object."""
        return as_object(self.body)

    def id(self, parameter: str) -> int:
        """Return an id from the path; 0, which is nothing's id, where it is no number."""
        return as_integer(self.parameters[parameter])

    def asks(self, key: str) -> bool:
        """Return whether a query flag is set: discord.py writes `1`, the documentation `true`."""
        return self.query.get(key, "").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    status: int = 204
    body: Json | list[Json] | None = None
    """Sent as JSON; None for an empty body."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    text: str = ""
    """Sent as HTML in place of `body`, as Cloudflare answers in front of Discord."""


Handler: TypeAlias = Callable[[RestRequest], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the REST API."""

    method: str
    template: str
    """The path without the version, with names for its variable parts."""
    handler: Handler
    by_bot: bool = True
    """The route wants the bot's token; others carry an interaction's token in their path."""
