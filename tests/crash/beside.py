"""What stands beside the bot in a storm: other bots, copies of its database, and a witness."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.sqlite.database import open_writer
from sandbox.bot_process import BotProcess
from sandbox.stage import Stage
from tests import preloaded
from tests.crash.observations import Gap, Life, read_books

FIRST_ID = 1_000_000
"""The other process's jobs have greater numbers, so that no two of the storm have the same one."""


@dataclass
class OtherProcess:
    """Another bot with the same token and fal account, and a database and archive of its own."""

    stage: Stage
    folder: Path
    settings: dict[str, str]
    lives: list[Life] = field(default_factory=list[Life])
    bot: BotProcess = field(init=False)
    is_running: bool = False
    _log_length: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.bot = BotProcess(
            self.folder,
            self.stage.discord,
            self.stage.fal,
            self.settings,
            module="tests.crash.crashing_bot",
        )
        self.bot.log_path.touch()

    @property
    def exists(self) -> bool:
        return (self.folder / "pika.db").exists()

    async def number_from_afar(self) -> None:
        """Make its database; its first job has a number that the bot's never reach."""
        async with open_writer(self.folder / "pika.db"):
            pass
        with closing(sqlite3.connect(self.folder / "pika.db")) as database, database:
            database.execute("DELETE FROM sqlite_sequence WHERE name = 'jobs'")
            database.execute("INSERT INTO sqlite_sequence VALUES ('jobs', ?)", (FIRST_ID,))

    async def start(self) -> None:
        if not self.exists:
            await self.number_from_afar()
        self._log_length = len(self.bot.log())
        await self.bot.start()
        self.is_running = True

    async def kill(self) -> None:
        code = self.bot.process.returncode
        if code is None:
            await self.bot.kill()
        self._note("other process", code)

    async def stop(self) -> None:
        self._note("other process, SIGTERM", await self.bot.stop() or None)

    def _note(self, moment: str, code: int | None) -> None:
        self.is_running = False
        self.lives.append(Life(moment, self.bot.log()[self._log_length :], code))


@dataclass
class Copies:
    """Copies of the database of a bot that doesn't run, made and put back as `cp` does."""

    folder: Path
    now: Callable[[], float]
    gaps: list[Gap] = field(default_factory=list[Gap])
    _began: float = 0.0

    @property
    def _copy(self) -> Path:
        return self.folder / "copy"

    def make(self) -> None:
        self._began = self.now()
        self._copy.mkdir()
        for file in self._files():
            shutil.copy(file, self._copy)

    def put_back(self) -> None:
        lost = read_books(self.folder)
        for file in self._files():
            file.unlink()
        for file in self._copy.iterdir():
            shutil.copy(file, self.folder)
        shutil.rmtree(self._copy)
        self.gaps.append(Gap(self._began, self.now(), lost))

    def _files(self) -> list[Path]:
        # The socket of a killed bot stays and can't be copied.
        return [file for file in self.folder.glob("pika.db*") if file.is_file()]


async def start_a_second(bot: BotProcess) -> None:
    """Start another bot on the database, by another name; it has to end by itself."""
    link, said = bot.folder / "other.db", bot.folder / "second.log"
    if not link.is_symlink():
        link.symlink_to(bot.folder / "pika.db")
    environment = bot.environment | {"PIKA_DATABASE__PATH": str(link)}
    second = await preloaded.fork(["bot", "run"], environment, said, said)
    async with asyncio.timeout(30):
        code = await second.wait()
    assert code == 1, said.read_text()
    assert "the bot runs already on" in said.read_text()


@asynccontextmanager
async def witness(stage: Stage) -> AsyncGenerator[list[float]]:
    """Write down when each request of the bot came."""
    times: list[float] = []
    discord = stage.discord

    async def watch() -> None:
        while True:
            await discord.wait_for(lambda: len(discord.requests) > len(times), 3600)
            times.extend([discord.now()] * (len(discord.requests) - len(times)))

    watching = asyncio.create_task(watch())
    try:
        yield times
    finally:
        watching.cancel()
