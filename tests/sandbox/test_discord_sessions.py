"""The loopback Discord's sessions: opened once, resumed, ended; by a client of plain frames."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from sandbox.discord.wire import Json, as_object, decode
from tests.sandbox.discord_caller import Caller, calling


@asynccontextmanager
async def on_the_gateway(
    bot: Caller, intents: int = 1
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    async with bot.session.ws_connect(bot.server.gateway_url) as socket:
        await socket.receive_str()
        await socket.send_json({"op": 2, "d": {"token": bot.server.token, "intents": intents}})
        await event(socket, "GUILD_CREATE")
        yield socket


async def event(socket: aiohttp.ClientWebSocketResponse, name: str) -> Json:
    while True:
        frame = as_object(decode(await socket.receive_str()))
        if frame["t"] == name:
            return as_object(frame["d"])


async def test_a_session_is_opened_once_and_resumed_with_the_right_token():
    async with calling() as (server, bot):
        async with on_the_gateway(bot) as socket:
            again = {"token": server.token, "intents": 1}
            await socket.send_json({"op": 2, "d": again})
            await socket.receive()
            assert socket.close_code == 4005
        async with bot.session.ws_connect(server.gateway_url) as socket:
            await socket.receive_str()
            stolen = {"token": "wrong", "session_id": "x", "seq": 1}
            await socket.send_json({"op": 6, "d": stolen})
            await socket.receive()
            assert socket.close_code == 4004


async def test_a_resume_brings_what_came_after_and_nothing_from_the_future():
    async with calling() as (server, bot):
        async with bot.session.ws_connect(server.gateway_url) as socket:
            await socket.receive_str()
            await socket.send_json({"op": 2, "d": {"token": server.token, "intents": 1}})
            session_id = (await event(socket, "READY"))["session_id"]
            await server.drop_gateway()
        server.add_channel("later")

        async def resume(sequence: int) -> Json:
            async with bot.session.ws_connect(server.gateway_url) as socket:
                await socket.receive_str()
                data = {"token": server.token, "session_id": session_id, "seq": sequence}
                await socket.send_json({"op": 6, "d": data})
                first = as_object(decode(await socket.receive_str()))
                await server.drop_gateway()
                return first

        future = await resume(4)
        assert (future["op"], future["d"]) == (9, False)
        missed = await resume(2)
        assert (missed["t"], missed["s"]) == ("CHANNEL_CREATE", 3)
        assert (await resume(4))["t"] == "RESUMED", "there was nothing else"


async def test_closing_with_1000_ends_a_session():
    async with calling() as (server, bot):
        server.identify_limit.enabled = False
        gateway = server._state.gateway  # pyright: ignore[reportPrivateUsage]  # nothing else tells
        for code, left in ((1000, 0), (1001, 0), (4000, 1)):
            async with on_the_gateway(bot) as socket:
                assert len(gateway.sessions) == 1
                await socket.close(code=code)
            await server.wait_for(lambda: not server.bot_online)
            assert len(gateway.sessions) == left
