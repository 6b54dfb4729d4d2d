"""A hundred commands at once, pictures among them, are all acknowledged in time."""

import asyncio
from pathlib import Path

from sandbox.discord import Invocation
from sandbox.fal import Timing
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, four_colours, playing


async def test_a_hundred_commands_at_once(tmp_path: Path, renderer: Renderer) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "200", "PIKA_FAL__CONCURRENCY": "8"}
    async with playing(tmp_path, renderer, settings, Timing(concurrency=8)) as stage:
        discord = stage.discord
        ada, channel = discord.members["Ada"], discord.channels["videos"]
        # Work that goes on meanwhile: jobs that are polled, downloaded and delivered.
        await asyncio.gather(*(ask(stage, f"before {n}") for n in range(6)))

        async def one(number: int) -> Invocation:
            if number % 4 == 0:
                picture = four_colours(1200, 800)
                options = {"image": picture, "prompt": f"it moves {number}"}
                return await discord.invoke(ada, channel, "pika image", options)
            if number % 4 == 1:
                return await discord.invoke(ada, channel, "pika jobs")
            return await ask(stage, f"number {number}")

        invocations = await asyncio.gather(*(one(number) for number in range(100)))
        assert not [i for i in invocations if i.failed]
        assert not [r for r in discord.requests if r.error_code == 10062]
        await delivered(stage, 6 + 75)
        assert len(stage.fal.posts) == 6 + 75
