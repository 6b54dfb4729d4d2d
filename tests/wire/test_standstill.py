"""`doctor` says what holds the line, and `health` whether the bot stands aside."""

import shutil
from pathlib import Path

from sandbox.fal import Answer, Fault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests import preloaded
from tests.wire.playing import ask, delivered, held, let_go, logged, playing, told
from tests.wire.test_doctor import doctor
from tests.wire.test_two_processes import SETTINGS, slower_than
from tests.wire.two_processes import second_process

OFTEN = {"PIKA_FAL__RETRY_FIRST_SECONDS": "0.1", "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.2"}
LONG = 100_000


async def health(stage: Stage) -> tuple[int, str]:
    out, errors = stage.bot.folder / "out", stage.bot.folder / "errors"
    out.unlink(missing_ok=True)
    process = await preloaded.fork(["bot", "health"], stage.bot.environment, out, errors)
    return await process.wait(), out.read_text()


async def test_a_line_that_goes_on(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        code, said = await doctor(stage)
        assert code == 0
        assert "✓ line: nothing holds it\n" in said
        assert "an order of the operator" not in stage.bot.log()
        assert await stage.bot.stop() == 0
        code, said = await doctor(stage)
        assert "✓ line: no bot runs on this database\n" in said


async def test_an_archive_without_room(tmp_path: Path, renderer: Renderer) -> None:
    free = shutil.disk_usage(tmp_path).free
    least = {"PIKA_ARCHIVE__LEAST_FREE_BYTES": str(2 * free)}
    async with playing(tmp_path, renderer, least) as stage:
        await ask(stage)
        await told(stage, "**Paused**")
        code, said = await doctor(stage)
        assert code == 1
        disk = f"less than `archive.least_free_bytes` ({2 * free // 1_000_000} MB)"
        assert f"{disk}: nothing is sent to fal\n    → make room where {tmp_path}" in said
        assert "✗ line: finished videos can't be kept. archive: its disk has " in said
        assert "make room, or lower `archive.least_free_bytes`" in said


async def test_a_host_that_is_not_allowed(tmp_path: Path, renderer: Renderer) -> None:
    hosts = {"PIKA_FAL__MEDIA_HOSTS": '["*.fal.media"]'}
    async with playing(tmp_path, renderer, OFTEN | hosts) as stage:
        await ask(stage)
        await told(stage, "📥 **Made**")
        code, said = await doctor(stage)
        assert code == 1
        assert "✗ line: finished videos can't be kept: fal's file is on a host that isn't" in said
        assert "add it to `fal.media_hosts` and restart the bot" in said


async def test_a_locked_account_and_a_fal_that_is_busy(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, OFTEN) as stage:
        locked = Answer(403, {"detail": "User is locked. Reason: TOP_UP."})
        stage.fal.arm(Fault("submit", locked, times=LONG))
        await ask(stage)
        await told(stage, "the bot's account at fal needs its owner")
        code, said = await doctor(stage)
        assert code == 1
        assert "✗ line: fal says that the account is locked: `User is locked." in said
        assert "Top it up at https://fal.ai/dashboard/billing" in said
        stage.fal.disarm()
        await delivered(stage)
        stage.fal.arm(Fault("submit", Answer(429, {"detail": "slow down"}), times=LONG))
        await ask(stage, "another")
        await told(stage, "fal asks the bot to slow down")
        code, said = await doctor(stage)
        assert code == 0
        assert "! line: fal asks for fewer requests: the line goes on once" in said
        stage.fal.disarm()
        await delivered(stage, 2)


async def test_a_drain(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        await stage.bot.command("drain", "--no-wait")
        await logged(stage, "draining")
        code, said = await doctor(stage)
        assert code == 0
        assert "! line: the bot is draining: it takes no requests" in said
        assert "→ start it again once it has ended" in said
        let_go(stage)
        assert await stage.bot.process.wait() == 0


async def test_a_bot_that_stands_aside(tmp_path: Path, renderer: Renderer) -> None:
    async with (
        playing(tmp_path, renderer, SETTINGS) as stage,
        second_process(stage, tmp_path / "second", SETTINGS) as second,
    ):
        await slower_than(stage, second)
        code, said = await doctor(stage)
        assert code == 1
        assert "✗ line: another process answers with this bot's token" in said
        assert "→ end one of the two by `python -m bot drain` there" in said
        code, said = await health(stage)
        assert code == 0
        assert said.startswith("! connected to Discord ")
        assert "but stands aside: another process answers with this bot's token" in said
        code, said = await health(second)
        assert said.startswith("✓ connected to Discord ")
