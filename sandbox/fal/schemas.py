"""What fal's endpoints accept and cost, transcribed from fal's OpenAPI documents.

https://fal.ai/models/fal-ai/pika/v2.2/text-to-video/api and its sisters. Deliberately not shared
with the bot: a mistake in its catalogue has to be noticed here. To add an endpoint, add an entry
to ENDPOINTS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.fal.errors import Json, JsonObject

Properties = Mapping[str, JsonObject]


@dataclass(frozen=True)
class Endpoint:
    """A model: its input properties (JSON Schema) and what a second of video costs."""

    required: tuple[str, ...]
    properties: Properties
    usd_per_second: Mapping[str, Decimal]
    """By resolution. fal states prices of 5-second videos; ten seconds at twice that is inferred."""
    unit_price: Decimal
    """US dollars for one billable unit. Resolutions that cost more are billed as more units."""
    unit: str = "seconds"

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

    def billable_units(self, arguments: JsonObject) -> str:
        """Return the billed quantity as fal's header `x-fal-billable-units` has it."""
        filled = self.with_defaults(arguments)
        rate = self.usd_per_second[str(filled["resolution"])]
        units = Decimal(str(filled["duration"])) * rate / self.unit_price
        return f"{units.normalize():f}"


def _enum(kind: str, values: list[Json], default: Json) -> JsonObject:
    return {"type": kind, "enum": values, "default": default}


_STRING: JsonObject = {"type": "string"}
_SEED: JsonObject = {"type": ["integer", "null"]}
_DURATION = _enum("integer", [5, 10], 5)
_ASPECT_RATIO = _enum("string", ["16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"], "16:9")
_PIKA_2_2_PRICE = {"720p": Decimal("0.04"), "1080p": Decimal("0.09")}

ENDPOINTS: Mapping[str, Endpoint] = {
    "fal-ai/pika/v2.2/text-to-video": Endpoint(
        required=("prompt",),
        properties={
            "prompt": _STRING,
            "negative_prompt": {"type": "string", "default": "ugly, bad, terrible"},
            "aspect_ratio": _ASPECT_RATIO,
            "resolution": _enum("string", ["1080p", "720p"], "720p"),
            "duration": _DURATION,
            "seed": _SEED,
        },
        usd_per_second=_PIKA_2_2_PRICE,
        unit_price=Decimal("0.04"),
    ),
    "fal-ai/pika/v2.2/image-to-video": Endpoint(
        required=("image_url", "prompt"),
        properties={
            "image_url": _STRING,
            "prompt": _STRING,
            "negative_prompt": {"type": "string", "default": ""},
            "resolution": _enum("string", ["720p", "1080p"], "720p"),
            "duration": _DURATION,
            "seed": _SEED,
        },
        usd_per_second=_PIKA_2_2_PRICE,
        unit_price=Decimal("0.04"),
    ),
}
