"""Comparison of the catalogue's prices with fal's unit prices, as far as they are comparable."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal

from bot.domain.catalogue.findings import Remark, Verdict
from bot.domain.catalogue.live_endpoint import UnitPrice, show_dollars
from bot.domain.catalogue.models import Model
from bot.domain.catalogue.prices import PriceRule, price_of
from bot.domain.money import MICRO
from bot.domain.text import plural

_CENT = Decimal("0.01")
_MICRO_DOLLAR = Decimal(1) / MICRO


def compare_prices(model: Model, price: UnitPrice | None) -> list[Remark]:
    """Return the differences between a model's price rules and fal's unit price.

    fal states one price an endpoint. A price per second is that of the cheapest resolution, and one
    per video that of the cheapest video: rules for dearer videos can't be compared.
    """
    if price is None:
        return [Remark(Verdict.NOTE, "fal states no price, so that none is compared")]
    remarks: list[Remark] = []
    agreed: list[str] = []
    not_compared: list[str] = []
    for rule in model.prices:
        stated = _stated(model, rule, price)
        if stated is None:
            not_compared.append(_videos_of(rule))
        elif stated != _dollars(rule):
            remarks.append(_differs(rule, stated, price))
        elif rule.assumed and rule.least_seconds:
            # The least seconds are an assumption, too.
            agreed.append(_videos_of(rule))
            not_compared.append(f"that at least {rule.least_seconds} s are charged")
        elif rule.assumed:
            text = f"fal's {price} is the price assumed{_for(rule)}"
            remarks.append(Remark(Verdict.NOTE, text, _write(rule, stated)))
        else:
            agreed.append(_videos_of(rule))
    if agreed:
        where = "" if agreed == [""] else f" ({', '.join(agreed)})"
        remarks.append(Remark(Verdict.FINE, f"{price}, as here{where}"))
    if not_compared:
        verdict = Verdict.FINE if agreed or remarks else Verdict.NOTE
        remarks.append(Remark(verdict, _not_comparable(not_compared, price, is_only=not remarks)))
    return remarks


def _stated(model: Model, rule: PriceRule, price: UnitPrice) -> Decimal | None:
    """Return a rule's price by fal's unit price, in dollars; None if they aren't comparable."""
    match price.per:
        case ("second", dollars) if rule in _of_the_cheapest_resolution(model):
            return dollars if rule.per_second else _by_the_second(model, rule, dollars)
        case ("video", dollars) if not rule.per_second and rule in _cheapest(model.prices):
            return dollars
        case _:
            return None


def _of_the_cheapest_resolution(model: Model) -> list[PriceRule]:
    if not model.resolutions:
        return [*model.prices]
    seconds = model.longest or next(iter(model.durations), None)

    def price(resolution: str) -> int:
        return price_of(model.prices, resolution=resolution, seconds=seconds).micro_usd

    cheapest = min(model.resolutions, key=price)
    return [rule for rule in model.prices if rule.resolution in {None, cheapest}]


def _cheapest(rules: Sequence[PriceRule]) -> list[PriceRule]:
    least = min(rule.micro_usd for rule in rules)
    return [rule for rule in rules if rule.micro_usd == least]


def _by_the_second(model: Model, rule: PriceRule, dollars: Decimal) -> Decimal | None:
    """Return the price of a rule's video by a price per second.

    A rule may be for several lengths: then it is the first price that differs from the rule's.
    """
    lengths: Iterable[int] = (rule.duration,) if rule.duration else model.durations
    prices = [dollars * seconds for seconds in lengths]
    return next(
        (price for price in prices if price != _dollars(rule)), prices[0] if prices else None
    )


def _dollars(rule: PriceRule) -> Decimal:
    return Decimal(rule.micro_usd) / MICRO


def _differs(rule: PriceRule, stated: Decimal, price: UnitPrice) -> Remark:
    each = " per second" if rule.per_second else ""
    ours = f"{show_dollars(_dollars(rule))}{each}{', assumed,' if rule.assumed else ''}"
    theirs = f"{show_dollars(stated)}{each}"
    by = "" if theirs == str(price) or price.per == ("video", stated) else f" ({price})"
    text = f"the price{_for(rule)} is {ours} here and {theirs} at fal{by}"
    return Remark(Verdict.WRONG, text, _write(rule, stated))


def _videos_of(rule: PriceRule) -> str:
    """Return the videos that a rule is for, in words; nothing where it is for every video."""
    seconds = f"{rule.duration} s" if rule.duration else ""
    return " ".join(part for part in (rule.resolution, seconds) if part)


def _for(rule: PriceRule) -> str:
    return f" of {_videos_of(rule)}" if _videos_of(rule) else ""


def _not_comparable(parts: Sequence[str], price: UnitPrice, *, is_only: bool) -> str:
    videos = ", ".join(part for part in parts if part)
    if is_only:
        return f"fal's {price} can't be compared with the {plural('price', len(parts))} here"
    return f"not comparable with it: {videos}"


def _write(rule: PriceRule, dollars: Decimal) -> str:
    """Return the advice to write fal's price into models.toml."""
    # Rounded up to micro-dollars: better a little more is reserved than less.
    usd = max(dollars.quantize(_MICRO_DOLLAR, ROUND_CEILING), _MICRO_DOLLAR).normalize()
    usd = usd if usd != usd.quantize(_CENT) else usd.quantize(_CENT)
    parts = [
        f'resolution = "{rule.resolution}"' if rule.resolution else "",
        f"duration = {rule.duration}" if rule.duration else "",
        f'usd = "{usd:f}"',
        "per_second = true" if rule.per_second else "",
        f"least_seconds = {rule.least_seconds}" if rule.least_seconds else "",
    ]
    return f"write {{ {', '.join(part for part in parts if part)} }} into its `prices`"
