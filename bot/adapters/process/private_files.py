"""Rights on the bot's files: its own user's, and nobody else's."""

import logging
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

_OTHERS = 0o077
_GROUP_ENTERS, _ALL_ENTER = 0o011, 0o001
# Sticky, setgid, setuid: set by somebody who shares the folder.
_SHARED = 0o7000
# Of a database, and of the copies that the bot keeps beside it.
_SUFFIXES = ("", "-wal", "-shm", "-journal", ".lock", ".alive")
_COPIES = (".before-", ".replaced-")


def keep_private(database: Path) -> None:
    """Take everybody else's rights to the database's files, and to its folder if nobody shares it.

    Older versions left them as the umask was. Files of other owners stay as they are. No connection
    to the database may be open in this process: closing a file ends the locks that SQLite has on
    it.
    """
    real = Path(os.path.realpath(database))
    for file in _files_of(real):
        _close_to_others(file)
    if _is_unshared(real):
        _close_to_others(real.parent)


def open_to_others(places: Iterable[Path]) -> list[Path]:
    """Return those of the places that somebody else may use, and can get at."""
    return [place for place in places if _is_open(place)]


def places_beside(database: Path) -> list[Path]:
    """Return every file whose name begins with the database's."""
    try:
        return sorted(one for one in database.parent.iterdir() if _is_named_after(one, database))
    except OSError:
        return []


def _files_of(database: Path) -> Iterator[Path]:
    for file in places_beside(database):
        rest = file.name.removeprefix(database.name)
        if rest in _SUFFIXES or rest.startswith(_COPIES):
            yield file


def _is_named_after(file: Path, database: Path) -> bool:
    return file.name.startswith(database.name)


def _close_to_others(path: Path) -> None:
    with suppress(OSError):
        # Not by name, which may lead elsewhere by then.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
                os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_OTHERS)
                # Some file systems have no rights, and don't say so.
                if not os.fstat(descriptor).st_mode & _OTHERS:
                    log.info("%s was open to other users, and isn't any more", path)
        finally:
            os.close(descriptor)


def _is_unshared(database: Path) -> bool:
    """Return whether nobody else needs the folder: only the database in it is open to others.

    The folder that the bot was started in, the user's home and what is above them are everybody's;
    so is, for root, whatever is right below the root of the file system.
    """
    folder = database.parent
    places = [Path(os.path.realpath(place)) for place in (".", os.path.expanduser("~"))]  # noqa: PTH111 - without a home, Path has an error
    if any(folder == place or folder in place.parents for place in places):
        return False
    if os.geteuid() == 0 and folder.parent == Path(folder.anchor):
        return False
    try:
        others = [one for one in folder.iterdir() if not _is_named_after(one, database)]
        modes = [one.lstat().st_mode for one in others]
        return not folder.stat().st_mode & _SHARED and not any(mode & _OTHERS for mode in modes)
    except OSError:
        return False


def _is_open(place: Path) -> bool:
    try:
        real = place.resolve(strict=True)
        status = real.stat()
        folders = [folder.stat().st_mode for folder in real.parents]
    except OSError:
        return False
    if status.st_mode & 0o007 and all(folder & _ALL_ENTER for folder in folders):
        return True
    # A file of another owner is often the bot's by its group alone.
    is_ours = status.st_uid == os.geteuid()
    has_group = bool(status.st_mode & 0o070) and all(folder & _GROUP_ENTERS for folder in folders)
    return is_ours and has_group
