"""The loopback Discord's rarer rules: each is broken here once, on purpose."""

import asyncio

import aiohttp
import pytest

from sandbox.discord import server as discord_server
from sandbox.discord.cdn import File
from sandbox.discord.clock import Clock, Snowflakes, created_at
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, decode
from tests.sandbox.discord_bodies import V2, Case, button, option, row, select
from tests.sandbox.discord_caller import calling
from tests.sandbox.test_discord_sessions import event, on_the_gateway

WRONG_FORM = (400, 50035)
FIRST = "components.0.components.0"


async def test_what_belongs_to_somebody_else():
    async with calling() as (server, bot):
        mine = f"/applications/{server.bot.id}"
        assert (await bot.call("PUT", "/applications/1/commands", [])).refusal == (403, 20012)
        assert (await bot.call("PUT", f"{mine}/guilds/1/commands", [])).refusal == (404, 10004)
        for one in ("", f"/{server.commands[0]['id']}"):
            path = f"{mine}/guilds/1/commands{one}/permissions"
            assert (await bot.call("GET", path)).refusal == (404, 10004)
        for nobody in ("1", str(server.bot.id)):
            opened = await bot.call("POST", "/users/@me/channels", {"recipient_id": nobody})
            assert opened.refusal == (404, 10013)


async def test_an_interaction_is_known_by_its_id_and_token_together():
    async with calling() as (server, bot):
        first, second = await bot.go(), await bot.go()
        mixed = f"/interactions/{first.id}/{second.token}/callback"
        assert (await bot.call("POST", mixed, {"type": 5})).refusal == (404, 10062)
        assert (await bot.respond(first, {"type": 5})).status == 204
        for path in (f"/webhooks/{server.bot.id}/wrong", f"/webhooks/1/{first.token}"):
            assert (await bot.call("POST", path, {"content": "x"})).refusal == (404, 10015)


async def test_a_body_that_cannot_be_read():
    async with calling() as (server, bot):
        url = f"{server.api_url}/channels/{server.channels['videos'].id}/messages"
        headers = {"Authorization": f"Bot {server.token}", "Content-Type": "application/json"}
        async with bot.session.post(url, data=b"{", headers=headers) as response:
            answered = as_object(decode(await response.read()))
            assert (response.status, answered["code"]) == WRONG_FORM
        form = aiohttp.FormData()
        form.add_field("file", b"x", filename="a.txt")
        headers = {"Authorization": f"Bot {server.token}"}
        async with bot.session.post(url, data=form, headers=headers) as response:
            answered = as_object(decode(await response.read()))
            assert (response.status, answered["code"]) == WRONG_FORM


async def test_discords_edge_cuts_off_what_is_larger_than_any_limit(
    monkeypatch: pytest.MonkeyPatch,
):
    assert discord_server.EDGE_LIMIT_BYTES == 200 * 1024 * 1024
    monkeypatch.setattr(discord_server, "EDGE_LIMIT_BYTES", 100_000)
    async with calling() as (_, bot):
        assert (await bot.send({}, {0: File("a.bin", bytes(90_000))})).status == 200
        cut = await bot.send({}, {0: File("a.bin", bytes(110_000))})
        assert cut.refusal == (413, -1), "no JSON, no code"


async def test_history_comes_in_pages_newest_first():
    async with calling() as (server, bot):
        path = f"/channels/{server.channels['videos'].id}/messages"
        ids = [str((await bot.send({"content": str(n)})).json["id"]) for n in range(4)]

        async def page(query: str) -> list[object]:
            return [one["id"] for one in as_objects((await bot.call("GET", path + query)).body)]

        assert await page("") == ids[::-1]
        assert await page("?limit=2") == [ids[3], ids[2]]
        assert await page(f"?limit=2&before={ids[2]}") == [ids[1], ids[0]]
        assert await page(f"?limit=2&after={ids[0]}") == [ids[2], ids[1]]
        for limit in (1, 100):
            assert (await bot.call("GET", f"{path}?limit={limit}")).status == 200
        for limit in (0, 101):
            assert (await bot.call("GET", f"{path}?limit={limit}")).refusal == WRONG_FORM


