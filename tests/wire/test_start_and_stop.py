"""Starting, stopping, and what the bot must be allowed to do."""

import asyncio
from pathlib import Path

import pytest

from sandbox.discord import Delay, Fault, Permission
from sandbox.render import Renderer
from tests.wire.playing import (
    answer,
    ask,
    delivered,
    four_colours,
    held,
    let_go,
    playing,
    restart,
    told,
)
from tests.wire.test_discord_matrix import CALLBACK


async def test_sigterm_closes_cleanly_and_the_next_process_goes_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        await restart(stage)
        let_go(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_a_command_under_way_is_finished_before_the_end(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(4000, 3000), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await restart(stage)
        await delivered(stage)


@pytest.mark.parametrize("command", ["pika jobs", "pika-mod pause"])
async def test_an_answer_under_way_is_given_before_the_end(
    tmp_path: Path, renderer: Renderer, command: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        mo, channel = stage.discord.members["Mo"], stage.discord.channels["videos"]
        stage.discord.arm(Fault(*CALLBACK, Delay(1)))
        asking = asyncio.create_task(stage.discord.invoke(mo, channel, command))
        async with asyncio.timeout(60):
            while all((one.method, one.template) != CALLBACK for one in stage.discord.requests):  # noqa: ASYNC110  # it tells nobody before it answers
                await asyncio.sleep(0.01)
        assert await stage.bot.stop() == 0
        assert "went wrong" not in answer(await asking)


async def test_health_says_whether_the_bot_is_connected(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        async with asyncio.timeout(60):
            while not (tmp_path / "pika.db.alive").exists():  # noqa: ASYNC110  # a file tells nobody
                await asyncio.sleep(0.05)
        assert (await stage.bot.command("health")).startswith("✓ connected to Discord ")
        await stage.bot.stop()
        with pytest.raises(RuntimeError, match="health"):
            await stage.bot.command("health")


async def test_a_modal_from_before_a_restart_is_answered_kindly(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        posted = await stage.discord.post(ada, channel, "look", [four_colours()])
        opened = await stage.discord.invoke_menu(ada, posted, "Animate")
        await restart(stage)
        submitted = await stage.discord.submit_modal(
            opened, {"What happens in the video?": "it melts"}
        )
        assert answer(submitted) == (
            "I was restarted while you were typing; please open it again. Nothing was charged."
        )


async def test_a_modal_from_before_a_restart_is_answered_before_the_end(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        posted = await stage.discord.post(ada, channel, "look", [four_colours()])
        opened = await stage.discord.invoke_menu(ada, posted, "Animate")
        await restart(stage)
        fields = {"What happens in the video?": "it melts"}
        submitting = asyncio.create_task(stage.discord.submit_modal(opened, fields))
        # Events arrive in order: with this answer, the bot has got the modal.
        await stage.discord.invoke(ada, channel, "pika quota")
        assert not submitting.done()
        assert await stage.bot.stop() == 0
        assert "Nothing was charged" in answer(await submitting)


async def test_commands_are_synced_only_when_they_changed(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await restart(stage)
        syncs = [r for r in stage.discord.requests if r.method == "PUT"]
        assert len(syncs) == 1


async def test_a_missing_permission_is_named_before_anything_is_taken(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        channel, role = stage.discord.channels["videos"], stage.discord.roles["Pika"]
        stage.discord.set_overwrite(channel, role, deny=Permission.ATTACH_FILES)
        assert answer(await ask(stage)) == (
            "I can't post videos here: please ask a moderator to allow me **Attach Files**."
            " Nothing was charged."
        )
        assert not stage.fal.posts


async def test_nothing_secret_is_logged_nor_what_misleads(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_PROCESS__LOG_LEVEL": "DEBUG"}) as stage:
        invocation = await ask(stage, "a secret wish")
        await delivered(stage)
        log = stage.bot.log()
        assert "job 1: submitted -> " in log
        for secret in (stage.discord.token, stage.fal.key, invocation.token, "secret wish"):
            assert secret not in log
        # discord.py misses libraries for voice, which the bot has no use for.
        assert "voice" not in log
