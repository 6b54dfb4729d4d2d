"""Damage of the database file: found before anything is sent, and told in one sentence."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from bot.adapters.sqlite.database import DatabaseProblem, Reader

DAMAGED_FIX = "stop the bot and put your newest backup in its place: `python -m bot restore FILE`"
"""The fix of a damaged file, as `doctor` names it, too."""


async def check_whole(reader: Reader, path: Path) -> None:
    """Raise DatabaseProblem if a page of the file is damaged; indexes aren't compared."""
    row = await reader.row("PRAGMA quick_check(1)")
    assert row is not None
    if row[0] != "ok":
        raise _damaged(path, str(row[0]))


def problem_of(errors: Iterable[BaseException], path: Path) -> DatabaseProblem | None:
    """Return the trouble with the database that is among the errors; None if there is none."""
    for error in errors:
        if isinstance(error, DatabaseProblem):
            return error
        if isinstance(error, sqlite3.DatabaseError):
            if error.sqlite_errorcode in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                return _damaged(path, str(error))
            return DatabaseProblem(
                f"{path} can't be used: {error}; `python -m bot doctor` says what is wrong."
            )
    return None


def _damaged(path: Path, verdict: str) -> DatabaseProblem:
    return DatabaseProblem(f"{path} is damaged: {' '.join(verdict.split())}: {DAMAGED_FIX}.")
