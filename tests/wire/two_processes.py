"""A second bot process with the same token: each interaction and message reaches both."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.bot_process import BotProcess
from sandbox.stage import Stage
from tests.wire.playing import FAST, logged

ASIDE = "Another process runs with this bot's token"
OVER = "No other process answers with this bot's token any more"


@asynccontextmanager
async def second_process(
    stage: Stage, folder: Path, settings: dict[str, str] | None = None
) -> AsyncGenerator[Stage]:
    """Start another bot with a folder of its own beside the stage's; yield a stage with it."""
    await asyncio.to_thread(folder.mkdir)
    # Discord lets a bot identify once in five seconds.
    stage.discord.advance(6)
    bot = BotProcess(folder, stage.discord, stage.fal, FAST | (settings or {}))
    # Its process makes it only once it runs.
    await asyncio.to_thread(bot.log_path.touch)
    second = Stage(stage.discord, stage.fal, bot)
    await bot.start()
    try:
        await logged(second, "connected to Discord")
        yield second
    finally:
        assert await bot.stop() == 0, bot.log()
