"""A server that the bot leaves or is removed from: what isn't at fal yet is given back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import come_back, held, jobs, ledger, let_go, playing, rendering, restart
from tests.wire.test_servers import BOTH, asked, strange, use

ONE = {"PIKA_FAL__CONCURRENCY": "1"}


SOON_LISTED = {
    "PIKA_FAL__TIMEOUT_SECONDS": "1",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "3",
    "PIKA_FAL__RUN_SECONDS": "3",
}


async def three_asked(stage: Stage) -> None:
    """Have one video rendered and two in line, in the strangers' server."""
    await asked(stage)
    await stage.bot.command("servers", "allow", str(strange(stage).id))
    for number in range(3):
        await use(stage, prompt=f"fox {number}")
    await rendering(stage)


async def statuses(stage: Stage) -> list[str | int | None]:
    return [row["status"] for row in reversed(await jobs(stage))]


async def given_back(stage: Stage) -> None:
    """Wait until the two are canceled, and their units and money are back."""

    async def are_canceled() -> bool:
        return (await statuses(stage))[1:] == ["canceled"] * 2

    await until(are_canceled)
    assert len(stage.fal.posts) == 1
    let_go(stage)

    async def is_made() -> bool:
        return (await statuses(stage))[0] == "delivered"

    await until(is_made)
    assert len(stage.fal.posts) == 1
    rows = await ledger(stage)
    assert sum(int(row["videos"] or 0) for row in rows) == 1
    assert sum(int(row["held"] or 0) for row in rows) == 0
    assert "✓ " in await stage.bot.command("ledger", "verify")


async def until(is_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await is_true():  # noqa: ASYNC110 - rows of another process tell nobody
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", ["word", "removed"])
async def test_what_waits_for_a_server_that_is_left_is_given_back(
    tmp_path: Path, renderer: Renderer, how: str
) -> None:
    async with playing(tmp_path, renderer, ONE, held(), plan=BOTH) as stage:
        await three_asked(stage)
        if how == "word":
            await stage.bot.command("servers", "leave", str(strange(stage).id))
            await stage.discord.wait_for(lambda: not strange(stage).bot_joined)
        else:
            stage.discord.remove_server(strange(stage))
        await given_back(stage)


@pytest.mark.parametrize("how", ["word", "removed"])
async def test_what_waits_for_a_server_that_is_left_while_the_bot_is_off_is_given_back(
    tmp_path: Path, renderer: Renderer, how: str
) -> None:
    # Their messages can't be read any more, so that only fal's complete listing tells.
    async with playing(tmp_path, renderer, ONE | SOON_LISTED, held(), plan=BOTH) as stage:
        await three_asked(stage)
        assert await stage.bot.stop() == 0
        # The place at fal is free when the bot is back: nothing but the server keeps the two.
        let_go(stage)
        if how == "word":
            await stage.bot.command("servers", "leave", str(strange(stage).id))
        else:
            stage.discord.remove_server(strange(stage))
        await come_back(stage)
        await given_back(stage)


async def test_a_restart_gives_nothing_back(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, ONE, held(), plan=BOTH) as stage:
        await three_asked(stage)
        await restart(stage)
        let_go(stage)

        async def are_made() -> bool:
            return await statuses(stage) == ["delivered"] * 3

        await until(are_made)
