"""The line beside the bot's name."""

from itertools import pairwise
from pathlib import Path

from sandbox.render import Renderer
from tests.wire.playing import HELD_SECONDS, ask, delivered, held, let_go, playing, told

SETTINGS = {
    "PIKA_DISCORD__PRESENCE_SECONDS": "1",
    "PIKA_FAL__CONCURRENCY": "1",
    "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5",
}


async def test_the_line_is_shown_while_there_is_one(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, SETTINGS, held()) as stage:
        discord = stage.discord
        for number in range(2):
            await ask(stage, f"number {number}")
        await discord.wait_for(lambda: "1 rendering, 1 waiting" in discord.presences)
        # A new session of the gateway is told anew.
        discord.invalidate_sessions(resumable=False)
        await discord.wait_for(lambda: discord.gateway_ops.count(2) == 2)
        discord.advance(5)
        stage.fal.advance(HELD_SECONDS)
        await delivered(stage, 1)
        await discord.wait_for(lambda: "1 rendering" in discord.presences)
        let_go(stage)
        await delivered(stage, 2)
        await discord.wait_for(lambda: discord.presences[-1] is None)
        changes = discord.presences
        # The new session may be told what the old one was told last.
        assert sum(a == b for a, b in pairwise(changes) if a) <= 1


async def test_a_paused_line_says_so(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, SETTINGS) as stage:
        stage.fal.balance_micro_usd = 0
        await ask(stage)
        await told(stage, "⏸️ **Paused**")
        await stage.discord.wait_for(lambda: "paused, 1 waiting" in stage.discord.presences)
        stage.fal.top_up(1_000_000)
        await delivered(stage)
        await stage.discord.wait_for(lambda: stage.discord.presences[-1] is None)
