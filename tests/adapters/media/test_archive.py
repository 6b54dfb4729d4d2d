import asyncio
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.media.archive import MARK, FolderArchive
from bot.ports import OtherArchive


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


@pytest.mark.parametrize("name", ["other", "none"])
async def test_another_folder_is_not_taken_for_the_archive(tmp_path: Path, name: str):
    archive, other = FolderArchive(tmp_path / "one"), FolderArchive(tmp_path / "other")
    mark = await archive.expect(None)
    assert await archive.expect(None) == mark
    assert await other.expect(None) != mark
    await archive.put("videos/a.mp4", b"a")
    wrong = FolderArchive(tmp_path / name)
    assert await wrong.expect(mark) == mark
    for attempt in (
        wrong.check,
        lambda: wrong.try_writing("videos"),
        lambda: wrong.put("videos/b.mp4", b"b"),
        lambda: wrong.holds("videos/a.mp4"),
        lambda: wrong.size("videos/a.mp4"),
        lambda: wrong.use("videos/a.mp4"),
        lambda: wrong.files("videos"),
        lambda: wrong.remove("videos/a.mp4"),
    ):
        with pytest.raises(OtherArchive, match="isn't this database's archive"):
            await attempt()
    assert names(tmp_path / "other") == [MARK]
    assert not (tmp_path / "none").exists()
    await archive.check()
    assert not await archive.holds("videos/b.mp4")
