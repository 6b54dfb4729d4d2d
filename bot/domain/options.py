"""What a member typed and picked, before anything is made of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a command, by their names there; None where the choice is left to us.

    `seed`, `duration` (seconds) and the rest are as typed, not checked yet. A job keeps them, so
    that its request can be edited; a member's own defaults are some, too.
    """

    prompt: str = ""
    negative_prompt: str | None = None
    style: str | None = None
    camera: str | None = None
    motion: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    duration: int | None = None
    seed: int | None = None
    model: str | None = None
    effect: str | None = None
    ingredients_mode: str | None = None
    transitions: str | None = None
    modify_region: str | None = None

    def given(self) -> dict[str, str | int]:
        """Return those that were given, by name."""
        values: dict[str, str | int | None] = asdict(self)
        return {name: value for name, value in values.items() if value not in {None, ""}}  # pyright: ignore[reportReturnType]  # no None is left

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Self:
        """Return the options of what `given` once returned. What isn't known is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})  # pyright: ignore[reportArgumentType]  # written by `given`

    def but(self, other: "Options") -> Self:
        """Return these options with all that `other` gives in their place."""
        return replace(self, **other.given())
