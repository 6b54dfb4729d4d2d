"""`python -m bot doctor`: what is wrong, and how to mend it."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot.adapters.sqlite.database import (
    OLDEST_SQLITE,
    DatabaseProblem,
    open_reader,
    schema_of,
    sqlite_version,
)
from bot.adapters.sqlite.reports import integrity
from bot.settings import Configuration, ConfigurationProblem, archive_folder, load
from bot.settings.credentials import load_credentials

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE = 1 << 30
_PACKAGES = ("discord.py", "fal-client", "httpx", "aiosqlite", "pillow", "pydantic")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `fix` says what to do where it isn't ok."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None

    def line(self) -> str:
        if self.ok:
            return f"✓ {self.name}: {self.detail}"
        return f"✗ {self.name}: {self.detail}" + (f"\n    → {self.fix}" if self.fix else "")


def checks(environment: Mapping[str, str]) -> list[Check]:
    """Look at everything that can be looked at without asking Discord or fal."""
    found = [_python(), _sqlite(), _packages()]
    try:
        configuration = load(environment)
    except ConfigurationProblem as problem:
        return [*found, _problem("configuration", problem)]
    found.append(Check("configuration", ok=True, detail=str(configuration.file)))
    found.append(_credentials(environment))
    found += [*_places(configuration), _database(configuration)]
    return found


def _problem(name: str, problem: Exception) -> Check:
    """A problem's sentence says both what is wrong and, after the colon, the fix."""
    return Check(name, ok=False, detail=str(problem))


def _python() -> Check:
    fix = "install Python 3.11 or newer, remove .venv, and start again with `make run`"
    return Check("Python", sys.version_info >= _OLDEST_PYTHON, platform.python_version(), fix)


def _sqlite() -> Check:
    found = sqlite_version()
    detail = ".".join(map(str, found))
    return Check("SQLite", found >= OLDEST_SQLITE, detail, "use a Python with SQLite 3.37 or newer")


def _packages() -> Check:
    names = [f"{name} {version(name)}" for name in _PACKAGES]
    return Check("packages", ok=True, detail=", ".join(names))


def _credentials(environment: Mapping[str, str]) -> Check:
    try:
        load_credentials(environment)
    except ConfigurationProblem as problem:
        return _problem("secrets", problem)
    return Check("secrets", ok=True, detail="DISCORD_TOKEN and FAL_KEY are set")


def _places(configuration: Configuration) -> list[Check]:
    try:
        archive = archive_folder(configuration.settings)
    except ConfigurationProblem as problem:
        return [_problem("archive", problem)]
    database = configuration.settings.database.path.parent
    return [_folder("database folder", database), _folder("archive", archive), _disk(archive)]


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists: the bot makes the rest."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _folder(name: str, folder: Path) -> Check:
    place = _existing(folder)
    writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    fix = f"let the user that runs the bot write to {place}, e.g. `chown -R $(id -u) {place}`"
    return Check(name, writable, f"{folder} {'' if writable else 'not '}writable", fix)


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(_existing(folder)).free
    fix = f"free at least 1 GB where {folder} is, or set `archive.url` to a roomier place"
    return Check("disk", free >= _LEAST_FREE, f"{free / 1e9:.1f} GB free", fix)


def _database(configuration: Configuration) -> Check:
    path = configuration.settings.database.path
    if not path.exists():
        return Check("database", ok=True, detail=f"{path} will be made at the first start")
    fix = "stop the bot and put your newest backup in its place"
    try:
        found, known, verdict = asyncio.run(_look_into(path))
    except DatabaseProblem as problem:
        return Check("database", ok=False, detail=str(problem), fix=fix)
    if verdict != "ok":
        return Check("database", ok=False, detail=f"{path} is damaged: {verdict}", fix=fix)
    if found > known:
        newer = f"{path} has version {found}, this bot knows {known} at most"
        return Check("database", ok=False, detail=newer, fix="run the newer bot that wrote it")
    return Check("database", ok=True, detail=f"{path} is whole, version {found} of {known}")


async def _look_into(path: Path) -> tuple[int, int, str]:
    async with open_reader(path) as reader:
        return *await schema_of(reader), await integrity(reader)
