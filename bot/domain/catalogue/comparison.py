"""Comparison of the catalogue's entries with the endpoints that fal describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.catalogue.findings import Finding, Remark, Verdict
from bot.domain.catalogue.live_endpoint import LiveEndpoint, Parameter
from bot.domain.catalogue.models import KIND_INPUTS, Kind, Model
from bot.domain.catalogue.price_comparison import compare_prices
from bot.domain.catalogue.prices import price_of

# They decide the price, so they have to be sent wherever fal takes them.
_PRICED = ("resolution", "duration")


@dataclass(frozen=True, slots=True)
class SentArgument:
    """An argument that the bot sends."""

    values: Sequence[str | int] = ()
    """All values that it may have; empty: they aren't listed."""
    key: str | None = None
    """The key in `models.toml` that decides its values; None: there is none."""
    always: bool = True
    """True if it is part of every request."""


def sent_arguments(model: Model) -> dict[str, SentArgument]:
    """Return the arguments that the bot may send for a model, by fal's names."""
    lists: dict[str, tuple[str, Sequence[str | int]]] = {
        "resolution": ("resolutions", model.resolutions),
        "duration": ("durations", model.durations),
        "aspect_ratio": ("aspect_ratios", model.aspect_ratios),
        "ingredients_mode": ("ingredients_modes", model.ingredients_modes),
        "pikaffect": ("effects", model.effects),
    }
    inputs = KIND_INPUTS[model.kind]
    fewest, most = inputs.pictures
    arguments = {name: SentArgument() for name in ("prompt", "negative_prompt", "seed")}
    arguments |= {
        name: SentArgument(values, key) for name, (key, values) in lists.items() if values
    }
    if most > 1:
        arguments["image_urls"] = SentArgument()
    elif most:
        arguments["image_url"] = SentArgument(always=fewest > 0)
    if inputs.video:
        arguments["video_url"] = SentArgument()
    if model.longest:
        arguments["transitions"] = SentArgument(key="longest")
    if model.kind is Kind.SWAP:
        arguments["modify_region"] = SentArgument(always=False)
    return arguments


def compare(model: Model, endpoint: LiveEndpoint) -> Finding:
    """Return the differences between an entry and fal's endpoint."""
    if endpoint.status is None:
        text = f"fal has no {model.endpoint}"
        fix = "correct its `endpoint`, or set `enabled = false`"
        return Finding.of(model.key, [Remark(Verdict.WRONG, text, fix)])
    remarks = [_status(endpoint.status)]
    if endpoint.parameters is None:
        text = "fal shows no schema, so that no option is compared"
        remarks.append(Remark(Verdict.NOTE, text))
    else:
        remarks += _parameters(model, endpoint.parameters)
        remarks += _missing(model, endpoint)
    return Finding.of(model.key, [*remarks, *compare_prices(model, endpoint.price)])


def _status(status: str) -> Remark:
    if status == "active":
        return Remark(Verdict.FINE, "active")
    return Remark(Verdict.WRONG, f"fal says it is {status!r}", "set `enabled = false`")


def _parameters(model: Model, parameters: Mapping[str, Parameter]) -> list[Remark]:
    """Return remarks on the arguments that are sent: whether fal takes all of their values."""
    remarks: list[Remark] = []
    for name, argument in sent_arguments(model).items():
        parameter = parameters.get(name)
        if parameter is None:
            fix = f"take out its `{argument.key}`" if argument.key else "set `enabled = false`"
            remarks.append(Remark(Verdict.WRONG, f"fal has no `{name}`", fix))
            continue
        remarks += _values(name, argument, parameter)
        if name in _PRICED:
            remarks += _dearer_default(model, name, argument, parameter)
    if (transitions := parameters.get("transitions")) and model.longest:
        remarks += _transitions(model, transitions)
    return remarks


def _values(name: str, argument: SentArgument, parameter: Parameter) -> list[Remark]:
    refused = [value for value in argument.values if not parameter.takes(value)]
    remarks: list[Remark] = []
    if refused:
        there = f" ({_show(parameter.allowed)})" if parameter.allowed is not None else ""
        remarks.append(
            Remark(
                Verdict.WRONG,
                f"`{name}` can't be {_show(refused)} at fal{there}",
                f"take {_show(refused)} out of its `{argument.key}`",
            )
        )
    if argument.key and parameter.allowed is not None:
        more = [value for value in parameter.allowed if value not in {None, *argument.values}]
        if more:
            remarks.append(Remark(Verdict.FINE, f"fal also has `{name}` {_show(more)}"))
    return remarks


def _transitions(model: Model, transitions: Parameter) -> list[Remark]:
    duration = transitions.item_properties.get("duration")
    most = duration and duration.maximum
    if most is None or most >= model.longest:
        return []
    text = f"a transition can take {most:g} s at most at fal"
    return [Remark(Verdict.WRONG, text, f"set its `longest` to {most:g}")]


def _dearer_default(
    model: Model, name: str, argument: SentArgument, parameter: Parameter
) -> list[Remark]:
    """Return a remark if fal's default costs more than ours: that is why ours is always sent."""
    if parameter.default not in argument.values:
        return []
    ours = (next(iter(model.resolutions), None), next(iter(model.durations), None))
    theirs = {"resolution": (parameter.default, ours[1]), "duration": (ours[0], parameter.default)}
    if _price(model, *theirs[name]) <= _price(model, *ours):
        return []
    text = f"fal's own `{name}`, {parameter.default}, would cost more than {argument.values[0]}"
    return [Remark(Verdict.FINE, f"{text}, which is always sent instead")]


def _price(model: Model, resolution: object, seconds: object) -> int:
    return price_of(
        model.prices,
        resolution=resolution if isinstance(resolution, str) else None,
        seconds=seconds if isinstance(seconds, int) else model.longest or None,
    ).micro_usd


def _missing(model: Model, endpoint: LiveEndpoint) -> list[Remark]:
    """Return remarks on the parameters that fal has and the bot never sends."""
    ours = sent_arguments(model)
    remarks: list[Remark] = []
    for name, parameter in (endpoint.parameters or {}).items():
        if name in endpoint.required and not (name in ours and ours[name].always):
            text = f"fal demands `{name}`, which isn't always sent"
            remarks.append(Remark(Verdict.WRONG, text, "set `enabled = false`"))
        elif name in ours:
            continue
        elif name in _PRICED:
            default = f"its default, {parameter.default}," if parameter.default else "fal"
            text = f"`{name}` isn't sent, so that {default} decides the price"
            remarks.append(Remark(Verdict.WRONG, text, f"give it `{name}s`"))
        else:
            text = f"fal also takes `{name}`, which isn't sent: does it change the price?"
            remarks.append(Remark(Verdict.NOTE, text))
    return remarks


def _show(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values if value is not None)
