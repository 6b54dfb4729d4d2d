"""One wish is one video, however often it is sent; and a button makes another on purpose."""

import asyncio
from pathlib import Path

import pytest

from sandbox.discord import Invocation, Message
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    let_go,
    playing,
    quota,
    restart,
    seen,
    told,
)


def is_private(asked: Invocation) -> bool:
    last = asked.followups[-1] if asked.followups else asked.response_message
    return last is not None and last.ephemeral


def private(asked: Invocation) -> Message:
    message = asked.followups[-1] if asked.followups else asked.response_message
    assert message is not None
    assert message.ephemeral
    return message


async def refused(stage: Stage, asked: Invocation) -> Message:
    """Wait for the private answer; nothing else of the request stays in the channel."""
    await stage.discord.wait_for(lambda: is_private(asked))
    await stage.discord.wait_for(
        lambda: not [m for m in seen(stage, "Ben") if m.invocation is asked]
    )
    return private(asked)


async def test_the_same_request_twice_is_one_video(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=1)) as stage:
        await ask(stage, "a fox", style="Anime")
        await stage.fal.wait_for(lambda: bool(stage.fal.posts))
        again = await ask(stage, "  a   fox ", style="Anime")
        said = (await refused(stage, again)).content
        assert said.startswith("You asked for exactly this <t:")
        assert "it is [video #1](https://discord.com/channels/" in said
        assert said.endswith("Nothing more was charged.")
        await ask(stage, "a fox", style="Noir")
        await ask(stage, "a fox", who="Ben", style="Anime")
        await ask(stage, "a fox", style="Anime", seed=5)
        await delivered(stage, 4)
        assert len(stage.fal.posts) == len(await jobs(stage)) == 4
        assert "3 of 5" in await quota(stage)


async def test_a_hundred_same_requests_at_once_are_one_video(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        asked = await asyncio.gather(*(ask(stage) for _ in range(100)))
        await delivered(stage)
        await stage.discord.wait_for(lambda: sum(map(is_private, asked)) == 99)
        assert len(stage.fal.posts) == len(await jobs(stage)) == 1


async def test_the_same_picture_twice_is_one_video(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"prompt": "it moves", "image": four_colours()}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await delivered(stage)
        again = await stage.discord.invoke(ada, channel, "pika image", options)
        assert "video #1" in (await refused(stage, again)).content
        other = {"prompt": "it moves", "image": four_colours(800, 600)}
        await stage.discord.invoke(ada, channel, "pika image", other)
        await delivered(stage, 2)


@pytest.mark.parametrize("restarted", [False, True])
async def test_make_another_makes_one_for_each_press_that_is_meant(
    tmp_path: Path, renderer: Renderer, restarted: bool
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage)
        await stage.fal.wait_for(lambda: bool(stage.fal.posts))
        again = await refused(stage, await ask(stage))
        if restarted:
            await restart(stage)
        ada, ben = stage.discord.members["Ada"], stage.discord.members["Ben"]
        presses = await asyncio.gather(
            *(stage.discord.click(ada, again, "Make another") for _ in range(3))
        )
        await delivered(stage, 2)
        await stage.discord.wait_for(lambda: sum(map(is_private, presses)) == 2)
        first, second = reversed(await jobs(stage))
        assert second["parent_id"] == first["id"]
        seeds = [post.arguments["seed"] for post in stage.fal.posts]
        prompts = {str(post.arguments["prompt"]) for post in stage.fal.posts}
        assert len(set(seeds)) == 2
        assert len(prompts) == 1
        assert "2 of 5" in await quota(stage)
        with pytest.raises(ValueError, match="doesn't see"):
            await stage.discord.click(ben, again, "Make another")


async def test_cancel_by_button(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, {"PIKA_FAL__CONCURRENCY": "1"}, held()) as stage:
        await ask(stage, "the first")
        rendering = await told(stage, "**Rendering**")
        await ask(stage, "the second")
        waiting = await told(stage, "**In line** · place 1")
        ada, ben, mo = (stage.discord.members[name] for name in ("Ada", "Ben", "Mo"))
        said = answer(await stage.discord.click(ben, waiting, "Cancel"))
        assert said == "Video #2 isn't yours; `/pika jobs` lists yours."
        said = answer(await stage.discord.click(mo, waiting, "Cancel"))
        assert said == "🚫 Video #2 is canceled; nothing was charged."
        await told(stage, "🚫 **Canceled** · nothing was charged.")
        with pytest.raises(ValueError, match="Cancel"):
            await stage.discord.click(ada, rendering, "Cancel")
        let_go(stage)
        await delivered(stage)
        with pytest.raises(ValueError, match="Cancel"):
            await stage.discord.click(ada, waiting, "Cancel")
        assert len(stage.fal.posts) == 1
