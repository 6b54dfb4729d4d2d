"""The loopback Discord's rules of Components V2."""

import pytest

from sandbox.discord.cdn import File
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json
from tests.sandbox.discord_bodies import V2, Case, button, buttons, embed
from tests.sandbox.discord_caller import calling


def v2(*components: Json, **more: object) -> Json:
    return {"flags": V2, "components": list(components), **more}


def text(length: int = 1) -> Json:
    return {"type": 10, "content": "x" * length}


def gallery(items: int, url: str = "https://x.invalid/a.png", **more: object) -> Json:
    return {"type": 12, "items": [{"media": {"url": url}, **more}] * items}


def container(*held: Json) -> Json:
    return {"type": 17, "components": list(held)}


LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
VERSION_2: dict[str, Case] = {
    "everything": (
        v2(
            container(
                text(),
                gallery(10, description="x" * 1024),
                {"type": 14},
                {"type": 9, "components": [text()], "accessory": button(1)},
                buttons(1),
            )
        ),
        "",
    ),
    "content beside": (v2(text(), content="x"), f"content: {LEGACY}"),
    "embeds beside": (v2(text(), embeds=[embed(1)]), f"embeds: {LEGACY}"),
    "poll beside": (v2(text(), poll={"question": {"text": "?"}}), f"poll: {LEGACY}"),
    "stickers beside": (v2(text(), sticker_ids=["1"]), f"sticker_ids: {LEGACY}"),
    "40 components": (v2(container(*[text()] * 39)), ""),
    "41 components": (
        v2(container(*[text()] * 40)),
        "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    "4000 characters": (v2(text(2000), container(text(2000))), ""),
    "4001 characters": (
        v2(text(2000), container(text(2001))),
        "components: COMPONENT_MAX_TOTAL_TEXT_SIZE_EXCEEDED",
    ),
    "an empty text": (v2(text(0)), "components.0.content: BASE_TYPE_BAD_LENGTH"),
    "an empty gallery": (v2(gallery(0)), "components.0.items: BASE_TYPE_BAD_LENGTH"),
    "11 pictures": (v2(gallery(11)), "components.0.items: BASE_TYPE_BAD_LENGTH"),
    "media description 1025": (
        v2(gallery(1, description="x" * 1025)),
        "components.0.items.0.description: BASE_TYPE_MAX_LENGTH",
    ),
    "a container in a container": (
        v2(container(container(text()))),
        "components.0.components.0.type: BASE_TYPE_CHOICES",
    ),
    "a button outside a row": (v2(button()), "components.0.type: BASE_TYPE_CHOICES"),
    "a file from elsewhere": (
        v2({"type": 13, "file": {"url": "https://x.invalid/a.mp4"}}),
        "components.0.file.url: URL_TYPE_INVALID_SCHEME",
    ),
    "a picture by another scheme": (
        v2(gallery(1, url="ftp://x.invalid/a.png")),
        "components.0.items.0.media.url: URL_TYPE_INVALID_SCHEME",
    ),
    "a file that isn't there": (
        v2(gallery(1, url="attachment://no.png")),
        "components: UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    "one custom id twice": (
        v2(container(buttons(1)), buttons(1)),
        "components.1.components.0: COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    "an empty section": (
        v2({"type": 9, "components": [], "accessory": button()}),
        "components.0.components: BASE_TYPE_BAD_LENGTH",
    ),
    "a gallery in a section": (
        v2({"type": 9, "components": [gallery(1)], "accessory": button()}),
        "components.0.components.0.type: BASE_TYPE_CHOICES",
    ),
    "a thumbnail by another scheme": (
        v2(
            {
                "type": 9,
                "components": [text()],
                "accessory": {"type": 11, "media": {"url": "ftp://x.invalid/a.png"}},
            }
        ),
        "components.0.accessory.media.url: URL_TYPE_INVALID_SCHEME",
    ),
    "a section without an accessory": (
        v2({"type": 9, "components": [text()]}),
        "components.0.accessory.type: BASE_TYPE_CHOICES",
    ),
}


@pytest.mark.parametrize("name", VERSION_2)
async def test_the_rules_of_components_v2(name: str):
    body, fault = VERSION_2[name]
    async with calling() as (_, bot):
        answered = await bot.send(body)
    assert (answered.where, answered.status) == (fault, 400 if fault else 200)


async def test_a_components_v2_message_shows_only_the_files_it_refers_to():
    clip = {0: File("clip.mp4", b"0123")}
    async with calling() as (server, bot):
        shown = await bot.send(v2({"type": 13, "file": {"url": "attachment://clip.mp4"}}), clip)
        assert shown.status == 200
        assert server.violations == []
        path = f"/channels/{shown.json['channel_id']}/messages/{shown.json['id']}"
        assert (await bot.call("PATCH", path, {})).status == 200
        assert server.violations == []
        hidden = await bot.send(v2(text()), clip)
        assert hidden.status == 200, "Discord takes it, and nobody sees the file"
        (violation,) = server.violations
        assert "clip.mp4" in violation


async def test_components_v2_can_be_added_but_never_taken_away():
    async with calling() as (server, bot):
        everyone = server.guild.everyone
        server.set_role_permissions(everyone, everyone.permissions | Permission.EMBED_LINKS)
        sent = await bot.send({"embeds": [embed(1)]})
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        beside = await bot.call("PATCH", path, v2(text()))
        assert beside.where == f"embeds: {LEGACY}", "the embed is still there"
        sent = await bot.send({"content": "classic"})
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        beside = await bot.call("PATCH", path, v2(text()))
        assert beside.where == f"content: {LEGACY}", "the content is still there"
        assert (await bot.call("PATCH", path, v2(text(), content=None))).status == 200
        back = await bot.call("PATCH", path, {"flags": 0, "content": "classic again"})
        assert back.where == f"content: {LEGACY}"
        assert (await bot.call("PATCH", path, {"flags": 0})).json["flags"] == V2
        assert (await bot.call("PATCH", path, {"components": [text(2)]})).status == 200


async def test_a_deferral_takes_only_the_ephemeral_flag():
    async with calling() as (_, bot):
        invocation = await bot.go()
        for flag in (1 << 2, 1 << 12, V2):
            wrong = await bot.respond(invocation, {"type": 5, "data": {"flags": flag}})
            assert wrong.where == "data.flags: BASE_TYPE_BAD_VALUE"
        assert (await bot.respond(invocation, {"type": 5, "data": {"flags": 64}})).status == 204
        original = f"{bot.webhook(invocation)}/messages/@original"
        edited = await bot.call("PATCH", original, v2(text()))
        assert edited.json["flags"] == V2 | 64
