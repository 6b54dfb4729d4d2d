"""Which pictures a message holds."""

from collections.abc import Sequence

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
ENDINGS = (
    *("jpg", "jpeg", "jpe", "jif", "jfif", "jfi", "pjpeg", "pjp", "png", "apng", "webp", "gif"),
    *("avif", "avifs", "heic", "heif", "heics", "heifs", "hif"),
)
V2 = 1 << 15
CDN = "https://cdn.discordapp.com/attachments/5"
PROXY = "https://images-ext-1.discordapp.net/external/x/https/evil.example"


def held(parts: Payload | None = None) -> MessagePictures:
    return held_by(message(payload(parts=parts)), URLS)


def names(found: MessagePictures) -> list[str]:
    return [shown.name for shown in found.pictures]


def addresses(found: MessagePictures) -> list[str]:
    return [shown.source.url for shown in found.pictures]


def media(url: str, **more: object) -> Payload:
    return {"url": url, "content_type": "image/jpeg", **more}


def of_file(number: int, name: str, **more: object) -> Payload:
    """Return a media item that shows a file of its message, at the proxy's address."""
    proxy = f"https://media.discordapp.net/attachments/5/{number}/{name}?ex=2&hm=3"
    return media(f"{CDN}/{number}/{name}?ex=2", proxy_url=proxy, attachment_id=str(number), **more)


def gallery(*items: Payload, **more: object) -> Payload:
    return {"type": 12, "items": [{"media": item, **more} for item in items]}


def v2(*components: Payload, files: Sequence[Payload] = ()) -> Payload:
    return {"flags": V2, "components": [*components], "attachments": [*files]}


def spoilers(found: MessagePictures) -> dict[str, bool]:
    return {shown.name: shown.source.spoiler for shown in found.pictures}


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
        ("film.mp4", None, False),
        *((f"photo.{ending}", None, True) for ending in ENDINGS),
        *((f"photo.{ending}".upper(), "binary/octet-stream", True) for ending in ENDINGS),
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


async def test_of_an_embed_the_image_counts_before_the_thumbnail_and_each_once() -> None:
    image, small = {"proxy_url": "https://p/image"}, {"proxy_url": "https://p/small"}
    embed: Payload = {"type": "rich", "image": image, "thumbnail": small}
    found = held({"embeds": [embed, embed]})
    assert addresses(found) == ["https://p/image", "https://p/small"]


async def test_several_pictures_of_one_link_all_count() -> None:
    embeds = [
        {"type": "rich", "url": "https://a.example/", "image": {"proxy_url": f"https://p/{number}"}}
        for number in range(4)
    ]
    assert addresses(held({"embeds": embeds})) == [f"https://p/{number}" for number in range(4)]


async def test_what_discord_measured_is_no_text() -> None:
    bare = attachment("photo") | {"width": 300, "height": 200}
    assert names(held({"attachments": [bare]})) == ["photo"]
    assert held({"attachments": [attachment("a.mov") | {"width": 3, "height": 2}]}).has_video


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


async def test_components_show_pictures_wherever_they_stand() -> None:
    linked = media("https://evil.example/a.png", proxy_url=f"{PROXY}/a.png")
    thumbnail = media("https://evil.example/b.png", proxy_url=f"{PROXY}/b.png")
    text: Payload = {"type": 10, "content": "look"}
    section: Payload = {
        "type": 9,
        "components": [text],
        "accessory": {"type": 11, "media": thumbnail, "description": "a small one"},
    }
    button: Payload = {"type": 2, "style": 2, "label": "Go", "custom_id": "go"}
    file: Payload = {"type": 13, "file": of_file(4, "c.png"), "name": "c.png", "size": 9}
    film = media("https://evil.example/d.mp4", proxy_url=f"{PROXY}/d.mp4", content_type="video/mp4")
    parts = v2(
        {"type": 17, "components": [text, gallery(linked), section, {"type": 14}]},
        section | {"accessory": button},
        {"type": 1, "components": [button]},
        file,
        gallery(film, linked),
        {"type": 99},
    )
    for found in (held(parts), held(forward(parts))):
        assert names(found) == ["a.png", "a small one", "c.png"]
        assert addresses(found)[:2] == [f"{PROXY}/a.png", f"{PROXY}/b.png"]
        assert found.has_video


async def test_of_a_component_only_discords_own_address_counts() -> None:
    bare = held(v2(gallery(media("https://evil.example/a.png"))))
    assert not bare
    assert bare.why_none.startswith("That message has no picture attached")


