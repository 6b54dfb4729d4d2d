"""`python -m bot doctor`: checks the bot's surroundings, and names a fix for each problem."""

import asyncio
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bot.adapters.media.picture_intake import opens_heic
from bot.adapters.process.control_socket import WITHOUT_SOCKET, socket_path, try_socket
from bot.adapters.process.walls import missing_walls, standing_walls
from bot.adapters.process.writing import try_writing, writing_problem
from bot.adapters.sqlite.damage import DAMAGED_FIX
from bot.adapters.sqlite.database import (
    OLDEST_SQLITE,
    DatabaseProblem,
    open_reader,
    schema_of,
    sqlite_version,
    try_database,
)
from bot.adapters.sqlite.ownership import check_log, check_places
from bot.adapters.sqlite.reports import integrity
from bot.cli.doctor_check import DoctorCheck
from bot.cli.line_check import line_checks
from bot.cli.mark_check import mark_checks
from bot.cli.month import Month, empty_month, read_month
from bot.cli.privacy_check import privacy_checks
from bot.composition.adapters import open_fal
from bot.domain.jobs.fal import FalTrouble
from bot.domain.moderation.budget import Landing
from bot.settings import Configuration, ConfigurationProblem, archive_folder, load
from bot.settings.credentials import Credentials, load_credentials
from bot.settings.schema import Settings
from bot.ui.connection import BadToken, point_at, who_is

_OLDEST_PYTHON = (3, 11)
_MOST_CLOCK_SECONDS = 60
_PATIENCE = 15  # seconds, for each of Discord and fal
_PACKAGES = ("discord.py", "fal-client", "httpx", "aiosqlite", "pillow", "pydantic")


def checks(environment: Mapping[str, str], *, offline: bool) -> list[DoctorCheck]:
    """Return all checks; with `offline`, without those of Discord and fal."""
    results = [_python(), _sqlite(), _packages(), _heic(), *_walls()]
    try:
        configuration = load(environment)
    except ConfigurationProblem as problem:
        return [*results, _problem("configuration", problem)]
    results.append(DoctorCheck("configuration", ok=True, detail=str(configuration.file)))
    results += [*_places(configuration), _database(configuration), *mark_checks(configuration)]
    results += privacy_checks(configuration.settings, environment)
    results += _line(configuration)
    try:
        credentials = load_credentials(environment)
    except ConfigurationProblem as problem:
        return [*results, _problem("secrets", problem)]
    results.append(DoctorCheck("secrets", ok=True, detail="DISCORD_TOKEN and FAL_KEY are set"))
    if not offline:
        results += asyncio.run(_ask(configuration.settings, credentials))
    return results


def _problem(name: str, problem: Exception) -> DoctorCheck:
    """Return a failed check: the problem's sentence has the fix behind its colon."""
    return DoctorCheck(name, ok=False, detail=str(problem))


def _python() -> DoctorCheck:
    fix = "install Python 3.11 or newer, remove .venv, and start again with `make run`"
    return DoctorCheck("Python", sys.version_info >= _OLDEST_PYTHON, platform.python_version(), fix)


def _sqlite() -> DoctorCheck:
    used = sqlite_version()
    detail = ".".join(map(str, used))
    return DoctorCheck(
        "SQLite", used >= OLDEST_SQLITE, detail, "use a Python with SQLite 3.37 or newer"
    )


def _packages() -> DoctorCheck:
    names = [f"{name} {version(name)}" for name in _PACKAGES]
    return DoctorCheck("packages", ok=True, detail=", ".join(names))


def _heic() -> DoctorCheck:
    """Return a check that is always ok: HEIC is an optional extra."""
    if opens_heic():
        return DoctorCheck(
            "HEIC", ok=True, detail=f"opened by pillow-heif {version('pillow-heif')}"
        )
    command = f"{sys.executable} -m pip install --require-hashes -r requirements/heic.txt"
    detail = f"not opened; `{command}` adds that"
    return DoctorCheck("HEIC", ok=True, detail=detail)


