import asyncio
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.media.archive import FolderArchive


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*")]


@pytest.mark.parametrize("key", ["a", "7.mp4", "pictures/2026/11/7-a_b.jpg", "a..b", "_a"])
async def test_put_and_get(tmp_path: Path, key: str):
    archive = FolderArchive(tmp_path)
    await archive.put(key, b"first")
    await archive.put(key, b"second")
    assert archive.path(key).read_bytes() == b"second"
    assert archive.path(key) == tmp_path / key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "C:a",
        "a b",
        "a\n",
        "a\0b",
        "ä",
        "-a",
        "a" * 101,
        "a/" * 8 + "a",
    ],
)
async def test_odd_keys_are_refused(tmp_path: Path, key: str):
    archive = FolderArchive(tmp_path)
    with pytest.raises(ValueError, match="not an archive key"):
        await archive.put(key, b"data")
    with pytest.raises(ValueError, match="not an archive key"):
        archive.path(key)
    assert names(tmp_path) == []


@given(st.text(alphabet="ab./\\-\n~", max_size=12))
def test_no_key_leads_out_of_the_folder(key: str):
    folder = Path("/archive")
    try:
        path = FolderArchive(folder).path(key)
    except ValueError:
        return
    assert ".." not in path.parts
    assert path.is_relative_to(folder)
    assert path.relative_to(folder).as_posix() == key


async def test_only_the_bot_can_read(tmp_path: Path):
    archive = FolderArchive(tmp_path / "data" / "videos")
    await archive.put("pictures/7.jpg", b"data")
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)}
    assert modes == {
        "data": 0o700,
        "data/videos": 0o700,
        "data/videos/pictures": 0o700,
        "data/videos/pictures/7.jpg": 0o600,
    }


async def test_readers_see_one_whole_file_or_the_other(tmp_path: Path):
    archive = FolderArchive(tmp_path)
    versions = [bytes([digit]) * 3_000_000 for digit in b"ab"]
    await archive.put("a", versions[0])
    writing = asyncio.gather(*(archive.put("a", versions[turn % 2]) for turn in range(10)))
    while not writing.done():
        assert await asyncio.to_thread(archive.path("a").read_bytes) in versions
    await writing
    assert names(tmp_path) == ["a"]


async def test_a_failed_put_leaves_nothing(tmp_path: Path):
    archive = FolderArchive(tmp_path)
    archive.path("a").mkdir()
    with pytest.raises(OSError, match="a"):
        await archive.put("a", b"data")
    assert names(tmp_path) == ["a"]
