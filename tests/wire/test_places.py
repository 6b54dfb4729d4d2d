"""Threads, and channels where much is going on."""

import asyncio
from pathlib import Path

from sandbox.discord import Fault as DiscordFault
from sandbox.discord import Invocation, Message
from sandbox.fal import FailJob, Fault, Timing, policy_violation
from sandbox.render import Renderer
from tests.wire.playing import (
    Record,
    ask,
    come_back,
    delivered,
    held,
    let_go,
    playing,
    rendering,
    rows_say,
    told,
)
from tests.wire.test_discord_matrix import EDIT, limited


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
        await discord.wait_for(lambda: any("your video is ready" in text for text in texts()))
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


async def test_a_video_that_takes_hours_is_delivered(tmp_path: Path, renderer: Renderer) -> None:
    """The token of a command lives fifteen minutes; what uses it then gets 401, code 50027."""
    async with playing(tmp_path, renderer, timing=held(), paced=True) as stage:
        asked = await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.advance(3 * 60 * 60)
        let_go(stage)
        assert await delivered(stage) == [posted(asked)]
        assert not [request for request in stage.discord.requests if request.status == 401]


async def test_a_channel_that_discord_limits_for_long_holds_up_no_other(
    tmp_path: Path, renderer: Renderer
) -> None:
    """discord.py by itself would wait out any limit, and more videos than are worked on at a time
    would keep all others from their channels for as long."""
    settings = {
        "PIKA_QUOTA__VIDEOS_PER_DAY": "20",
        "PIKA_FAL__CONCURRENCY": "20",
        "PIKA_DISCORD__LINE_REFRESH_SECONDS": "0.1",
    }
    async with playing(tmp_path, renderer, settings, held(concurrency=20)) as stage:
        discord = stage.discord
        ada, general = discord.members["Ada"], discord.channels["general"]
        stage.fal.arm(Fault("submit", FailJob(policy_violation("prompt")), match="fox 0"))
        many = [
            await discord.invoke(ada, general, "pika text", {"prompt": f"fox {number}"})
            for number in range(10)
        ]
        await rendering(stage, len(many))
        discord.arm(DiscordFault(*EDIT, limited(600), times=1000, match=str(general.id)))
        await ask(stage)
        await rendering(stage, len(many) + 1)
        let_go(stage)
        await delivered(stage)
        rows = await rows_say(stage, lambda rows: sum(wait_of(row) > 0 for row in rows) >= 9)
        assert min(wait for row in rows if (wait := wait_of(row))) >= 600_000
        # Once for each video and a few for news; the end of fox 0 would be tried at every refresh.
        assert sum(request.status == 429 for request in discord.requests) < 2 * len(many)
        # Whoever starts anew looks at once.
        assert await stage.bot.stop() == 0
        discord.disarm()
        await come_back(stage)
        for asked in many[1:]:
            await discord.wait_for(lambda asked=asked: posted(asked).attachments)
        await discord.wait_for(lambda: "content check said no" in posted(many[0]).content)


def wait_of(job: Record) -> int:
    """Return the milliseconds from a job's video to the next try to post it; 0 if none failed."""
    tried = job["status"] == "stored" and job["attempts"]
    return int(job["next_attempt_at"] or 0) - int(job["status_at"] or 0) if tried else 0


def posted(asked: Invocation) -> Message:
    assert asked.response_message is not None
    return asked.response_message
