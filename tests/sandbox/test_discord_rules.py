"""The loopback Discord's rules, asked by plain HTTP: what discord.py would never send too."""

import json
from typing import cast

import pytest

from sandbox.discord.cdn import File
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_list, as_object, as_objects, decode
from tests.sandbox.discord_caller import COMMANDS, calling


async def test_an_unknown_route_and_a_wrong_token_are_refused_loudly():
    async with calling() as (server, bot):
        assert (await bot.call("GET", "/guilds/1/audit-logs")).status == 404
        assert server.violations == ["no such route: GET /api/v10/guilds/1/audit-logs"]
        for token in ("", "Bot wrong", server.token):
            headers = {"Authorization": token}
            async with bot.session.get(f"{server.api_url}/users/@me", headers=headers) as response:
                assert response.status == 401
        assert [request.status for request in server.requests[-4:]] == [404, 401, 401, 401]


async def test_messages_over_the_limits_are_refused():
    async with calling() as (server, bot):
        limit = server.guild.upload_limit_bytes
        row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}
        text = {"type": 10, "content": "v2"}
        over = {0: File("a.bin", bytes(limit + 1))}
        assert (await bot.send({}, over)).refusal == (413, 40005)
        largest = await bot.send({}, {0: File("a.bin", bytes(limit))})
        async with bot.session.get(bot.message(largest).attachments[0].url) as response:
            assert len(await response.read()) == limit
        eleven = {n: File("a.txt", b"x") for n in range(11)}
        assert (await bot.send({}, eleven)).refusal == (400, 50035)
        assert (await bot.send({"content": ""})).refusal == (400, 50006)
        assert (await bot.send({"content": "x" * 2000})).status == 200
        refused = await bot.send({"content": "x" * 2001})
        assert refused.refusal == (400, 50035)
        assert "content" in as_object(refused.json["errors"])
        wrong: list[Json] = [
            {"components": [row, row]},  # one custom id twice
            {"components": [row] * 6},
            {"components": [text]},
            {"flags": 1 << 15, "components": [text], "content": "beside"},
            {"flags": 1 << 15, "components": [{"type": 13, "file": {"url": "attachment://no"}}]},
            {"content": "hi", "nonce": "x" * 26},
        ]
        assert [(await bot.send(body)).refusal for body in wrong] == [(400, 50035)] * 6
        shown = await bot.send({"flags": 1 << 15, "components": [text]})
        assert shown.status == 200
        assert len(server.visible(server.members["Ada"], server.channels["videos"])) == 3


async def test_what_is_not_there_or_not_mine():
    async with calling() as (server, bot):
        videos = server.channels["videos"]
        posted = await server.post(server.members["Ada"], videos, "mine")
        messages = f"/channels/{videos.id}/messages"
        assert (await bot.call("GET", "/channels/1/messages")).refusal == (404, 10003)
        assert (await bot.call("GET", f"{messages}/1")).refusal == (404, 10008)
        elsewhere = f"/channels/{server.channels['general'].id}/messages"
        assert (await bot.call("GET", f"{elsewhere}/{posted.id}")).refusal == (404, 10008)
        edit = await bot.call("PATCH", f"{messages}/{posted.id}", {"content": "yours"})
        assert edit.refusal == (403, 50005)
        assert (await bot.call("DELETE", f"{messages}/{posted.id}")).refusal == (403, 50013)
        reply: Json = {"content": "hi", "message_reference": {"message_id": "1"}}
        assert (await bot.send(reply)).refusal == (400, 50035)
        to_another: Json = {"content": "hi", "message_reference": {"message_id": str(posted.id)}}
        assert (await bot.call("POST", elsewhere, to_another)).refusal == (400, 50035)
        reply["message_reference"] = {"message_id": "1", "fail_if_not_exists": False}
        sent = await bot.send(reply)
        assert sent.status == 200
        assert (await bot.call("DELETE", f"{messages}/{sent.json['id']}")).status == 204
        assert (await bot.call("GET", f"{messages}/{sent.json['id']}")).refusal == (404, 10008)
        pika = server.roles["Pika"]
        server.set_role_permissions(pika, pika.permissions | Permission.MANAGE_MESSAGES)
        assert (await bot.call("PATCH", f"{messages}/{posted.id}", {})).refusal == (403, 50005)
        assert (await bot.call("DELETE", f"{messages}/{posted.id}")).status == 204


