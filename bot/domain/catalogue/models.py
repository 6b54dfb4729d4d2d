"""The catalogue: which Pika models there are, what they take and what they cost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.domain.catalogue.prices import PriceRule, price_of
from bot.domain.refusal import Refusal

T = TypeVar("T")
DRAFT = "Draft"
"""The name under which the cheapest model of each kind can be asked for."""


class Kind(StrEnum):
    """What a model makes its video from, in fal's words."""

    TEXT = "text-to-video"
    IMAGE = "image-to-video"
    SCENES = "pikascenes"
    """From up to five pictures: things, people and places that appear in the video."""
    FRAMES = "pikaframes"
    """From two to five pictures that the video passes through."""
    EFFECT = "pikaffects"
    SWAP = "pikaswaps"
    """From a video, in which something is replaced."""
    ADD = "pikadditions"
    """From a video, to which something is added."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What a kind is made from. `pictures` are the fewest and the most of them."""

    pictures: tuple[int, int] = (0, 0)
    video: bool = False
    needs_prompt: bool = True


TAKES: dict[Kind, Takes] = {
    Kind.TEXT: Takes(),
    Kind.IMAGE: Takes(pictures=(1, 1)),
    # fal's schema has no limit, Pika's own client takes five.
    Kind.SCENES: Takes(pictures=(1, 5)),
    Kind.FRAMES: Takes(pictures=(2, 5), needs_prompt=False),
    Kind.EFFECT: Takes(pictures=(1, 1), needs_prompt=False),
    Kind.SWAP: Takes(pictures=(0, 1), video=True, needs_prompt=False),
    Kind.ADD: Takes(pictures=(1, 1), video=True, needs_prompt=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One endpoint with its parameters. The first value of each list is the default.

    A list is empty where the model has no such parameter: the input decides then. `longest` is the
    most seconds of all transitions together, 0 for models without. The prices leave no combination
    of resolution and duration out and name none twice.
    """

    key: str
    name: str
    kind: Kind
    endpoint: str
    aspect_ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    durations: tuple[int, ...] = ()
    ingredients_modes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    longest: int = 0
    negative_prompt: str = ""
    prices: tuple[PriceRule, ...]

    def __post_init__(self) -> None:
        for parameter, value, needed in (
            ("ingredients_modes", self.ingredients_modes, self.kind is Kind.SCENES),
            ("effects", self.effects, self.kind is Kind.EFFECT),
            ("longest", self.longest, self.kind is Kind.FRAMES),
        ):
            if bool(value) != needed:
                raise ValueError(
                    f"model {self.key}: {parameter} {'is missing' if needed else 'is for others'}"
                )
        if self.longest and self.durations:
            raise ValueError(f"model {self.key}: transitions have their own durations")
        if self.name.casefold() == DRAFT.casefold():
            raise ValueError(f"model {self.key}: {DRAFT} stands for the cheapest one")
        for resolution, seconds in self.choices:
            try:
                price_of(self.prices, resolution=resolution, seconds=seconds)
            except ValueError as error:
                raise ValueError(f"model {self.key}: {error}") from None
        for rule in self.prices:
            if not any(rule.is_for(*choice) for choice in self.choices):
                raise ValueError(
                    f"model {self.key}: a price for {rule.resolution or ''} {rule.duration or ''},"
                    " which it doesn't offer"
                )

    @property
    def choices(self) -> list[tuple[str | None, int | None]]:
        """Every resolution with every length in seconds; None where the model has no such choice."""
        lengths: Sequence[int | None] = self.durations or (None,)
        if self.longest:
            lengths = range(1, self.longest + 1)
        return [(one, seconds) for one in self.resolutions or (None,) for seconds in lengths]

    @property
    def span(self) -> tuple[int, int]:
        """The cheapest and the dearest price of its videos, in micro-dollars."""
        prices = [
            price_of(self.prices, resolution=resolution, seconds=seconds).micro_usd
            for resolution, seconds in self.choices
        ]
        return min(prices), max(prices)


def lines_of(resolution: str | None) -> int:
    """Return a resolution's number of lines, such as 720 for "720p"; 0 for None or no number."""
    digits = re.match(r"[0-9]+", resolution or "")
    return int(digits[0]) if digits else 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The enabled models, in the operator's order; the first of a kind is that kind's default."""

    models: Sequence[Model]

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("no model is enabled")
        keys = [model.key for model in self.models]
        if double := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"model {double} is listed twice")
        names = [(model.kind, model.name.casefold()) for model in self.models]
        if double := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two models of kind {double[0]} are called {double[1]}")

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of which there is a model."""
        return [kind for kind in Kind if self.of(kind)]

    def of(self, kind: Kind) -> list[Model]:
        return [model for model in self.models if model.kind is kind]

    def durations(self, kind: Kind) -> list[int]:
        """Return every length (seconds) that a model of a kind offers, the shortest first."""
        return sorted({seconds for model in self.of(kind) for seconds in model.durations})

    def resolutions(self, kind: Kind) -> list[str]:
        """Return every resolution that a model of a kind offers, in the operator's order."""
        return [*dict.fromkeys(name for model in self.of(kind) for name in model.resolutions)]

    def get(self, key: str) -> Model | None:
        return next((model for model in self.models if model.key == key), None)

    def draft(self, kind: Kind) -> Model:
        """Return the cheapest model of a kind: by its cheapest video, then by its dearest."""
        return min(self.of(kind), key=lambda model: model.span)

    def choose(self, kind: Kind, name: str | None) -> Model:
        """Return the model asked for, or the default of `kind`. Raises Refusal."""
        models = self.of(kind)
        if not models:
            raise Refusal(
                "This bot's owner has switched that kind of video off; `/pika models` shows what"
                " there is."
            )
        if name is None:
            return models[0]
        found = self.find(kind, name)
        if found is None:
            raise Refusal(_pick("model", [*(model.name for model in models), DRAFT]))
        return found

    def find(self, kind: Kind, name: str) -> Model | None:
        """Return the model of that kind that is called so, if there is one."""
        wanted = name.strip().casefold()
        if wanted == DRAFT.casefold() and self.of(kind):
            return self.draft(kind)
        found = (
            model
            for model in self.of(kind)
            if wanted in {model.key.casefold(), model.name.casefold()}
        )
        return next(found, None)


def one_of(
    option: str, value: T | None, allowed: Sequence[T], *, usual: T | None = None, of: str = ""
) -> T:
    """Return `value` if it is allowed; if None, what is `usual` and allowed, or else the default.

    Raises Refusal naming the option, and `of` what it is one.
    """
    if value is None:
        return usual if usual in allowed and usual is not None else allowed[0]
    if value not in allowed:
        raise Refusal(_pick(option, [str(choice) for choice in allowed], of))
    return value


def _pick(option: str, allowed: Sequence[str], of: str = "") -> str:
    whose = f" with {of}" if of else ""
    return f"Please pick `{option}`{whose} from {', '.join(f'`{choice}`' for choice in allowed)}."
