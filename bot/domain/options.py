"""Options: the values that a member typed and picked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

from bot.domain.markup import Names, is_covered, read_markup

_TYPED = ("prompt", "negative_prompt", "transitions", "modify_region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a command, unchecked, by their names there; None: not chosen.

    A job keeps its options, so that its request can be edited; a member's own defaults are options,
    too.
    """

    prompt: str = ""
    """The description of the video."""
    negative_prompt: str | None = None
    """The things to keep out of the video."""
    style: str | None = None
    """The name of one of the operator's styles."""
    camera: str | None = None
    """The name of one of the operator's camera moves."""
    motion: str | None = None
    """The name of one of the operator's amounts of motion."""
    aspect_ratio: str | None = None
    """Width to height, such as 16:9."""
    resolution: str | None = None
    """The number of lines, such as 720p."""
    duration: int | None = None
    """The length in seconds."""
    seed: int | None = None
    """The number that makes a video repeatable; drawn at random if not chosen."""
    model: str | None = None
    """The name or key of a model, or `Draft`."""
    effect: str | None = None
    """The name of a Pikaffect."""
    ingredients_mode: str | None = None
    """The name of one of Pikascenes' modes of using its pictures."""
    transitions: str | None = None
    """Pikaframes' transitions, a line each."""
    modify_region: str | None = None
    """The part of the video that a swap replaces."""

    def chosen(self) -> dict[str, str | int]:
        """Return the options that were chosen, by name."""
        options: dict[str, str | int | None] = asdict(self)
        return {name: value for name, value in options.items() if value not in {None, ""}}  # pyright: ignore[reportReturnType]  # no None is left

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the options of values that `chosen` returned, in this version or another."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})  # pyright: ignore[reportArgumentType]  # written by `chosen`

    @property
    def has_spoiler(self) -> bool:
        """True if something in the typed texts is between spoiler bars."""
        return any(is_covered(text) for text in self._typed().values())

    def read(self, names: Names) -> Self:
        """Return these options with the words that Discord shows in place of its markup."""
        return replace(
            self, **{key: read_markup(text, names) for key, text in self._typed().items()}
        )

    def _typed(self) -> dict[str, str]:
        return {key: str(text) for key, text in self.chosen().items() if key in _TYPED}

    def overridden_by(self, other: "Options") -> Self:
        """Return these options, replaced by those that were chosen in `other`."""
        return replace(self, **other.chosen())
