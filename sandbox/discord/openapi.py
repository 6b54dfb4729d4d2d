"""Discord's own OpenAPI document as a judge of what the bot sends.

https://github.com/discord/discord-api-spec
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import cast

from jsonschema import Draft202012Validator, ValidationError

from sandbox.discord.rest import PREFIX
from sandbox.discord.routing import RestRequest
from sandbox.discord.wire import Json, as_object

_LARGEST_OTHER_NUMBER = 1 << 53
_PLACEHOLDER = re.compile(r"\{[^}]+\}")


class OpenApi:
    """The document; it must outlive the requests that it judges."""

    def __init__(self, file: Path) -> None:
        self._document = cast("Json", json.loads(file.read_text()))
        paths = as_object(self._document["paths"])
        # Literal paths first: `…/messages/@original` also fits `…/messages/{message_id}`.
        self._paths = [
            (
                re.compile(
                    _PLACEHOLDER.sub(
                        r"[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
                    )
                ),
                path,
            )
            for path in sorted(paths, key=lambda path: (path.count("{"), path))
        ]
        self._validator = cache(self._make_validator)

    def complaints(self, request: RestRequest) -> list[str]:
        """Return the document's objections to a request."""
        path = next(
            (
                p
                for pattern, p in self._paths
                if pattern.fullmatch(request.path.removeprefix(PREFIX))
            ),
            None,
        )
        if path is None:
            return [f"{request.method} {request.path}: no such path in Discord's document"]
        validator = self._validator(request.method.lower(), path)
        if validator is None or request.body is None:
            return []
        errors = cast(
            "list[ValidationError]",
            list(validator.iter_errors(_as_documented(request.body))),  # pyright: ignore[reportUnknownMemberType, reportArgumentType]  # jsonschema's stubs
        )
        return [f"{request.method} {path}: {error.json_path}: {error.message}" for error in errors]

    def _make_validator(self, method: str, path: str) -> Draft202012Validator | None:
        operation = as_object(as_object(as_object(self._document["paths"])[path]).get(method))
        content = as_object(as_object(operation.get("requestBody")).get("content"))
        if "application/json" not in content:
            return None
        schema = as_object(content["application/json"])["schema"]
        # References lead into the document's components.
        whole = {"components": self._document["components"], "allOf": [schema]}
        return Draft202012Validator(whole)


def _as_documented(value: object, key: str = "") -> object:
    """Return a body as the document writes it: ids are text, where discord.py sends numbers.

    Discord takes both, for snowflakes as for the numbers that attachments are given.
    """
    if isinstance(value, dict):
        return {name: _as_documented(part, name) for name, part in cast("Json", value).items()}
    if isinstance(value, list):
        parts = [_as_documented(part) for part in cast("list[object]", value)]
        return [_numbered(part) for part in parts] if key == "attachments" else parts
    is_snowflake = isinstance(value, int) and value > _LARGEST_OTHER_NUMBER
    return str(value) if is_snowflake else value


def _numbered(attachment: object) -> Json:
    return {**as_object(attachment), "id": str(as_object(attachment).get("id"))}
