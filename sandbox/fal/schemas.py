"""fal's Pika endpoints, transcribed from fal's OpenAPI documents.

https://fal.ai/models/fal-ai/pika/v2.2/text-to-video/api and its sisters. Deliberately not shared
with the bot: a mistake in its catalogue has to be noticed here. To add an endpoint, add an entry
to ENDPOINTS.
"""

from collections.abc import Mapping
from decimal import Decimal

from sandbox.fal.endpoints import Endpoint, PerSecond, PerVideo
from sandbox.fal.errors import Json, JsonObject


def _enum(kind: str, values: list[Json], default: Json) -> JsonObject:
    return {"type": kind, "enum": values, "default": default}


_STRING: JsonObject = {"type": "string"}
_STRINGS: JsonObject = {"type": "array", "items": {"type": "string"}}
_SEED: JsonObject = {"type": ["integer", "null"]}
_DURATION = _enum("integer", [5, 10], 5)
_FREE_DURATION: JsonObject = {"type": "integer", "default": 5}
_ASPECT_RATIO = _enum("string", ["16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"], "16:9")
_RESOLUTION = _enum("string", ["720p", "1080p"], "720p")
_UNWANTED: JsonObject = {"type": "string", "default": "ugly, bad, terrible"}
_NOTHING_UNWANTED: JsonObject = {"type": "string", "default": ""}
_OPTIONAL: Mapping[str, JsonObject] = {
    "prompt": _STRING,
    "negative_prompt": _STRING,
    "seed": _SEED,
}
_TRANSITION: JsonObject = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string"},
        "duration": {"type": "integer", "minimum": 1, "maximum": 25, "default": 5},
    },
}
_EFFECTS: list[Json] = [
    "Cake-ify", "Crumble", "Crush", "Decapitate", "Deflate", "Dissolve", "Explode", "Eye-pop",
    "Inflate", "Levitate", "Melt", "Peel", "Poke", "Squish", "Ta-da", "Tear",
]  # fmt: skip
_PIKA_2_2_PRICE = PerSecond({"720p": Decimal("0.04"), "1080p": Decimal("0.09")})
# Known from third parties only.
_FRAMES_PRICE = PerSecond({"720p": Decimal("0.04"), "1080p": Decimal("0.06")}, least_seconds=5)
_PIKA_2_1_PRICE = PerVideo(Decimal("0.4"))
# Known from a reseller only.
_TURBO_PRICE = PerVideo(Decimal("0.2"))
_EDIT_PRICE = PerVideo(Decimal("0.465"))


def _older(price: PerVideo) -> dict[str, Endpoint]:
    """Return text-to-video and image-to-video as they were before 2.2."""
    usual = {
        "negative_prompt": _NOTHING_UNWANTED,
        "resolution": _RESOLUTION,
        "duration": _FREE_DURATION,
        "seed": _SEED,
    }
    return {
        "text-to-video": Endpoint(
            "text-to-video",
            ("prompt",),
            {"prompt": _STRING, "aspect_ratio": _ASPECT_RATIO, **usual},
            price,
        ),
        "image-to-video": Endpoint(
            "image-to-video",
            ("image_url", "prompt"),
            {"image_url": _STRING, "prompt": _STRING, **usual},
            price,
        ),
    }


ENDPOINTS: Mapping[str, Endpoint] = {
    "fal-ai/pika/v2.2/text-to-video": Endpoint(
        category="text-to-video",
        required=("prompt",),
        properties={
            "prompt": _STRING,
            "negative_prompt": _UNWANTED,
            "aspect_ratio": _ASPECT_RATIO,
            "resolution": _enum("string", ["1080p", "720p"], "720p"),
            "duration": _DURATION,
            "seed": _SEED,
        },
        price=_PIKA_2_2_PRICE,
    ),
    "fal-ai/pika/v2.2/image-to-video": Endpoint(
        category="image-to-video",
        required=("image_url", "prompt"),
        properties={
            "image_url": _STRING,
            "prompt": _STRING,
            "negative_prompt": _NOTHING_UNWANTED,
            "resolution": _RESOLUTION,
            "duration": _DURATION,
            "seed": _SEED,
        },
        price=_PIKA_2_2_PRICE,
    ),
    "fal-ai/pika/v2.2/pikascenes": Endpoint(
        category="image-to-video",
        required=("image_urls", "prompt"),
        properties={
            "image_urls": _STRINGS,
            "prompt": _STRING,
            "negative_prompt": _UNWANTED,
            "aspect_ratio": _ASPECT_RATIO,
            "resolution": _enum("string", ["720p", "1080p"], "1080p"),
            "duration": _DURATION,
            "ingredients_mode": _enum("string", ["precise", "creative"], "precise"),
            "seed": _SEED,
        },
        price=_PIKA_2_2_PRICE,
    ),
    "fal-ai/pika/v2.2/pikaframes": Endpoint(
        category="image-to-video",
        required=("image_urls",),
        properties={
            "image_urls": _STRINGS,
            "prompt": _STRING,
            "negative_prompt": _NOTHING_UNWANTED,
            "resolution": _RESOLUTION,
            "transitions": {"type": "array", "items": _TRANSITION},
            "seed": _SEED,
        },
        price=_FRAMES_PRICE,
    ),
    **{f"fal-ai/pika/v2.1/{name}": one for name, one in _older(_PIKA_2_1_PRICE).items()},
    **{f"fal-ai/pika/v2/turbo/{name}": one for name, one in _older(_TURBO_PRICE).items()},
    "fal-ai/pika/v2/pikadditions": Endpoint(
        category="video-to-video",
        required=("video_url", "image_url"),
        properties={"video_url": _STRING, "image_url": _STRING, **_OPTIONAL},
        price=_EDIT_PRICE,
    ),
    "fal-ai/pika/v2/pikaswaps": Endpoint(
        category="video-to-video",
        required=("video_url",),
        properties={
            "video_url": _STRING,
            "image_url": _STRING,
            "modify_region": _STRING,
            **_OPTIONAL,
        },
        price=_EDIT_PRICE,
    ),
    "fal-ai/pika/v1.5/pikaffects": Endpoint(
        category="image-to-video",
        required=("image_url", "pikaffect"),
        properties={
            "image_url": _STRING,
            "pikaffect": {"type": "string", "enum": _EFFECTS},
            **_OPTIONAL,
        },
        price=_EDIT_PRICE,
    ),
}
