"""The loopback Discord's gateway when it goes wrong: the real client has to live with it."""

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import aiohttp
import pytest

from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.discord.event_changes import changed, field_paths, replaced, without
from sandbox.discord.server import DiscordServer, open_discord
from sandbox.discord.sessions import Op
from sandbox.discord.wire import Json, as_object, as_objects, decode
from tests.sandbox.discord_caller import Caller, calling
from tests.sandbox.discord_harness import Bot, pointed_at, stage

IDENTIFY, RESUME = int(Op.IDENTIFY), int(Op.RESUME)


@asynccontextmanager
async def connected(bot: Caller) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    async with bot.session.ws_connect(bot.server.gateway_url) as socket:
        assert (await read(socket))["op"] == Op.HELLO
        yield socket


async def read(socket: aiohttp.ClientWebSocketResponse) -> Json:
    return as_object(decode(await socket.receive_str()))


async def identify(socket: aiohttp.ClientWebSocketResponse, token: str, intents: int = 1) -> None:
    await socket.send_str(json.dumps({"op": 2, "d": {"token": token, "intents": intents}}))


async def answer(bot: Caller, intents: int = 1) -> int | str:
    """Identify and give the event or op that comes, or the code that it closes with."""
    async with connected(bot) as socket:
        await identify(socket, bot.server.token, intents)
        frame = await socket.receive()
        if frame.type is not aiohttp.WSMsgType.TEXT:
            return socket.close_code or 0
        payload = as_object(decode(cast("str", frame.data)))
        return str(payload["t"]) if payload["t"] else Op(cast("int", payload["op"])).name


async def test_intents_are_checked_against_the_applications_settings():
    async with calling() as (server, bot):
        server.identify_limit.enabled = False
        assert await answer(bot, 1 << 9) == "READY"
        for privileged in (MESSAGE_CONTENT, 1 << 8, 1 << 1):
            assert await answer(bot, privileged) == 4014
        server.allow_intents(MESSAGE_CONTENT)
        assert await answer(bot, MESSAGE_CONTENT) == "READY"
        assert await answer(bot, 1 << 1) == 4014
        for unknown in (17, 18, 19, 22, 23, 26):
            assert await answer(bot, 1 << unknown) == 4013


async def test_one_identify_in_five_seconds():
    async with calling() as (server, bot):
        assert await answer(bot) == "READY"
        server.advance(3)
        assert await answer(bot) == "INVALID_SESSION"
        server.advance(5)
        assert await answer(bot) == "READY"
        assert len(server.identify_limit.times) == 3
        assert await answer(bot) == "INVALID_SESSION"


async def test_a_thousand_identifies_a_day():
    async with calling() as (server, bot):
        assert server.identify_limit.per_day == 1000
        server.identify_limit.per_day = 3
        for left in (2, 1, 0):
            server.advance(5)
            assert await answer(bot) == "READY"
            gateway = await bot.call("GET", "/gateway/bot")
            assert as_object(gateway.json["session_start_limit"])["remaining"] == left
        assert abs(server.identify_limit.reset_after(server.now()) - (24 * 60 * 60 - 10)) < 5
        server.advance(5)
        assert await answer(bot) == 4004, "the token was reset"
        assert len(server.violations) == 1
        server.advance(24 * 60 * 60)
        assert await answer(bot) == "READY"


async def test_a_frame_is_small_and_a_minute_has_120_of_them():
    async with calling() as (server, bot):
        for wrong in ('{"op": 1, "d": null}'.ljust(4097), "{"):
            async with connected(bot) as socket:
                await socket.send_str('{"op": 1, "d": null}'.ljust(4096))
                assert (await read(socket))["op"] == Op.HEARTBEAT_ACK
                await socket.send_str(wrong)
                await socket.receive()
                assert socket.close_code == 4002
        async with connected(bot) as socket:
            for _ in range(120):
                await socket.send_str('{"op": 1, "d": null}')
                assert (await read(socket))["op"] == Op.HEARTBEAT_ACK
            server.advance(55)
            await socket.send_str('{"op": 1, "d": null}')
            await socket.receive()
            assert socket.close_code == 4008
        assert len(server.violations) == 2


async def test_what_is_asked_for_compressed_comes_compressed():
    async with calling() as (server, bot):
        url = f"{server.gateway_url}?v=10&encoding=json&compress=zlib-stream"
        async with bot.session.ws_connect(url) as socket:
            stream = zlib.decompressobj()

            async def unpacked() -> Json:
                data = await socket.receive_bytes()
                assert data.endswith(b"\x00\x00\xff\xff")
                return as_object(decode(stream.decompress(data)))

            assert (await unpacked())["op"] == Op.HELLO
            await identify(socket, server.token)
            assert (await unpacked())["t"] == "READY"
            assert (await unpacked())["t"] == "GUILD_CREATE"


