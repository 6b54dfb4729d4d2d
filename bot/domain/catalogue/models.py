"""The catalogue of Pika models: their parameters, inputs and prices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.domain.catalogue.prices import PriceRule, price_of
from bot.domain.refusal import Refusal

T = TypeVar("T")
DRAFT = "Draft"
"""The name by which members ask for the cheapest model of a kind."""


class Kind(StrEnum):
    """A kind of video, by the inputs that it is made from, in fal's words."""

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
class KindInputs:
    """The inputs of a kind of video."""

    pictures: tuple[int, int] = (0, 0)
    """The fewest and the most pictures."""
    video: bool = False
    """True if it takes a video."""
    needs_prompt: bool = True
    """True if it can't be made without a prompt."""


KIND_INPUTS: dict[Kind, KindInputs] = {
    Kind.TEXT: KindInputs(),
    Kind.IMAGE: KindInputs(pictures=(1, 1)),
    # fal's schema has no limit; Pika's own client takes five.
    Kind.SCENES: KindInputs(pictures=(1, 5)),
    Kind.FRAMES: KindInputs(pictures=(2, 5), needs_prompt=False),
    Kind.EFFECT: KindInputs(pictures=(1, 1), needs_prompt=False),
    Kind.SWAP: KindInputs(pictures=(0, 1), video=True, needs_prompt=False),
    Kind.ADD: KindInputs(pictures=(1, 1), video=True, needs_prompt=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of fal with its parameters.

    The first value of a parameter is its default. A parameter without values is one that the model
    doesn't have: the input decides then.
    """

    key: str
    """Its key in `models.toml`."""
    name: str
    """Its name for members, unique within the kind."""
    kind: Kind
    """The kind of video that it makes."""
    endpoint: str
    """Its endpoint at fal."""
    aspect_ratios: tuple[str, ...] = ()
    """Width to height, such as 16:9."""
    resolutions: tuple[str, ...] = ()
    """Numbers of lines, such as 720p."""
    durations: tuple[int, ...] = ()
    """Lengths in seconds."""
    ingredients_modes: tuple[str, ...] = ()
    """Pikascenes' modes of using its pictures; other kinds have none."""
    effects: tuple[str, ...] = ()
    """The names of Pikaffects; other kinds have none."""
    longest: int = 0
    """The most seconds of all of Pikaframes' transitions together; 0 for other kinds."""
    negative_prompt: str = ""
    """The model's own words for `negative_prompt`."""
    prices: tuple[PriceRule, ...]
    """The prices: exactly one line for each combination of resolution and duration."""

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
        """All pairs of a resolution and a length in seconds; None where the input decides."""
        lengths: Sequence[int | None] = self.durations or (None,)
        if self.longest:
            lengths = range(1, self.longest + 1)
        return [
            (resolution, seconds)
            for resolution in self.resolutions or (None,)
            for seconds in lengths
        ]

    @property
    def price_range(self) -> tuple[int, int]:
        """The lowest and the highest price of a video, in micro-dollars."""
        prices = [
            price_of(self.prices, resolution=resolution, seconds=seconds).micro_usd
            for resolution, seconds in self.choices
        ]
        return min(prices), max(prices)


def lines_of(resolution: str | None) -> int:
    """Return a resolution's number of lines, such as 720 for "720p"; 0 without a number."""
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
        if duplicate := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"model {duplicate} is listed twice")
        names = [(model.kind, model.name.casefold()) for model in self.models]
        if duplicate := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two models of kind {duplicate[0]} are called {duplicate[1]}")

    @property
    def kinds(self) -> list[Kind]:
        """The kinds that have a model."""
        return [kind for kind in Kind if self.of(kind)]

    def of(self, kind: Kind) -> list[Model]:
        """Return the models of a kind, the default first."""
        return [model for model in self.models if model.kind is kind]

    def durations(self, kind: Kind) -> list[int]:
        """Return all lengths (seconds) of a kind's models, the shortest first."""
        return sorted({seconds for model in self.of(kind) for seconds in model.durations})

    def resolutions(self, kind: Kind) -> list[str]:
        """Return all resolutions of a kind's models, in the operator's order."""
        return [*dict.fromkeys(name for model in self.of(kind) for name in model.resolutions)]

    def get(self, key: str) -> Model | None:
        """Return the model with a key; None if it isn't enabled."""
        return next((model for model in self.models if model.key == key), None)

    def draft(self, kind: Kind) -> Model:
        """Return the cheapest model of a kind: by its cheapest video, then by its dearest one."""
        return min(self.of(kind), key=lambda model: model.price_range)

    def choose(self, kind: Kind, name: str | None) -> Model:
        """Return the model called `name`; None: the default of the kind. Raises Refusal."""
        models = self.of(kind)
        if not models:
            raise Refusal(
                "This bot's owner has switched that kind of video off; `/pika models` shows what"
                " there is."
            )
        if name is None:
            return models[0]
        model = self.find(kind, name)
        if model is None:
            raise Refusal(_pick("model", [*(model.name for model in models), DRAFT]))
        return model

    def find(self, kind: Kind, name: str) -> Model | None:
        """Return the model of a kind with that name or key; None if there is none."""
        typed = name.strip().casefold()
        if typed == DRAFT.casefold() and self.of(kind):
            return self.draft(kind)
        for model in self.of(kind):
            if typed in {model.key.casefold(), model.name.casefold()}:
                return model
        return None


def one_of(
    option: str, value: T | None, allowed: Sequence[T], *, usual: T | None = None, of: str = ""
) -> T:
    """Return `value` if it is allowed; for None, `usual` if that is allowed, else the default.

    Raises Refusal that names the option and, if given, the thing it belongs to (`of`).
    """
    if value is None:
        return usual if usual in allowed and usual is not None else allowed[0]
    if value not in allowed:
        raise Refusal(_pick(option, [str(choice) for choice in allowed], of))
    return value


def _pick(option: str, allowed: Sequence[str], of: str = "") -> str:
    owner = f" with {of}" if of else ""
    return f"Please pick `{option}`{owner} from {', '.join(f'`{choice}`' for choice in allowed)}."
