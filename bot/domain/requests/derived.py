"""Derived videos: a repetition, an edited version, or an upgrade of an earlier video."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.catalogue.models import Catalogue, Model, lines_of
from bot.domain.catalogue.prices import Cost, cost_of
from bot.domain.jobs.job import Argument, Job, NewJob, Place, Relation
from bot.domain.markup import read_markup, without_bars
from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A video's better version: the same prompt, inputs and seed on the best model."""

    model: Model
    """The model that makes it."""
    resolution: str | None
    """Its resolution; None: the input decides."""
    arguments: Mapping[str, Argument]
    """fal's input, except for the URLs of pictures and videos."""
    cost: Cost
    """The cost of making it."""


def upgrade_of(job: Job, catalogue: Catalogue, *, unit: int = 0) -> Upgrade | None:
    """Return the upgrade of a job: the kind's default model at its highest resolution.

    None if that made the job's video already, if that model doesn't offer the same video, or if it
    has no price for it.
    """
    model = next(iter(catalogue.of(job.kind)), None)
    if model is None:
        return None
    resolution = max(model.resolutions, key=lines_of, default=None)
    if (job.model, job.resolution) == (model.key, resolution):
        return None
    if lines_of(job.resolution) > lines_of(resolution):
        return None
    arguments = _arguments(job, model, resolution)
    if arguments is None or (model.longest and (job.seconds or 0) > model.longest):
        return None
    try:
        cost = cost_of(model.prices, resolution=resolution, seconds=job.seconds, unit=unit)
    except ValueError:
        return None
    return Upgrade(model=model, resolution=resolution, arguments=arguments, cost=cost)


def upgraded(parent: Job, upgrade: Upgrade, source: str, place: Place) -> NewJob:
    """Return a job that makes the upgrade of `parent`."""
    return NewJob(
        source=source,
        place=place,
        model=upgrade.model.key,
        kind=parent.kind,
        endpoint=upgrade.model.endpoint,
        prompt=parent.prompt,
        options=replace(
            parent.options,
            model=upgrade.model.name,
            resolution=upgrade.resolution,
            seed=parent.seed,
        ),
        arguments=upgrade.arguments,
        resolution=upgrade.resolution,
        seconds=parent.seconds,
        price=upgrade.cost.price.micro_usd,
        price_assumed=upgrade.cost.price.assumed,
        units=upgrade.cost.units,
        inputs=parent.inputs,
        parent_id=parent.id,
        relation=Relation.HQ,
        spoiler=parent.spoiler,
    )


def _arguments(job: Job, model: Model, resolution: str | None) -> dict[str, Argument] | None:
    """Return fal's input for the same video on another model; None if it doesn't offer it."""
    arguments = _sent_again(job.arguments)
    picked = {
        "resolution": (resolution, model.resolutions),
        "duration": (job.seconds, model.durations),
        "aspect_ratio": (arguments.get("aspect_ratio"), model.aspect_ratios),
        "ingredients_mode": (arguments.get("ingredients_mode"), model.ingredients_modes),
        "pikaffect": (arguments.get("pikaffect"), model.effects),
    }
    for name, (value, offered) in picked.items():
        # Jobs of earlier versions of the bot left the aspect ratio to fal.
        if name == "aspect_ratio" and value is None:
            continue
        arguments.pop(name, None)
        if offered and value not in offered:
            return None
        if offered and isinstance(value, str | int):
            arguments[name] = value
    return arguments


def another(parent: Job, source: str, place: Place, *, random_seed: int) -> NewJob:
    """Return a job like `parent` with a new seed, at the same price."""
    return NewJob(
        source=source,
        place=place,
        model=parent.model,
        kind=parent.kind,
        endpoint=parent.endpoint,
        prompt=parent.prompt,
        options=replace(parent.options, seed=None),
        arguments={**_sent_again(parent.arguments), "seed": random_seed},
        resolution=parent.resolution,
        seconds=parent.seconds,
        price=parent.price,
        price_assumed=parent.price_assumed,
        units=parent.units,
        inputs=parent.inputs,
        parent_id=parent.id,
        relation=Relation.AGAIN,
        spoiler=parent.spoiler,
    )


def _sent_again(arguments: Mapping[str, Argument]) -> dict[str, Argument]:
    """Return fal's input without markup of Discord's, which earlier versions of the bot sent."""
    return {name: _words_again(value) for name, value in arguments.items()}


def _words_again(value: Argument) -> Argument:
    if isinstance(value, str):
        return without_bars(read_markup(value))
    if isinstance(value, int):
        return value
    return [
        {
            name: without_bars(read_markup(part)) if isinstance(part, str) else part
            for name, part in step.items()
        }
        for step in value
    ]


def as_made(job: Job, catalogue: Catalogue) -> Options:
    """Return the options that ask for a video like `job`, without its member's defaults of then."""
    model = catalogue.get(job.model)
    values = {
        "model": model.name if model else None,
        "resolution": job.resolution,
        "duration": job.arguments.get("duration"),
        "aspect_ratio": job.arguments.get("aspect_ratio"),
        "ingredients_mode": job.arguments.get("ingredients_mode"),
        "effect": job.arguments.get("pikaffect"),
    }
    return job.options.overridden_by(Options.of(values))


def of_parent(
    parent: Job, source: str, place: Place, relation: Relation, options: Options
) -> VideoRequest:
    """Return a request with the inputs of `parent`, and with `options`."""
    return VideoRequest(
        source=source,
        place=place,
        kind=parent.kind,
        options=options,
        kept=parent.inputs,
        parent_id=parent.id,
        relation=relation,
        spoiler=parent.spoiler,
    )
