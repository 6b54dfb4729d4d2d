"""Limits of embeds.

See https://docs.discord.com/developers/resources/message#embed-object-embed-limits.
"""

from collections.abc import Iterator

from sandbox.discord.errors import invalid_form, too_long
from sandbox.discord.wire import Json, as_object, as_objects, as_text

MOST_EMBEDS = 10
MOST_FIELDS = 25
MOST_CHARACTERS = 6000
"""Of all embeds of a message together."""


def check_embeds(embeds: list[Json], path: str) -> None:
    """Refuse too many or too long embeds.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    if len(embeds) > MOST_EMBEDS:
        raise too_long(path, MOST_EMBEDS)
    characters = 0
    for index, embed in enumerate(embeds):
        if len(as_objects(embed.get("fields"))) > MOST_FIELDS:
            raise too_long(f"{path}.{index}.fields", MOST_FIELDS)
        for key, text, limit in _texts(embed):
            if len(text) > limit:
                raise too_long(f"{path}.{index}.{key}", limit)
            characters += len(text)
    if characters > MOST_CHARACTERS:
        raise invalid_form(
            path,
            f"Embed size exceeds maximum size of {MOST_CHARACTERS}",
            "MAX_EMBED_SIZE_EXCEEDED",
        )


def _texts(embed: Json) -> Iterator[tuple[str, str, int]]:
    """Yield the texts that count, each with its place and its own limit."""
    yield "title", as_text(embed.get("title")), 256
    yield "description", as_text(embed.get("description")), 4096
    yield "footer.text", as_text(as_object(embed.get("footer")).get("text")), 2048
    yield "author.name", as_text(as_object(embed.get("author")).get("name")), 256
    for index, field in enumerate(as_objects(embed.get("fields"))):
        yield f"fields.{index}.name", as_text(field.get("name")), 256
        yield f"fields.{index}.value", as_text(field.get("value")), 1024
