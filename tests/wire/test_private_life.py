"""Whatever the bot makes is for its own user only, whoever starts it and by whichever command."""

import stat
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.render import Renderer
from sandbox.stage import Stage
from tests import preloaded
from tests.wire.playing import come_back, delivered, four_colours, playing
from tests.wire.refining import fill_in, found, press
from tests.wire.several import holiday, pika

MODULE = "tests.wire.open_bot"


def rights(folder: Path) -> dict[str, str]:
    """Return the rights of a folder and of all that is in it."""
    found: dict[str, str] = {}
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        kind = "folder" if stat.S_ISDIR(mode) else "file"
        found[str(path.relative_to(folder))] = f"{kind} {stat.S_IMODE(mode):o}"
    return found


def open_ones(folder: Path) -> dict[str, str]:
    return {
        name: right
        for name, right in rights(folder).items()
        if right not in ("folder 700", "file 600")
    }


async def command(stage: Stage, *arguments: str) -> str:
    said = stage.bot.folder / "said"
    said.unlink(missing_ok=True)
    process = await preloaded.fork([MODULE, *arguments], stage.bot.environment, said, said)
    code, text = await process.wait(), said.read_text()
    assert code == 0, text
    return text


def umask_of(stage: Stage) -> str:
    lines = Path(f"/proc/{stage.bot.process.pid}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith("Umask")).split()[1]


@pytest.fixture
def place() -> Generator[Path]:
    """Return a folder that every user of this machine can get at, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


async def test_a_whole_life_leaves_nothing_open(place: Path, renderer: Renderer) -> None:
    data = place / "new" / "data"
    settings = {
        "PIKA_DATABASE__PATH": str(data / "pika.db"),
        "PIKA_ARCHIVE__URL": f"file:{data / 'videos'}",
    }
    async with playing(place, renderer, settings, module=MODULE) as stage:
        assert umask_of(stage) == "0077"
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        (first,) = await delivered(stage)
        await pika(stage, "swap", video=holiday(place), prompt="a dragon")
        await delivered(stage, 2)
        await fill_in(stage, first, "Continue", {"What happens next?": "it runs"})
        last = (await delivered(stage, 3))[-1]
        film = (await press(stage, last, "Join")).response_message
        await found(stage, lambda: film if film and film.attachments else None)
        await stage.discord.invoke(ada, channel, "pika history")
        await command(stage, "backup", str(data / "copy.db"))
        assert "✓ private: " in await command(stage, "doctor", "--offline")
        names = rights(place / "new")
        assert {"data/pika.db-wal", "data/pika.db.sock", "data/pika.db.alive"} <= names.keys()
        assert {f"data/videos/{one}" for one in ("inputs", "videos", "films")} <= names.keys()
        assert open_ones(place / "new") == {}
        await command(stage, "drain")
        await command(stage, "restore", str(data / "copy.db"))
        await command(stage, "doctor", "--offline")
        assert open_ones(place / "new") == {}

        # An older version left its umask's rights, but for the archive.
        ours = [one for one in data.iterdir() if one.name.startswith("pika.db")]
        assert any(".replaced-" in one.name for one in ours)
        for one in (data.parent, data, *ours):
            one.chmod(0o777 if one.is_dir() else 0o666)
        said = await command(stage, "doctor", "--offline")
        assert f"! private: other users of this machine can read the bot's data: {ours[0]}" in said
        await come_back(stage)
        assert open_ones(data) == {}
