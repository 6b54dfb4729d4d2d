"""The pictures that a message shows, wherever they stand in it. Nothing is fetched here."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias
from urllib.parse import urlsplit

import discord

from bot.domain.catalogue.inputs import PictureSource
from bot.domain.markup import BARS, is_covered

# Of the formats that are taken: what phones, cameras, browsers and editors save.
_JPEG_ENDINGS = (".jpg", ".jpeg", ".jpe", ".jif", ".jfif", ".jfi", ".pjpeg", ".pjp")
_HEIF_ENDINGS = (".heic", ".heif", ".heics", ".heifs", ".hif")
_ENDINGS = frozenset(
    {*_JPEG_ENDINGS, *_HEIF_ENDINGS, ".png", ".apng", ".webp", ".gif", ".avif", ".avifs"}
)
_VIDEO_ENDINGS = frozenset({".mp4", ".m4v", ".mov", ".qt", ".webm", ".mkv", ".avi"})
_UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# Discord tells the size of attachments alone; the download measures the others.
_UNKNOWN_SIZE = 0
_EMOJI = re.compile(r"<a?:(\w+):([0-9]+)>")
# Beside custom emoji, these leave a message one of large emoji.
_NO_WORDS = frozenset({"So", "Sk", "Mn", "Me", "Cf", "Zs", "Cc"})
_MOST_LARGE_EMOJI = 30
_LINK = re.compile(r"https?://[^\s|<>]+")
_Layer: TypeAlias = "discord.Message | discord.MessageSnapshot"


@dataclass(frozen=True, slots=True)
class StickerUrls:
    """The addresses of stickers and emoji.

    See https://docs.discord.com/developers/reference#image-formatting.
    """

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

    def of_emoji(self, emoji_id: str) -> str:
        """Return a custom emoji's URL, in the largest size that there is."""
        return f"{self.cdn}/emojis/{emoji_id}.webp?size=256"


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
        """The pictures for a video; several are named by their places in the message."""
        sources = [picture.source for picture in self.pictures]
        if len(sources) == 1:
            return tuple(sources)
        return tuple(
            replace(source, name=f"picture {number} of {len(sources)}")
            for number, source in enumerate(sources, 1)
        )

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
    shown = [item for layer in layers for item in _shown_in(layer, stickers)]
    pictures: dict[str, NamedPicture] = {}
    for item in shown:
        if item.kind != _PICTURE:
            continue
        key = _file_of(item.url)
        # Shown twice and covered once, it is covered.
        spoiler = item.spoiler or (key in pictures and pictures[key].source.spoiler)
        first = pictures.get(key) or NamedPicture(item.name, PictureSource(item.url, item.size))
        pictures[key] = replace(first, source=replace(first.source, spoiler=spoiler))
    return MessagePictures(
        pictures=tuple(pictures.values()),
        has_video=any(item.kind == _VIDEO for item in shown),
        has_lottie=any(stickers.of(item) is None for layer in layers for item in layer.stickers),
    )


