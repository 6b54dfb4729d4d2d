"""Durable writing: a power failure leaves the old file or name, or the new one."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO


def write_durably(path: Path, content: BinaryIO) -> None:
    """Write the rest of `content` to the file at `path`, complete or not at all."""
    make_private_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file)
        rename_durably(part, path)
    finally:
        part.unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, for the bot's own user only."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync(folder.parent)


def rename_durably(part: Path, path: Path) -> None:
    """Rename `part` to `path`, so that a power failure leaves the old file or the new one."""
    sync(part)
    part.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