async def test_a_nonce_counts_only_when_enforced_and_in_its_channel():
    async with calling() as (server, bot):
        body: Json = {"content": "x", "nonce": "job-7"}
        enforced = body | {"enforce_nonce": True}
        first = await bot.send(enforced)
        assert (await bot.send(enforced)).json["id"] == first.json["id"]
        assert (await bot.send(body)).json["id"] != first.json["id"]
        general = f"/channels/{server.channels['general'].id}/messages"
        elsewhere = await bot.call("POST", general, enforced)
        assert elsewhere.json["id"] != first.json["id"]
        assert as_integer(elsewhere.json["channel_id"]) == server.channels["general"].id


async def test_autocomplete_offers_at_most_25_choices_of_100_characters():
    def choices(number: int, length: int) -> Json:
        listed = [{"name": f"{n:0{length}}", "value": f"{n}"} for n in range(number)]
        return {"type": 8, "data": {"choices": listed}}

    long_value: Json = {"name": "x", "value": "x" * 101}
    name = {"type": 3, "name": "name", "description": "x", "autocomplete": True}
    async with calling() as (server, bot), on_the_gateway(bot) as socket:
        await bot.sync([{"name": "pick", "description": "x", "options": [name]}])
        ada, videos = server.members["Ada"], server.channels["videos"]
        typing = asyncio.create_task(server.autocomplete(ada, videos, "pick", {}, focused="name"))
        asked = await event(socket, "INTERACTION_CREATE")
        path = f"/interactions/{asked['id']}/{asked['token']}/callback"
        too_many = await bot.call("POST", path, choices(26, 1))
        assert too_many.where == "data.choices: BASE_TYPE_MAX_LENGTH"
        too_long = await bot.call("POST", path, choices(1, 101))
        assert too_long.where == "data.choices.0.name: BASE_TYPE_BAD_LENGTH"
        too_long = await bot.call("POST", path, {"type": 8, "data": {"choices": [long_value]}})
        assert too_long.where == "data.choices.0.value: BASE_TYPE_BAD_LENGTH"
        for number in (4, 5, 6, 7, 9):
            other = await bot.call("POST", path, {"type": number})
            assert other.where == "type: BASE_TYPE_BAD_VALUE"
        assert (await bot.call("POST", path, choices(25, 100))).status == 204
        assert len(await typing) == 25


async def test_each_kind_of_interaction_has_its_own_responses():
    text: Json = {"type": 4, "style": 1, "custom_id": "t", "label": "x", "required": False}
    form: Json = {"title": "x", "custom_id": "m", "components": [row(text)]}
    async with calling() as (server, bot):
        ada = server.members["Ada"]
        message = bot.message(await bot.send({"content": "x", "components": [row(button())]}))
        updated = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(updated, {"type": 8})).refusal == WRONG_FORM
        assert (await bot.respond(updated, {"type": 7, "data": {"content": "y"}})).status == 204
        assert (message.content, updated.response_message) == ("y", message)
        deferred = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(deferred, {"type": 6})).status == 204
        assert (await bot.respond(deferred, {"type": 9, "data": form})).refusal == (400, 40060)

        opened = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(opened, {"type": 9, "data": form})).status == 204
        sent = await server.submit_modal(opened, {}, wait=False)
        for number in (8, 9):
            refused = await bot.respond(sent, {"type": number, "data": form})
            assert refused.refusal == WRONG_FORM
        assert (await bot.respond(sent, {"type": 7, "data": {"content": "z"}})).status == 204
        assert message.content == "z"
        again = await server.submit_modal(opened, {}, wait=False)
        assert (await bot.respond(again, {"type": 6})).status == 204
        by_command = await bot.go()
        for number in (6, 7, 8):
            assert (await bot.respond(by_command, {"type": number})).refusal == WRONG_FORM
        assert (await bot.respond(by_command, {"type": 9, "data": form})).status == 204
        sent = await server.submit_modal(by_command, {}, wait=False)
        for number in (6, 7):
            refused = await bot.respond(sent, {"type": number})
            assert refused.refusal == WRONG_FORM, "there is no message"


