"""On a read-only root, and without any right of root, everything works that works elsewhere."""

import re
from pathlib import Path

import pytest

from sandbox.fal import Answer, Fault
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests import preloaded
from tests.wire.playing import FAST, ask, delivered, four_colours
from tests.wire.read_only_bot import can_mount
from tests.wire.several import holiday, pika
from tests.wire.test_private_life import open_ones
from tests.wire.test_too_large import LIMIT, padded

MODULE = "tests.wire.read_only_bot"


def rights(pid: int) -> dict[str, int]:
    """Return a process's capabilities: https://man7.org/linux/man-pages/man5/proc.5.html."""
    lines: list[tuple[str, str]] = re.findall(
        r"^(Cap\w+|NoNewPrivs):\t(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
    )
    return {name: int(value, 16) for name, value in lines}


async def command(stage: Stage, *arguments: str) -> tuple[int, str]:
    said = stage.bot.folder / "said"
    said.unlink(missing_ok=True)
    process = await preloaded.fork([MODULE, *arguments], stage.bot.environment, said, said)
    return await process.wait(), said.read_text()


@pytest.mark.skipif(not can_mount(), reason="this machine lets nobody mount")
async def test_whatever_is_written_is_where_the_bot_may_write(
    tmp_path: Path, renderer: Renderer
) -> None:
    film = padded(await renderer.render(VideoOrder("fox", 1, 720, 5)))
    async with open_stage(tmp_path, renderer=renderer, settings=FAST, module=MODULE) as stage:
        stage.discord.rate_limits.enabled = False
        assert rights(stage.bot.process.pid) == {
            **dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0),
            "NoNewPrivs": 1,
        }
        # A video that has to be made smaller.
        stage.fal.arm(Fault("file", Answer(200, film, {"Content-Type": "video/mp4"})))
        await ask(stage)
        (video,) = (await delivered(stage))[0].attachments
        assert video.size < LIMIT
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await delivered(stage, 2)
        await pika(stage, "swap", video=holiday(tmp_path), prompt="a dragon")
        await delivered(stage, 3)
        code, said = await command(stage, "backup", str(tmp_path / "copy.db"))
        assert (code, "3 jobs" in said) == (0, True), said
        assert open_ones(tmp_path / "archive") == {}
        code, said = await command(stage, "doctor", "--offline")
        assert code == 0, said
        code, said = await command(stage, "ledger", "verify")
        assert code == 0, said
        assert await stage.bot.stop() == 0
        code, said = await command(stage, "restore", str(tmp_path / "copy.db"))
        assert (code, "3 jobs" in said) == (0, True), said
        assert "Traceback" not in stage.bot.log()
