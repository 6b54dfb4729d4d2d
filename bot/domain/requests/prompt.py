"""Prompt templates: named blocks around the user's slot."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The operator's words around the user's: what stays, how it looks, what must not happen."""

    keep: str = ""
    quality: str
    safety: str
    negative: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Everything a prompt is made from. Lengths are in characters, after cleaning."""

    blocks: Mapping[Kind, Blocks]
    styles: Mapping[str, str]
    cameras: Mapping[str, str]
    motions: Mapping[str, str]
    longest_prompt: int


def slot(template: Template, words: str | None, option: str = "prompt") -> str:
    """Return the user's words, cleaned to one line. Raises Refusal naming `option` when too long."""
    cleaned = clean(words or "")
    if len(cleaned) > template.longest_prompt:
        raise Refusal(
            f"Please shorten `{option}` to {template.longest_prompt} characters"
            f" (it has {len(cleaned)})."
        )
    return cleaned


def render(template: Template, kind: Kind, options: Options, words: str) -> str:
    """Return the prompt that is sent: one block a line, the user's words on a line of their own.

    `words` is a slot: it has no line breaks, so no user text changes the number, order or content
    of the other blocks. Raises Refusal.
    """
    blocks = template.blocks[kind]
    lines = [
        _picked("style", template.styles, options.style),
        words,
        _picked("camera", template.cameras, options.camera),
        _picked("motion", template.motions, options.motion),
        blocks.keep,
        blocks.quality,
        blocks.safety,
    ]
    return "\n".join(line for line in lines if line)


def render_negative(template: Template, kind: Kind, typed: str | None, of_model: str) -> str:
    """Return the negative prompt: the user's words, the template's and the model's, merged."""
    own = slot(template, typed, "negative_prompt")
    parts = [
        part.strip()
        for text in (own, template.blocks[kind].negative, of_model)
        for part in text.split(",")
    ]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def check_looks(template: Template, options: Options) -> None:
    """Raise Refusal for a style, camera or motion that isn't offered, or too many words."""
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