def _walls() -> list[DoctorCheck]:
    """Return a warning for each missing wall; none of them keeps the bot from running."""
    if not (missing := missing_walls()):
        return [DoctorCheck("walls", ok=True, detail=f"decoders run behind {standing_walls()}")]
    return [
        DoctorCheck("walls", ok=True, detail=wall.danger, fix=wall.cure, warning=True)
        for wall in missing
    ]


def _places(configuration: Configuration) -> list[DoctorCheck]:
    archive = archive_folder(configuration.settings)
    path = configuration.settings.database.path
    return [*_beside(path), _folder("archive", archive), _disk(configuration, archive)]


def _beside(path: Path) -> list[DoctorCheck]:
    """Return checks of everything that the bot writes beside the database, by writing it."""
    if not path.parent.exists():
        return [_folder("database folder", path.parent)]
    try:
        check_places(path)
    except DatabaseProblem as problem:
        return [_problem("database folder", problem)]
    folder = DoctorCheck("database folder", ok=True, detail=f"{path.parent} writable")
    try:
        try_socket(path)
    except OSError as error:
        detail = f"{socket_path(path)} can't be made ({error.strerror}): {WITHOUT_SOCKET}"
        return [folder, DoctorCheck("socket", ok=False, detail=detail)]
    return [folder, DoctorCheck("socket", ok=True, detail=f"{socket_path(path)} can be made")]


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists: the bot makes the rest."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _folder(name: str, folder: Path) -> DoctorCheck:
    place = _existing(folder)
    try:
        try_writing(place)
    except OSError as error:
        return DoctorCheck(name, ok=False, detail=writing_problem(place, error))
    return DoctorCheck(name, ok=True, detail=f"{folder} writable")


def _disk(configuration: Configuration, folder: Path) -> DoctorCheck:
    """Return the check that keeps the running bot from sending anything to fal, too."""
    free = shutil.disk_usage(_existing(folder)).free
    least = configuration.settings.archive.least_free_bytes
    if free >= least:
        return DoctorCheck("disk", ok=True, detail=f"{free / 1e9:.1f} GB free")
    detail = (
        f"{free // 1_000_000} MB free, less than `archive.least_free_bytes`"
        f" ({least // 1_000_000} MB): nothing is sent to fal"
    )
    fix = f"make room where {folder} is, or lower `archive.least_free_bytes`"
    return DoctorCheck("disk", ok=False, detail=detail, fix=fix)


def _database(configuration: Configuration) -> DoctorCheck:
    path = configuration.settings.database.path
    try:
        check_log(path)
    except DatabaseProblem as problem:
        return _problem("database", problem)
    if not path.exists() or not path.stat().st_size:
        return DoctorCheck("database", ok=True, detail=f"{path} will be made at the first start")
    fix = DAMAGED_FIX
    try:
        version_, known, verdict = asyncio.run(_inspect(path))
    except DatabaseProblem as problem:
        return DoctorCheck("database", ok=False, detail=str(problem), fix=fix)
    if verdict != "ok":
        return DoctorCheck("database", ok=False, detail=f"{path} is damaged: {verdict}", fix=fix)
    if version_ > known:
        newer = f"{path} has version {version_}, this bot knows {known} at most"
        return DoctorCheck(
            "database", ok=False, detail=newer, fix="run the newer bot that wrote it"
        )
    try:
        try_database(path)
    except DatabaseProblem as problem:
        return _problem("database", problem)
    return DoctorCheck(
        "database", ok=True, detail=f"{path} is whole, version {version_} of {known}"
    )


def _line(configuration: Configuration) -> list[DoctorCheck]:
    """Return checks of the month's money and of the line."""
    path = configuration.settings.database.path
    month = asyncio.run(_month(configuration))
    if month is None:
        return line_checks(path, [])
    is_near = month.budget is not None and month.budget.landing is not Landing.FREE
    budget = DoctorCheck("budget", ok=True, detail=month.text(), warning=is_near)
    return [budget, *line_checks(path, month.budgets)]


