"""An endpoint: its inputs, and the length and price of its videos."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.fal.errors import JsonObject

USUAL_SECONDS = 5


@dataclass(frozen=True)
class PerSecond:
    """A price by resolution.

    fal states prices of 5-second videos; ten seconds at twice that is inferred. One billable unit
    is a second at the lowest price: resolutions that cost more are billed as more units.
    """

    usd: Mapping[str, Decimal]
    """Dollars of one second by resolution."""
    least_seconds: int = 0
    """Shorter videos are billed as this length."""
    unit: str = "seconds"
    """fal's name of the unit in its listed price."""

    @property
    def unit_price(self) -> Decimal:
        return min(self.usd.values())

    def units(self, resolution: str, seconds: int) -> Decimal:
        return max(seconds, self.least_seconds) * self.usd[resolution] / self.unit_price


@dataclass(frozen=True)
class PerVideo:
    """One price for every video."""

    unit_price: Decimal
    unit: str = "videos"

    def units(self, resolution: str, seconds: int) -> Decimal:
        _ = resolution, seconds
        return Decimal(1)


@dataclass(frozen=True)
class Endpoint:
    """A model: its input properties (JSON Schema) and the price of its videos."""

    category: str
    """fal's category in its catalogue."""
    required: tuple[str, ...]
    """Names of the inputs that every request needs."""
    properties: Mapping[str, JsonObject]
    """JSON Schemas by name of the input."""
    price: PerSecond | PerVideo

    @property
    def schema(self) -> JsonObject:
        """The input as a JSON Schema. fal allows unknown keys."""
        return {
            "type": "object",
            "required": list(self.required),
            "properties": dict(self.properties),
        }

    def with_defaults(self, arguments: JsonObject) -> JsonObject:
        """Return valid arguments with fal's defaults filled in."""
        defaults = {
            name: rule["default"] for name, rule in self.properties.items() if "default" in rule
        }
        return {**defaults, **arguments}

    def spans(self, arguments: JsonObject) -> tuple[int, ...]:
        """Return the seconds from one keyframe to the next, of valid arguments; else none."""
        if "transitions" not in self.properties:
            return ()
        pictures, transitions = arguments.get("image_urls"), arguments.get("transitions")
        if isinstance(transitions, list):
            return tuple(
                int(str(one.get("duration", USUAL_SECONDS)))
                for one in transitions
                if isinstance(one, dict)
            )
        return (USUAL_SECONDS,) * (len(pictures) - 1 if isinstance(pictures, list) else 0)

    def seconds(self, arguments: JsonObject) -> int:
        """Return the length in seconds of the video of valid arguments."""
        duration = self.with_defaults(arguments).get("duration", USUAL_SECONDS)
        return sum(self.spans(arguments)) or int(str(duration))

    def units(self, arguments: JsonObject) -> Decimal:
        resolution = str(self.with_defaults(arguments).get("resolution", "720p"))
        return self.price.units(resolution, self.seconds(arguments))

    def billable_units(self, arguments: JsonObject) -> str:
        """Return the billed quantity as fal's header `x-fal-billable-units` has it."""
        return f"{self.units(arguments).normalize():f}"

    def price_micro_usd(self, arguments: JsonObject) -> int:
        """Return the price of a video, in millionths of a US dollar."""
        return int(self.units(arguments) * self.price.unit_price * 1_000_000)