async def test_an_edit_keeps_the_attachments_it_names_and_adds_its_files():
    async with calling() as (_, bot):
        sent = await bot.send({}, {0: File("a.txt", b"a"), 1: File("b.txt", b"b")})
        message = bot.message(sent)
        old = {attachment.filename: attachment for attachment in message.attachments}
        path = f"/channels/{message.channel_id}/messages/{message.id}"
        listing = [{"id": str(old["b.txt"].id)}, {"id": 0, "description": "new"}]
        edited = await bot.call("PATCH", path, {"attachments": listing}, {0: File("c.txt", b"c")})
        assert edited.status == 200
        now = [(file.filename, file.data, file.description) for file in message.attachments]
        assert now == [("b.txt", b"b", None), ("c.txt", b"c", "new")]
        async with bot.session.get(old["a.txt"].url) as response:
            assert response.status == 404
        assert (await bot.call("PATCH", path, {"content": "words"})).status == 200
        unknown = await bot.call("PATCH", path, {"attachments": [{"id": "5"}]})
        assert unknown.refusal == (400, 50035)
        emptied = await bot.call("PATCH", path, {"attachments": [], "content": ""})
        assert emptied.refusal == (400, 50006)
        assert (message.edits, message.content) == (2, "words")
        assert [file.filename for file in message.attachments] == ["b.txt", "c.txt"]
        for file in message.attachments:
            async with bot.session.get(file.url) as response:
                assert response.status == 200


async def test_cdn_links_are_signed_give_ranges_and_expire():
    async with calling() as (server, bot):
        clips = {n: File(f"{n}.mp4", b"0123456789") for n in range(2)}
        sent = await bot.send({}, clips)
        url, other = (str(one["url"]) for one in as_objects(sent.json["attachments"]))
        async with bot.session.get(url, headers={"Range": "bytes=2-4"}) as response:
            assert (response.status, await response.read()) == (206, b"234")
            assert response.headers["Content-Range"] == "bytes 2-4/10"
            assert response.content_type == "video/mp4"
        async with bot.session.get(url, headers={"Range": "bytes=20-"}) as response:
            assert response.status == 416
        forged = [url.replace(name, f"{name}0") for name in ("ex=", "is=", "hm=")]
        for wrong in (*forged, f"{other.partition('?')[0]}?{url.partition('?')[2]}"):
            async with bot.session.get(wrong) as response:
                assert response.status == 404
        server.advance(24 * 60 * 60 - 5)
        async with bot.session.get(url) as response:
            assert response.status == 200
        server.advance(7)
        async with bot.session.get(url) as response:
            assert response.status == 404
        async with bot.session.get(bot.message(sent).attachments[0].url) as response:
            assert await response.read() == b"0123456789"


async def test_the_gateway_sends_away_whom_it_must():
    async with calling() as (server, bot):

        async def answer(op: int, data: Json) -> tuple[object, int | None]:
            async with bot.session.ws_connect(server.gateway_url) as socket:
                assert as_object(decode(await socket.receive_str()))["op"] == 10
                await socket.send_str(json.dumps({"op": op, "d": data}))
                frame = await socket.receive()
                return cast("object", frame.data), socket.close_code

        assert await answer(2, {"token": "wrong", "intents": 1}) == (4004, 4004)
        assert await answer(2, {"token": server.token, "intents": 1 << 15}) == (4014, 4014)
        for op in (3, 4):
            assert await answer(op, {}) == (4003, 4003)
        lost: Json = {"token": server.token, "session_id": "lost", "seq": 1}
        invalid, _ = await answer(6, lost)
        assert as_object(decode(str(invalid))) == {"op": 9, "d": False, "s": None, "t": None}
        assert server.violations == []
        assert await answer(8, {}) == (4001, 4001)
        assert len(server.violations) == 1


