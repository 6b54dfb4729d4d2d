"""A kill before and after each call for costly requests, own defaults, videos and the owner."""

from pathlib import Path

import pytest

from sandbox.discord import Invocation, Message
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.crash.test_rare_moments import BOTH, begin, crashing, die
from tests.wire.playing import answer, ask, delivered, jobs, told
from tests.wire.several import holiday, pika
from tests.wire.test_breaker import LOCKED, OWNERS, owner_told
from tests.wire.test_offers import AGREE, NO_LONGER, offer


async def ask_unheard(stage: Stage, command: str, **options: str | int) -> None:
    """Send a command of which no answer is expected."""
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    await stage.discord.invoke(ada, channel, command, {"prompt": "a fox", **options}, wait=False)


async def agree(stage: Stage, message: Message, *, wait: bool = True) -> Invocation:
    return await stage.discord.click(stage.discord.members["Ada"], message, AGREE, wait=wait)


@BOTH
async def test_an_offer(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "members.offer", when)
        await ask_unheard(stage, "pika text", resolution="1080p", duration=10)
        await die(stage)
        assert await jobs(stage) == []
        await agree(stage, await offer(stage))
        await delivered(stage)


@pytest.mark.parametrize("call", ["members.offered_to", "members.open_offer", "members.take_offer"])
@BOTH
async def test_agreeing(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        message = await offer(stage)
        await begin(stage, call, when)
        await agree(stage, message, wait=False)
        await die(stage)
        assert await jobs(stage) == []
        pressed = await agree(stage, message)
        if (call, when) == ("members.take_offer", "after"):
            assert answer(pressed) == NO_LONGER
            await agree(stage, await offer(stage))
        await delivered(stage)
        assert len(await jobs(stage)) == 1


@BOTH
async def test_own_defaults(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "members.set_preferences", when)
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        chosen = {"style": "Clay"}
        await stage.discord.invoke(ada, channel, "pika settings", chosen, wait=False)
        await die(stage)
        assert ("`Clay`" in answer(await pika(stage, "settings"))) == (when == "after")
        assert "`Clay`" in answer(await pika(stage, "settings", style="Clay"))


@BOTH
async def test_a_members_video(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "membersvideos.keep", when)
        await pika(stage, "swap", video=holiday(tmp_path), prompt="a dragon")
        await die(stage)
        await told(stage, "I was restarted before I could take this request in.")
        assert await jobs(stage) == []
        await pika(stage, "swap", video=holiday(tmp_path), prompt="a dragon")
        await delivered(stage)


@BOTH
async def test_telling_the_owner(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer, most_posts=100) as stage:
        await begin(stage, "owner.tell", when)
        stage.fal.balance_micro_usd = 0
        await ask(stage)
        await die(stage)
        await told(stage, OWNERS)
        stage.fal.top_up(1_000_000)
        await delivered(stage)
        # Twice would be worse than never; the log has it in any case.
        warnings = [text for text in owner_told(stage) if text.startswith("⚠️")]
        assert len(warnings) == (when == "after")
        assert stage.bot.log().count(LOCKED) == 1
        assert len([post for post in stage.fal.posts if post.status == 200]) == 1
