"""A small real bot with commands of each kind, and the server that it is played on."""

import asyncio
import io
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image
from typing_extensions import override

from sandbox.discord.clock import Changes
from sandbox.discord.plan import WorldPlan
from sandbox.discord.server import DiscordServer, open_discord

Interaction = discord.Interaction[discord.Client]
VIDEO = b"\x00\x00\x00\x18ftypmp42 not much of a video"


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return buffer.getvalue()


class Details(ui.DynamicItem[ui.Button[ui.View]], template=re.compile(r"details:(?P<job>\d+)")):
    def __init__(self, job: int) -> None:
        self.job = job
        super().__init__(ui.Button(label="Details", custom_id=f"details:{job}"))

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[ui.View], match: re.Match[str], /
    ) -> "Details":
        return cls(int(match["job"]))

    @override
    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"job {self.job}", ephemeral=True)


class Ask(ui.Modal, title="Animate"):
    prompt: ui.TextInput["Ask"] = ui.TextInput(label="Prompt", custom_id="prompt", max_length=20)

    def __init__(self, filename: str) -> None:
        super().__init__()
        self.filename = filename

    @override
    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"{self.filename}: {self.prompt.value}")


class Bot(discord.Client):
    """A small bot with one command of each kind."""

    def __init__(
        self, intents: discord.Intents | None = None, *, heartbeat_timeout: float = 60.0
    ) -> None:
        super().__init__(
            intents=intents or discord.Intents(guilds=True, guild_messages=True),
            guild_ready_timeout=0.1,
            max_messages=None,
            heartbeat_timeout=heartbeat_timeout,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(make_group())
        self.tree.add_command(app_commands.ContextMenu(name="Animate", callback=animate))
        self.errors: list[discord.HTTPException] = []
        self.heard: list[discord.Message] = []
        self.go_on = asyncio.Event()
        self.changes = Changes()

    @override
    async def setup_hook(self) -> None:
        self.add_dynamic_items(Details)
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        self.changes.notify()

    async def text_channel(self, server: DiscordServer) -> discord.TextChannel:
        channel = self.get_channel(server.channels["videos"].id)
        assert isinstance(channel, discord.TextChannel)
        return channel


async def animate(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_modal(Ask(message.attachments[0].filename))


def make_group() -> app_commands.Group:
    make = app_commands.Group(name="make", description="Make things")

    @make.command(description="Look at a picture")
    async def look(interaction: Interaction, image: discord.Attachment, size: int = 1) -> None:
        data = await image.read()
        await interaction.response.send_message(
            f"{image.filename} {image.width}x{image.height} {len(data)} {size}",
            file=discord.File(io.BytesIO(data), "back.png", description="what you sent"),
        )

    @make.command(description="Make a video")
    async def video(interaction: Interaction, prompt: app_commands.Range[str, 1, 10]) -> None:
        response = await interaction.response.defer()
        assert response is not None
        view = ui.View(timeout=None)
        view.add_item(Details(7))
        message = await interaction.edit_original_response(
            content=f"done: {prompt}",
            attachments=[discord.File(io.BytesIO(VIDEO), "video.mp4")],
            view=view,
        )
        assert message.id == response.message_id
        await interaction.followup.send("only you see this", ephemeral=True)

    @make.command(description="Defer, then follow up")
    async def defer(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first", ephemeral=False)
        await interaction.followup.send("second")

    @make.command(description="Answer when told to")
    async def slow(interaction: Interaction) -> None:
        bot = interaction.client
        assert isinstance(bot, Bot)
        await bot.go_on.wait()
        try:
            await interaction.response.defer()
        except discord.HTTPException as error:
            bot.errors.append(error)
        bot.changes.notify()

    @make.command(description="Answer twice")
    async def twice(interaction: Interaction) -> None:
        bot = interaction.client
        assert isinstance(bot, Bot)
        await interaction.response.defer()
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        try:
            await bot.http.request(Route("POST", path), json={"type": 5})
        except discord.HTTPException as error:
            bot.errors.append(error)
        bot.changes.notify()

    @make.command(description="Pick a style")
    async def style(interaction: Interaction, name: str) -> None:
        await interaction.response.send_message(name)

    @style.autocomplete("name")
    async def offer(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=style.title(), value=style)
            for style in ("anime", "claymation", "noir")
            if style.startswith(typed)
        ]

    return make


@asynccontextmanager
async def stage(
    intents: discord.Intents | None = None, *, privileged: int = 0, plan: WorldPlan | None = None
) -> AsyncGenerator[tuple[DiscordServer, Bot]]:
    """A server with the bot in it; nothing the bot does may be a violation.

    `privileged` are the intents that are switched on in the application's settings.
    """
    async with open_discord(plan=plan) as server, Bot(intents) as bot, pointed_at(server):
        server.allow_intents(privileged)
        running = asyncio.create_task(bot.start(server.token))
        await server.wait_ready()
        await bot.wait_until_ready()
        yield server, bot
        await bot.close()
        await running
        assert server.violations == []


@asynccontextmanager
async def pointed_at(server: DiscordServer) -> AsyncGenerator[None]:
    """Point discord.py at the server, and back again: it is the whole process's."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