async def _month(configuration: Configuration) -> Month | None:
    """Return the month's money; None where the database doesn't say."""
    path = configuration.settings.database.path
    if not path.exists() or not path.stat().st_size:
        return empty_month(configuration.settings)
    try:
        async with open_reader(path) as reader:
            version_, known = await schema_of(reader)
            return await read_month(reader, configuration.settings) if version_ == known else None
    except DatabaseProblem:
        # Another check says so.
        return None


async def _inspect(path: Path) -> tuple[int, int, str]:
    """Return the schema's version, the newest known one, and SQLite's verdict on the file."""
    async with open_reader(path) as reader:
        return *await schema_of(reader), await integrity(reader)


async def _ask(settings: Settings, credentials: Credentials) -> list[DoctorCheck]:
    discord, fal = await asyncio.gather(
        _discord(settings, credentials), _fal(settings, credentials)
    )
    return [*discord, *fal]


async def _discord(settings: Settings, credentials: Credentials) -> list[DoctorCheck]:
    point_at(settings.discord.api_url, settings.discord.gateway_url)
    try:
        async with asyncio.timeout(_PATIENCE):
            name, invite, is_public = await who_is(credentials.discord_token)
    except BadToken:
        fix = "copy the bot's token anew from discord.com/developers/applications, page Bot"
        return [DoctorCheck("Discord", ok=False, detail="refuses DISCORD_TOKEN", fix=fix)]
    except (OSError, TimeoutError) as error:
        return [_unreachable("Discord", settings.discord.api_url, error)]
    known = f"knows the bot as {name}; add it to a server: {invite}"
    return [DoctorCheck("Discord", ok=True, detail=known), _public_bot(is_public=is_public)]


def _public_bot(*, is_public: bool) -> DoctorCheck:
    if not is_public:
        return DoctorCheck("Public Bot", ok=True, detail="off: only you can add it to a server")
    return DoctorCheck(
        "Public Bot",
        ok=True,
        detail="anybody can add it to a server; it works in none without your word",
        fix=(
            "to keep it to your own servers: discord.com/developers/applications, page"
            " Installation: Install Link None; then page Bot: Public Bot off"
        ),
        warning=True,
    )


async def _fal(settings: Settings, credentials: Credentials) -> list[DoctorCheck]:
    fal = open_fal(settings.fal, credentials)
    try:
        async with asyncio.timeout(_PATIENCE):
            accepted = await fal.accepts_key()
    except (FalTrouble, TimeoutError) as error:
        return [_unreachable("fal", settings.fal.api_url, error)]
    finally:
        await fal.aclose()
    clock = _clock(fal.clock_offset())
    if accepted:
        return [DoctorCheck("fal", ok=True, detail="accepts FAL_KEY"), clock]
    fix = "make a key with API scope at fal.ai/dashboard/keys"
    return [DoctorCheck("fal", ok=False, detail="refuses FAL_KEY", fix=fix), clock]


def _clock(fal_offset: int | None) -> DoctorCheck:
    """Return the check of this machine's clock against fal's."""
    if fal_offset is None:
        return DoctorCheck("clock", ok=True, detail="can't be compared: fal's answer has no date")
    seconds = round(abs(fal_offset) / 1000)
    way = "behind" if fal_offset > 0 else "ahead of"
    fix = "have it set by NTP, e.g. `timedatectl set-ntp true`; the bot reckons with it meanwhile"
    return DoctorCheck("clock", seconds <= _MOST_CLOCK_SECONDS, f"{seconds} s {way} fal's", fix)


def _unreachable(name: str, url: str, error: Exception) -> DoctorCheck:
    detail = f"can't be asked ({str(error) or type(error).__name__})"
    return DoctorCheck(name, ok=False, detail=detail, fix=f"check that this machine reaches {url}")
