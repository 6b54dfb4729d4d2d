"""The section `prompt` of `config.toml`: blocks around prompts, and the words for looks."""

from typing import cast

from pydantic import model_validator

from bot.domain.catalogue.models import Kind
from bot.domain.requests.prompt import Blocks, Template
from bot.settings.prompt_defaults import BLOCKS, CAMERAS, MOTIONS, STYLES
from bot.settings.values import Count, OneLine, Section


class BlockSettings(Section):
    """The blocks around the prompts of one kind of video."""

    keep: OneLine = ""
    """The parts of the member's pictures or video that stay as they are."""
    quality: OneLine
    """The look that every video should have."""
    safety: OneLine
    """Things that no video may show."""
    negative: OneLine
    """Words that are added to every negative prompt."""

    def blocks(self) -> Blocks:
        return Blocks(
            keep=self.keep, quality=self.quality, safety=self.safety, negative=self.negative
        )


def _shipped(name: str) -> BlockSettings:
    return BlockSettings.model_validate(BLOCKS[name])


class PromptSettings(Section):
    """The section `prompt`."""

    longest: Count = 1000
    """The longest prompt, in characters, after cleaning."""
    text: BlockSettings = _shipped("text")
    """The blocks around a prompt for text-to-video."""
    image: BlockSettings = _shipped("image")
    """The blocks around a prompt for image-to-video."""
    scenes: BlockSettings = _shipped("scenes")
    """The blocks around a prompt for Pikascenes."""
    frames: BlockSettings = _shipped("frames")
    """The blocks around a prompt, and around that of each transition, for Pikaframes."""
    effect: BlockSettings = _shipped("effect")
    """The blocks around a prompt for Pikaffects."""
    swap: BlockSettings = _shipped("swap")
    """The blocks around a prompt for Pikaswaps."""
    add: BlockSettings = _shipped("add")
    """The blocks around a prompt for Pikadditions."""
    styles: dict[str, OneLine] = STYLES
    """The choices of `style`, and the words for each."""
    cameras: dict[str, OneLine] = CAMERAS
    """The choices of `camera`, and the words for each."""
    motions: dict[str, OneLine] = MOTIONS
    """The choices of `motion`, and the words for each."""

    @model_validator(mode="before")
    @classmethod
    def _fill_blocks(cls, values: object) -> object:
        """Add what a block leaves out, as its default differs from kind to kind."""
        if not isinstance(values, dict):
            return values
        given = cast("dict[str, object]", values)
        blocks = {
            name: {**default, **cast("dict[str, object]", given[name])}
            for name, default in BLOCKS.items()
            if isinstance(given.get(name), dict)
        }
        return given | blocks

    def template(self) -> Template:
        return Template(
            blocks={
                Kind.TEXT: self.text.blocks(),
                Kind.IMAGE: self.image.blocks(),
                Kind.SCENES: self.scenes.blocks(),
                Kind.FRAMES: self.frames.blocks(),
                Kind.EFFECT: self.effect.blocks(),
                Kind.SWAP: self.swap.blocks(),
                Kind.ADD: self.add.blocks(),
            },
            styles=self.styles,
            cameras=self.cameras,
            motions=self.motions,
            longest_prompt=self.longest,
        )
