"""The section `prompt` of `config.toml`: blocks around prompts, and the words for looks."""

from bot.domain.catalogue.models import Kind
from bot.domain.requests.prompt import Blocks, Template
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


class PromptSettings(Section):
    """The section `prompt`."""

    longest: Count = 1000
    """The longest prompt, in characters, after cleaning."""
    text: BlockSettings
    """The blocks around a prompt for text-to-video."""
    image: BlockSettings
    """The blocks around a prompt for image-to-video."""
    scenes: BlockSettings
    """The blocks around a prompt for Pikascenes."""
    frames: BlockSettings
    """The blocks around a prompt, and around that of each transition, for Pikaframes."""
    effect: BlockSettings
    """The blocks around a prompt for Pikaffects."""
    swap: BlockSettings
    """The blocks around a prompt for Pikaswaps."""
    add: BlockSettings
    """The blocks around a prompt for Pikadditions."""
    styles: dict[str, OneLine]
    """The choices of `style`, and the words for each."""
    cameras: dict[str, OneLine]
    """The choices of `camera`, and the words for each."""
    motions: dict[str, OneLine]
    """The choices of `motion`, and the words for each."""

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
