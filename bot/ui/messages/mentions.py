"""The intent of a message that mentions the bot: pure functions, which answer nothing."""

import re
from dataclasses import dataclass
from typing import TypeAlias

import discord
from discord.utils import find

from bot.domain.catalogue.inputs import PictureSource
from bot.domain.catalogue.models import KIND_INPUTS, Kind
from bot.domain.jobs.tags import REFERENCE
from bot.ui.messages.message_pictures import MessagePictures, StickerUrls, held_by

HOW_TO = (
    "Mention me with a picture attached, or in a reply to one, and say what happens: I make a video"
    " of it. Several pictures come together in one video, or with `frames` as your first word it"
    " passes through them. `/pika text` needs no picture, and `/pika help` has the rest."
)
WORDS_ONLY = (
    "I see no picture there. Attach one to the message that mentions me and I animate it;"
    " `/pika text` makes a video from words alone."
)
NO_WORDS = "What should happen in the video? Please send that again, with words beside my name."
HIDDEN = (
    "Discord doesn't show me the pictures of a message that you reply to. Open the menu of that"
    " message, **Apps → Animate**; or attach the picture to a message that mentions me."
)
GONE = (
    "Discord doesn't show me the message that you reply to. Please attach the picture to a message"
    " that mentions me."
)
TOO_MANY = "I take at most {most} pictures at a time; please send fewer."
TOO_FEW = "`frames` takes {fewest} to {most} pictures; please attach all of them to one message."

_OF_A_JOB = re.compile(rf"job:({REFERENCE}):")
_FRAMES = re.compile(r"frames\b[\s:,.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HelpReply:
    """No video can be made of the message; `text` tells its author how to get one."""

    text: str


@dataclass(frozen=True, slots=True)
class AnimateIntent:
    """A video from pictures."""

    kind: Kind
    """The command that would take so many pictures."""
    pictures: tuple[PictureSource, ...]
    """In the order of the message."""
    prompt: str
    """The message's words without the bot's name."""


@dataclass(frozen=True, slots=True)
class VariationIntent:
    """The video of a job with other words."""

    reference: str
    """The reference of the job whose message was replied to."""
    prompt: str
    """The message's words without the bot's name."""
    named: bool
    """False if only Discord's own ping for a reply names the bot: the words may be mere thanks."""


MentionIntent: TypeAlias = HelpReply | AnimateIntent | VariationIntent


@dataclass(frozen=True, slots=True)
class Words:
    """A message's words, read without the bot's name."""

    named: bool
    """True if the bot's name stands among the words."""
    text: str
    """All words."""
    prompt: str
    """All words but a leading *frames*."""
    frames: bool
    """True if the words begin with *frames*."""


def words_of(content: str, bot_id: int) -> Words:
    """Read a message's words. The name may stand anywhere, and more than once."""
    first, *rest = re.split(f"<@!?{bot_id}>", content)
    before, after = first.strip(), " ".join(rest).strip()
    # The first word after the name, or where nothing follows it, the first of all.
    leading = after or before
    frames = _FRAMES.match(leading)
    if frames is not None:
        leading = leading[frames.end() :]
    prompt = f"{before} {leading}".strip() if after else leading.strip()
    return Words(bool(rest), f"{before} {after}".strip(), prompt, frames is not None)


def intent_of(
    message: discord.Message, bot_id: int, stickers: StickerUrls, *, reads_all: bool
) -> MentionIntent | None:
    """Return the intent of a message; None if the bot isn't meant.

    `reads_all`: the bot has the intent Message Content. Without that intent Discord blanks a
    message that is replied to, unless it is the bot's own or mentions the bot, too:
    https://docs.discord.com/developers/events/gateway#message-content-intent
    """
    words = words_of(message.content, bot_id)
    replied = _replied_to(message)
    parent = _job_of(replied, bot_id)
    if not words.named:
        # Only Discord's own ping for a reply named the bot: of use with one of its videos alone.
        if parent is None:
            return None
        return VariationIntent(parent, words.text, named=False) if words.text else HelpReply(HOW_TO)
    attached = held_by(message, stickers)
    if not attached and parent is not None:
        return (
            VariationIntent(parent, words.text, named=True) if words.text else HelpReply(NO_WORDS)
        )
    if not attached and replied is not None and replied.author.id != bot_id:
        attached = held_by(replied, stickers)
        if not attached and not reads_all and not _mentions(replied, bot_id):
            return HelpReply(HIDDEN)
        return _animate(attached, words) if attached else HelpReply(attached.why_none)
    if attached:
        return _animate(attached, words)
    if replied is None and message.reference is not None:
        return HelpReply(GONE)
    return HelpReply(WORDS_ONLY if words.text else HOW_TO)


def is_meant(message: discord.Message, bot_id: int) -> bool:
    """Return whether a person, in a server, names the bot or replies to it with a ping."""
    written = message.type in {discord.MessageType.default, discord.MessageType.reply}
    machine = message.author.bot or message.webhook_id is not None
    return written and not machine and message.guild is not None and _mentions(message, bot_id)


def _mentions(message: discord.Message, bot_id: int) -> bool:
    return find(lambda user: user.id == bot_id, message.mentions) is not None


def _replied_to(message: discord.Message) -> discord.Message | None:
    resolved = message.reference.resolved if message.reference is not None else None
    return resolved if isinstance(resolved, discord.Message) else None


def _job_of(message: discord.Message | None, bot_id: int) -> str | None:
    """Return the reference of the job that one of the bot's own messages shows, from its buttons.

    The status message has them, so does a new one where that was out of reach, and every message
    that `/pika show` posted.
    """
    if message is None or message.author.id != bot_id:
        return None
    for row in message.components:
        items = row.children if isinstance(row, discord.ActionRow) else []
        for item in items:
            if match := _OF_A_JOB.match(item.custom_id or ""):
                return match[1]
    return None


def _animate(attached: MessagePictures, words: Words) -> MentionIntent:
    count = len(attached.pictures)
    if not count:
        return HelpReply(attached.why_none)
    kind = Kind.FRAMES if words.frames else Kind.IMAGE if count == 1 else Kind.SCENES
    fewest, most = KIND_INPUTS[kind].pictures
    if count > most:
        return HelpReply(TOO_MANY.format(most=most))
    if count < fewest:
        return HelpReply(TOO_FEW.format(fewest=fewest, most=most))
    if not words.prompt and KIND_INPUTS[kind].needs_prompt:
        return HelpReply(NO_WORDS)
    return AnimateIntent(kind, attached.sources, words.prompt)
