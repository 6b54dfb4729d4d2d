"""The loopback Discord's limits of messages: files, texts, rows, buttons, selects."""

import pytest

from sandbox.discord.cdn import File
from sandbox.discord.guilds import MEBIBYTE
from sandbox.discord.wire import Json
from tests.sandbox.discord_bodies import Case, button, buttons, embed, option, row, select
from tests.sandbox.discord_caller import calling

FIRST = "components.0.components.0"


def full_embed(last: int) -> Json:
    """Texts in every place that counts: 5,520 characters, and `last` more."""
    return {
        "title": "x" * 100,
        "description": "x" * 4096,
        "footer": {"text": "x" * 100},
        "author": {"name": "x" * 100},
        "fields": [
            {"name": "x" * 99, "value": "x" * 1024},
            {"name": "x", "value": "x" * last},
        ],
    }


CLASSIC: dict[str, Case] = {
    "five rows of five": (
        {"components": [row(*(button(5 * r + n) for n in range(5))) for r in range(5)]},
        "",
    ),
    "six rows": (
        {"components": [row(button(n)) for n in range(6)]},
        "components: BASE_TYPE_BAD_LENGTH",
    ),
    "six buttons": ({"components": [buttons(6)]}, "components.0.components: BASE_TYPE_BAD_LENGTH"),
    "an empty row": ({"components": [row()]}, "components.0.components: BASE_TYPE_BAD_LENGTH"),
    "no row": ({"components": [button()]}, "components.0.type: BASE_TYPE_CHOICES"),
    "a text without the flag": (
        {"components": [{"type": 10, "content": "x"}]},
        "components.0.type: BASE_TYPE_CHOICES",
    ),
    "one custom id twice": (
        {"components": [row(button()), row(button())]},
        "components.1.components.0: COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    "label 80": ({"components": [row(button(label="x" * 80))]}, ""),
    "label 81": (
        {"components": [row(button(label="x" * 81))]},
        f"{FIRST}.label: BASE_TYPE_MAX_LENGTH",
    ),
    "an emoji, no label": (
        {"components": [row(button(label=None, emoji={"name": "\N{CLAPPER BOARD}"}))]},
        "",
    ),
    "custom id 100": ({"components": [row(button(custom_id="x" * 100))]}, ""),
    "custom id 101": (
        {"components": [row(button(custom_id="x" * 101))]},
        f"{FIRST}.custom_id: BASE_TYPE_BAD_LENGTH",
    ),
    "a link with a custom id": (
        {"components": [row(button(style=5, url="https://x.invalid"))]},
        f"{FIRST}: BASE_TYPE_BAD_VALUE",
    ),
    "link 513": (
        {"components": [row({"type": 2, "style": 5, "label": "x", "url": "https://" + "x" * 505})]},
        f"{FIRST}.url: BASE_TYPE_MAX_LENGTH",
    ),
    "25 options": ({"components": [row(select(25))]}, ""),
    "26 options": ({"components": [row(select(26))]}, f"{FIRST}.options: BASE_TYPE_BAD_LENGTH"),
    "no options": ({"components": [row(select(0))]}, f"{FIRST}.options: BASE_TYPE_BAD_LENGTH"),
    "placeholder 150": ({"components": [row(select(placeholder="x" * 150))]}, ""),
    "placeholder 151": (
        {"components": [row(select(placeholder="x" * 151))]},
        f"{FIRST}.placeholder: BASE_TYPE_MAX_LENGTH",
    ),
    "max_values 0": (
        {"components": [row(select(min_values=0, max_values=0))]},
        f"{FIRST}.max_values: BASE_TYPE_BAD_VALUE",
    ),
    "max_values 26": (
        {"components": [row(select(25, max_values=26))]},
        f"{FIRST}.max_values: BASE_TYPE_BAD_VALUE",
    ),
    "min over max": (
        {"components": [row(select(25, min_values=3, max_values=2))]},
        f"{FIRST}.max_values: BASE_TYPE_BAD_VALUE",
    ),
    "option label 101": (
        {"components": [row(option(label="x" * 101))]},
        f"{FIRST}.options.0.label: BASE_TYPE_BAD_LENGTH",
    ),
    "option description 101": (
        {"components": [row(option(description="x" * 101))]},
        f"{FIRST}.options.0.description: BASE_TYPE_MAX_LENGTH",
    ),
    "one value twice": (
        {"components": [row(select() | {"options": [{"label": "l", "value": "v"}] * 2})]},
        f"{FIRST}.options: SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    "two selects in a row": (
        {"components": [row(select(), select(custom_id="t"))]},
        "components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    "a button beside a select": (
        {"components": [row(select(), button())]},
        "components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    "content 2000": ({"content": "x" * 2000}, ""),
    "content 2001": ({"content": "x" * 2001}, "content: BASE_TYPE_MAX_LENGTH"),
    "10 embeds": ({"embeds": [embed(600)] * 10}, ""),
    "11 embeds": ({"embeds": [embed(1)] * 11}, "embeds: BASE_TYPE_MAX_LENGTH"),
    "embeds of 6001": (
        {"embeds": [embed(3000), embed(3001)]},
        "embeds: MAX_EMBED_SIZE_EXCEEDED",
    ),
    "all texts of an embed: 6000": ({"embeds": [full_embed(480)]}, ""),
    "all texts of an embed: 6001": (
        {"embeds": [full_embed(481)]},
        "embeds: MAX_EMBED_SIZE_EXCEEDED",
    ),
    "embed of 4097": ({"embeds": [embed(4097)]}, "embeds.0.description: BASE_TYPE_MAX_LENGTH"),
    "25 fields": ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 25}]}, ""),
    "26 fields": (
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        "embeds.0.fields: BASE_TYPE_MAX_LENGTH",
    ),
    "field value 1025": (
        {"embeds": [{"fields": [{"name": "n", "value": "v" * 1025}]}]},
        "embeds.0.fields.0.value: BASE_TYPE_MAX_LENGTH",
    ),
    "nonce 25": ({"content": "x", "nonce": "x" * 25}, ""),
    "nonce 26": ({"content": "x", "nonce": "x" * 26}, "nonce: BASE_TYPE_MAX_LENGTH"),
}


