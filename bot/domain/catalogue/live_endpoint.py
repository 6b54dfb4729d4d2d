"""Endpoints as fal's live catalogue describes them: their status, parameters and price."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from typing_extensions import override

from bot.domain.money import MICRO, show_usd

_UNIT = re.compile(r"(?P<count>[1-9][0-9]{0,3})?\s*(?P<what>second|video)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One property of an endpoint's input, as its JSON Schema describes it."""

    types: frozenset[str] = frozenset()
    """Its types in JSON Schema's words; empty: any type."""
    allowed: tuple[object, ...] | None = None
    """The values that fal takes; None: any value."""
    default: object = None
    """The value that counts if none is sent."""
    minimum: float | None = None
    """The lowest number; None: no limit."""
    maximum: float | None = None
    """The highest number; None: no limit."""
    item_properties: Mapping[str, "Parameter"] = field(default_factory=dict["str", "Parameter"])
    """For a list of objects, the properties of the objects."""

    def takes(self, value: str | int) -> bool:
        """Return whether fal takes a value."""
        if self.types.isdisjoint(_types_of(value)) and self.types:
            return False
        if self.allowed is not None and value not in self.allowed:
            return False
        if isinstance(value, str):
            return True
        is_high_enough = self.minimum is None or value >= self.minimum
        return is_high_enough and (self.maximum is None or value <= self.maximum)


def _types_of(value: str | int) -> set[str]:
    return {"string"} if isinstance(value, str) else {"integer", "number"}


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The price that fal states for an endpoint: there is only one."""

    amount: Decimal
    """The price of a unit, in `currency`."""
    unit: str
    """The unit in fal's words, such as `second` or `5 videos`."""
    currency: str = "USD"
    """The currency's code."""

    @property
    def per(self) -> tuple[str, Decimal] | None:
        """The unit, `second` or `video`, and its price in US dollars; None for any other price.

        fal states a price of 0 per compute second for an endpoint that isn't priced yet.
        """
        match = _UNIT.fullmatch(self.unit.strip().lower())
        if match is None or self.currency.upper() != "USD" or not self.amount:
            return None
        return match["what"], self.amount / int(match["count"] or 1)

    @override
    def __str__(self) -> str:
        if self.per:
            unit, dollars = self.per
            return f"{show_dollars(dollars)} per {unit}"
        return f"{self.amount:f} {self.currency} per {self.unit!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEndpoint:
    """One endpoint as fal describes it."""

    status: str | None
    """Its status in fal's words, such as `active`; None: fal doesn't know the endpoint."""
    parameters: Mapping[str, Parameter] | None = None
    """Its parameters by name; None: fal shows no schema."""
    required: frozenset[str] = frozenset()
    """The names of the parameters that have to be sent."""
    price: UnitPrice | None = None
    """Its price; None: fal states none."""


def show_dollars(dollars: Decimal) -> str:
    """Return a price of fal's in words; it may be finer than a micro-dollar."""
    amount = dollars * MICRO
    return show_usd(int(amount)) if amount == int(amount) else f"${dollars.normalize():f}"
