"""This machine's clock against fal's: what got lost is found, and nothing waits for the clock."""

import asyncio
from pathlib import Path

import pytest

from sandbox.fal import Answer, Drop, Fault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.jumping_bot import AHEAD, UNTIL, jump
from tests.wire.playing import (
    ask,
    come_back,
    delivered,
    held,
    jobs,
    ledger,
    let_go,
    playing,
    rendering,
    seen,
    told,
)
from tests.wire.test_doctor import doctor

SHORT = {
    "PIKA_FAL__EVENTS": "false",
    "PIKA_FAL__TIMEOUT_SECONDS": "1",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "4",
    "PIKA_FAL__RUN_SECONDS": "4",
}
JUMPING = "tests.wire.jumping_bot"
LOOKS = ("/status", "/requests/by-endpoint")
PACE = {"PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5"}


def looks(stage: Stage, kind: str) -> int:
    """Return how often fal was asked that."""
    return sum(count for call, count in stage.fal.calls.items() if call.endswith(kind))


@pytest.mark.parametrize("ahead", [-21_600, -600, 600])
async def test_what_got_lost_is_found_whatever_the_clocks_say(
    tmp_path: Path, renderer: Renderer, ahead: int
) -> None:
    """The very first answer is lost; later fal's clock moves, and then the bot's."""
    until = tmp_path / "until"
    settings = {**SHORT, AHEAD: str(ahead), UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, module=JUMPING) as stage:
        stage.fal.arm(Fault("submit", Drop(accepted=True), times=3))
        await ask(stage, "first")
        await delivered(stage, 1)
        stage.fal.advance(900)
        await ask(stage, "second")
        await delivered(stage, 2)
        await ask(stage, "third")
        await told(stage, "🔎 **Checking with fal**")
        jump(until, 3600)
        await delivered(stage, 3)
        assert len(stage.fal.posts) == 3
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 600_000


async def test_a_clock_that_is_set_back_makes_nothing_wait(
    tmp_path: Path, renderer: Renderer
) -> None:
    until = tmp_path / "until"
    settings = {**PACE, "PIKA_FAL__EVENTS": "false", AHEAD: "21600", UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, held(), module=JUMPING) as stage:
        await ask(stage, "renders")
        await rendering(stage)
        stage.fal.arm(Fault("file", Answer(500), times=3))
        stage.fal.arm(Fault("submit", Answer(503), times=3, match="waits"))
        await ask(stage, "waits", who="Ben")
        await told(stage, "🔎 **Checking", who="Ben")
        jump(until, 0)
        let_go(stage)
        await delivered(stage, 1)
        stage.fal.arm(Fault("submit", Answer(429), times=2))
        await ask(stage, "paused")
        await delivered(stage, 2)


async def killed_with_two_at_fal(stage: Stage) -> None:
    """Kill the bot while fal renders one job and another is looked for."""
    # The very first answer tells fal's clock.
    await ask(stage, "renders")
    await rendering(stage)
    stage.fal.arm(Fault("submit", Answer(500, {}, accepted=True)))
    await ask(stage, "is looked for", who="Ben")
    await told(stage, "🔎 **Checking", who="Ben")
    await stage.bot.kill()


@pytest.mark.parametrize("ahead", [86_400, -86_400])
async def test_a_start_with_a_wrong_clock_gives_up_nothing_that_fal_still_makes(
    tmp_path: Path, renderer: Renderer, ahead: int
) -> None:
    until = tmp_path / "until"
    settings = {**SHORT, **PACE, AHEAD: "0", UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, held(), module=JUMPING) as stage:
        await killed_with_two_at_fal(stage)
        jump(until, ahead)
        before = {kind: looks(stage, kind) for kind in LOOKS}
        await come_back(stage)

        async with asyncio.timeout(60):
            while not all(looks(stage, kind) >= before[kind] + 2 for kind in LOOKS):  # noqa: ASYNC110 - calls tell nobody
                await asyncio.sleep(0.02)
        let_go(stage)
        await delivered(stage, 2)
        assert len(stage.fal.posts) == 2
        assert not any("didn't work out" in message.content for message in seen(stage))


async def test_one_bad_answer_after_a_long_pause_ends_nothing(
    tmp_path: Path, renderer: Renderer
) -> None:
    until = tmp_path / "until"
    settings = {**SHORT, **PACE, AHEAD: "0", UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, held(), module=JUMPING) as stage:
        await killed_with_two_at_fal(stage)
        # An hour passes on both sides, and fal ends both meanwhile.
        jump(until, 3600)
        stage.fal.advance(3600)
        await stage.fal.wait_for(lambda: len(stage.fal.results) == 2)
        stage.fal.arm(Fault("status", Answer(500, {}), times=2))
        stage.fal.arm(Fault("listing", Answer(500, {}), times=2))
        await come_back(stage)
        await delivered(stage, 2)
        assert not any("didn't work out" in message.content for message in seen(stage))


async def test_a_row_of_a_clock_that_was_ahead_is_taken_up_at_the_start(
    tmp_path: Path, renderer: Renderer
) -> None:
    until = tmp_path / "until"
    settings = {**PACE, **SHORT, "PIKA_FAL__RETRY_FIRST_SECONDS": "0.5"}
    settings |= {AHEAD: "21600", UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, module=JUMPING) as stage:
        stage.fal.arm(Fault("file", Answer(500), times=100_000))
        await ask(stage)
        await told(stage, "📥 **Made**")
        await stage.bot.kill()
        stage.fal.disarm()
        jump(until, 0)
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        stage.discord.advance(5)
        await stage.bot.start()
        await delivered(stage)
        assert len(stage.fal.posts) == 1
        (job,) = await jobs(stage)
        assert job["status"] == "delivered"
        # The doctor compares.
        stage.fal.advance(610)
        code, said = await doctor(stage)
        assert code == 1
        assert "✗ clock: 61" in said
        assert "s behind fal's\n    → have it set by NTP" in said
