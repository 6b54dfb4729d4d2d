"""The plan of a request: the job that it makes, with fal's input and its cost."""

from collections.abc import Sequence

from bot.domain.catalogue.inputs import check_inputs
from bot.domain.catalogue.models import DRAFT, KIND_INPUTS, Catalogue, Kind, Model, one_of
from bot.domain.catalogue.prices import cost_of
from bot.domain.jobs.job import Argument, NewJob
from bot.domain.markup import without_bars
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
"""The most characters of `modify_region`."""
# The input decides their look, so a member's usual style would be wrong.
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
    """Return the job that the request makes, without inputs that are still to be fetched.

    `usual` are the member's own defaults: they count where the request leaves an option open, the
    model offers the value and `quality` allows it. With `thrifty`, the draft model at its lowest
    resolution is the default. Every option that changes the price is always sent, so that fal's
    defaults can't change it. Raises Refusal.
    """
    usual = usual or Options()
    preferred = DRAFT if thrifty else usual.model
    model = model_for(offer.catalogue, quality, request.kind, request.options.model, preferred)
    usual = within(model, usual, quality, thrifty=thrifty)
    check_inputs(request.kind, request.picture_count, video=request.has_video)
    options = _with_usual_looks(request.options, usual, offer.template, model.kind)
    words = _words(options, model.kind, offer.template, pictures=request.picture_count)
    transitions: Sequence[Transition] = ()
    if model.longest:
        transitions = read_transitions(
            options.transitions, pictures=request.picture_count, longest=model.longest
        )
    picked = _picked(model, options, usual)
    resolution = str(picked["resolution"]) if "resolution" in picked else None
    duration = int(picked["duration"]) if "duration" in picked else None
    seconds = sum(transition.seconds for transition in transitions) or duration
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
            **picked,
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
        spoiler=request.shows_spoiler or options.has_spoiler,
    )


def model_for(
    enabled: Catalogue, quality: Quality, kind: Kind, name: str | None, usual: str | None
) -> Model:
    """Return the model called `name`, or without one the member's default. Raises Refusal.

    `usual` is the name of the model that the member prefers, which may not be allowed here.
    """
    catalogue = narrowed(enabled, quality)
    if enabled.of(kind) and not catalogue.of(kind):
        raise Refusal(
            "This server's rules don't let you make that kind of video; `/pika models` shows what"
            " you may make."
        )
    if name is None and usual is not None:
        return catalogue.find(kind, usual) or catalogue.choose(kind, None)
    return catalogue.choose(kind, name)


def _with_usual_looks(options: Options, usual: Options, template: Template, kind: Kind) -> Options:
    """Return the options with the member's usual looks, if the operator still offers them."""
    defaults = Options(negative_prompt=usual.negative_prompt)
    if kind not in _LOOKS_LIKE_ITS_INPUT:
        offered = {"style": template.styles, "camera": template.cameras, "motion": template.motions}
        looks = {
            name: value for name, value in usual.chosen().items() if value in offered.get(name, ())
        }
        defaults = defaults.overridden_by(Options.of(looks))
    return defaults.overridden_by(options)


def _words(options: Options, kind: Kind, template: Template, *, pictures: int) -> str:
    """Return the member's words for the whole video, as a slot. Raises Refusal."""
    words = slot(template, options.prompt)
    if not words and KIND_INPUTS[kind].needs_prompt:
        raise Refusal("Please describe the video in `prompt`.")
    if not words and kind is Kind.SWAP and not pictures:
        raise Refusal("Please say in `prompt` what to put there, or attach a picture as `image`.")
    return words


def _picked(model: Model, options: Options, usual: Options) -> dict[str, str | int]:
    """Return the arguments that are picked from the model's lists, and the region to replace."""
    arguments: dict[str, str | int] = {}
    lists: Sequence[tuple[str, str, Sequence[str | int]]] = (
        ("resolution", "resolution", model.resolutions),
        ("duration", "duration", model.durations),
        ("aspect_ratio", "aspect_ratio", model.aspect_ratios),
        ("ingredients_mode", "ingredients_mode", model.ingredients_modes),
        ("effect", "pikaffect", model.effects),
    )
    chosen, preferred = options.chosen(), usual.chosen()
    for option, name, allowed in lists:
        if allowed:
            arguments[name] = one_of(
                option, chosen.get(option), allowed, usual=preferred.get(option), of=model.name
            )
        elif option in chosen:
            raise _not_offered(option, model)
    if options.transitions and not model.longest:
        raise _not_offered("transitions", model)
    region = without_bars(clean(options.modify_region or ""))
    if len(region) > LONGEST_REGION:
        raise Refusal(f"Please shorten `modify_region` to {LONGEST_REGION} characters.")
    if region and model.kind is not Kind.SWAP:
        raise _not_offered("modify_region", model)
    return arguments | ({"modify_region": region} if region else {})


def _not_offered(option: str, model: Model) -> Refusal:
    return Refusal(f"Please leave out `{option}`: {model.name} has no such choice.")


def _steps(
    transitions: Sequence[Transition], template: Template, options: Options, words: str
) -> dict[str, Argument]:
    """Return the argument for transitions: each has a prompt with all blocks of the template."""
    if not transitions:
        return {}
    steps: list[dict[str, str | int]] = []
    for transition in transitions:
        own = slot(template, transition.words, "transitions") or words
        prompt = render(template, Kind.FRAMES, options, own)
        steps.append({"prompt": prompt, "duration": transition.seconds})
    return {"transitions": steps}


def _title(options: Options, words: str, transitions: Sequence[Transition], model: Model) -> str:
    """Return the title that members see: their own words, as far as there are any."""
    if model.effects:
        effect = options.effect or model.effects[0]
        return f"{effect}: {words}" if words else effect
    if words:
        return words
    own = [cleaned for transition in transitions if (cleaned := clean(transition.words))]
    return " → ".join(own) or _UNTITLED.get(model.kind, "")


# Titles of videos without words of the member.
_UNTITLED = {
    Kind.FRAMES: "from picture to picture",
    Kind.SWAP: "the picture, swapped in",
    Kind.ADD: "the picture, added",
}
