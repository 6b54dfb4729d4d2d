"""Starting, stopping, and what the bot must be allowed to do."""

from pathlib import Path

from sandbox.discord import Permission
from sandbox.fal import Timing
from sandbox.render import Renderer
from tests.wire.playing import answer, ask, delivered, four_colours, jobs, playing, told


async def test_sigterm_closes_cleanly_and_the_next_process_goes_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=2)) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        assert await stage.bot.stop() == 0
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        await stage.bot.start()
        await stage.discord.wait_ready()
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_a_command_under_way_is_finished_before_the_end(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(4000, 3000), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        assert await stage.bot.stop() == 0
        assert len(await jobs(stage)) == 1
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        await stage.bot.start()
        await stage.discord.wait_ready()
        await delivered(stage)


async def test_commands_are_synced_only_when_they_changed(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await stage.bot.stop()
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        await stage.bot.start()
        await stage.discord.wait_ready()
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


async def test_nothing_secret_is_logged(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, {"PIKA_PROCESS__LOG_LEVEL": "DEBUG"}) as stage:
        invocation = await ask(stage, "a secret wish")
        await delivered(stage)
        log = stage.bot.log()
        assert "job 1: submitted -> running" in log
        for secret in (stage.discord.token, stage.fal.key, invocation.token, "secret wish"):
            assert secret not in log