_PICTURE, _VIDEO = "image", "video"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A thing that a message shows."""

    kind: str
    """The first part of its media type; empty if it is none of a picture or video."""
    name: str
    """The name by which a reader knows it."""
    url: str
    """Its address at Discord."""
    size: int = _UNKNOWN_SIZE
    """Bytes."""
    spoiler: bool = False
    """True if the reader has to uncover it."""


def _shown_in(layer: _Layer, urls: StickerUrls) -> Iterator[_Shown]:
    """Walk through a message in the order in which it is read."""
    yield from _large_emoji(layer.content, urls)
    # With Components V2, an attachment shows where a component names it, and nowhere else.
    if not layer.flags.components_v2:
        yield from map(_of_file, layer.attachments)
    for embed in layer.embeds:
        yield from _in_embed(embed, layer.content)
    for component in layer.components:
        yield from _in_component(component, layer.attachments)
    for sticker in layer.stickers:
        if url := urls.of(sticker):
            yield _Shown(_PICTURE, sticker.name, url)


def _large_emoji(content: str, urls: StickerUrls) -> Iterator[_Shown]:
    """Yield the custom emoji of a message that has nothing but emoji: it shows them large."""
    emoji = [*_EMOJI.finditer(content)]
    rest = _EMOJI.sub("", content).replace("||", "")
    if len(emoji) > _MOST_LARGE_EMOJI or {*map(unicodedata.category, rest)} - _NO_WORDS:
        return
    spoiler = is_covered(content)
    for written in emoji:
        yield _Shown(_PICTURE, written[1], urls.of_emoji(written[2]), spoiler=spoiler)


def _of_file(file: discord.Attachment) -> _Shown:
    kind = _kind(file.content_type, file.filename, measured=file.width is not None)
    return _Shown(kind, file.filename, file.url, file.size, file.is_spoiler())


def _in_embed(embed: discord.Embed, content: str) -> Iterator[_Shown]:
    name = embed.title or embed.author.name or "from a link"
    for part in (embed.image, embed.thumbnail):
        # Only through Discord's own proxy: the address behind it could be anybody's.
        if part.proxy_url:
            spoiler = part.flags.spoiler or _link_is_covered(embed.url, content)
            yield _Shown(_PICTURE, name, part.proxy_url, spoiler=spoiler)


def _link_is_covered(url: str | None, content: str) -> bool:
    """Return whether the link of a preview stands between spoiler bars.

    Discord may write a link in another way than its member: where some are covered, the others
    have to be found as they are.
    """
    if not any(_LINK.search(bars[1]) for bars in BARS.finditer(content)):
        return False
    return url is None or url not in _LINK.findall(BARS.sub(" ", content))


def _in_component(
    component: discord.Component | None,
    files: list[discord.Attachment],
    *,
    spoiler: bool = False,
) -> Iterator[_Shown]:
    """Yield what a component shows; `spoiler`: it is in a container that has to be uncovered."""
    match component:
        case discord.Container():
            for child in component.children:
                yield from _in_component(child, files, spoiler=spoiler or component.spoiler)
        case discord.SectionComponent():
            yield from _in_component(component.accessory, files, spoiler=spoiler)
        case discord.MediaGalleryComponent():
            for item in component.items:
                covered = spoiler or item.spoiler
                yield from _of_media(item.media, item.description, files, spoiler=covered)
        case discord.ThumbnailComponent():
            covered = spoiler or component.spoiler
            yield from _of_media(component.media, component.description, files, spoiler=covered)
        case discord.FileComponent():
            covered = spoiler or component.spoiler
            yield from _of_media(component.media, component.name, files, spoiler=covered)
        case _:
            pass


def _of_media(
    media: discord.UnfurledMediaItem,
    name: str | None,
    files: list[discord.Attachment],
    *,
    spoiler: bool,
) -> Iterator[_Shown]:
    own_name = PurePosixPath(urlsplit(media.url).path).name
    spoiler = spoiler or media.flags.spoiler or own_name.startswith("SPOILER_")
    for file in files:
        if file.id == media.attachment_id or _file_of(file.url) == _file_of(media.url):
            shown = _of_file(file)
            yield replace(shown, spoiler=spoiler or shown.spoiler)
            return
    # Of an attachment the address itself is Discord's; of anything else only the proxy's is.
    url = media.proxy_url or (media.url if media.attachment_id is not None else None)
    if url:
        kind = _kind(media.content_type, own_name, measured=media.width is not None)
        yield _Shown(kind, name or own_name or "from a link", url, spoiler=spoiler)


def _kind(content_type: str | None, name: str, *, measured: bool) -> str:
    """Return the first part of a media type, by a file's name where Discord tells no type.

    `measured`: Discord knows its width, so it is a picture or a video.
    """
    type_ = (content_type or "").partition(";")[0].strip().lower()
    if type_ not in _UNTYPED:
        return type_.partition("/")[0]
    ending = PurePosixPath(name.lower()).suffix
    if ending in _VIDEO_ENDINGS:
        return _VIDEO
    return _PICTURE if ending in _ENDINGS or measured else ""


def _file_of(url: str) -> str:
    """Return a key that is equal for the addresses of one file of Discord's."""
    path = urlsplit(url).path
    # The CDN's and the proxy's differ in host and signature.
    return path if "attachments/" in path else url