@pytest.mark.parametrize("name", CLASSIC)
async def test_the_limits_of_a_message(name: str):
    body, fault = CLASSIC[name]
    # The bot of the stage may not embed links; the rule is about the text.
    async with calling() as (server, bot):
        everyone = server.guild.everyone
        server.set_role_permissions(everyone, everyone.permissions | 1 << 14)
        answered = await bot.send(body)
    assert (answered.where, answered.status) == (fault, 400 if fault else 200)


async def test_each_place_has_its_own_upload_limit():
    large = File("a.mp4", bytes(10 * MEBIBYTE + 1))
    larger = File("a.mp4", bytes(50 * MEBIBYTE + 1))
    async with calling() as (server, bot):
        invocation = await bot.go()
        server.members["Ada"].upload_limit_bytes = 50 * MEBIBYTE
        with_nitro = await bot.go()
        for each in (invocation, with_nitro):
            assert (await bot.respond(each, {"type": 5})).status == 204
        assert (await bot.follow_up(invocation, {}, {0: large})).refusal == (413, 40005)
        assert (await bot.follow_up(with_nitro, {}, {0: large})).status == 200
        assert (await bot.follow_up(with_nitro, {}, {0: larger})).refusal == (413, 40005)
        assert (await bot.send({}, {0: large})).refusal == (413, 40005), "Nitro isn't the bot's"
        sent = await bot.send({}, {0: File("a.txt", b"a")})
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        assert (await bot.call("PATCH", path, {}, {0: large})).refusal == (413, 40005)
        server.set_boost_tier(1)
        assert (await bot.send({}, {0: large})).refusal == (413, 40005)
        server.set_boost_tier(2)
        assert (await bot.call("PATCH", path, {}, {0: large})).status == 200
        assert (await bot.send({}, {0: larger})).refusal == (413, 40005)
        server.set_boost_tier(3)
        assert (await bot.send({}, {0: larger})).status == 200
        assert server.guild.upload_limit_bytes == 100 * MEBIBYTE
        boosted = await bot.go()
        assert (await bot.respond(boosted, {"type": 5})).status == 204
        assert (await bot.follow_up(boosted, {}, {0: larger})).status == 200


async def test_files_are_at_most_ten_and_described_in_1024_characters():
    def files(number: int) -> dict[int, File]:
        return {n: File(f"{n}.txt", b"x") for n in range(number)}

    described: Json = {"attachments": [{"id": 0, "description": "x" * 1024}]}
    too_long: Json = {"attachments": [{"id": 0, "description": "x" * 1025}]}
    async with calling() as (_, bot):
        assert (await bot.send({}, files(10))).status == 200
        assert (await bot.send({}, files(11))).where == "attachments: BASE_TYPE_MAX_LENGTH"
        assert (await bot.send(described, files(1))).status == 200
        refused = await bot.send(too_long, files(1))
        assert refused.refusal == (400, 50035)
        assert refused.where == "attachments.0.description: BASE_TYPE_MAX_LENGTH"
