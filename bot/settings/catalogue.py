"""What `models.toml` may say."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.domain.catalogue.models import Catalogue, Kind, Model
from bot.domain.catalogue.prices import PriceRule
from bot.domain.money import micro_usd


def _payable(dollars: Decimal) -> Decimal:
    micro_usd(dollars)
    return dollars


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceEntry(_Entry):
    resolution: str | None = None
    """None: any."""
    duration: int | None = None
    """Seconds; None: any."""
    usd: Annotated[Decimal, AfterValidator(_payable)]
    """Dollars for one video, or for each of its seconds, as text, so that no digit is lost."""
    per_second: bool = False
    least_seconds: Annotated[int, Field(ge=0)] = 0
    """How many seconds are charged at least."""
    assumed: bool = False
    """True where fal states no price: it is shown with "about"."""

    def rule(self) -> PriceRule:
        return PriceRule(
            micro_usd=micro_usd(self.usd),
            resolution=self.resolution,
            duration=self.duration,
            per_second=self.per_second,
            least_seconds=self.least_seconds,
            assumed=self.assumed,
        )


class ModelEntry(_Entry):
    key: str
    name: str
    kind: Kind
    endpoint: str
    enabled: bool = True
    aspect_ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    durations: tuple[Annotated[int, Field(ge=1)], ...] = ()
    ingredients_modes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    longest: Annotated[int, Field(ge=0)] = 0
    """Seconds of all transitions together."""
    negative_prompt: str = ""
    prices: tuple[PriceEntry, ...]

    def model(self) -> Model:
        """Raises ValueError when prices and options don't agree."""
        return Model(
            key=self.key,
            name=self.name,
            kind=self.kind,
            endpoint=self.endpoint,
            aspect_ratios=self.aspect_ratios,
            resolutions=self.resolutions,
            durations=self.durations,
            ingredients_modes=self.ingredients_modes,
            effects=self.effects,
            longest=self.longest,
            negative_prompt=self.negative_prompt,
            prices=tuple(price.rule() for price in self.prices),
        )


class CatalogueFile(_Entry):
    models: tuple[ModelEntry, ...]

    def catalogue(self) -> Catalogue:
        """Raises ValueError when the entries don't fit together."""
        models = [(entry.model(), entry.enabled) for entry in self.models]
        return Catalogue([model for model, enabled in models if enabled])
