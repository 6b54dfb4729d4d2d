"""Trial of a folder: a file is written, renamed and deleted in it, as the bot will have to."""

import errno
import os
import shlex
import tempfile
from contextlib import suppress
from pathlib import Path

# More than a file system keeps inside its directories, so that a full disk is noticed.
_TRIAL_BYTES = 16_384
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_FOLDER = frozenset({errno.EEXIST, errno.ENOTDIR})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})


def try_writing(folder: Path) -> None:
    """Write, rename and delete a file in `folder`. Raises OSError.

    It isn't synced, which costs up to 50 ms: file systems give a file its room when it is written,
    those of a network when it is closed.
    """
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".trial-", suffix=".part")
    part, renamed = Path(name), Path(f"{name}.done")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(_TRIAL_BYTES))
        part.replace(renamed)
        renamed.unlink()
    except BaseException:
        for left in (part, renamed):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        raise


def is_full(error: OSError) -> bool:
    """Return whether a disk is full, or somebody's share of it."""
    return error.errno in _FULL


def writing_problem(path: Path, error: OSError) -> str:
    """Return one sentence: `path` can't be written, the reason, its owner, and the cure."""
    reason = f"{path} can't be written ({error.strerror or type(error).__name__})"
    if is_full(error):
        return f"{reason}: free some space or inodes on its disk, or raise the quota there."
    if error.errno == errno.EROFS:
        return f"{reason}: mount its file system writable for the bot, or name another place."
    if error.errno in _NO_FOLDER and (file := _file_in_the_way(path)):
        old = shlex.quote(f"{file}.old")
        return (
            f"{reason}: {file} is a file where a folder is needed; move it away, e.g. with"
            f" `mv {shlex.quote(str(file))} {old}`, or name another place."
        )
    if error.errno not in _FORBIDDEN:
        return f"{reason}: check its folder and its disk, or name another place."
    place = next((p for p in (path, *path.absolute().parents) if os.path.lexists(p)), path)
    cure = f"`chown -R {os.geteuid()}:{os.getegid()} {shlex.quote(str(place))}`"
    try:
        owner = place.stat().st_uid
    except OSError:
        return f"{reason}: as root, {cure} gives it to the bot's user."
    if owner == os.geteuid():
        return (
            f"{reason}: {place} is the bot's own, so give it back its rights with"
            f" `chmod -R u+rwX {shlex.quote(str(place))}`."
        )
    return (
        f"{reason}: {place} belongs to {_user(owner)}, and this runs as {_user(os.geteuid())};"
        f" as root, {cure} gives it to the bot."
    )


def _file_in_the_way(path: Path) -> Path | None:
    places = (path, *path.parents)
    return next((p for p in places if os.path.lexists(p) and not p.is_dir()), None)


def _user(number: int) -> str:
    # Not every system has this module, nor every user a name.
    try:
        from pwd import getpwuid  # noqa: PLC0415

        return f"{getpwuid(number).pw_name} (user {number})"
    except (ImportError, KeyError):
        return f"user {number}"
