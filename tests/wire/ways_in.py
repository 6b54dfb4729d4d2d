"""Every way in to the bot, as it registers them: commands, menus, buttons, forms, and mentions.

None is listed by hand: a new one whose form isn't known here fails the tests that walk them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from discord.app_commands import ContextMenu
from typing_extensions import override

from bot.composition.program import BUTTONS
from bot.settings import load_catalogue
from bot.ui.access.uses import Use, leaves, use_of
from bot.ui.controls.modals import GatedModal
from cogs import all_commands
from tests.cli.command_line import CHECKOUT

CUSTOM_IDS = {
    "job": "job:{job}:{action}",
    "message": "job:{job}:{action}:{message}",
    "offer": "offer:{offer}:{action}",
    "history": "history:{action}:1",
    "mod": "mod:{action}",
    "server": "server:{guild}:{action}",
}
"""The custom ids of each template, by its first word; `message` names a message as well."""


@dataclass(frozen=True)
class Way:
    """One way in."""

    kind: str
    """`command`, `menu`, `form`, `mention`, or the template of a button."""
    name: str
    use: Use

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def commands() -> Iterator[Way]:
    for command in all_commands(load_catalogue(CHECKOUT / "models.toml")):
        for leaf in leaves(command):
            kind = "menu" if isinstance(leaf, ContextMenu) else "command"
            yield Way(kind, leaf.qualified_name, use_of(leaf))


def buttons() -> Iterator[Way]:
    for item in BUTTONS:
        template = item.__discord_ui_compiled_template__.pattern
        kind = "message" if "<message>" in template else template.partition(":")[0]
        for name, action in item.actions.items():
            yield Way(kind, name, action.use)


def forms(below: type[GatedModal] = GatedModal) -> Iterator[Way]:
    for form in below.__subclasses__():
        if form.__subclasses__():
            yield from forms(form)
        else:
            yield Way("form", form.__name__, form.use)


MENTIONS = (
    Way("mention", "picture", Use.MAKES),
    Way("mention", "variation", Use.MAKES),
    Way("mention", "help", Use.PREPARES),
)
"""As `intent_of` tells them apart."""


def every_way() -> list[Way]:
    return [*commands(), *buttons(), *forms(), *MENTIONS]
