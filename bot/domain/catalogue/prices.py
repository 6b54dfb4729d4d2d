"""Prices of videos: fal's in micro-dollars, and the member's in units of the daily quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from typing_extensions import override

from bot.domain.money import show_usd


@dataclass(frozen=True, slots=True)
class Price:
    """fal's price of one video."""

    micro_usd: int
    """The price in micro-dollars."""
    assumed: bool = False
    """True if the price is an assumption, as fal doesn't state it."""

    @override
    def __str__(self) -> str:
        return f"about {show_usd(self.micro_usd)}" if self.assumed else show_usd(self.micro_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One line of a model's prices."""

    micro_usd: int
    """The price of a video, or of a second, in micro-dollars."""
    resolution: str | None = None
    """The resolution that it is for; None: any."""
    duration: int | None = None
    """The length in seconds that it is for; None: any."""
    per_second: bool = False
    """True if the price is that of a second."""
    least_seconds: int = 0
    """The fewest seconds that are charged, if it is the price of a second."""
    assumed: bool = False
    """True if the price is an assumption, as fal doesn't state it."""

    def is_for(self, resolution: str | None, seconds: int | None) -> bool:
        """Return whether the line is for videos of that resolution and length."""
        return self.resolution in {None, resolution} and self.duration in {None, seconds}


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one video."""

    price: Price
    """The price that fal charges."""
    units: int
    """The units that it takes of the member's daily quota."""


def price_of(rules: Iterable[PriceRule], *, resolution: str | None, seconds: int | None) -> Price:
    """Return fal's price of one video.

    Raises ValueError unless exactly one rule is for the video, or if the price is per second and
    the length isn't known.
    """
    fitting = [rule for rule in rules if rule.is_for(resolution, seconds)]
    videos = ", ".join(
        [*([resolution] if resolution else []), *([f"{seconds} s"] if seconds else [])]
    )
    if len(fitting) != 1:
        raise ValueError(f"{'two prices' if fitting else 'no price'} for {videos or 'its videos'}")
    rule = fitting[0]
    if not rule.per_second:
        return Price(rule.micro_usd, rule.assumed)
    if seconds is None:
        raise ValueError("a price per second for videos of unknown length")
    return Price(rule.micro_usd * max(seconds, rule.least_seconds), rule.assumed)


def cost_of(
    rules: Iterable[PriceRule], *, resolution: str | None, seconds: int | None, unit: int
) -> Cost:
    """Return the cost of a video.

    A video takes one unit for each begun `unit` micro-dollars of its price; with 0, every video
    takes one unit. Raises ValueError as `price_of` does.
    """
    price = price_of(rules, resolution=resolution, seconds=seconds)
    return Cost(price, max(1, -(-price.micro_usd // unit)) if unit else 1)


@dataclass(frozen=True, slots=True)
class PricedVideos:
    """Videos of one resolution and price."""

    resolution: str | None
    """Their resolution; None: the input decides."""
    seconds: tuple[int, int] | None
    """Their shortest and longest length in seconds; None: the input decides."""
    cost: Cost
    """The cost of each."""

    @property
    def length(self) -> str:
        """The lengths as people write them; nothing where the input decides."""
        if self.seconds is None:
            return ""
        shortest, longest = self.seconds
        return str(shortest) if shortest == longest else f"{shortest} to {longest}"


def price_list(
    rules: Sequence[PriceRule], choices: Iterable[tuple[str | None, int | None]], *, unit: int
) -> list[PricedVideos]:
    """Return the cost of each resolution and length.

    Successive lengths of one cost are one item.
    """
    priced: list[PricedVideos] = []
    for resolution, seconds in choices:
        cost = cost_of(rules, resolution=resolution, seconds=seconds, unit=unit)
        last = priced[-1] if priced else None
        if seconds is None:
            priced.append(PricedVideos(resolution, None, cost))
        elif last and last.seconds and _goes_on(last, resolution, seconds, cost):
            priced[-1] = PricedVideos(resolution, (last.seconds[0], seconds), cost)
        else:
            priced.append(PricedVideos(resolution, (seconds, seconds), cost))
    return priced


def _goes_on(last: PricedVideos, resolution: str | None, seconds: int, cost: Cost) -> bool:
    follows = last.seconds is not None and last.seconds[1] + 1 == seconds
    return follows and (last.resolution, last.cost) == (resolution, cost)
