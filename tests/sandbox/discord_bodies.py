"""Bodies of messages and modals, for the tests of what Discord takes."""

from typing import TypeAlias

from sandbox.discord.wire import Json

Case: TypeAlias = tuple[Json, str]
"""A body, and where Discord finds what fault with it; nothing where it takes it."""

V2 = 1 << 15


def button(number: int = 0, **changes: object) -> Json:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"b{number}", **changes}


def buttons(number: int) -> Json:
    return row(*(button(n) for n in range(number)))


def row(*held: Json) -> Json:
    return {"type": 1, "components": list(held)}


def select(options: int = 1, **changes: object) -> Json:
    listed = [{"label": f"l{n}", "value": f"v{n}"} for n in range(options)]
    return {"type": 3, "custom_id": "s", "options": listed, **changes}


def option(**changes: object) -> Json:
    return select(options=0) | {"options": [{"label": "l", "value": "v", **changes}]}


def embed(length: int) -> Json:
    return {"description": "x" * length}