async def test_a_deferral_settles_who_sees_what_follows():
    async with calling() as (_, bot):
        for settled, asked in ((64, 0), (0, 64)):
            deferred = await bot.go()
            await bot.respond(deferred, {"type": 5, "data": {"flags": settled}})
            sent = await bot.follow_up(deferred, {"content": "x", "flags": asked})
            message = deferred.response_message
            assert message is not None
            assert (message.ephemeral, sent.json["flags"]) == (settled == 64, settled)


async def test_only_the_answer_to_a_press_surely_changes_the_message_with_the_button():
    async with calling() as (server, bot):
        ada = server.members["Ada"]
        message = bot.message(await bot.send({"content": "x", "components": [row(button())]}))
        answered = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(answered, {"type": 4, "data": {"content": "y"}})).status == 204
        path = f"{bot.webhook(answered)}/messages/{message.id}"
        assert (await bot.call("PATCH", path, {"content": "z"})).refusal == (404, 10008)
        updated = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(updated, {"type": 6})).status == 204
        path = f"{bot.webhook(updated)}/messages/{message.id}"
        assert (await bot.call("PATCH", path, {"content": "z"})).status == 200
        assert message.content == "z"
        at_once = await server.click(ada, message, "b0", wait=False)
        assert (await bot.respond(at_once, {"type": 7, "data": {"content": "w"}})).status == 204
        assert message.content == "w"


async def test_an_edit_leads_to_at_most_ten_files_and_never_to_nothing():
    def files(number: int) -> dict[int, File]:
        return {n: File(f"{n}.txt", b"x") for n in range(number)}

    async with calling() as (_, bot):
        sent = await bot.send({}, files(6))
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        more = await bot.call("PATCH", path, {}, files(5))
        assert more.where == "attachments: BASE_TYPE_MAX_LENGTH"
        assert (await bot.call("PATCH", path, {}, files(4))).status == 200
        deferred = await bot.go()
        await bot.respond(deferred, {"type": 5})
        assert (await bot.follow_up(deferred, {})).refusal == (400, 50006)
        emptied = await bot.call("PATCH", path, {"attachments": []})
        assert emptied.refusal == (400, 50006)
        nothing = await bot.go()
        assert (await bot.respond(nothing, {"type": 4, "data": {}})).refusal == (400, 50006)


async def test_a_deleted_messages_files_are_gone():
    async with calling() as (_, bot):
        sent = await bot.send({}, {0: File("a.txt", b"a")})
        url = bot.message(sent).attachments[0].url
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        async with bot.session.get(url) as response:
            assert response.status == 200
        assert (await bot.call("DELETE", path)).status == 204
        async with bot.session.get(url) as response:
            assert response.status == 404


