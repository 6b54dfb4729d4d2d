"""Somebody who speaks plain REST to the loopback Discord: what discord.py would never send too."""

import io
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from sandbox.discord.cdn import File
from sandbox.discord.model import Invocation, Message
from sandbox.discord.permissions import Permission
from sandbox.discord.plan import WorldPlan
from sandbox.discord.server import DiscordServer, open_discord
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, decode

Files = Mapping[int, File]
COMMANDS: list[object] = [
    {"name": "go", "description": "Go"},
    {
        "name": "mod",
        "description": "For moderators",
        "default_member_permissions": str(int(Permission.MANAGE_GUILD)),
    },
    {"name": "Animate", "type": 3},
]


@dataclass(frozen=True)
class Answered:
    status: int
    body: object
    headers: Mapping[str, str]

    @property
    def json(self) -> Json:
        return as_object(self.body)

    @property
    def where(self) -> str:
        """The way to the first field that Discord complains about, and its code there."""
        errors, path = as_object(self.json.get("errors")), list[str]()
        while errors and "_errors" not in errors:
            key = next(iter(errors))
            path.append(key)
            errors = as_object(errors[key])
        complaints = as_objects(errors.get("_errors"))
        return f"{'.'.join(path)}: {complaints[0]['code']}" if complaints else ""

    @property
    def refusal(self) -> tuple[int, int]:
        return self.status, as_integer(self.json.get("code"), -1)


@dataclass(frozen=True)
class Caller:
    """Speaks REST with the bot's token."""

    server: DiscordServer
    session: aiohttp.ClientSession

    async def call(
        self, method: str, path: str, body: object = None, files: Files | None = None
    ) -> Answered:
        headers = {"Authorization": f"Bot {self.server.token}"}
        form: aiohttp.FormData | None = None
        if files is not None:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(body))
            for number, file in files.items():
                form.add_field(f"files[{number}]", io.BytesIO(file.data), filename=file.filename)
            body = None
        async with self.session.request(
            method, self.server.api_url + path, json=body, data=form, headers=headers
        ) as response:
            text = await response.read()
            is_json = response.content_type == "application/json"
            return Answered(response.status, decode(text) if is_json else None, response.headers)

    async def send(self, body: Json, files: Files | None = None) -> Answered:
        channel = self.server.channels["videos"].id
        return await self.call("POST", f"/channels/{channel}/messages", body, files)

    async def sync(self, commands: object) -> Answered:
        return await self.call("PUT", f"/applications/{self.server.bot.id}/commands", commands)

    async def go(self) -> Invocation:
        ada, videos = self.server.members["Ada"], self.server.channels["videos"]
        return await self.server.invoke(ada, videos, "go", wait=False)

    async def respond(self, to: Invocation, body: Json, query: str = "") -> Answered:
        path = f"/interactions/{to.id}/{to.token}/callback{query}"
        return await self.call("POST", path, body)

    async def follow_up(self, to: Invocation, body: Json, files: Files | None = None) -> Answered:
        return await self.call("POST", self.webhook(to), body, files)

    def webhook(self, of: Invocation) -> str:
        return f"/webhooks/{self.server.bot.id}/{of.token}"

    def message(self, answered: Answered) -> Message:
        wanted = as_integer(answered.json["id"])
        ada, videos = self.server.members["Ada"], self.server.channels["videos"]
        return next(one for one in self.server.visible(ada, videos) if one.id == wanted)


@asynccontextmanager
async def calling(
    *, rate_limited: bool = False, plan: WorldPlan | None = None
) -> AsyncGenerator[tuple[DiscordServer, Caller]]:
    """Open a server that knows `COMMANDS`, and a caller who is only held back if asked for."""
    async with open_discord(plan=plan) as server, aiohttp.ClientSession() as session:
        server.rate_limits.enabled = rate_limited
        caller = Caller(server, session)
        assert (await caller.sync(COMMANDS)).status == 200
        yield server, caller
