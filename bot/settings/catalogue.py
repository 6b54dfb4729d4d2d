"""What `models.toml` may say."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from bot.domain.models import Catalogue, Kind, Model, Price
from bot.domain.money import micro_usd


def _payable(dollars: Decimal) -> Decimal:
    micro_usd(dollars)
    return dollars


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceEntry(_Entry):
    resolution: str
    duration: int
    """Seconds."""
    usd: Annotated[Decimal, AfterValidator(_payable)]
    """Dollars for one video, as text, so that no digit is lost."""
    assumed: bool = False
    """True where fal states no price: it is shown with "about"."""


class ModelEntry(_Entry):
    key: str
    name: str
    kind: Kind
    endpoint: str
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    durations: tuple[int, ...]
    negative_prompt: str
    prices: tuple[PriceEntry, ...]

    def model(self) -> Model:
        """Raises ValueError when prices and options don't agree."""
        offers = [(price.resolution, price.duration) for price in self.prices]
        if double := next((offer for offer in offers if offers.count(offer) > 1), None):
            raise ValueError(f"model {self.key}: two prices for {double[0]}, {double[1]} s")
        return Model(
            key=self.key,
            name=self.name,
            kind=self.kind,
            endpoint=self.endpoint,
            aspect_ratios=self.aspect_ratios,
            resolutions=self.resolutions,
            durations=self.durations,
            negative_prompt=self.negative_prompt,
            prices={
                (price.resolution, price.duration): Price(micro_usd(price.usd), price.assumed)
                for price in self.prices
            },
        )


class CatalogueFile(_Entry):
    models: tuple[ModelEntry, ...]

    def catalogue(self) -> Catalogue:
        """Raises ValueError when the entries don't fit together."""
        return Catalogue([entry.model() for entry in self.models])
