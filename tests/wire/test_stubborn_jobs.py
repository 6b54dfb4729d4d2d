"""A job, or a model, that fal refuses while it takes others: they go on, and it ends truthfully."""

from pathlib import Path

import pytest

from sandbox.fal import Answer, Delay, Fault, Post
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    TEXT,
    answer,
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    ledger,
    logged,
    playing,
    quota,
    restart,
    told,
)
from tests.wire.test_breaker import IMAGE, PACE, listed, owner_told

FORBIDDEN = Answer(403, {"detail": "Forbidden"})
BUSY = Answer(429, {"detail": "slow down"})
ALONE = (
    "⏸️ **Paused** · fal takes other videos, but not this one; I try it again now and then;"
    " your place is kept."
)
GIVEN_UP = (
    "❌ **No video** · fal refused it: for a long time it took other videos, but not this one."
)
LONG = 100_000


def of(stage: Stage, words: str) -> list[Post]:
    return [post for post in stage.fal.posts if words in str(post.arguments["prompt"])]


@pytest.mark.parametrize("fault", [FORBIDDEN, BUSY])
async def test_one_that_fal_never_takes_holds_nobody_up_and_ends(
    tmp_path: Path, renderer: Renderer, fault: Answer
) -> None:
    settings = {**PACE, "PIKA_FAL__REFUSED_ALONE_SECONDS": "12"}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("submit", fault, times=LONG, match="stubborn"))
        await ask(stage, "a stubborn one")
        await told(stage, "⏸️ **Paused** · ")
        for number in range(3):
            await ask(stage, f"number {number}", who="Ben")
        await delivered(stage, 3)
        assert len(of(stage, "number")) == 3
        await told(stage, ALONE)
        # It may be on its way just then.
        lists = [await listed(stage) for _ in range(5)]
        assert "paused: fal takes other videos, but not this one" in str(lists)
        # It is remembered: a restart pauses nobody, and doesn't begin the time anew.
        before = len(stage.bot.log())
        await restart(stage)
        tries = len(of(stage, "stubborn"))
        await stage.fal.wait_for(lambda: len(of(stage, "stubborn")) > tries)
        await ask(stage, "number 3", who="Ben")
        await delivered(stage, 4)
        message = await told(stage, GIVEN_UP)
        assert "Nothing was charged" in message.content
        assert "fal takes no videos" not in stage.bot.log()[before:]
        assert "0 of 5" in await quota(stage)
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0
        # One job's trouble isn't the owner's.
        assert owner_told(stage) == []


async def test_a_forbidden_model_leaves_the_others_alone(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.arm(Fault("submit", FORBIDDEN, times=LONG, match=TEXT))
        for number in range(3):
            await ask(stage, f"number {number}")
        await told(stage, "⏸️ **Paused** · the bot's account at fal needs its owner")
        ben, channel = stage.discord.members["Ben"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ben, channel, "pika image", options)
        # It is taken while texts aren't: they are forbidden before and after it.
        await delivered(stage, 1)
        assert [post.endpoint for post in stage.fal.posts].index(IMAGE) >= 3
        await stage.discord.wait_for(
            lambda: f"⚠️ fal refuses videos for {TEXT} and takes others" in str(owner_told(stage))
        )
        stage.fal.disarm()
        await delivered(stage, 4)
        await stage.discord.wait_for(
            lambda: f"✅ fal takes videos again for {TEXT}: the line goes on." in owner_told(stage)
        )


async def test_canceled_while_it_is_sent_and_not_taken(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.balance_micro_usd = 0
        stage.fal.arm(Fault("submit", Delay(1)))
        await ask(stage)
        await stage.fal.wait_for(lambda: bool(stage.fal.posts))
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        said = answer(await stage.discord.invoke(ada, channel, "pika cancel", {"job": 1}))
        assert said.startswith("I'm asking fal to cancel video #1.")
        await told(stage, "🚫 **Canceled** · nothing was charged.")
        assert len(stage.fal.posts) == 1
        assert "0 of 5" in await quota(stage)


async def test_a_wish_to_cancel_what_runs_does_not_make_it_free(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_FAL__EVENTS": "false", "PIKA_FAL__POLL_FIRST_SECONDS": "0.1"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.fal.arm(Fault("status", Answer(404, {"status": "NOT_FOUND"}), times=50))
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        await stage.discord.invoke(ada, channel, "pika cancel", {"job": 1})
        await logged(stage, "running -> failed")
        await told(stage, "fal never said what became of it")
        (job,) = await jobs(stage)
        assert job["failure"] == "outcome_unknown"
