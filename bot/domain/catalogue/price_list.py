"""Every video that a model makes and what it costs: what tables of prices are made from."""

from dataclasses import dataclass

from bot.domain.catalogue.models import Model
from bot.domain.catalogue.prices import Cost, cost_of


@dataclass(frozen=True, slots=True)
class PricedVideos:
    """Videos of one price. `seconds` are the shortest and the longest; None: the input decides."""

    resolution: str | None
    seconds: tuple[int, int] | None
    cost: Cost

    @property
    def length(self) -> str:
        """The seconds as people write them; nothing where the input decides."""
        if self.seconds is None:
            return ""
        shortest, longest = self.seconds
        return str(shortest) if shortest == longest else f"{shortest} to {longest}"


def price_list(model: Model, unit: int) -> list[PricedVideos]:
    """Return what each resolution and length costs; lengths that follow one another together."""
    found: list[PricedVideos] = []
    for resolution, seconds in model.choices:
        cost = cost_of(model.prices, resolution=resolution, seconds=seconds, unit=unit)
        last = found[-1] if found else None
        if seconds is None:
            found.append(PricedVideos(resolution, None, cost))
        elif last and last.seconds and _goes_on(last, resolution, seconds, cost):
            found[-1] = PricedVideos(resolution, (last.seconds[0], seconds), cost)
        else:
            found.append(PricedVideos(resolution, (seconds, seconds), cost))
    return found


def _goes_on(last: PricedVideos, resolution: str | None, seconds: int, cost: Cost) -> bool:
    follows = last.seconds is not None and last.seconds[1] + 1 == seconds
    return follows and (last.resolution, last.cost) == (resolution, cost)
