"""Cost overview: the usual and the highest cost of each kind of video for a member."""

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
    """The costs of one kind of video."""

    kind: Kind
    """The kind of video."""
    model: Model
    """The model that counts if the member picks none."""
    usual: Cost
    """The cost if the member picks nothing."""
    most: Cost
    """The highest cost that the rules allow."""


def kind_costs(offer: Offer, quality: Quality, usual: Options, *, thrifty: bool) -> list[KindCost]:
    """Return the costs of each kind that the rules allow. Raises Refusal if there is none.

    `usual` are the member's own defaults; with `thrifty` the draft model is the default.
    """
    overview: list[KindCost] = []
    for kind in narrowed(offer.catalogue, quality).kinds:
        preferred = DRAFT if thrifty else usual.model
        model = model_for(offer.catalogue, quality, kind, None, preferred)
        default = within(model, usual, quality, thrifty=thrifty)
        costs = [
            _cost(candidate, resolution, seconds, offer.unit)
            for candidate in narrowed(offer.catalogue, quality).of(kind)
            for resolution in _allowed(candidate.resolutions, quality)
            for seconds in _lengths(candidate, quality)
        ]
        cost = _cost(model, default.resolution, _length(model, default), offer.unit)
        most = max(costs, key=lambda cost: cost.price.micro_usd, default=cost)
        overview.append(KindCost(kind=kind, model=model, usual=cost, most=most))
    return overview


def _cost(model: Model, resolution: str | None, seconds: int | None, unit: int) -> Cost:
    """Return the cost of a video; the model's first value counts for one that it doesn't offer."""
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
    return [name for name in resolutions if quality.allows(resolution=name)] or [None]


def _lengths(model: Model, quality: Quality) -> Sequence[int | None]:
    if model.longest:
        return [min(model.longest, quality.seconds or model.longest)]
    return [seconds for seconds in model.durations if quality.allows(seconds=seconds)] or [None]
