"""Does an entry of the catalogue agree with what fal says of its endpoint?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.catalogue.findings import Finding, Remark, Verdict
from bot.domain.catalogue.live_endpoint import LiveEndpoint, Parameter
from bot.domain.catalogue.models import TAKES, Kind, Model
from bot.domain.catalogue.price_comparison import compare_prices
from bot.domain.catalogue.prices import price_of

# What decides the price, so that it has to be sent wherever fal takes it.
_PRICED = ("resolution", "duration")


@dataclass(frozen=True, slots=True)
class Sent:
    """An argument that the bot sends: its values, and where they stand in `models.toml`, if there."""

    values: Sequence[str | int] = ()
    key: str | None = None
    always: bool = True


def sent(model: Model) -> dict[str, Sent]:
    """Return everything that the bot may send for a model, by fal's names."""
    lists: dict[str, tuple[str, Sequence[str | int]]] = {
        "resolution": ("resolutions", model.resolutions),
        "duration": ("durations", model.durations),
        "aspect_ratio": ("aspect_ratios", model.aspect_ratios),
        "ingredients_mode": ("ingredients_modes", model.ingredients_modes),
        "pikaffect": ("effects", model.effects),
    }
    takes = TAKES[model.kind]
    fewest, most = takes.pictures
    found = {name: Sent() for name in ("prompt", "negative_prompt", "seed")}
    found |= {name: Sent(values, key) for name, (key, values) in lists.items() if values}
    if most > 1:
        found["image_urls"] = Sent()
    elif most:
        found["image_url"] = Sent(always=fewest > 0)
    if takes.video:
        found["video_url"] = Sent()
    if model.longest:
        found["transitions"] = Sent(key="longest")
    if model.kind is Kind.SWAP:
        found["modify_region"] = Sent(always=False)
    return found


def compare(model: Model, live: LiveEndpoint) -> Finding:
    """Compare one entry with fal's."""
    if live.status is None:
        text = f"fal has no {model.endpoint}"
        fix = "correct its `endpoint`, or set `enabled = false`"
        return Finding.of(model.key, [Remark(Verdict.WRONG, text, fix)])
    remarks = [_status(live.status)]
    if live.parameters is None:
        text = "fal shows no schema, so that no option is compared"
        remarks.append(Remark(Verdict.NOTE, text))
    else:
        remarks += _parameters(model, live.parameters)
        remarks += _missing(model, live)
    return Finding.of(model.key, [*remarks, *compare_prices(model, live.price)])


def _status(status: str) -> Remark:
    if status == "active":
        return Remark(Verdict.FINE, "active")
    return Remark(Verdict.WRONG, f"fal says it is {status!r}", "set `enabled = false`")


def _parameters(model: Model, parameters: Mapping[str, Parameter]) -> list[Remark]:
    """Look whether fal takes everything that is sent."""
    remarks: list[Remark] = []
    for name, argument in sent(model).items():
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


def _values(name: str, argument: Sent, parameter: Parameter) -> list[Remark]:
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
    duration = transitions.within.get("duration")
    most = duration and duration.maximum
    if most is None or most >= model.longest:
        return []
    text = f"a transition can take {most:g} s at most at fal"
    return [Remark(Verdict.WRONG, text, f"set its `longest` to {most:g}")]


def _dearer_default(model: Model, name: str, argument: Sent, parameter: Parameter) -> list[Remark]:
    """Say where fal's default costs more than ours, which is why ours is always sent."""
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


def _missing(model: Model, live: LiveEndpoint) -> list[Remark]:
    """Look for what fal takes and the bot never sends."""
    ours = sent(model)
    remarks: list[Remark] = []
    for name, parameter in (live.parameters or {}).items():
        if name in live.required and not (name in ours and ours[name].always):
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
