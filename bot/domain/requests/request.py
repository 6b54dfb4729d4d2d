"""What a member asks for, and the plan that comes of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.catalogue.inputs import PictureSource, VideoSource, check_inputs, is_video
from bot.domain.catalogue.models import DRAFT, TAKES, Catalogue, Kind, Model, one_of
from bot.domain.catalogue.prices import cost_of
from bot.domain.jobs.job import Argument, Job, NewJob, Place, Relation
from bot.domain.moderation.rules import ANY_QUALITY, Quality, narrowed, within
from bot.domain.options import Options
from bot.domain.refusal import AlreadyAsked, Refusal
from bot.domain.requests.keyframes import Transition, read_transitions
from bot.domain.requests.prompt import Template, render, render_negative, slot
from bot.domain.text import clean

HIGHEST_SEED = 2**31 - 1
LONGEST_REGION = 200
"""Characters of what a swap changes."""
# Kinds whose look the input decides.
_LOOKS_LIKE_ITS_INPUT = frozenset({Kind.EFFECT, Kind.SWAP, Kind.ADD})


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A command as it was given.

    `source` names the one interaction or message that asks: it never makes two jobs. What the video
    is made from is either fetched (`pictures`, `video`) or in the archive already: then `kept` has
    its keys, a video first. `parent_id` is the job that this request came of, by `relation`.
    """

    source: str
    place: Place
    kind: Kind
    options: Options
    pictures: tuple[PictureSource, ...] = ()
    video: VideoSource | None = None
    kept: tuple[str, ...] = ()
    parent_id: int | None = None
    relation: Relation | None = None

    @property
    def has_video(self) -> bool:
        return self.video is not None or any(is_video(key) for key in self.kept)

    @property
    def picture_count(self) -> int:
        return len(self.pictures) + sum(not is_video(key) for key in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What requests are planned with.

    `unit` is how many micro-dollars a unit of the daily quota is good for; 0: every video is one.
    """

    catalogue: Catalogue
    template: Template
    unit: int = 0


def fingerprint(job: NewJob, *, seed: int | None) -> str:
    """Return what tells the same request of the same member from any other.

    `seed` is the one that the member chose; one that was drawn for them makes no difference.
    """
    options = {name: value for name, value in job.arguments.items() if name != "seed"}
    place = job.place
    asked = [place.guild_id, place.member_id, job.endpoint, options, seed, job.inputs]
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
        options=replace(parent.options, seed=None),
        arguments={**parent.arguments, "seed": random_seed},
        resolution=parent.resolution,
        seconds=parent.seconds,
        price=parent.price,
        price_assumed=parent.price_assumed,
        units=parent.units,
        inputs=parent.inputs,
        parent_id=parent.id,
        relation=Relation.AGAIN,
    )


def as_made(job: Job, catalogue: Catalogue) -> Options:
    """Return the options that ask for a video like `job`, whatever its member's defaults were."""
    model = catalogue.get(job.model)
    made = {
        "model": model.name if model else None,
        "resolution": job.resolution,
        "duration": job.arguments.get("duration"),
        "aspect_ratio": job.arguments.get("aspect_ratio"),
        "ingredients_mode": job.arguments.get("ingredients_mode"),
        "effect": job.arguments.get("pikaffect"),
    }
    return job.options.but(Options.of(made))


def of_parent(
    parent: Job, source: str, place: Place, relation: Relation, options: Options
) -> VideoRequest:
    """Return a request like the one of `parent`, with what it was made from, and `options`."""
    return VideoRequest(
        source=source,
        place=place,
        kind=parent.kind,
        options=options,
        kept=parent.inputs,
        parent_id=parent.id,
        relation=relation,
    )


def plan(
    request: VideoRequest,
    offer: Offer,
    *,
    usual: Options | None = None,
    quality: Quality = ANY_QUALITY,
    thrifty: bool = False,
    random_seed: int,
) -> NewJob:
    """Return the job that the request makes, but for what is fetched first. Raises Refusal.

    `usual` is what the member wants where the request says nothing and the model offers it, as far
    as `quality` allows; with `thrifty` that is the draft model at its lowest resolution. Every
    option that changes the price is always sent, so that fal's defaults can't change it.
    """
    usual = usual or Options()
    wanted = DRAFT if thrifty else usual.model
    model = model_for(offer.catalogue, quality, request.kind, request.options.model, wanted)
    usual = within(model, usual, quality, thrifty=thrifty)
    pictures = request.picture_count
    check_inputs(request.kind, pictures, video=request.has_video)
    options = _with_usual_looks(request.options, usual, offer.template, model.kind)
    words = _words(options, model.kind, offer.template, pictures=pictures)
    transitions = (
        read_transitions(options.transitions, pictures=pictures, longest=model.longest)
        if model.longest
        else []
    )
    fixed = _fixed(model, options, usual)
    resolution = str(fixed["resolution"]) if "resolution" in fixed else None
    seconds = int(fixed["duration"]) if "duration" in fixed else None
    if transitions:
        seconds = sum(one.seconds for one in transitions)
    cost = cost_of(model.prices, resolution=resolution, seconds=seconds, unit=offer.unit)
    return NewJob(
        source=request.source,
        place=request.place,
        model=model.key,
        kind=model.kind,
        endpoint=model.endpoint,
        prompt=_title(options, words, transitions, model),
        options=options,
        arguments={
            "prompt": render(offer.template, model.kind, options, words),
            "negative_prompt": render_negative(
                offer.template, model.kind, options.negative_prompt, model.negative_prompt
            ),
            **fixed,
            **_steps(transitions, offer.template, options, words),
            "seed": random_seed if options.seed is None else options.seed,
        },
        resolution=resolution,
        seconds=seconds,
        price=cost.price.micro_usd,
        price_assumed=cost.price.assumed,
        units=cost.units,
        inputs=request.kept,
        parent_id=request.parent_id,
        relation=request.relation,
    )


def model_for(
    offered: Catalogue, quality: Quality, kind: Kind, asked: str | None, usual: str | None
) -> Model:
    """Return the model that the member asked for, or may have by default. Raises Refusal."""
    catalogue = narrowed(offered, quality)
    if offered.of(kind) and not catalogue.of(kind):
        raise Refusal(
            "This server's rules don't let you make that kind of video; `/pika models` shows what"
            " you may make."
        )
    if asked is None and usual is not None:
        return catalogue.find(kind, usual) or catalogue.choose(kind, None)
    return catalogue.choose(kind, asked)


def _with_usual_looks(options: Options, usual: Options, template: Template, kind: Kind) -> Options:
    """Fill in the member's usual words, those that the operator still offers."""
    words = Options(negative_prompt=usual.negative_prompt)
    if kind not in _LOOKS_LIKE_ITS_INPUT:
        offered = {"style": template.styles, "camera": template.cameras, "motion": template.motions}
        looks = {
            name: value for name, value in usual.given().items() if value in offered.get(name, ())
        }
        words = words.but(Options.of(looks))
    return words.but(options)


def _words(options: Options, kind: Kind, template: Template, *, pictures: int) -> str:
    """Return the user's words for the whole video, as a slot."""
    words = slot(template, options.prompt)
    if not words and TAKES[kind].needs_prompt:
        raise Refusal("Please describe the video in `prompt`.")
    if not words and kind is Kind.SWAP and not pictures:
        raise Refusal("Please say in `prompt` what to put there, or attach a picture as `image`.")
    return words


def _fixed(model: Model, options: Options, usual: Options) -> dict[str, str | int]:
    """Return the arguments that are picked from the model's lists, and the region to change."""
    arguments: dict[str, str | int] = {}
    lists: Sequence[tuple[str, str, Sequence[str | int]]] = (
        ("resolution", "resolution", model.resolutions),
        ("duration", "duration", model.durations),
        ("aspect_ratio", "aspect_ratio", model.aspect_ratios),
        ("ingredients_mode", "ingredients_mode", model.ingredients_modes),
        ("effect", "pikaffect", model.effects),
    )
    asked, wanted = options.given(), usual.given()
    for option, name, allowed in lists:
        if allowed:
            arguments[name] = one_of(
                option, asked.get(option), allowed, usual=wanted.get(option), of=model.name
            )
        elif option in asked:
            raise _unknown(option, model)
    if options.transitions and not model.longest:
        raise _unknown("transitions", model)
    region = clean(options.modify_region or "")
    if len(region) > LONGEST_REGION:
        raise Refusal(f"Please shorten `modify_region` to {LONGEST_REGION} characters.")
    if region and model.kind is not Kind.SWAP:
        raise _unknown("modify_region", model)
    return arguments | ({"modify_region": region} if region else {})


def _unknown(option: str, model: Model) -> Refusal:
    return Refusal(f"Please leave out `{option}`: {model.name} has no such choice.")


def _steps(
    transitions: Sequence[Transition], template: Template, options: Options, words: str
) -> dict[str, Argument]:
    """Return keyframes' transitions as fal takes them: each prompt with all of its blocks."""
    if not transitions:
        return {}
    steps: list[dict[str, str | int]] = []
    for one in transitions:
        own = slot(template, one.words, "transitions") or words
        prompt = render(template, Kind.FRAMES, options, own)
        steps.append({"prompt": prompt, "duration": one.seconds})
    return {"transitions": steps}


def _title(options: Options, words: str, transitions: Sequence[Transition], model: Model) -> str:
    """Return what members see of the request: their own words, as far as there are any."""
    if model.effects:
        effect = options.effect or model.effects[0]
        return f"{effect}: {words}" if words else effect
    if words:
        return words
    own = [cleaned for one in transitions if (cleaned := clean(one.words))]
    return " → ".join(own) or _UNTITLED.get(model.kind, "")


# Without words of their own.
_UNTITLED = {
    Kind.FRAMES: "from picture to picture",
    Kind.SWAP: "the picture, swapped in",
    Kind.ADD: "the picture, added",
}
