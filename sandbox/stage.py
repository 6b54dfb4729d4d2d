"""A loopback Discord, a loopback fal, and the real bot between them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.bot_process import BotProcess
from sandbox.discord import DiscordServer, open_discord
from sandbox.fal import FalServer, Timing, open_fal
from sandbox.render import Renderer


@dataclass(frozen=True)
class Stage:
    discord: DiscordServer
    fal: FalServer
    bot: BotProcess


@asynccontextmanager
async def open_stage(
    folder: Path,
    *,
    timing: Timing | None = None,
    renderer: Renderer | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Stage]:
    """Start both servers and the bot, and wait until it answers commands.

    Raises TimeoutError with the end of the bot's log if it doesn't get there.
    """
    async with open_discord() as discord, open_fal(timing=timing, renderer=renderer) as fal:
        bot = BotProcess(folder, discord, fal, settings)
        await bot.start()
        try:
            await _ready(discord, bot)
            yield Stage(discord, fal, bot)
        finally:
            await bot.stop()


async def _ready(discord: DiscordServer, bot: BotProcess) -> None:
    try:
        await discord.wait_ready()
    except TimeoutError as error:
        raise TimeoutError(f"{error}; the bot's log ends:\n{bot.log()[-2000:]}") from error
