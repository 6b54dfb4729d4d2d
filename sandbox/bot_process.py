"""The real bot as a child process, with ordinary settings that point it at the sandbox."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sandbox.discord import DiscordServer
from sandbox.fal import FalServer

CHECKOUT = Path(__file__).parent.parent
PATIENCE_SECONDS = 30.0
"""For the bot to end at SIGTERM; its own limit, `process.stop_seconds`, is shorter."""


class Running(Protocol):
    """A process, as `asyncio.subprocess` has it."""

    pid: int

    @property
    def returncode(self) -> int | None: ...
    def kill(self) -> None: ...
    def send_signal(self, number: int, /) -> None: ...
    async def wait(self) -> int: ...


async def spawn(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    out: Path,
    errors: Path,
    checkout: Path = CHECKOUT,
) -> Running:
    """Start `python -m` with these arguments in a checkout; add its output to the two files."""
    with out.open("ab") as said, errors.open("ab") as complained:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *arguments),
            cwd=checkout,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
        )


def _text(file: Path) -> str:
    return file.read_text()


class BotProcess:
    """`python -m bot run`, its database, its archive and its log in `folder`."""

    def __init__(
        self,
        folder: Path,
        discord: DiscordServer,
        fal: FalServer,
        settings: Mapping[str, str] | None = None,
        *,
        module: str = "bot",
        checkout: Path = CHECKOUT,
    ):
        """`settings` are environment variables, on top of those that point at the sandbox.

        `module` is what is run as the bot; a test may put something between. `checkout` is the
        folder whose bot, with its files of settings, is run.
        """
        self.folder = folder
        self._module = module
        self._checkout = checkout
        self.log_path = folder / "bot.log"
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONUNBUFFERED": "1",
            "DISCORD_TOKEN": discord.token,
            "FAL_KEY": fal.key,
            "PIKA_DISCORD__API_URL": discord.api_url,
            "PIKA_DISCORD__GATEWAY_URL": discord.gateway_url,
            "PIKA_DISCORD__MEDIA_HOSTS": json.dumps([discord.base_url]),
            "PIKA_DISCORD__CDN_URL": discord.base_url,
            "PIKA_DISCORD__MEDIA_URL": discord.base_url,
            "PIKA_DISCORD__GUILD_READY_SECONDS": "0.1",
            **{f"PIKA_FAL__{name}_URL": fal.base_url for name in ("QUEUE", "REST", "CDN", "API")},
            "PIKA_FAL__MEDIA_HOSTS": json.dumps([fal.base_url]),
            "PIKA_FAL__POLL_FIRST_SECONDS": "0.2",
            "PIKA_FAL__POLL_LONGEST_SECONDS": "1",
            # Nothing costs money here; as shipped there is a cap.
            "PIKA_BUDGET__USD_PER_MONTH": "",
            "PIKA_DATABASE__PATH": str(folder / "pika.db"),
            "PIKA_ARCHIVE__URL": f"file:{folder / 'archive'}",
            **(settings or {}),
        }
        self._process: Running | None = None

    @property
    def process(self) -> Running:
        assert self._process is not None, "the bot was never started"
        return self._process

    async def start(self) -> None:
        self._process = await spawn(
            [self._module, "run"], self.environment, self.log_path, self.log_path, self._checkout
        )

    def block_archive(self) -> None:
        """Have the archive's folder out of reach: every write there fails, for root as well."""
        archive, away = self.folder / "archive", self.folder / "archive.away"
        block = self.folder / "archive.block"
        block.write_text("a file in place of the folder")
        archive.mkdir(exist_ok=True)
        archive.rename(away)
        while archive.is_dir() or block.exists():
            try:
                block.rename(archive)
            except IsADirectoryError:
                # The bot made its folder anew in between.
                shutil.copytree(archive, away, dirs_exist_ok=True)
                shutil.rmtree(archive)

    def unblock_archive(self) -> None:
        """Put the archive's folder back as it was."""
        archive = self.folder / "archive"
        archive.unlink()
        (self.folder / "archive.away").rename(archive)

    async def kill(self) -> None:
        """Kill the process at once, in the middle of its work, as `kill -9` does."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Send SIGTERM and return the exit code. A bot that won't end is killed."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    def log(self) -> str:
        return self.log_path.read_text()

    async def command(self, *arguments: str) -> str:
        """Run another of the bot's commands beside it; return what it printed.

        Raises RuntimeError if it failed.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, errors = Path(folder, "out"), Path(folder, "errors")
            process = await spawn(
                ["bot", *arguments], self.environment, out, errors, self._checkout
            )
            try:
                await process.wait()
            finally:
                # Whoever doesn't want to know any more leaves no process behind.
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if process.returncode:
                raise RuntimeError(f"`python -m bot {' '.join(arguments)}`: {_text(errors)}")
            return _text(out)
