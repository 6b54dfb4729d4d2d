"""The operator's backup: a copy of the database while it is in use."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.sqlite.database import DatabaseProblem, check_exists, connect_read_only
from bot.adapters.sqlite.database_copy import CopyProblem, Watch, copy_to
from bot.adapters.sqlite.ownership import check_log


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished copy: its size in bytes, and the number of its jobs."""

    size: int
    jobs: int


def back_up(path: Path, target: Path, watch: Watch) -> Backup:
    """Copy the database to a file that doesn't exist yet, beside the running bot or without one.

    `watch` is called now and then with the number of bytes copied so far. Raises DatabaseProblem.
    """
    check_log(path)
    check_exists(path)
    try:
        with closing(connect_read_only(path)) as source:
            copy_to(source, target, watch)
        with closing(connect_read_only(target)) as copy:
            jobs = int(copy.execute("SELECT count(*) FROM jobs").fetchone()[0])
    except CopyProblem as problem:
        raise DatabaseProblem(str(problem)) from problem
    except sqlite3.Error as error:
        raise DatabaseProblem(f"{path} can't be read: {error}.") from error
    return Backup(target.stat().st_size, jobs)