async def test_an_event_may_lack_a_field():
    async with calling() as (server, bot), connected(bot) as socket:
        server.change_events("READY", without("user", "id"), replaced("v", by="x"))
        server.change_events("GUILD_CREATE", without("roles", 0, "name"))
        await identify(socket, server.token)
        ready = as_object((await read(socket))["d"])
        assert "id" not in as_object(ready["user"])
        assert ready["v"] == 10, "each change is for one event"
        guild = as_object((await read(socket))["d"])
        assert "name" not in as_objects(guild["roles"])[0]
        assert "name" in as_objects(guild["roles"])[1]
        assert server.changes_left == 1
        server.send_event("READY", {"v": None})
        assert await read(socket) == {"op": 0, "d": {"v": None}, "s": 3, "t": "READY"}
        server.send_raw("no JSON")
        assert await socket.receive_str() == "no JSON"
        server.send_raw(b"no zlib")
        assert await socket.receive_bytes() == b"no zlib"


def test_every_field_of_an_event_has_its_path():
    payload: Json = {"a": {"b": [{"c": 1}, {"d": 2}]}, "e": None}
    paths = [*field_paths(payload)]
    assert paths == [("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 0, "c"), ("e",)]
    left = [changed(payload, without(*path)) for path in paths]
    assert left == [
        {"e": None},
        {"a": {}, "e": None},
        {"a": {"b": [{"d": 2}]}, "e": None},
        {"a": {"b": [{}, {"d": 2}]}, "e": None},
        {"a": {"b": [{"c": 1}, {"d": 2}]}},
    ]
    assert changed(payload, without("a", "b", 7, "x")) == payload
    assert changed(payload, replaced("e", by=3)) == payload | {"e": 3}


@pytest.mark.parametrize(("status", "times"), [(503, 1), (None, 2)])
async def test_a_refused_connect_kills_discord_py_when_it_is_the_first(
    status: int | None, times: int
):
    async with open_discord() as server, Bot() as bot, pointed_at(server):
        server.refuse_gateway(times, status=status)
        # https://github.com/Rapptz/discord.py/issues/10520
        with pytest.raises((AttributeError, aiohttp.ClientError, OSError)):
            await bot.start(server.token)
        assert server.gateway_refusals_left == 0
        assert not server.bot_online
        running = asyncio.create_task(bot.connect())
        await server.wait_for(lambda: server.bot_online)
        await bot.close()
        await running


async def still_works(server: DiscordServer) -> None:
    ada, videos = server.members["Ada"], server.channels["videos"]
    done = await server.invoke(ada, videos, "make style", {"name": "noir"})
    assert done.response_message is not None


async def test_a_request_to_reconnect_is_followed_by_a_resume():
    async with stage() as (server, bot):
        server.ask_to_reconnect()
        await server.wait_for(lambda: RESUME in server.gateway_ops and server.bot_online)
        await still_works(server)
        assert server.gateway_ops.count(IDENTIFY) == 1
        assert not bot.is_closed()


async def test_an_invalid_session_that_can_be_resumed():
    async with stage() as (server, _):
        server.invalidate_sessions(resumable=True)
        await server.wait_for(lambda: RESUME in server.gateway_ops and server.bot_online)
        await still_works(server)
        assert server.gateway_ops.count(IDENTIFY) == 1


async def test_an_invalid_session_that_is_gone():
    async with stage() as (server, _):
        server.advance(5)
        server.invalidate_sessions(resumable=False)
        assert server._state.gateway.sessions == {}  # pyright: ignore[reportPrivateUsage]  # nothing else tells
        await server.wait_for(lambda: server.gateway_ops.count(IDENTIFY) == 2)
        await server.wait_for(lambda: server.bot_online)
        await still_works(server)
        assert RESUME not in server.gateway_ops


async def test_a_second_client_that_comes_too_soon_gets_in_a_little_later():
    async with stage() as (server, bot):
        await bot.close()
        await server.wait_for(lambda: not server.bot_online)
        async with Bot() as again:
            running = asyncio.create_task(again.start(server.token))
            # discord.py waits five seconds after the refusal.
            await server.wait_for(lambda: server.gateway_ops.count(IDENTIFY) == 3)
            await server.wait_for(lambda: server.bot_online)
            await still_works(server)
            await again.close()
            await running


async def test_a_connection_that_acknowledges_nothing_is_given_up():
    async with open_discord() as server, Bot(heartbeat_timeout=3.0) as bot, pointed_at(server):
        server.set_heartbeat_interval(0.3)
        running = asyncio.create_task(bot.start(server.token))
        await server.wait_ready()
        # For longer than the timeout, which a machine that halts for a moment doesn't reach.
        await server.wait_for(lambda: server.gateway_ops.count(Op.HEARTBEAT) > 11)
        assert RESUME not in server.gateway_ops
        server.ignore_heartbeats()
        await server.wait_for(lambda: RESUME in server.gateway_ops)
        server.ignore_heartbeats(ignore=False)
        await server.wait_for(lambda: server.bot_online)
        await bot.close()
        await running