async def test_an_interaction_takes_only_fitting_responses():
    async with calling() as (_, bot):
        invocation = await bot.go()
        webhook = f"/webhooks/{bot.server.bot.id}/{invocation.token}"
        early = await bot.call("POST", webhook, {"content": "too early"})
        assert early.refusal == (404, 10015)
        for number in (1, 6, 7, 8, 99):
            assert (await bot.respond(invocation, {"type": number})).refusal == (400, 50035)
        long: Json = {"type": 4, "data": {"content": "x" * 2001}}
        refused = await bot.respond(invocation, long)
        assert "content" in as_object(as_object(refused.json["errors"])["data"])
        assert invocation.acknowledged_at is None, "a refused response isn't one"
        deferred = await bot.respond(invocation, {"type": 5}, "?with_response=true")
        resource = as_object(deferred.json["resource"])
        assert as_object(resource["message"])["flags"] == 128
        again = await bot.go()
        plain = await bot.respond(again, {"type": 4, "data": {"content": "hi"}})
        assert (plain.status, plain.body) == (204, None)
        original = f"/webhooks/{bot.server.bot.id}/{again.token}/messages/@original"
        assert (await bot.call("GET", original)).json["content"] == "hi"
        assert (await bot.call("DELETE", original)).status == 204
        assert (await bot.call("GET", original)).refusal == (404, 10008)


def option(name: str, **more: object) -> Json:
    return {"type": 3, "name": name, "description": "x", **more}


def choices(number: int, length: int) -> list[Json]:
    return [{"name": f"{n:0{length}}", "value": f"{n:0{length}}"} for n in range(number)]


WRONG_COMMANDS: dict[str, Json] = {
    "capitals": {"name": "Upper"},
    "space": {"name": "with space"},
    "long name": {"name": "x" * 33},
    "no description": {"description": ""},
    "long description": {"description": "x" * 101},
    "menu with description": {"type": 3},
    "required after optional": {"options": [option("a"), option("b", required=True)]},
    "one option twice": {"options": [option("a"), option("a")]},
    "26 options": {"options": [option(f"o{n}") for n in range(26)]},
    "26 choices": {"options": [option("a", choices=choices(26, 1))]},
    "choices and autocomplete": {
        "options": [option("a", choices=choices(1, 1), autocomplete=True)]
    },
    "8000 characters": {"options": [option(f"o{n}", choices=choices(25, 50)) for n in range(4)]},
}


@pytest.mark.parametrize("wrong", WRONG_COMMANDS)
async def test_a_wrong_command_is_refused_and_changes_nothing(wrong: str):
    command = {"name": "x", "description": "x"} | WRONG_COMMANDS[wrong]
    async with calling() as (server, bot):
        assert (await bot.sync([command])).refusal == (400, 50035)
        assert [one["name"] for one in server.commands] == ["go", "mod", "Animate"]


async def test_a_command_keeps_its_id_and_its_default_permissions_count():
    async with calling() as (server, bot):
        before = {one["name"]: one["id"] for one in server.commands}
        synced = await bot.sync(COMMANDS[:2])
        assert [one["id"] for one in as_objects(as_list(synced.body))] == [
            before["go"],
            before["mod"],
        ]
        videos = server.channels["videos"]
        with pytest.raises(ValueError, match="may not use 'mod'"):
            await server.invoke(server.members["Ada"], videos, "mod", wait=False)
        assert await server.invoke(server.members["Mo"], videos, "mod", wait=False)
        both = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES
        needing: Json = {"name": "both", "description": "x"}
        await bot.sync([needing | {"default_member_permissions": str(int(both))}])
        with pytest.raises(ValueError, match="may not use 'both'"):
            await server.invoke(server.members["Mo"], videos, "both", wait=False)


async def test_a_direct_message_reaches_only_who_takes_them():
    async with calling() as (server, bot):
        ada = server.members["Ada"]
        opened = await bot.call("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
        path = f"/channels/{opened.json['id']}/messages"
        assert (await bot.call("POST", path, {"content": "psst"})).status == 200
        assert [message.content for message in server.direct_messages(ada)] == ["psst"]
        ada.takes_direct_messages = False
        assert (await bot.call("POST", path, {"content": "psst"})).refusal == (403, 50007)
