"""Prompt templates: the operator's blocks around a slot for the member's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.catalogue.models import Kind
from bot.domain.markup import without_bars
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The operator's words around the member's, for one kind of video."""

    keep: str = ""
    """Things of the input that stay as they are."""
    quality: str
    """The look of a good video."""
    safety: str
    """Things that must not happen."""
    negative: str
    """Words for `negative_prompt`, with commas between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Everything that prompts are made from, besides the member's options."""

    blocks: Mapping[Kind, Blocks]
    """The blocks of each kind of video."""
    styles: Mapping[str, str]
    """The words of each style, by its name."""
    cameras: Mapping[str, str]
    """The words of each camera move, by its name."""
    motions: Mapping[str, str]
    """The words of each amount of motion, by its name."""
    longest_prompt: int
    """The most characters of a member's words, after cleaning."""


def slot(template: Template, words: str | None, option: str = "prompt") -> str:
    """Return the member's words, cleaned to one line.

    Raises Refusal that names `option` if they are too long.
    """
    cleaned = clean(words or "")
    if len(cleaned) > template.longest_prompt:
        raise Refusal(
            f"Please shorten `{option}` to {template.longest_prompt} characters"
            f" (it has {len(cleaned)})."
        )
    return cleaned


def render(template: Template, kind: Kind, options: Options, words: str) -> str:
    """Return the prompt that is sent: one block a line, the member's words on one of the lines.

    `words` is a slot: without line breaks, members' text can't change the number, order or content
    of the other blocks. Spoiler bars are for readers in Discord and aren't sent. Raises Refusal.
    """
    blocks = template.blocks[kind]
    lines = [
        _picked("style", template.styles, options.style),
        without_bars(words),
        _picked("camera", template.cameras, options.camera),
        _picked("motion", template.motions, options.motion),
        blocks.keep,
        blocks.quality,
        blocks.safety,
    ]
    return "\n".join(line for line in lines if line)


def render_negative(template: Template, kind: Kind, typed: str | None, of_model: str) -> str:
    """Return the negative prompt: the member's words, the template's and the model's, each once."""
    own = without_bars(slot(template, typed, "negative_prompt"))
    parts = [
        part.strip()
        for text in (own, template.blocks[kind].negative, of_model)
        for part in text.split(",")
    ]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def check_looks(template: Template, options: Options) -> None:
    """Raise Refusal for a style, camera or motion that isn't offered, or for too many words."""
    _picked("style", template.styles, options.style)
    _picked("camera", template.cameras, options.camera)
    _picked("motion", template.motions, options.motion)
    slot(template, options.negative_prompt, "negative_prompt")


def _picked(option: str, offered: Mapping[str, str], name: str | None) -> str:
    if name is None:
        return ""
    for key, words in offered.items():
        if key.casefold() == name.strip().casefold():
            return words
    raise Refusal(f"Please pick `{option}` from the list: {', '.join(offered)}.")
