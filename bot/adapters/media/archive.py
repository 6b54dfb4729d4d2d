"""The archive of inputs and videos as a folder of files."""

import asyncio
import io
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ENOTDIR
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from bot.ports import Archive, KeptFile

# No part starts with a dot: `..` is no key, and unfinished files have no key.
KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}")


class FolderArchive(Archive):
    """Files that only the bot's own user can read, each of them complete or absent."""

    def __init__(self, folder: Path):
        self._folder = folder

    @override
    async def put(self, key: str, data: bytes) -> None:
        """Write a file. Raises ValueError for an invalid key, and OSError."""
        await asyncio.to_thread(write_durably, self.path(key), io.BytesIO(data))

    @override
    def path(self, key: str) -> Path:
        """Return the path of `key`, whether the file exists or not. Raises ValueError."""
        if KEY.fullmatch(key) is None:
            raise ValueError(f"not an archive key: {key!r}")
        return self._folder / key

    @override
    async def holds(self, key: str) -> bool:
        return await asyncio.to_thread(self.path(key).is_file)

    @override
    async def size(self, key: str) -> int:
        path = self.path(key)

        def ask() -> int:
            try:
                return path.stat().st_size
            except FileNotFoundError as error:
                if path.parent.is_dir():
                    raise
                # The file isn't lost: its disk isn't mounted.
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR)) from error

        return await asyncio.to_thread(ask)

    @override
    async def free_bytes(self) -> int:
        def ask() -> int:
            make_private_folder(self._folder)
            return shutil.disk_usage(self._folder).free

        return await asyncio.to_thread(ask)

    @override
    async def use(self, key: str) -> bool:
        def touch() -> bool:
            try:
                os.utime(self.path(key))
            except FileNotFoundError:
                return False
            return True

        return await asyncio.to_thread(touch)

    @override
    async def files(self, under: str) -> Sequence[KeptFile]:
        return await asyncio.to_thread(lambda: list(_files(self._folder, self.path(under))))

    @override
    async def remove(self, key: str) -> None:
        path = self.path(key)

        def remove() -> None:
            for derived in path.parent.glob(f"{path.stem}-*"):
                derived.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync(path.parent)

        await asyncio.to_thread(remove)


def _files(folder: Path, under: Path) -> Iterator[KeptFile]:
    for path in sorted(under.rglob("*")):
        key = path.relative_to(folder).as_posix()
        # A file that is being written has no key yet.
        if KEY.fullmatch(key) is None:
            continue
        with suppress(FileNotFoundError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                yield KeptFile(key, status.st_mtime_ns // 1_000_000)


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