RARE: dict[str, Case] = {
    "a button without label and emoji": (
        {"components": [row(button(label=None))]},
        f"{FIRST}: BASE_TYPE_BAD_VALUE",
    ),
    "a button with neither custom id nor link": (
        {"components": [row({"type": 2, "style": 1, "label": "x"})]},
        f"{FIRST}: BASE_TYPE_BAD_VALUE",
    ),
    "a link button without a link": (
        {"components": [row({"type": 2, "style": 5, "label": "x"})]},
        f"{FIRST}.url: BASE_TYPE_REQUIRED",
    ),
    "an empty custom id": (
        {"components": [row(button(custom_id=""))]},
        f"{FIRST}.custom_id: BASE_TYPE_BAD_LENGTH",
    ),
    "a select without custom id": (
        {"components": [row({"type": 5})]},
        f"{FIRST}.custom_id: BASE_TYPE_REQUIRED",
    ),
    "min_values 26": (
        {"components": [row(select(25, min_values=26))]},
        f"{FIRST}.min_values: BASE_TYPE_BAD_VALUE",
    ),
    "option value 101": (
        {"components": [row(option(value="x" * 101))]},
        f"{FIRST}.options.0.value: BASE_TYPE_BAD_LENGTH",
    ),
    "a text input on a message": (
        {"components": [row({"type": 4, "custom_id": "t", "style": 1})]},
        f"{FIRST}.type: BASE_TYPE_CHOICES",
    ),
    "a section with four texts": (
        {
            "flags": V2,
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "x"}] * 4,
                    "accessory": button(),
                }
            ],
        },
        "components.0.components: BASE_TYPE_BAD_LENGTH",
    ),
    "embed title 257": (
        {"embeds": [{"title": "x" * 257}]},
        "embeds.0.title: BASE_TYPE_MAX_LENGTH",
    ),
    "embed footer 2049": (
        {"embeds": [{"footer": {"text": "x" * 2049}}]},
        "embeds.0.footer.text: BASE_TYPE_MAX_LENGTH",
    ),
    "embed author 257": (
        {"embeds": [{"author": {"name": "x" * 257}}]},
        "embeds.0.author.name: BASE_TYPE_MAX_LENGTH",
    ),
    "field name 257": (
        {"embeds": [{"fields": [{"name": "x" * 257, "value": "v"}]}]},
        "embeds.0.fields.0.name: BASE_TYPE_MAX_LENGTH",
    ),
}


@pytest.mark.parametrize("name", RARE)
async def test_rarer_limits_of_a_message(name: str):
    body, fault = RARE[name]
    async with calling() as (_, bot):
        answered = await bot.send(body)
    assert (answered.where, answered.status) == (fault, 400)


async def test_only_the_state_of_a_thread_can_be_edited():
    async with calling() as (server, bot):
        thread = server.add_thread(server.channels["videos"], "cats")
        path = f"/channels/{thread.id}"
        for body in ({}, {"name": "dogs"}, {"archived": False, "name": "dogs"}):
            assert (await bot.call("PATCH", path, body)).refusal == WRONG_FORM
        for state in ("archived", "locked"):
            assert (await bot.call("PATCH", path, {state: True})).refusal == (403, 50013)
        videos = server.channels["videos"]
        archive: Json = {"archived": True}
        assert (await bot.call("PATCH", f"/channels/{videos.id}", archive)).refusal == WRONG_FORM
        server.archive(thread)
        mute = Permission.SEND_MESSAGES_IN_THREADS
        server.set_overwrite(videos, server.roles["Pika"], deny=mute)
        assert (await bot.call("PATCH", path, {"archived": False})).refusal == (403, 50013)


async def test_a_command_has_at_most_a_hundred_overrides():
    async with calling() as (server, _):
        for number in range(100):
            server.override_command("go", server.add_member(f"M{number}"), allow=True)
        server.override_command("go", server.members["M0"], allow=False)
        with pytest.raises(ValueError, match="100 overrides"):
            server.override_command("go", server.members["Ada"], allow=True)


async def test_every_id_holds_its_time_and_they_rise():
    async with calling() as (server, bot):
        ids = [as_integer((await bot.send({"content": "x"})).json["id"]) for _ in range(3)]
        assert ids == sorted(set(ids))
        given = Snowflakes(Clock())
        at_once = [given.next() for _ in range(1000)]
        assert at_once == sorted(set(at_once))
        server.advance(3600)
        late = as_integer((await bot.send({"content": "x"})).json["id"])
        assert abs(created_at(late) - server.now()) < 5
