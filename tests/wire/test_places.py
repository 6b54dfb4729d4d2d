"""Threads, and channels where much is going on."""

import asyncio
from pathlib import Path

from sandbox.fal import Timing
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, held, let_go, playing, told


async def test_a_thread_that_was_archived_meanwhile_gets_its_video(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held(), paced=True) as stage:
        discord = stage.discord
        ada = discord.members["Ada"]
        thread = discord.add_thread(discord.channels["videos"], "foxes")
        await discord.invoke(ada, thread, "pika text", {"prompt": "a fox"})

        def texts() -> list[str]:
            return [message.content for message in discord.visible(ada, thread)]

        await discord.wait_for(lambda: any("Rendering" in text for text in texts()))
        discord.archive(thread)
        let_go(stage)
        await discord.wait_for(lambda: any("your video is ready" in text for text in texts()), 30)
        assert len([m for m in discord.visible(ada, thread) if m.attachments]) == 1


async def test_news_of_progress_leaves_room_for_videos(tmp_path: Path, renderer: Renderer) -> None:
    """Eight at once in one channel: the videos come as fast as Discord takes messages."""
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "20", "PIKA_FAL__CONCURRENCY": "8"}
    async with playing(tmp_path, renderer, settings, Timing(concurrency=8), paced=True) as stage:
        await asyncio.gather(*(ask(stage, f"fox {number}") for number in range(8)))
        await delivered(stage, 8)
        edits = [r for r in stage.discord.requests if r.method == "PATCH"]
        # The first word and the video, and a little more; without a pace it would be three each.
        assert len([r for r in edits if r.status == 200]) < 2.5 * 8
        await told(stage, "your video is ready")
