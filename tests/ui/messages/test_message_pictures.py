"""Which pictures a message holds."""

import pytest

from bot.ui.messages.message_pictures import MessagePictures, StickerUrls, held_by
from tests.ui.messages.discord_messages import (
    Payload,
    attachment,
    forward,
    message,
    payload,
    sticker,
)

URLS = StickerUrls("https://cdn.example", "https://media.example")


def held(parts: Payload | None = None) -> MessagePictures:
    return held_by(message(payload(parts=parts)), URLS)


def names(found: MessagePictures) -> list[str]:
    return [shown.name for shown in found.pictures]


async def test_attached_pictures_count_in_their_order() -> None:
    files = [
        attachment("b.png", "image/png"),
        attachment("a.txt", "text/plain"),
        attachment("c", "image/jpeg; charset=binary"),
    ]
    found = held({"attachments": files})
    assert names(found) == ["b.png", "c"]
    assert found.pictures[0].source.size == 9
    assert found.pictures[0].source.url.endswith("b.png?ex=1")


@pytest.mark.parametrize(
    ("name", "kind", "is_one"),
    [
        ("photo.JPG", None, True),
        ("photo.heic", "application/octet-stream", True),
        ("notes.txt", None, False),
        ("photo.jpg", "text/html", False),
        ("photo", None, False),
    ],
)
async def test_without_a_type_the_ending_counts(name: str, kind: str | None, is_one: bool) -> None:
    assert bool(held({"attachments": [attachment(name, kind)]}).pictures) == is_one


async def test_a_forward_holds_what_was_forwarded() -> None:
    files = [attachment("a.png", "image/png")]
    snapshot = forward({"attachments": files, "sticker_items": [sticker(1)]})
    assert names(held(snapshot)) == ["a.png", "sticker 1"]


@pytest.mark.parametrize("part", ["image", "thumbnail"])
async def test_an_embed_counts_through_discords_proxy_alone(part: str) -> None:
    own = "https://evil.example/a.png"
    proxied = "https://images-ext-1.discordapp.net/external/x/https/evil.example/a.png"
    embed: Payload = {"type": "rich", "title": "A cat", part: {"url": own, "proxy_url": proxied}}
    found = held({"embeds": [embed]})
    assert [(shown.name, shown.source.url) for shown in found.pictures] == [("A cat", proxied)]
    bare = held({"embeds": [{"type": "rich", part: {"url": own}}]})
    assert not bare
    assert bare.why_none.startswith("That message has no picture attached")


async def test_of_an_embed_the_image_counts_before_the_thumbnail_and_once() -> None:
    image, small = {"proxy_url": "https://p/image"}, {"proxy_url": "https://p/small"}
    embed: Payload = {"type": "rich", "image": image, "thumbnail": small}
    found = held({"embeds": [embed, embed]})
    assert [shown.source.url for shown in found.pictures] == ["https://p/image"]


async def test_stickers_that_are_files() -> None:
    found = held({"sticker_items": [sticker(1, 1), sticker(2, 2), sticker(4, 4)]})
    assert [shown.source.url for shown in found.pictures] == [
        "https://cdn.example/stickers/1.png",
        "https://cdn.example/stickers/2.png",
        "https://media.example/stickers/4.gif",
    ]


async def test_what_is_no_picture_says_why() -> None:
    lottie = held({"sticker_items": [sticker(3)]})
    assert lottie
    assert not lottie.pictures
    assert lottie.why_none.startswith("That sticker is drawn by Discord's own app")
    film = held({"attachments": [attachment("a.mp4", "video/mp4")]})
    assert film
    assert film.why_none.startswith("That is a video, and I animate pictures;")
    assert not held()
