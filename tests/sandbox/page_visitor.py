"""A visitor of the page, without a browser: what its scripts would send and hear."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.discord.wire import Json, as_object, as_objects, decode
from sandbox.page import open_page
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage

CHANNEL = "videos"


class Visitor:
    def __init__(self, session: aiohttp.ClientSession, stage: Stage, url: str) -> None:
        self.session = session
        self.stage = stage
        self.url = url

    async def act(
        self, action: str, body: Mapping[str, object], *files: tuple[str, bytes], status: int = 200
    ) -> Json:
        """Do something in #videos; the body names the files as file_0, file_1 …"""
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("request", json.dumps({"channel": CHANNEL, **body}))
        for number, (name, data) in enumerate(files):
            form.add_field(f"file_{number}", data, filename=name, content_type="image/png")
        headers = {"Origin": self.url}
        url = f"{self.url}/api/{action}"
        async with self.session.post(url, data=form, headers=headers) as response:
            answer = as_object(decode(await response.text()))
            assert response.status == status, answer
            return answer

    async def state(self, member: str) -> Json:
        async with self.session.get(f"{self.url}/api/state?member={member}") as response:
            return as_object(decode(await response.text()))

    async def messages(self, member: str) -> list[Json]:
        return messages_in(as_object((await self.state(member))["messages"]))

    async def hear(
        self, member: str, part: str, condition: Callable[[Json], bool], seconds: float = 30
    ) -> Json:
        """Listen to the page's events until a part of the state is as wanted."""
        url = f"{self.url}/api/events?member={member}"
        async with asyncio.timeout(seconds), self.session.get(url) as response:
            assert response.content_type == "text/event-stream"
            event = ""
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == part and condition(as_object(decode(value))):
                    return as_object(decode(value))
        raise AssertionError("the events ended")


def messages_in(channels: Json) -> list[Json]:
    return as_objects(channels[CHANNEL])


def files(message: Json) -> list[Json]:
    return as_objects(message["attachments"])


@asynccontextmanager
async def visiting(folder: Path, renderer: Renderer) -> AsyncGenerator[Visitor]:
    # Events are long: the longest line the client takes by default is shorter.
    async with (
        open_stage(folder, renderer=renderer) as stage,
        open_page(stage) as page,
        aiohttp.ClientSession(read_bufsize=1 << 20) as session,
    ):
        yield Visitor(session, stage, page.url)
        assert stage.discord.violations == []
        assert stage.fal.violations == []
