"""What each kind of video takes of a member, here and now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.catalogue.models import DRAFT, Kind, Model
from bot.domain.catalogue.prices import Cost, cost_of
from bot.domain.moderation.policy import narrowed, within
from bot.domain.moderation.rules import Quality
from bot.domain.options import Options
from bot.domain.requests.keyframes import USUAL_SECONDS
from bot.domain.requests.plan import model_for
from bot.domain.requests.request import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCost:
    """What a kind of video takes if nothing is picked, and the most that it can take."""

    kind: Kind
    model: Model
    usual: Cost
    most: Cost


def kind_costs(offer: Offer, quality: Quality, usual: Options, *, thrifty: bool) -> list[KindCost]:
    """Return one choice for each kind that the rules allow. Raises Refusal if there is none."""
    found: list[KindCost] = []
    for kind in narrowed(offer.catalogue, quality).kinds:
        wanted = DRAFT if thrifty else usual.model
        model = model_for(offer.catalogue, quality, kind, None, wanted)
        default = within(model, usual, quality, thrifty=thrifty)
        costs = [
            _cost(one, resolution, seconds, offer.unit)
            for one in narrowed(offer.catalogue, quality).of(kind)
            for resolution in _allowed(one.resolutions, quality)
            for seconds in _lengths(one, quality)
        ]
        cost = _cost(model, default.resolution, _length(model, default), offer.unit)
        most = max(costs, key=lambda one: one.price.micro_usd, default=cost)
        found.append(KindCost(kind=kind, model=model, usual=cost, most=most))
    return found


def _cost(model: Model, resolution: str | None, seconds: int | None, unit: int) -> Cost:
    """Return what a video costs; where the member says nothing, the model's first counts."""
    resolutions, durations = model.resolutions, model.durations
    return cost_of(
        model.prices,
        resolution=resolution if resolution in resolutions else next(iter(resolutions), None),
        seconds=seconds if model.longest or seconds in durations else next(iter(durations), None),
        unit=unit,
    )


def _length(model: Model, default: Options) -> int | None:
    return USUAL_SECONDS if model.longest else default.duration


def _allowed(resolutions: Sequence[str], quality: Quality) -> Sequence[str | None]:
    return [one for one in resolutions if quality.allows(resolution=one)] or [None]


def _lengths(model: Model, quality: Quality) -> Sequence[int | None]:
    if model.longest:
        return [min(model.longest, quality.seconds or model.longest)]
    return [one for one in model.durations if quality.allows(seconds=one)] or [None]
