"""The bot as `python -m bot run` starts it, with a probe in the place of each decoder.

Prints what each probe got, as JSON. The working folder has the settings and `film.mp4`.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, cast

from bot.__main__ import cli
from bot.adapters.media import join, picture_process, shrink, video_intake
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.shrink import LAST_FRAME, Shrinker
from bot.adapters.process.control_socket import listening, socket_path
from bot.domain.operator_orders import OperatorOrder
from bot.domain.refusal import Refusal
from bot.ports import NothingFits
from bot.settings import Configuration
from bot.settings.credentials import Credentials
from tests.adapters.media import picture_files, video_files

PROBE = Path(__file__).with_name("probe.py")
HERE = Path.cwd()
FILM, ARCHIVE, KEY = HERE / "film.mp4", HERE / "archive", "videos/12.mp4"

Outcomes = dict[str, dict[str, str]]


async def run(configuration: Configuration, credentials: Credentials) -> None:
    """Do what the real function does, as far as decoders see it, and let all four decode."""
    database = configuration.settings.database.path
    kept = ctypes.create_string_buffer(credentials.discord_token.encode())
    make_files(database)
    with listener() as port:
        targets = {
            "bot": os.getpid(),
            "secret": credentials.discord_token,
            "address": ctypes.addressof(kept),
            "database": str(HERE / database),
            "socket": str(socket_path(database)),
            "port": port,
            "code": video_intake.__file__,
            "other": str(HERE / "other"),
            "program": str(HERE / "program"),
        }
        probes = Probes(targets)
        async with listening(database, obey):
            await decode()
    sys.stdout.write(json.dumps(probes.outcomes))


def make_files(database: Path) -> None:
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE jobs (prompt TEXT)")
    (ARCHIVE / KEY).parent.mkdir(parents=True)
    shutil.copy(FILM, ARCHIVE / KEY)
    for name, mode in (("other", 0o600), ("program", 0o700)):
        (HERE / name).write_text("no program\0")
        (HERE / name).chmod(mode)


class Probes:
    """Starts the probe as each decoder is started, and keeps what came of it."""

    def __init__(self, targets: Mapping[str, object]):
        self._targets = json.dumps(targets)
        self.outcomes = dict[str, Outcomes]()
        self._signals = 0
        signal.signal(signal.SIGIO, self._count)
        for module in (picture_process, video_intake, shrink, join):
            vars(module)["run_bounded"] = self.run_bounded

    def _count(self, *_: object) -> None:
        self._signals += 1

    async def run_bounded(
        self,
        program: Path,
        _arguments: list[str],
        bounds: Bounds,
        *,
        stdin: BinaryIO,
        stdout: BinaryIO,
    ) -> int | None:
        self._signals = 0
        # Of this process's user, and anew: a probe that is free truncates it.
        probe = Path("probe.py")
        shutil.copy(PROBE, probe)
        code = await run_bounded(probe, [self._targets], bounds, stdin=stdin, stdout=stdout)
        assert code == 0, (program, code)
        stdout.seek(0)
        result = cast("dict[str, object]", json.loads(stdout.read()))
        outcomes = cast("Outcomes", result["outcomes"])
        if self._signals:
            outcomes["signals to the bot"]["have_the_kernel_send_a_signal"] = "open"
        for child in cast("list[int]", result["grandchildren"]):
            os.kill(child, signal.SIGKILL)
        self.outcomes[program.stem] = outcomes
        return code


async def decode() -> None:
    """Have a picture, a video, a still and a film made. None is, as the probe makes none."""
    film, shot = FILM.read_bytes(), ARCHIVE / KEY
    with suppress(Refusal):
        async with picture_files.intake() as take:
            await take(picture_files.saved(picture_files.quadrants(), "PNG"))
    with suppress(Refusal):
        async with video_files.intake(ARCHIVE) as keep:
            await keep(film)
    with suppress(NothingFits):
        still = ARCHIVE / "frames" / "12.jpg"
        await Shrinker(FolderArchive(ARCHIVE)).still(KEY, LAST_FRAME, still, member_id=1)
    with suppress(NothingFits):
        target = ARCHIVE / "films" / "1.mp4"
        await join.join_videos([shot, shot], target, most_bytes=1_000_000)


async def obey(_: OperatorOrder) -> str:
    return "done"


@contextmanager
def listener() -> Generator[int]:
    """Listen on a port for TCP and UDP."""
    with socket.create_server(("127.0.0.1", 0)) as stream:
        port = cast("int", stream.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", port))
            yield port


if __name__ == "__main__":
    app = ModuleType("bot.app")
    vars(app)["run"] = run
    sys.modules["bot.app"] = app
    sys.argv = ["bot", "run"]
    cli()
