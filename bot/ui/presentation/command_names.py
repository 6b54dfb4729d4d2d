"""What the commands are called."""

from collections.abc import Mapping

from bot.domain.catalogue.models import Kind

COMMAND_OF: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.IMAGE: "image",
    Kind.SCENES: "scenes",
    Kind.FRAMES: "frames",
    Kind.EFFECT: "effect",
    Kind.SWAP: "swap",
    Kind.ADD: "add",
}
"""Of `/pika`, by the kind of video that it makes."""
