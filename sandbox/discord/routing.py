"""A request as it came, a route that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.discord.cdn import File
from sandbox.discord.wire import Json, as_integer, as_object


@dataclass(slots=True, eq=False)
class RestRequest:
    """One request as it came, and how it was answered.

    `template` is the route, like `/channels/{channel}/messages`, with its values in
    `parameters`; empty when there is no such route. `body` is the JSON or `payload_json`.
    `status` stays empty when the connection was cut before an answer.
    """

    method: str
    template: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    authorization: str = field(repr=False)
    body: object = None
    files: dict[int, File] = field(default_factory=dict)
    unreadable: str = ""
    status: int | None = None
    error_code: int | None = None

    @property
    def json(self) -> Json:
        """The body, when it is a JSON object."""
        return as_object(self.body)

    def id(self, parameter: str) -> int:
        """Read an id from the path; something else than a number is an id of nothing."""
        return as_integer(self.parameters[parameter])

    def asks(self, key: str) -> bool:
        """Whether a query flag is set: discord.py writes `1`, the documentation `true`."""
        return self.query.get(key, "").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is sent as HTML, as what stands before Discord does."""

    status: int = 204
    body: Json | list[Json] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    text: str = ""


Handler: TypeAlias = Callable[[RestRequest], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """`by_bot` routes want the bot's token; the others carry an interaction's in their path."""

    method: str
    template: str
    handler: Handler
    by_bot: bool = True
