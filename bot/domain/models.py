"""The catalogue: which Pika models there are, what they take and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from typing_extensions import override

from bot.domain.money import show_usd
from bot.domain.refusal import Refusal

T = TypeVar("T")


class Kind(StrEnum):
    """What a model makes its video from."""

    TEXT = "text-to-video"
    IMAGE = "image-to-video"


@dataclass(frozen=True, slots=True)
class Price:
    """What one video costs, in micro-dollars; `assumed` where fal doesn't state it."""

    micro_usd: int
    assumed: bool = False

    @override
    def __str__(self) -> str:
        return f"about {show_usd(self.micro_usd)}" if self.assumed else show_usd(self.micro_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One endpoint with its parameters. The first value of each list is the default.

    `aspect_ratios` is empty where the picture decides. `prices` has one entry for every
    resolution and duration (seconds).
    """

    key: str
    name: str
    kind: Kind
    endpoint: str
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    durations: tuple[int, ...]
    negative_prompt: str
    prices: Mapping[tuple[str, int], Price]

    def __post_init__(self) -> None:
        combinations = {(r, d) for r in self.resolutions for d in self.durations}
        if not combinations:
            raise ValueError(f"model {self.key}: resolutions and durations must not be empty")
        if missing := sorted(combinations - set(self.prices)):
            raise ValueError(f"model {self.key}: no price for {missing[0][0]}, {missing[0][1]} s")
        if extra := sorted(set(self.prices) - combinations):
            raise ValueError(f"model {self.key}: a price for {extra[0]}, which it doesn't offer")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models, in the operator's order; the first of a kind is that kind's default."""

    models: Sequence[Model]

    def __post_init__(self) -> None:
        keys = [model.key for model in self.models]
        if double := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"model {double} is listed twice")
        for kind in Kind:
            if not self.of(kind):
                raise ValueError(f"no model of kind {kind}")

    def of(self, kind: Kind) -> list[Model]:
        return [model for model in self.models if model.kind is kind]

    def get(self, key: str) -> Model | None:
        return next((model for model in self.models if model.key == key), None)

    def choose(self, kind: Kind, key: str | None) -> Model:
        """Return the model asked for, or the default of `kind`. Raises Refusal."""
        models = self.of(kind)
        if key is None:
            return models[0]
        wanted = key.casefold()
        for model in models:
            if wanted in (model.key.casefold(), model.name.casefold()):
                return model
        raise Refusal(_pick("model", [model.name for model in models]))


def one_of(option: str, value: T | None, allowed: Sequence[T]) -> T:
    """Return `value` if it is allowed, the default if None. Raises Refusal naming the option."""
    if value is None:
        return allowed[0]
    if value not in allowed:
        raise Refusal(_pick(option, [str(choice) for choice in allowed]))
    return value


def _pick(option: str, allowed: Sequence[str]) -> str:
    return f"Please pick `{option}` from {', '.join(f'`{choice}`' for choice in allowed)}."
