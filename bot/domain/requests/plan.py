"""From a request to a planned job."""

from collections.abc import Sequence

from bot.domain.catalogue.inputs import check_inputs
from bot.domain.catalogue.models import DRAFT, TAKES, Catalogue, Kind, Model, one_of
from bot.domain.catalogue.prices import cost_of
from bot.domain.jobs.job import Argument, NewJob
from bot.domain.moderation.policy import narrowed, within
from bot.domain.moderation.rules import ANY_QUALITY, Quality
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.requests.keyframes import Transition, read_transitions
from bot.domain.requests.prompt import Template, render, render_negative, slot
from bot.domain.requests.request import Offer, VideoRequest
from bot.domain.text import clean

HIGHEST_SEED = 2**31 - 1
LONGEST_REGION = 200
"""Characters of what a swap changes."""
# Kinds whose look the input decides.
_LOOKS_LIKE_ITS_INPUT = frozenset({Kind.EFFECT, Kind.SWAP, Kind.ADD})


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
