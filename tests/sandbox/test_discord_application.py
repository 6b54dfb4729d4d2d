"""The application's owner, and the status beside its name."""

import json
from typing import cast

import pytest
from jsonschema import Draft202012Validator, ValidationError

from sandbox.discord.wire import Json, as_object, as_objects, decode
from tests.sandbox.discord_caller import calling
from tests.sandbox.test_discord_gateway import connected, identify, read
from tests.wire.discord_document import DOCUMENT

WHERE = "/oauth2/applications/@me"


def complaints(answer: Json) -> list[str]:
    """Hold an answer against Discord's document; nothing to say without it."""
    if not DOCUMENT.is_file():
        return []
    document = as_object(decode(DOCUMENT.read_text()))
    path = as_object(as_object(document["paths"])[WHERE])
    answers = as_object(as_object(path["get"])["responses"])
    content = as_object(as_object(as_object(answers["200"])["content"])["application/json"])
    whole = cast("Json", {"components": document["components"], "allOf": [content["schema"]]})
    errors = cast(
        "list[ValidationError]",
        list(Draft202012Validator(whole).iter_errors(answer)),  # pyright: ignore[reportUnknownMemberType, reportArgumentType]  # jsonschema's stubs
    )
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("of_a_team", [False, True])
async def test_an_application_is_a_persons_or_a_teams(*, of_a_team: bool):
    async with calling() as (server, bot):
        if of_a_team:
            server.give_to_team(server.members["Mo"])
        answer = (await bot.call("GET", WHERE)).json
        assert complaints(answer) == []
        owner = as_object(answer["owner"])["id"]
        opened = await bot.call("POST", "/users/@me/channels", {"recipient_id": owner})
        assert opened.status == (404 if of_a_team else 200)
        if of_a_team:
            assert owner == as_object(answer["team"])["id"] != str(server.members["Mo"].id)
            assert as_object(answer["team"])["owner_user_id"] == str(server.members["Mo"].id)
        else:
            assert owner == str(server.members["Olive"].id)


async def test_an_application_is_public_or_not():
    async with calling() as (server, bot):
        assert (await bot.call("GET", WHERE)).json["bot_public"] is True
        server.set_public(public=False)
        assert (await bot.call("GET", WHERE)).json["bot_public"] is False


async def test_members_of_a_team_are_invited_first():
    async with calling() as (server, bot):
        mo, ada, ben = (server.members[name] for name in ("Mo", "Ada", "Ben"))
        server.give_to_team(mo, ada, invited=[ben])
        answer = (await bot.call("GET", WHERE)).json
        assert complaints(answer) == []
        team = as_objects(as_object(answer["team"])["members"])
        states = {as_object(one["user"])["id"]: one["membership_state"] for one in team}
        assert states == {str(mo.id): 2, str(ada.id): 2, str(ben.id): 1}


async def test_a_presence_is_shown_until_the_session_ends():
    async with calling() as (server, bot):
        server.identify_limit.enabled = False
        for _ in range(2):
            async with connected(bot) as socket:
                await identify(socket, server.token)
                assert (await read(socket))["t"] == "READY"
                await socket.send_str(json.dumps(presence("5 waiting")))
                await server.wait_for(lambda: server.presences[-1] == "5 waiting")
                await socket.send_str(json.dumps(presence(None)))
                await server.wait_for(lambda: server.presences[-1] is None)
                await socket.send_str(json.dumps(presence("4 waiting")))
                await server.wait_for(lambda: server.presences[-1] == "4 waiting")
        assert server.presences == [None, "5 waiting", None, "4 waiting"] * 2
        assert not server.violations


def presence(words: str | None) -> Json:
    activities = [{"type": 4, "name": "Custom Status", "state": words}] if words else []
    return {
        "op": 3,
        "d": {"since": 0, "activities": activities, "status": "online", "afk": False},
    }
