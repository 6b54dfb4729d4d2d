"""What a member asks for, and the plan that comes of it."""

from dataclasses import dataclass

from bot.domain.job import NewJob, Place
from bot.domain.models import Catalogue, Kind, one_of
from bot.domain.prompt import Template, Wording, render, render_negative, slot

HIGHEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Where a member's picture is. `size` is in bytes, as Discord announced it."""

    url: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A command's options as they were given; None where the member left the choice to us.

    `source` names the one interaction or message that asks: it never makes two jobs.
    """

    source: str
    place: Place
    kind: Kind
    wording: Wording
    picture: PictureSource | None = None
    model: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    duration: int | None = None
    seed: int | None = None


def plan(
    request: VideoRequest, catalogue: Catalogue, template: Template, *, random_seed: int
) -> NewJob:
    """Return the job that the request makes, but for its picture. Raises Refusal.

    Every option that changes the price is always sent, so that fal's defaults can't change it.
    """
    model = catalogue.choose(request.kind, request.model)
    resolution = one_of("resolution", request.resolution, model.resolutions)
    duration = one_of("duration", request.duration, model.durations)
    price = model.prices[resolution, duration]
    arguments: dict[str, str | int] = {
        "prompt": render(template, model.kind, request.wording),
        "negative_prompt": render_negative(
            template, model.kind, request.wording, model.negative_prompt
        ),
        "resolution": resolution,
        "duration": duration,
        "seed": random_seed if request.seed is None else request.seed,
    }
    if model.aspect_ratios:
        arguments["aspect_ratio"] = one_of(
            "aspect_ratio", request.aspect_ratio, model.aspect_ratios
        )
    return NewJob(
        source=request.source,
        place=request.place,
        model=model.key,
        kind=model.kind,
        endpoint=model.endpoint,
        prompt=slot(template, request.wording.prompt),
        arguments=arguments,
        price=price.micro_usd,
        price_assumed=price.assumed,
        picture=None,
    )
