"""The uses of the bot: each command, menu, button, form and mention declares its own.

The gate (`bot.ui.access.gate`) checks a use; there is no default.
"""

from collections.abc import Iterator
from enum import Enum, auto

from discord import app_commands

from bot.domain.refusal import NotPossible, Refusal
from bot.ui.types import AnyCommand, LeafCommand

_KEY = "use"


class Use(Enum):
    """The effect of a way in, by which the gate knows what to check."""

    MAKES = auto()
    """Makes a video. The request itself is checked against the server's rules."""
    PREPARES = auto()
    """Prepares a video: opens its form, or says how to ask for one. So nobody types in vain."""
    POSTS = auto()
    """Posts a video or a film in public."""
    SHOWS = auto()
    """Shows the words of a video to the member alone; of somebody else's, the rules count."""
    OWN = auto()
    """Shows the member's own things, or changes the member's own settings."""
    ENDS = auto()
    """Cancels, deletes or declines: makes, posts and shows nothing, so it is always open."""
    MODERATES = auto()
    """Shows or changes a server's rules, for its moderators."""
    OWNER = auto()
    """Decides on a server, for the owner of the application."""

    @property
    def makes(self) -> bool:
        """True if it is about a video that costs money."""
        return self in {Use.MAKES, Use.PREPARES}

    def refusal(self, sentence: str) -> Refusal:
        """Return a refusal of this use; only of a video does it say that nothing was charged."""
        return Refusal(sentence) if self.makes else NotPossible(sentence)


def declare(use: Use) -> dict[object, object]:
    """Return the `extras` by which a command declares its use."""
    return {_KEY: use}


def use_of(command: LeafCommand) -> Use:
    """Return the use that a command declares. Raises TypeError where it declares none."""
    use = command.extras.get(_KEY)
    if not isinstance(use, Use):
        raise TypeError(f"{command.qualified_name!r} doesn't declare its use")
    return use


def leaves(command: AnyCommand) -> Iterator[LeafCommand]:
    """Yield the commands that a member can send: of a group, its subcommands."""
    if not isinstance(command, app_commands.Group):
        yield command
        return
    for below in command.commands:
        yield from leaves(below)
