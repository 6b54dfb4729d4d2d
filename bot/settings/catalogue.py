"""The schema of `models.toml`: the catalogue of models and prices."""

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
    """A price of a model, and the videos that it applies to."""

    resolution: str | None = None
    """As in `resolutions`; None: any."""
    duration: int | None = None
    """Seconds; None: any."""
    usd: Annotated[Decimal, AfterValidator(_payable)]
    """Dollars for one video, or for each of its seconds, as text, so that no digit is lost."""
    per_second: bool = False
    least_seconds: Annotated[int, Field(ge=0)] = 0
    """The fewest seconds that are charged."""
    assumed: bool = False
    """True if fal states no price: the price is shown with "about"."""

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
    """A model of the catalogue, and the options that it takes."""

    key: str
    """The model's name in the database and on the command line."""
    name: str
    """The model's name for members."""
    kind: Kind
    """The kind of video that it makes."""
    endpoint: str
    """fal's id of the endpoint."""
    enabled: bool = True
    """False: members can't use it."""
    aspect_ratios: tuple[str, ...] = ()
    """The aspect ratios to choose from."""
    resolutions: tuple[str, ...] = ()
    """The resolutions to choose from."""
    durations: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """The durations to choose from, in seconds."""
    ingredients_modes: tuple[str, ...] = ()
    """The ingredients modes to choose from, for Pikascenes."""
    effects: tuple[str, ...] = ()
    """The effects to choose from, for Pikaffects."""
    longest: Annotated[int, Field(ge=0)] = 0
    """The most seconds of all transitions together, for Pikaframes."""
    negative_prompt: str = ""
    """fal's own negative prompt of the model."""
    prices: tuple[PriceEntry, ...]
    """The prices of all videos that the options allow."""

    def model(self) -> Model:
        """Return the model. Raises ValueError if prices and options don't agree."""
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
    """The whole of `models.toml`."""

    models: tuple[ModelEntry, ...]

    def catalogue(self) -> Catalogue:
        """Return the enabled models. Raises ValueError if the entries don't agree."""
        models = [(entry.model(), entry.enabled) for entry in self.models]
        return Catalogue([model for model, enabled in models if enabled])
