"""Prompt templates: named blocks around the user's slot."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.models import Kind
from bot.domain.refusal import Refusal
from bot.domain.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The operator's words around the user's: how it should look, and what must not happen."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a member typed and picked."""

    prompt: str
    negative_prompt: str | None = None
    style: str | None = None
    camera: str | None = None
    motion: str | None = None


def slot(template: Template, prompt: str) -> str:
    """Return the user's words, cleaned to one line. Raises Refusal when empty or too long."""
    words = clean(prompt)
    if not words:
        raise Refusal("Please describe the video in `prompt`.")
    if len(words) > template.longest_prompt:
        raise Refusal(
            f"Please shorten `prompt` to {template.longest_prompt} characters (it has {len(words)})."
        )
    return words


def render(template: Template, kind: Kind, wording: Wording) -> str:
    """Return the prompt that is sent: one block a line, the user's words on a line of their own.

    A cleaned slot has no line breaks, so no user text changes the number, order or content of the
    other blocks. Raises Refusal.
    """
    blocks = template.blocks[kind]
    lines = [
        _picked("style", template.styles, wording.style),
        slot(template, wording.prompt),
        _picked("camera", template.cameras, wording.camera),
        _picked("motion", template.motions, wording.motion),
        blocks.quality,
        blocks.safety,
    ]
    return "\n".join(line for line in lines if line)


def render_negative(template: Template, kind: Kind, wording: Wording, of_model: str) -> str:
    """Return the negative prompt: the user's words, the template's and the model's, merged."""
    own = clean(wording.negative_prompt or "")
    if len(own) > template.longest_prompt:
        raise Refusal(f"Please shorten `negative_prompt` to {template.longest_prompt} characters.")
    parts = [
        part.strip()
        for text in (own, template.blocks[kind].negative, of_model)
        for part in text.split(",")
    ]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _picked(option: str, offered: Mapping[str, str], name: str | None) -> str:
    if name is None:
        return ""
    for key, words in offered.items():
        if key.casefold() == name.strip().casefold():
            return words
    raise Refusal(f"Please pick `{option}` from the list: {', '.join(offered)}.")
