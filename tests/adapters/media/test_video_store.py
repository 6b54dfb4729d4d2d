import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader
from bot.adapters.media.video_store import VideoKeeper
from bot.ports import DownloadTrouble, FileLost
from tests.adapters.media.file_server import FileServer, file_server
from tests.adapters.media.mp4_files import make_mp4

VIDEO = make_mp4(faststart=True)
KEY = "2026/7.mp4"


@asynccontextmanager
async def keeping(folder: Path) -> AsyncGenerator[tuple[VideoKeeper, FileServer]]:
    async with file_server() as files:
        fetcher = Downloader([files.host], read_seconds=0.5)
        try:
            yield VideoKeeper(fetcher, FolderArchive(folder), limit=10_000_000), files
        finally:
            await fetcher.aclose()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_a_whole_video_is_kept(tmp_path: Path):
    async with keeping(tmp_path) as (keeper, files):
        await keeper.keep(files.serve("/a.mp4", VIDEO), KEY)
    assert (tmp_path / KEY).read_bytes() == VIDEO
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["7.mp4"]


async def test_a_video_that_is_there_is_not_fetched_again(tmp_path: Path):
    async with keeping(tmp_path) as (keeper, files):
        url = files.serve("/a.mp4", VIDEO)
        await asyncio.gather(*(keeper.keep(url, KEY) for _ in range(5)))
        await keeper.keep(url, KEY)
        assert len(files.requests) == 1


async def test_what_a_crash_left_is_replaced(tmp_path: Path):
    (tmp_path / "2026").mkdir()
    (tmp_path / KEY).write_bytes(VIDEO[:-1])
    (tmp_path / "2026" / ".7.mp4.part").write_bytes(VIDEO + VIDEO)
    async with keeping(tmp_path) as (keeper, files):
        await keeper.keep(files.serve("/a.mp4", VIDEO), KEY)
    assert (tmp_path / KEY).read_bytes() == VIDEO
    assert names(tmp_path) == ["7.mp4"]


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "410 Gone"])
async def test_a_lost_file(tmp_path: Path, status: str):
    async with keeping(tmp_path) as (keeper, files):
        with pytest.raises(FileLost):
            await keeper.keep(files.serve("/a.mp4", b"", status=status), KEY)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"200 OK\r\nContent-Length: %d\r\n\r\n" % len(VIDEO) + VIDEO[:-1], id="short"),
        pytest.param(b"200 OK\r\n\r\n" + VIDEO[:-1], id="cut off without a length"),
        pytest.param(b"200 OK\r\nContent-Length: 0\r\n\r\n", id="empty"),
        pytest.param(b"200 OK\r\nContent-Length: 4\r\n\r\n<htm", id="no video"),
        pytest.param(b"200 OK\r\nContent-Length: 10000001\r\n\r\n" + VIDEO, id="too large"),
        pytest.param(b"302 Found\r\nLocation: /b.mp4\r\nContent-Length: 0\r\n\r\n", id="redirect"),
        pytest.param(b"500 Oops\r\nContent-Length: 0\r\n\r\n", id="server error"),
    ],
)
async def test_trouble_leaves_nothing(tmp_path: Path, answer: bytes):
    async with keeping(tmp_path) as (keeper, files):
        files.serve("/b.mp4", VIDEO)
        with pytest.raises(DownloadTrouble):
            await keeper.keep(files.serve_raw("/a.mp4", b"HTTP/1.1 " + answer), KEY)
        assert len(files.requests) == 1
        assert names(tmp_path) == []
        await keeper.keep(files.serve("/a.mp4", VIDEO), KEY)
    assert (tmp_path / KEY).read_bytes() == VIDEO


async def test_other_hosts_are_trouble(tmp_path: Path):
    async with keeping(tmp_path) as (keeper, _):
        with pytest.raises(DownloadTrouble, match="not an allowed host"):
            await keeper.keep("https://example.org/a.mp4", KEY)


async def test_a_disk_that_fails_is_trouble(tmp_path: Path):
    (tmp_path / "2026").write_text("a file where the folder should be")
    async with keeping(tmp_path) as (keeper, files):
        with pytest.raises(DownloadTrouble, match="archive: "):
            await keeper.keep(files.serve("/a.mp4", VIDEO), KEY)


async def test_cancelling_leaves_nothing(tmp_path: Path):
    async with keeping(tmp_path) as (keeper, files):
        url = files.serve_raw("/a.mp4", b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
        files.held.add("/a.mp4")
        task = asyncio.create_task(keeper.keep(url, KEY))
        while not names(tmp_path):
            assert not task.done()
            await asyncio.sleep(0.005)
        assert names(tmp_path) == [".7.mp4.part"]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert names(tmp_path) == []