async def test_files_that_components_show_count_once_and_hidden_ones_not_at_all() -> None:
    shown = attachment("a.png", "image/png") | {"id": "1", "url": f"{CDN}/1/a.png?ex=1"}
    hidden = attachment("b.png", "image/png") | {"id": "2", "url": f"{CDN}/2/b.png?ex=1"}
    item = of_file(1, "a.png")
    without_id = {key: value for key, value in item.items() if key != "attachment_id"}
    found = held(v2(gallery(item, without_id), files=[shown, hidden]))
    assert [(one.name, one.source.size) for one in found.pictures] == [("a.png", 9)]
    assert addresses(found) == [f"{CDN}/1/a.png?ex=1"]


async def test_without_a_type_the_ending_of_a_component_counts() -> None:
    plain: Payload = {"type": 13, "file": {**of_file(1, "a.jfif"), "content_type": None}}
    other: Payload = {
        "type": 13,
        "file": {**of_file(2, "a.pdf"), "content_type": "application/pdf"},
    }
    assert names(held(v2(plain, other))) == ["a.jfif"]


async def test_large_emoji_are_pictures_and_others_are_words() -> None:
    cat, dog = "<:cat:812345678901234567>", "<a:dog:812345678901234568>"
    alone = held({"content": f" {cat}\n{dog} 🎉"})
    assert names(alone) == ["cat", "dog"]
    assert addresses(alone)[0] == "https://cdn.example/emojis/812345678901234567.webp?size=256"
    assert not held({"content": f"{cat} look"})
    assert not held({"content": cat * 31})
    assert names(held(forward({"content": cat}))) == ["cat"]


async def test_what_its_member_covered_is_a_spoiler() -> None:
    named = attachment("SPOILER_a.png", "image/png") | {"url": f"{CDN}/1/SPOILER_a.png"}
    flagged = attachment("b.png", "image/png") | {"url": f"{CDN}/2/b.png", "flags": 8}
    plain = attachment("c.png", "image/png") | {"url": f"{CDN}/3/c.png"}
    files: Payload = {"attachments": [named, flagged, plain]}
    expected = {"SPOILER_a.png": True, "b.png": True, "c.png": False}
    assert spoilers(held(files)) == expected
    assert spoilers(held(forward(files))) == expected


@pytest.mark.parametrize(
    "component",
    [
        gallery(of_file(1, "a.png"), spoiler=True),
        gallery(of_file(1, "a.png", flags=8)),
        gallery(of_file(1, "SPOILER_a.png")),
        {"type": 13, "file": of_file(1, "a.png"), "spoiler": True},
        {
            "type": 9,
            "components": [],
            "accessory": {"type": 11, "media": of_file(1, "a.png"), "spoiler": True},
        },
        {"type": 17, "spoiler": True, "components": [gallery(of_file(1, "a.png"))]},
    ],
)
async def test_what_a_component_covers_is_a_spoiler(component: Payload) -> None:
    assert [*spoilers(held(v2(component))).values()] == [True]
    file = attachment("a.png", "image/png") | {"url": f"{CDN}/1/a.png"}
    twice = held(v2(gallery(of_file(1, "a.png")), component, files=[file]))
    assert any(spoilers(twice).values()), "covered once is covered"
    assert [*spoilers(held(v2(gallery(of_file(1, "a.png"))))).values()] == [False]


@pytest.mark.parametrize(
    ("content", "covered"),
    [
        ("||https://a.example/cat||", True),
        ("who did it: || look https://a.example/cat ||", True),
        # Discord may write a link anew: then the one that isn't found is the covered one.
        ("||https://A.example/cat||", True),
        ("https://a.example/cat ||https://b.example||", False),
        ("||nothing|| https://a.example/cat", False),
        ("https://a.example/cat", False),
    ],
)
async def test_the_preview_of_a_covered_link_is_a_spoiler(content: str, covered: bool) -> None:
    embed = {
        "type": "image",
        "url": "https://a.example/cat",
        "thumbnail": {"proxy_url": "https://p/"},
    }
    found = held({"content": content, "embeds": [embed]})
    assert [shown.source.spoiler for shown in found.pictures] == [covered]
    emoji = held({"content": "||<:cat:812345678901234567>||"})
    assert [shown.source.spoiler for shown in emoji.pictures] == [True]
