"""What a member asks for, and the plan that comes of it."""

import hashlib
import json
from dataclasses import dataclass

from bot.domain.job import Job, NewJob, Place
from bot.domain.models import Catalogue, Kind, one_of
from bot.domain.prompt import Template, Wording, render, render_negative, slot
from bot.domain.refusal import AlreadyAsked

HIGHEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Where a member's picture is. `size` is in bytes, as Discord announced it."""

    url: str
    size: int


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where a member's video is. `size` is in bytes, as Discord announced it."""

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


def fingerprint(job: NewJob, *, seed: int | None) -> str:
    """Return what tells the same request of the same member from any other.

    `seed` is the one that the member chose; one that was drawn for them makes no difference.
    """
    options = {name: value for name, value in job.arguments.items() if name != "seed"}
    place = job.place
    asked = [place.guild_id, place.member_id, job.endpoint, options, seed, job.picture]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def already_asked(job: Job) -> AlreadyAsked:
    """Return the answer to a request that made `job` a moment ago."""
    place = job.place
    link = f"https://discord.com/channels/{place.guild_id}/{place.channel_id}/{place.message_id}"
    when = f"<t:{job.created_at // 1000}:R>"
    return AlreadyAsked(
        f"You asked for exactly this {when}: it is [video #{job.id}]({link}).", job.id
    )


def another(parent: Job, source: str, place: Place, *, random_seed: int) -> NewJob:
    """Return a job that asks for the same as `parent` with a new seed, at the same price."""
    return NewJob(
        source=source,
        place=place,
        model=parent.model,
        kind=parent.kind,
        endpoint=parent.endpoint,
        prompt=parent.prompt,
        arguments={**parent.arguments, "seed": random_seed},
        price=parent.price,
        price_assumed=parent.price_assumed,
        picture=parent.picture,
        parent_id=parent.id,
    )


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
