"""A request is decided once before its answer and once in its transaction, and planned once."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests.wire.counting_bot import COUNTED
from tests.wire.playing import FAST, answer, ask, delivered, four_colours

ONCE = {"read_admission": 2, "plan": 1, "preferences": 1}


@asynccontextmanager
async def counting(folder: Path, renderer: Renderer) -> AsyncGenerator[Stage]:
    settings = FAST | {"PIKA_QUOTA__VIDEOS_PER_DAY": "1"}
    module = "tests.wire.counting_bot"
    async with open_stage(folder, renderer=renderer, settings=settings, module=module) as stage:
        stage.discord.rate_limits.enabled = False
        yield stage


def counts(stage: Stage) -> Counter[str]:
    lines = stage.bot.log().splitlines()
    return Counter(line.removeprefix(COUNTED) for line in lines if line.startswith(COUNTED))


async def test_a_command_with_words(tmp_path: Path, renderer: Renderer) -> None:
    async with counting(tmp_path, renderer) as stage:
        await ask(stage)
        await delivered(stage)
        assert counts(stage) == ONCE
        refused = await ask(stage, "an owl at dusk")
        assert "You've used today's quota" in answer(refused)
        again = counts(stage)
        again.subtract(ONCE)
        assert again == {"read_admission": 1, "plan": 1, "preferences": 1}


async def test_a_command_with_a_picture(tmp_path: Path, renderer: Renderer) -> None:
    async with counting(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "leaves drift past"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await delivered(stage)
        assert counts(stage) == ONCE


async def test_a_mention(tmp_path: Path, renderer: Renderer) -> None:
    async with counting(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        words = f"{stage.discord.bot.mention} leaves drift past"
        await stage.discord.post(ada, channel, words, [four_colours()])
        await delivered(stage)
        assert counts(stage) == ONCE
