"""A loopback Discord, a loopback fal, and the real bot between them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sandbox.bot_process import CHECKOUT, BotProcess
from sandbox.discord import DiscordServer, WorldPlan, open_discord
from sandbox.fal import FalServer, Timing, open_fal
from sandbox.render import Renderer

Step: TypeAlias = Callable[[str], AbstractContextManager[None]]
"""Shows that something is being done, for as long as its context is open."""


@dataclass(frozen=True)
class Stage:
    """Both servers, and the bot's process between them."""

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
    step: Step | None = None,
    module: str = "bot",
    checkout: Path = CHECKOUT,
    plan: WorldPlan | None = None,
) -> AsyncGenerator[Stage]:
    """Start both servers and the bot, and wait until it answers commands.

    The bot is that of `checkout`, run as `module`.

    Raises TimeoutError with the end of the bot's log if it doesn't get there.
    """
    step = step or nullcontext
    async with AsyncExitStack() as stack:
        with step("a Discord on this machine"):
            discord = await stack.enter_async_context(open_discord(plan=plan))
        with step("a fal on this machine"):
            opening = open_fal(timing=timing, renderer=renderer)
            fal = await stack.enter_async_context(opening)
        with step("the bot, logged in and with its commands synced"):
            bot = BotProcess(folder, discord, fal, settings, module=module, checkout=checkout)
            stack.push_async_callback(bot.stop)
            await bot.start()
            await _ready(discord, bot)
        yield Stage(discord, fal, bot)


async def _ready(discord: DiscordServer, bot: BotProcess) -> None:
    ready = asyncio.create_task(discord.wait_ready())
    ended = asyncio.create_task(bot.process.wait())
    try:
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        problem = ready.exception() if ready.done() else f"exit code {ended.result()}"
        if problem:
            raise TimeoutError(f"{problem}; the bot's log ends:\n{bot.log()[-2000:]}")
    finally:
        ready.cancel()
        ended.cancel()
