"""Checks of the bot's user, and that no other user can read the bot's data and secrets."""

import os
import shlex
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.adapters.process.private_files import open_to_others, places_beside
from bot.cli.doctor_check import DoctorCheck
from bot.settings import archive_folder
from bot.settings.credentials import secret_files
from bot.settings.schema import Settings

_IN_ARCHIVE = ("inputs", "videos", "films")
# Only the service gets at these, whatever the files' rights say:
# https://docs.docker.com/engine/swarm/secrets/ and https://systemd.io/CREDENTIALS/
_SHIELDED = (Path("/run/secrets"), Path("/run/credentials"))
# Set in each of its containers, in which secrets may be mounted anywhere:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_KUBERNETES = "KUBERNETES_SERVICE_HOST"


def privacy_checks(settings: Settings, environment: Mapping[str, str]) -> list[DoctorCheck]:
    """Return a warning for each place that others can read, or a check that all is well.

    In front of them is a warning for root.
    """
    database = Path(os.path.realpath(settings.database.path))
    archive = archive_folder(settings)
    data = open_to_others([*places_beside(database), *(archive / name for name in _IN_ARCHIVE)])
    secrets = [file for file in secret_files(environment) if not _is_shielded(file, environment)]
    warnings = [
        *_warnings("the bot's data", data),
        *_warnings("the file of a secret", open_to_others(secrets)),
        *_replaceable(folder for folder in (database.parent, archive) if folder.is_dir()),
    ]
    detail = "other users of this machine can't read the bot's data and its secrets' files"
    return [*_user(), *(warnings or [DoctorCheck("private", ok=True, detail=detail)])]


def _user() -> list[DoctorCheck]:
    """Return a warning for root, whose decoders keep the right to read every file."""
    if os.geteuid() != 0:
        return []
    detail = "this is root, so a decoder that is taken over could read every file without Landlock"
    fix = "run the bot as an ordinary user, who owns its data"
    return [DoctorCheck("user", ok=True, detail=detail, fix=fix, warning=True)]


def _warnings(name: str, places: Iterable[Path]) -> list[DoctorCheck]:
    return [
        DoctorCheck(
            "private",
            ok=True,
            detail=f"other users of this machine can read {name}: {place}",
            fix=f"if they should not: {_cure(place)}",
            warning=True,
        )
        for place in places
    ]


def _replaceable(folders: Iterable[Path]) -> list[DoctorCheck]:
    """Return a warning for each folder in which others can put files in place of the bot's."""
    warnings: list[DoctorCheck] = []
    for folder in folders:
        about = folder.stat()
        by_group = about.st_mode & stat.S_IWGRP and about.st_gid != os.getegid()
        # With the sticky bit, each may replace only what is theirs.
        if about.st_mode & stat.S_ISVTX or not (about.st_mode & stat.S_IWOTH or by_group):
            continue
        detail = f"other users of this machine can replace the bot's files in {folder}"
        fix = f"`chmod go-w {shlex.quote(str(folder))}`"
        warnings.append(DoctorCheck("private", ok=True, detail=detail, fix=fix, warning=True))
    return warnings


def _cure(place: Path) -> str:
    name, user = shlex.quote(str(place)), os.geteuid()
    close = f"chmod go-rwx {name}"
    if user in (0, place.stat().st_uid):
        return f"`{close}`"
    return f"as root, `chown {user} {name} && {close}`"


def _is_shielded(file: Path, environment: Mapping[str, str]) -> bool:
    folders = Path(os.path.realpath(file)).parents
    return _KUBERNETES in environment or any(place in folders for place in _SHIELDED)
