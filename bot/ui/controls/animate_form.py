"""What the form of *Apps → Animate* asks for, beside the words."""

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
    """One of a field's choices: its value, how it is called, and what is said of it."""

    value: str
    label: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A select of the form. `name` is that of the option, `selected` the value it begins with."""

    name: str
    text: str
    choices: Sequence[FieldOption]
    selected: str

    def options(self) -> list[discord.SelectOption]:
        """Return the choices as Discord takes them."""
        return [
            discord.SelectOption(
                label=choice.label[:_LONGEST_CHOICE],
                value=choice.value,
                description=choice.about and choice.about[:_LONGEST_CHOICE],
                default=choice.value == self.selected,
            )
            for choice in self.choices[:_MOST_CHOICES]
        ]


def fields(pictures: Sequence[NamedPicture], offer: Offer, usual: Options) -> list[Field]:
    """Return the fields that offer a choice, the most useful first.

    `usual` is what the member's videos are made with where they say nothing else.
    """
    found = [_picture(pictures), *_looks(offer, usual)]
    return [field for field in found if len(field.choices) > 1]


def _picture(pictures: Sequence[NamedPicture]) -> Field:
    choices = [
        FieldOption(str(index), f"{index + 1}. {shown.name}")
        for index, shown in enumerate(pictures)
    ]
    return Field(PICTURE, "Which picture?", choices, "0")


def _looks(offer: Offer, usual: Options) -> list[Field]:
    models = offer.catalogue.of(Kind.IMAGE)
    own = offer.catalogue.find(Kind.IMAGE, usual.model) if usual.model else None
    model = own or offer.catalogue.choose(Kind.IMAGE, None)
    found = [
        Field(
            "model",
            "Model",
            [FieldOption(one.name, one.name, pages.prices(one)) for one in models],
            model.name,
        )
    ]
    if model.durations:
        seconds = usual.duration if usual.duration in model.durations else model.durations[0]
        lengths = [
            FieldOption(str(one), f"{one} seconds") for one in offer.catalogue.durations(Kind.IMAGE)
        ]
        found.append(Field("duration", "Length", lengths, str(seconds)))
    if model.resolutions:
        named = usual.resolution if usual.resolution in model.resolutions else None
        sizes = [FieldOption(name, name) for name in offer.catalogue.resolutions(Kind.IMAGE)]
        found.append(Field("resolution", "Resolution", sizes, named or model.resolutions[0]))
    found.append(_style(offer, usual))
    return found


def _style(offer: Offer, usual: Options) -> Field:
    styles = [FieldOption(name, name) for name in offer.template.styles]
    if usual.style in offer.template.styles:
        return Field("style", "Style", styles, str(usual.style))
    # Nothing is a choice of its own, which Discord wants a value for.
    return Field("style", "Style", [FieldOption("-", "None"), *styles], "-")
