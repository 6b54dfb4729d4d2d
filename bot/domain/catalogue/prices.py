"""What a video costs: fal's price in micro-dollars, and what its member pays in units of the quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from typing_extensions import override

from bot.domain.money import show_usd


@dataclass(frozen=True, slots=True)
class Price:
    """What one video costs, in micro-dollars; `assumed` where fal doesn't state it."""

    micro_usd: int
    assumed: bool = False

    @override
    def __str__(self) -> str:
        return f"about {show_usd(self.micro_usd)}" if self.assumed else show_usd(self.micro_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One line of a model's prices: what it is for, and how much.

    Without a resolution or duration (seconds) it is for any. `micro_usd` is for a video or, with
    `per_second`, for each of its seconds, of which at least `least_seconds` are charged.
    """

    micro_usd: int
    resolution: str | None = None
    duration: int | None = None
    per_second: bool = False
    least_seconds: int = 0
    assumed: bool = False

    def is_for(self, resolution: str | None, seconds: int | None) -> bool:
        return self.resolution in {None, resolution} and self.duration in {None, seconds}


@dataclass(frozen=True, slots=True)
class Cost:
    """What fal may charge for a video, and what its member pays: units of the daily quota."""

    price: Price
    units: int


def price_of(rules: Iterable[PriceRule], *, resolution: str | None, seconds: int | None) -> Price:
    """Return what fal charges for one video.

    Raises ValueError unless exactly one rule is for it, or if its length isn't known where each
    second counts.
    """
    fitting = [rule for rule in rules if rule.is_for(resolution, seconds)]
    what = ", ".join(
        [*([resolution] if resolution else []), *([f"{seconds} s"] if seconds else [])]
    )
    if len(fitting) != 1:
        raise ValueError(f"{'two prices' if fitting else 'no price'} for {what or 'its videos'}")
    rule = fitting[0]
    if not rule.per_second:
        return Price(rule.micro_usd, rule.assumed)
    if seconds is None:
        raise ValueError("a price per second for videos of unknown length")
    return Price(rule.micro_usd * max(seconds, rule.least_seconds), rule.assumed)


def cost_of(
    rules: Iterable[PriceRule], *, resolution: str | None, seconds: int | None, unit: int
) -> Cost:
    """Return what a video costs fal's customer and its member.

    A video takes one unit for every `unit` micro-dollars of its price or part of them; with 0,
    every video takes one. Raises ValueError as `price_of` does.
    """
    price = price_of(rules, resolution=resolution, seconds=seconds)
    return Cost(price, max(1, -(-price.micro_usd // unit)) if unit else 1)


@dataclass(frozen=True, slots=True)
class PricedVideos:
    """Videos of one price. `seconds` are the shortest and the longest; None: the input decides."""

    resolution: str | None
    seconds: tuple[int, int] | None
    cost: Cost

    @property
    def length(self) -> str:
        """The seconds as people write them; nothing where the input decides."""
        if self.seconds is None:
            return ""
        shortest, longest = self.seconds
        return str(shortest) if shortest == longest else f"{shortest} to {longest}"


def price_list(
    rules: Sequence[PriceRule], choices: Iterable[tuple[str | None, int | None]], *, unit: int
) -> list[PricedVideos]:
    """Return what each resolution and length costs; lengths that follow one another together."""
    found: list[PricedVideos] = []
    for resolution, seconds in choices:
        cost = cost_of(rules, resolution=resolution, seconds=seconds, unit=unit)
        last = found[-1] if found else None
        if seconds is None:
            found.append(PricedVideos(resolution, None, cost))
        elif last and last.seconds and _goes_on(last, resolution, seconds, cost):
            found[-1] = PricedVideos(resolution, (last.seconds[0], seconds), cost)
        else:
            found.append(PricedVideos(resolution, (seconds, seconds), cost))
    return found


def _goes_on(last: PricedVideos, resolution: str | None, seconds: int, cost: Cost) -> bool:
    follows = last.seconds is not None and last.seconds[1] + 1 == seconds
    return follows and (last.resolution, last.cost) == (resolution, cost)
