"""The gateway's events of the loopback Discord, without discord.py."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import aiohttp

from sandbox.discord.wire import Json, as_object, as_text, decode
from tests.sandbox.discord_caller import Caller


@dataclass
class Watch:
    """The server as it was at first, and the events that have arrived since it was asked last."""

    guild: Json = field(default_factory=dict)
    events: list[tuple[str, Json]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, wanted: Callable[[str, Json], bool]) -> list[tuple[str, Json]]:
        """Wait for an event; return it with those before it, and forget them."""
        async with asyncio.timeout(5):
            while not any(wanted(*event) for event in self.events):
                self.arrived.clear()
                await self.arrived.wait()
        last = next(number for number, event in enumerate(self.events) if wanted(*event))
        taken, self.events = self.events[: last + 1], self.events[last + 1 :]
        return taken

    async def of(self, name: str) -> Json:
        """Wait for an event of that name, and forget all until then."""
        return (await self.until(lambda event, _: event == name))[-1][1]


@asynccontextmanager
async def watching(bot: Caller, intents: int = 1 | 1 << 9) -> AsyncGenerator[Watch]:
    """Identify with the bot's token, and watch."""
    watch = Watch()
    async with bot.session.ws_connect(bot.server.gateway_url) as socket:
        await socket.receive_str()
        identify = {"token": bot.server.token, "intents": intents}
        await socket.send_json({"op": 2, "d": identify})
        reading = asyncio.create_task(_read(socket, watch))
        try:
            watch.guild = await watch.of("GUILD_CREATE")
            yield watch
        finally:
            reading.cancel()


async def _read(socket: aiohttp.ClientWebSocketResponse, watch: Watch) -> None:
    async for frame in socket:
        event = as_object(decode(cast("str", frame.data)))
        watch.events.append((as_text(event["t"]), as_object(event["d"])))
        watch.arrived.set()
