"""The doctor's check of the archive's mark."""

import asyncio
from pathlib import Path

from bot.adapters.media.archive import FolderArchive
from bot.adapters.sqlite.database import DatabaseProblem, open_reader
from bot.adapters.sqlite.reports import fact
from bot.application.line.archive_mark import ARCHIVE_MARK
from bot.cli.doctor_check import DoctorCheck
from bot.ports import OtherArchive
from bot.settings import Configuration, archive_folder


def mark_checks(configuration: Configuration) -> list[DoctorCheck]:
    """Return a failed check if another folder stands in the place of the database's archive."""
    archive = FolderArchive(archive_folder(configuration.settings))
    path = configuration.settings.database.path
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        asyncio.run(_check_mark(path, archive))
    except DatabaseProblem:
        # The check of the database says it.
        return []
    except OtherArchive as problem:
        return [DoctorCheck("archive's mark", ok=False, detail=str(problem.strerror))]
    except OSError as error:
        detail = f"{archive.mark_file} can't be read ({error.strerror})"
        fix = "let the bot's user read it"
        return [DoctorCheck("archive's mark", ok=False, detail=detail, fix=fix)]
    return []


async def _check_mark(path: Path, archive: FolderArchive) -> None:
    async with open_reader(path) as reader:
        known = await fact(reader, ARCHIVE_MARK)
    if known is not None:
        await archive.expect(known)
        await archive.check()
