"""The pictures in a message: attachments, embeds and stickers. Nothing is fetched here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

import discord

from bot.domain.catalogue.inputs import PictureSource

# What phones and browsers make; Discord guesses the type of a file from its ending, too.
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".heif"})
_UNTYPED = frozenset({"", "application/octet-stream"})
# Discord doesn't tell the size of embeds and stickers; the download measures them.
_UNKNOWN_SIZE = 0
_Layer: TypeAlias = "discord.Message | discord.MessageSnapshot"


@dataclass(frozen=True, slots=True)
class StickerUrls:
    """The addresses of stickers: https://docs.discord.com/developers/reference#image-formatting."""

    cdn: str
    """Base URL of all but GIF stickers."""
    media: str
    """Base URL of GIF stickers, which the CDN hasn't got."""

    def of(self, sticker: discord.StickerItem) -> str | None:
        """Return a sticker's URL; None for Lottie, which is a program and no picture."""
        if sticker.format is discord.StickerFormatType.lottie:
            return None
        base = self.media if sticker.format is discord.StickerFormatType.gif else self.cdn
        return f"{base}/stickers/{sticker.id}.{sticker.format.file_extension}"


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A picture of a message, with the name by which a reader of the message knows it."""

    name: str
    source: PictureSource


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePictures:
    """The pictures of a message, and things in it that a member may take for one."""

    pictures: tuple[NamedPicture, ...] = ()
    """In the order of the message."""
    has_video: bool = False
    """True if a video is attached."""
    has_lottie: bool = False
    """True if it has a sticker that Discord's own app draws."""

    def __bool__(self) -> bool:
        return bool(self.pictures) or self.has_video or self.has_lottie

    @property
    def sources(self) -> tuple[PictureSource, ...]:
        return tuple(picture.source for picture in self.pictures)

    @property
    def why_none(self) -> str:
        """Return a sentence for the member: the reason why there is no picture, and a way out."""
        if self.has_lottie:
            return (
                "That sticker is drawn by Discord's own app and has no picture that I could take;"
                " please send a screenshot of it."
            )
        if self.has_video:
            return (
                "That is a video, and I animate pictures; `/pika swap` and `/pika add` change"
                " videos."
            )
        return "That message has no picture attached; please pick one that has."


def held_by(message: discord.Message, stickers: StickerUrls) -> MessagePictures:
    """Return the pictures of a message and of the messages that were forwarded in it."""
    layers: list[_Layer] = [message, *message.message_snapshots]
    by_url = {
        picture.source.url: picture for layer in layers for picture in _pictures_in(layer, stickers)
    }
    items = [sticker for layer in layers for sticker in layer.stickers]
    return MessagePictures(
        pictures=tuple(by_url.values()),
        has_video=any(_is_video(file) for layer in layers for file in layer.attachments),
        has_lottie=any(stickers.of(item) is None for item in items),
    )


def _pictures_in(layer: _Layer, stickers: StickerUrls) -> Iterator[NamedPicture]:
    for file in layer.attachments:
        if _is_picture(file):
            yield NamedPicture(file.filename, PictureSource(file.url, file.size))
    for embed in layer.embeds:
        # Only through Discord's own proxy: the address behind it could be anybody's.
        if url := embed.image.proxy_url or embed.thumbnail.proxy_url:
            name = embed.title or embed.author.name or "from a link"
            yield NamedPicture(name, PictureSource(url, _UNKNOWN_SIZE))
    for sticker in layer.stickers:
        if url := stickers.of(sticker):
            yield NamedPicture(sticker.name, PictureSource(url, _UNKNOWN_SIZE))


def _is_picture(file: discord.Attachment) -> bool:
    kind = _kind(file)
    if kind in _UNTYPED:
        return PurePosixPath(file.filename.lower()).suffix in _ENDINGS
    return kind.startswith("image/")


def _is_video(file: discord.Attachment) -> bool:
    return _kind(file).startswith("video/")


def _kind(file: discord.Attachment) -> str:
    return (file.content_type or "").partition(";")[0].strip().lower()
