"""Discord's rules for messages with the flag IS_COMPONENTS_V2.

See https://docs.discord.com/developers/components/reference#component-reference.
"""

from sandbox.discord.cdn import Attachment
from sandbox.discord.component_rules import check_shared, wrong_kind
from sandbox.discord.components import Component, kind, texts, walk_paths
from sandbox.discord.errors import bad_length, invalid_form, too_long
from sandbox.discord.wire import Json, as_list, as_object, as_objects, as_text

MOST_COMPONENTS = 40
"""With the nested ones."""
LONGEST_TEXT = 4000
"""Of all texts of a message together."""
MOST_MEDIA = 10
LONGEST_DESCRIPTION = 1024
ATTACHED = "attachment://"

_IN_CONTAINER = frozenset(
    {
        Component.ACTION_ROW,
        Component.SECTION,
        Component.TEXT_DISPLAY,
        Component.MEDIA_GALLERY,
        Component.FILE,
        Component.SEPARATOR,
    }
)
_AT_TOP = _IN_CONTAINER | {Component.CONTAINER}
_LEGACY_FIELDS = ("content", "embeds", "poll", "sticker_ids")


def check_no_legacy_fields(body: Json, path: str) -> None:
    """Refuse content, embeds, polls and stickers beside Components V2."""
    for field in _LEGACY_FIELDS:
        if body.get(field):
            raise legacy_field(f"{path}{field}", field)


def legacy_field(path: str, field: str) -> Exception:
    return invalid_form(
        path,
        f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    )


def check_version_2(components: list[Json], path: str) -> None:
    """Refuse what Discord refuses.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    everything = list(walk_paths(components, path))
    if len(everything) > MOST_COMPONENTS:
        raise invalid_form(
            path,
            f"The maximum number of components has been exceeded ({MOST_COMPONENTS})",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        )
    _check_kinds(components, path, _AT_TOP)
    for where, item in everything:
        _check_one(item, where)
    if sum(map(len, texts(components))) > LONGEST_TEXT:
        raise invalid_form(
            path,
            f"The maximum number of characters in text has been exceeded ({LONGEST_TEXT})",
            "COMPONENT_MAX_TOTAL_TEXT_SIZE_EXCEEDED",
        )
    check_shared(everything, path)


def _check_one(item: Json, path: str) -> None:
    match kind(item):
        case Component.CONTAINER:
            _check_kinds(as_objects(item.get("components")), f"{path}.components", _IN_CONTAINER)
        case Component.SECTION:
            _check_section(item, path)
        case Component.TEXT_DISPLAY:
            if not 1 <= len(as_text(item.get("content"))) <= LONGEST_TEXT:
                raise bad_length(f"{path}.content", 1, LONGEST_TEXT)
        case Component.MEDIA_GALLERY:
            _check_gallery(item, path)
        case Component.THUMBNAIL:
            _check_media(item, path)
        case Component.FILE:
            url = as_text(as_object(item.get("file")).get("url"))
            if not url.startswith(ATTACHED):
                raise _bad_link(f"{path}.file.url", "attachment")
        case _:
            pass


def _check_kinds(held: list[Json], path: str, allowed: frozenset[Component]) -> None:
    for index, item in enumerate(held):
        if kind(item) not in allowed:
            raise wrong_kind(f"{path}.{index}", allowed)


def _check_gallery(item: Json, path: str) -> None:
    entries = as_objects(item.get("items"))
    if not 1 <= len(entries) <= MOST_MEDIA:
        raise bad_length(f"{path}.items", 1, MOST_MEDIA)
    for index, entry in enumerate(entries):
        _check_media(entry, f"{path}.items.{index}")


def _check_section(item: Json, path: str) -> None:
    held = as_objects(item.get("components"))
    if not 1 <= len(held) <= 3:
        raise bad_length(f"{path}.components", 1, 3)
    _check_kinds(held, f"{path}.components", frozenset({Component.TEXT_DISPLAY}))
    allowed = {Component.BUTTON, Component.THUMBNAIL}
    if kind(as_object(item.get("accessory"))) not in allowed:
        raise wrong_kind(f"{path}.accessory", allowed)


def _check_media(entry: Json, path: str) -> None:
    url = as_text(as_object(entry.get("media")).get("url"))
    if not url.startswith((ATTACHED, "http://", "https://")):
        raise _bad_link(f"{path}.media.url", "http', 'https', 'attachment")
    if len(as_text(entry.get("description"))) > LONGEST_DESCRIPTION:
        raise too_long(f"{path}.description", LONGEST_DESCRIPTION)


def _bad_link(path: str, schemes: str) -> Exception:
    return invalid_form(path, f"Scheme must be one of ('{schemes}').", "URL_TYPE_INVALID_SCHEME")


def hidden(attachments: list[Attachment], components: list[Json]) -> list[str]:
    """Name the files that nobody sees: a Components V2 message shows only those it refers to."""
    shown = {link.partition("?")[0] for link in _strings(list[object](components))}
    return [file.filename for file in attachments if file.url.partition("?")[0] not in shown]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    held = as_list(value) or list(as_object(value).values())
    return [text for item in held for text in _strings(item)]
