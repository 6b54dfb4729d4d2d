"""The selects of the form *Apps → Animate*: picture, model, length, resolution, style."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.domain.requests.request import Offer
from bot.ui.messages.message_pictures import NamedPicture
from bot.ui.presentation import pages

# Discord's limits: https://docs.discord.com/developers/components/reference#string-select
_MOST_CHOICES = 25
_LONGEST_CHOICE = 100
PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One choice of a field."""

    value: str
    """The value that Discord sends back."""
    label: str
    """The name that the member reads."""
    description: str | None = None
    """A second line below the label."""


@dataclass(frozen=True, slots=True)
class Field:
    """A select of the form."""

    name: str
    """The option of `/pika image` that the select fills in, and the select's `custom_id`."""
    text: str
    """The label above the select."""
    choices: Sequence[FieldOption]
    """The most useful first."""
    selected: str
    """The value that the select begins with."""

    def options(self) -> list[discord.SelectOption]:
        """Return the choices as discord.py takes them, as many as Discord does."""
        return [
            discord.SelectOption(
                label=choice.label[:_LONGEST_CHOICE],
                value=choice.value,
                description=choice.description and choice.description[:_LONGEST_CHOICE],
                default=choice.value == self.selected,
            )
            for choice in self.choices[:_MOST_CHOICES]
        ]


def fields(pictures: Sequence[NamedPicture], offer: Offer, usual: Options) -> list[Field]:
    """Return the fields that offer a choice, the most useful first.

    `usual` are the member's defaults.
    """
    every = [_picture(pictures), *_looks(offer, usual)]
    return [field for field in every if len(field.choices) > 1]


def _picture(pictures: Sequence[NamedPicture]) -> Field:
    choices = [
        FieldOption(str(index), f"{index + 1}. {picture.name}")
        for index, picture in enumerate(pictures)
    ]
    return Field(PICTURE, "Which picture?", choices, "0")


def _looks(offer: Offer, usual: Options) -> list[Field]:
    models = offer.catalogue.of(Kind.IMAGE)
    default = offer.catalogue.find(Kind.IMAGE, usual.model) if usual.model else None
    model = default or offer.catalogue.choose(Kind.IMAGE, None)
    looks = [
        Field(
            "model",
            "Model",
            [FieldOption(offered.name, offered.name, pages.prices(offered)) for offered in models],
            model.name,
        )
    ]
    if model.durations:
        seconds = usual.duration if usual.duration in model.durations else model.durations[0]
        lengths = [
            FieldOption(str(length), f"{length} seconds")
            for length in offer.catalogue.durations(Kind.IMAGE)
        ]
        looks.append(Field("duration", "Length", lengths, str(seconds)))
    if model.resolutions:
        size = usual.resolution if usual.resolution in model.resolutions else None
        sizes = [FieldOption(name, name) for name in offer.catalogue.resolutions(Kind.IMAGE)]
        looks.append(Field("resolution", "Resolution", sizes, size or model.resolutions[0]))
    looks.append(_style(offer, usual))
    return looks


def _style(offer: Offer, usual: Options) -> Field:
    styles = [FieldOption(name, name) for name in offer.template.styles]
    if usual.style in offer.template.styles:
        return Field("style", "Style", styles, str(usual.style))
    # No style is a choice of its own, for which Discord wants a value.
    return Field("style", "Style", [FieldOption("-", "None"), *styles], "-")
