"""The connection to Discord comes back by itself."""

from pathlib import Path

import pytest

from sandbox.discord import Fault
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, held, let_go, logged, playing, told
from tests.wire.test_discord_matrix import limited


@pytest.mark.parametrize("status", [503, None])
async def test_the_very_first_connect_fails(
    tmp_path: Path, renderer: Renderer, status: int | None
) -> None:
    """discord.py gives up here: https://github.com/Rapptz/discord.py/issues/10520."""
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        await stage.bot.stop()
        await discord.wait_for(lambda: not discord.bot_online)
        # One more than a client tries by itself.
        discord.refuse_gateway(3, status=status)
        await stage.bot.start()
        await discord.wait_for(lambda: not discord.gateway_refusals_left)
        await discord.wait_for(lambda: discord.bot_online)
        await ask(stage)
        await delivered(stage)


async def test_a_limit_at_the_login_is_waited_out(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        assert await stage.bot.stop() == 0
        stage.discord.arm(Fault("GET", "/users/@me", limited(600), times=1000))
        await stage.bot.start()
        await logged(stage, "can't log in (RateLimited), next try in 600 s")
        assert sum(request.status == 429 for request in stage.discord.requests) == 1


async def test_drops_and_lost_sessions(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        discord.identify_limit.enabled = False
        await discord.drop_gateway()
        await discord.wait_for(lambda: 6 in discord.gateway_ops)
        await discord.wait_for(lambda: discord.bot_online)
        await ask(stage, "after a resume")
        await delivered(stage, 1)
        identified = discord.gateway_ops.count(2)
        discord.invalidate_sessions(resumable=False)
        await discord.wait_for(lambda: discord.gateway_ops.count(2) > identified)
        await discord.wait_for(lambda: discord.bot_online)
        await ask(stage, "after a new session")
        await delivered(stage, 2)
        assert len([request for request in discord.requests if request.method == "PUT"]) == 1


async def test_the_last_identifies_of_a_day_are_not_used_up(
    tmp_path: Path, renderer: Renderer
) -> None:
    """A bot that restarts again and again would have its token reset by Discord."""
    async with playing(tmp_path, renderer, timing=held()) as stage:
        discord = stage.discord
        await ask(stage)
        await told(stage, "**Rendering**")
        discord.identify_limit.per_day = len(discord.identify_limit.times) + 19
        assert await stage.bot.stop() == 0
        discord.advance(5)
        await stage.bot.start()
        await logged(stage, "Discord allows 19 more connections today")
        let_go(stage)
        await delivered(stage)
        assert not discord.bot_online
