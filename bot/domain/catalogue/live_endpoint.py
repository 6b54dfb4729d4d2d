"""What fal's live catalogue says of an endpoint: whether it is there, what it takes and its price."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from typing_extensions import override

from bot.domain.money import MICRO, show_usd

_UNIT = re.compile(r"(?P<count>[1-9][0-9]{0,3})?\s*(?P<what>second|video)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One property of an endpoint's input, as its JSON Schema has it.

    `types` are JSON Schema's words, empty where any type will do; `allowed` is None where any value
    will do. `within` are the properties of the objects in a list.
    """

    types: frozenset[str] = frozenset()
    allowed: tuple[object, ...] | None = None
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    within: Mapping[str, "Parameter"] = field(default_factory=dict["str", "Parameter"])

    def takes(self, value: str | int) -> bool:
        if self.types.isdisjoint(_types_of(value)) and self.types:
            return False
        if self.allowed is not None and value not in self.allowed:
            return False
        if isinstance(value, str):
            return True
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)


def _types_of(value: str | int) -> set[str]:
    return {"string"} if isinstance(value, str) else {"integer", "number"}


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """fal's one price of an endpoint: what a unit costs, and what a unit is in fal's words."""

    amount: Decimal
    unit: str
    currency: str = "USD"

    @property
    def per(self) -> tuple[str, Decimal] | None:
        """What it is for, `second` or `video`, and US dollars for one; None for anything else.

        What isn't priced yet costs nothing per compute second.
        """
        match = _UNIT.fullmatch(self.unit.strip().lower())
        if match is None or self.currency.upper() != "USD" or not self.amount:
            return None
        return match["what"], self.amount / int(match["count"] or 1)

    @override
    def __str__(self) -> str:
        if self.per:
            what, dollars = self.per
            return f"{show_dollars(dollars)} per {what}"
        return f"{self.amount:f} {self.currency} per {self.unit!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEndpoint:
    """What fal says of one endpoint.

    `status` is None where fal doesn't know it, `parameters` where fal shows no schema, `price`
    where it states none. `required` are the names of what has to be sent.
    """

    status: str | None
    parameters: Mapping[str, Parameter] | None = None
    required: frozenset[str] = frozenset()
    price: UnitPrice | None = None


def show_dollars(dollars: Decimal) -> str:
    """Return an amount of fal's, which may be finer than a micro-dollar."""
    amount = dollars * MICRO
    return show_usd(int(amount)) if amount == int(amount) else f"${dollars.normalize():f}"
