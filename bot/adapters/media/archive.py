"""The archive of inputs and videos as a folder of files."""

import asyncio
import io
import os
import re
import secrets
import shlex
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ENOTDIR
from pathlib import Path

from typing_extensions import override

from bot.adapters.process.durable import make_private_folder, sync, write_durably
from bot.adapters.process.writing import try_writing
from bot.ports import Archive, KeptFile, OtherArchive

# No part starts with a dot: `..` is no key, and unfinished files have no key.
KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}")
MARK = ".pika-archive"
"""The file in the archive's folder that tells it from any other folder."""
_VALID_MARK = re.compile(r"[A-Za-z0-9-]{1,64}")


class FolderArchive(Archive):
    """Files that only the bot's own user can read, each of them complete or absent."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.mark_file = folder / MARK
        self._mark: str | None = None

    @override
    async def expect(self, mark: str | None) -> str:
        self._mark = mark or await asyncio.to_thread(self._own_mark)
        return self._mark

    @override
    async def check(self) -> None:
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        if self._mark is None or (found := self._read_mark()) == self._mark:
            return
        state = "its mark isn't there" if found is None else "it has another's mark"
        folder, file = self._folder.absolute(), self.mark_file.absolute()
        make = "" if folder.exists() else f"mkdir -p {shlex.quote(str(folder))} && "
        raise OtherArchive(
            f"{folder} isn't this database's archive ({state}): mount the right one there, or, to"
            f" begin anew in this place, run `{make}echo {self._mark} > {shlex.quote(str(file))}`."
        )

    def _read_mark(self) -> str | None:
        """Return the folder's mark; None if it has none."""
        try:
            mark = self.mark_file.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        return mark if _VALID_MARK.fullmatch(mark) else None

    def _own_mark(self) -> str:
        """Return the folder's mark, which is made if it has none."""
        mark = self._read_mark()
        if mark is None:
            mark = secrets.token_hex(8)
            write_durably(self.mark_file, io.BytesIO(f"{mark}\n".encode()))
        return mark

    @override
    async def put(self, key: str, data: bytes) -> None:
        """Write a file. Raises ValueError for an invalid key, and OSError."""
        path = self.path(key)

        def write() -> None:
            self._check()
            write_durably(path, io.BytesIO(data))

        await asyncio.to_thread(write)

    @override
    def path(self, key: str) -> Path:
        """Return the path of `key`, whether the file exists or not. Raises ValueError."""
        if KEY.fullmatch(key) is None:
            raise ValueError(f"not an archive key: {key!r}")
        return self._folder / key

    @override
    async def holds(self, key: str) -> bool:
        path = self.path(key)

        def look() -> bool:
            if path.is_file():
                return True
            self._check()
            return False

        return await asyncio.to_thread(look)

    @override
    async def size(self, key: str) -> int:
        path = self.path(key)

        def look() -> int:
            try:
                return path.stat().st_size
            except FileNotFoundError as error:
                self._check()
                if path.parent.is_dir():
                    raise
                # The file isn't lost: its disk isn't mounted.
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR)) from error

        return await asyncio.to_thread(look)

    @override
    async def try_writing(self, under: str) -> int:
        folder = self.path(under)

        def write() -> int:
            self._check()
            make_private_folder(folder)
            try_writing(folder)
            return shutil.disk_usage(folder).free

        return await asyncio.to_thread(write)

    @override
    async def use(self, key: str) -> bool:
        def touch() -> bool:
            try:
                os.utime(self.path(key))
            except FileNotFoundError:
                self._check()
                return False
            return True

        return await asyncio.to_thread(touch)

    @override
    async def files(self, under: str) -> Sequence[KeptFile]:
        folder = self.path(under)

        def look() -> list[KeptFile]:
            self._check()
            return list(_files(self._folder, folder))

        return await asyncio.to_thread(look)

    @override
    async def remove(self, key: str) -> None:
        path = self.path(key)

        def remove() -> None:
            self._check()
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
