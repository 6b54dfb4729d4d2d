"""A member's choices in select menus and modals, as Discord's client sends them."""

from collections.abc import Mapping, Sequence

from sandbox.discord.cdn import File
from sandbox.discord.components import Component, kind, walk
from sandbox.discord.forms import ModalValue, Resolver, SelectValue, check_bounds
from sandbox.discord.guilds import Channel, Member, Role
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

_WITH_OPTIONS = (Component.STRING_SELECT, Component.RADIO_GROUP, Component.CHECKBOX_GROUP)
_TAKES: Mapping[int, tuple[type, ...]] = {
    Component.STRING_SELECT: (str,),
    Component.RADIO_GROUP: (str,),
    Component.CHECKBOX_GROUP: (str,),
    Component.USER_SELECT: (Member,),
    Component.ROLE_SELECT: (Role,),
    Component.MENTIONABLE_SELECT: (Member, Role),
    Component.CHANNEL_SELECT: (Channel,),
    Component.FILE_UPLOAD: (File,),
}


def selected(item: Json, values: Sequence[SelectValue | File], resolver: Resolver) -> list[str]:
    """Check the choices in a select, group or upload, and return them as Discord writes them.

    Raises:
        ValueError: The client wouldn't let the member choose this.
    """
    name = as_text(item.get("custom_id"))
    most = len(as_objects(item["options"])) if kind(item) == Component.CHECKBOX_GROUP else 1
    least, limit = as_integer(item.get("min_values"), 1), as_integer(item.get("max_values"), most)
    if values or item.get("required", True) is True:
        check_bounds({"name": name, "min": least}, len(values), "min", "max", most=limit)
    chosen: list[str] = []
    for value in values:
        if not isinstance(value, _TAKES[kind(item)]):
            raise ValueError(f"{name}: {value!r} doesn't fit")  # noqa: TRY004 - as any other wrong input
        if isinstance(value, str):
            chosen.append(_option(item, value) if kind(item) in _WITH_OPTIONS else value)
        else:
            chosen.append(resolver.add(value))
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{name}: one thing is chosen twice")
    return chosen


def _option(item: Json, wanted: str) -> str:
    options = as_objects(item.get("options"))
    for option in options:
        if wanted in (option["value"], option["label"]):
            return as_text(option["value"])
    known = [option["label"] for option in options]
    raise ValueError(f"{item['custom_id']}: no option {wanted!r} among {known}")


def modal_components(
    modal: Json, values: Mapping[str, ModalValue], resolver: Resolver, *, size_limit: int
) -> list[Json]:
    """Fill in a modal; `values` are keyed by the field's custom id or its label.

    Raises:
        ValueError: A key fits no field, a value its field, or a required one is missing; or a
            file is over `size_limit` bytes.
    """
    left = dict(values)
    submitted: list[Json] = []
    for item in as_objects(modal.get("components")):
        entry: Json = {"type": kind(item), "id": 0}
        if kind(item) == Component.LABEL:
            inner = as_object(item["component"])
            taken = _take(inner, as_text(item["label"]), left)
            entry["component"] = _fill(inner, taken, resolver, size_limit)
        elif kind(item) == Component.ACTION_ROW:
            entry["components"] = [
                _fill(inner, _take(inner, as_text(inner.get("label")), left), resolver, size_limit)
                for inner in walk(as_objects(item["components"]))
            ]
        submitted.append(entry)
    if left:
        raise ValueError(f"the modal has no field {sorted(left)}")
    return submitted


def _take(item: Json, label: str, left: dict[str, ModalValue]) -> ModalValue | None:
    by_id = left.pop(as_text(item["custom_id"]), None)
    return left.pop(label, None) if by_id is None else by_id


def _fill(item: Json, value: ModalValue | None, resolver: Resolver, size_limit: int) -> Json:
    custom_id = as_text(item["custom_id"])
    filled: Json = {"type": kind(item), "id": 0, "custom_id": custom_id}
    match kind(item), value:
        case Component.TEXT_INPUT, str() | None:
            filled["value"] = _typed(item, value)
        case Component.CHECKBOX, bool() | None:
            filled["value"] = bool(value)
        case (Component.TEXT_INPUT | Component.CHECKBOX, _) | (_, bool()):
            raise ValueError(f"{custom_id}: {value!r} doesn't fit")
        case _:
            single = isinstance(value, str | File | Member | Role | Channel)
            chosen = _selected_before(item) if value is None else [value] if single else value
            if not chosen and item.get("required", True) is True:
                raise ValueError(f"{custom_id} is required")
            for one in chosen:
                if isinstance(one, File) and len(one.data) > size_limit:
                    raise ValueError(f"{custom_id}: {one.filename} is too large")
            ids = selected(item, chosen, resolver)
            if kind(item) == Component.RADIO_GROUP:
                filled["value"] = ids[0] if ids else None
            else:
                filled["values"] = ids
    return filled


def _selected_before(item: Json) -> list[str]:
    """Return the options that a select or group begins with."""
    options = as_objects(item.get("options"))
    return [as_text(option["value"]) for option in options if option.get("default") is True]


def _typed(item: Json, value: str | None) -> str:
    text = as_text(item.get("value")) if value is None else value
    named = item | {"name": item["custom_id"]}
    if item.get("required", True) is True and not text:
        raise ValueError(f"{item['custom_id']} is required")
    check_bounds(named, len(text), "", "max_length", most=4000)
    if text:
        check_bounds(named, len(text), "min_length", "", most=4000)
    return text
