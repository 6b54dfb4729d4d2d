"""On which side the trouble with a finished video lies, as the real failures say it."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader, reason_of
from bot.adapters.media.mp4 import ArrivingBoxes, IncompleteVideo
from bot.adapters.media.video_store import VideoKeeper
from bot.domain.jobs.unkept import Unkept
from bot.ports import DownloadTrouble
from tests.adapters.media.file_server import file_server
from tests.adapters.media.mp4_files import make_mp4

VIDEO = make_mp4(faststart=True)
KEY = "videos/7.mp4"


async def reason(folder: Path, url: str, *hosts: str) -> Unkept:
    """Return the reason for which a video isn't kept."""
    fetcher = Downloader(hosts, connect_seconds=2, read_seconds=0.5)
    try:
        with pytest.raises(DownloadTrouble) as trouble:
            await VideoKeeper(fetcher, FolderArchive(folder), limit=100_000).keep(url, KEY)
    finally:
        await fetcher.aclose()
    return trouble.value.reason


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        ("https://example.org/a", "*.fal.media", Unkept.HOST),
        ("http://v3.fal.media/a", "*.fal.media", Unkept.HOST),
        ("https://v3.fal.media.example.org/a", "*.fal.media", Unkept.HOST),
        ("https://media.invalid/a", "media.invalid", Unkept.NAME),
        ("http://media.invalid/a", "http://media.invalid", Unkept.NAME),
        (f"https://{'a' * 70}.fal.media/a", "*.fal.media", Unkept.NAME),
        # A resolver that blocks names answers so.
        ("https://127.0.0.1:1/a", "127.0.0.1:1", Unkept.NAME),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:1", Unkept.CONNECTION),
        ("no address", "*.fal.media", Unkept.UNUSABLE),
        ("https://me@v3.fal.media/a", "*.fal.media", Unkept.UNUSABLE),
    ],
)
async def test_addresses(tmp_path: Path, url: str, host: str, expected: Unkept):
    assert await reason(tmp_path, url, host) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"403 Forbidden\r\nContent-Length: 0\r\n\r\n", Unkept.LOST),
        (b"503 Oops\r\nContent-Length: 0\r\n\r\n", Unkept.SERVER),
        (b"302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", Unkept.SERVER),
        (b"200 OK\r\nContent-Length: %d\r\n\r\n" % len(VIDEO) + VIDEO[:-1], Unkept.SERVER),
        (b"200 OK\r\nContent-Length: 6\r\n\r\nGIF89a", Unkept.UNUSABLE),
        (b"200 OK\r\nContent-Length: 100001\r\n\r\n", Unkept.UNUSABLE),
        (b"200 OK\r\n\r\n" + VIDEO[:-1], Unkept.UNUSABLE),
    ],
)
async def test_answers(tmp_path: Path, answer: bytes, expected: Unkept):
    async with file_server() as files:
        url = files.serve_raw("/a", b"HTTP/1.1 " + answer)
        assert await reason(tmp_path, url, files.host) is expected


async def test_a_certificate_that_is_not_trusted(tmp_path: Path):
    # An https address of this machine is never fetched, so the real error is asked for by itself.
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
        *("-keyout", key, "-out", certificate),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = cast("tuple[str, int]", server.sockets[0].getsockname())[1]
    async with server, httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError) as error:
            await client.get(f"https://127.0.0.1:{port}/")
    assert reason_of(error.value) is Unkept.TLS


# The archive


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


@contextmanager
def small_disk(folder: Path, options: str) -> Generator[None]:
    """Mount a small file system at `folder`, where this machine lets us."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(
    ("options", "tries_fail"), [("size=8k", True), ("nr_inodes=3", True), ("size=64k", False)]
)
async def test_a_full_disk_and_one_without_inodes(
    tmp_path: Path, options: str, *, tries_fail: bool
):
    fetcher = Downloader([])
    keeper = VideoKeeper(fetcher, FolderArchive(tmp_path), limit=10_000_000)
    with small_disk(tmp_path, options):
        (tmp_path / "videos").mkdir()
        if options.startswith("nr_inodes"):
            (tmp_path / "the last one").touch()
        if tries_fail:
            with pytest.raises(DownloadTrouble) as trouble:
                await keeper.try_writing()
            assert trouble.value.reason is Unkept.FULL
            assert "free some space or inodes" in str(trouble.value)
        else:
            # Room for a small file, and none for the video.
            await keeper.try_writing()
            async with file_server() as files:
                large = files.serve("/a", VIDEO[:-1] + bytes(90_000))
                assert await reason(tmp_path, large, files.host) is Unkept.FULL
        assert names(tmp_path) <= {"videos", "the last one"}
    await fetcher.aclose()


@pytest.mark.parametrize("place", ["videos", "archive"])
async def test_a_file_in_place_of_a_folder(tmp_path: Path, place: str):
    archive = tmp_path / "archive"
    blocked = archive if place == "archive" else archive / "videos"
    blocked.parent.mkdir(exist_ok=True)
    blocked.touch()
    fetcher = Downloader([])
    with pytest.raises(DownloadTrouble, match="can't be written") as trouble:
        await VideoKeeper(fetcher, FolderArchive(archive), limit=1).try_writing()
    assert trouble.value.reason is Unkept.PLACE
    async with file_server() as files:
        url = files.serve("/a", VIDEO)
        assert await reason(archive, url, files.host) is Unkept.PLACE
        assert not files.requests
    await fetcher.aclose()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_another_user(tmp_path: Path):
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    (tmp_path / "videos").mkdir(mode=0o700)
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from bot.adapters.media.archive import FolderArchive\n"
        "from bot.adapters.media.download import Downloader\n"
        "from bot.adapters.media.video_store import VideoKeeper\n"
        "from bot.ports import DownloadTrouble\n"
        "keeper = VideoKeeper(Downloader([]), FolderArchive(Path(sys.argv[1])), limit=1)\n"
        "asyncio.run(asyncio.to_thread(int))  # imports what this user may not read\n"
        "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
        "try: asyncio.run(keeper.try_writing())\n"
        "except DownloadTrouble as trouble: print(trouble.reason, trouble)\n"
    )
    tried = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert tried.stdout.startswith("place archive: ")
    assert f"`chown -R 54321:54321 {tmp_path / 'videos'}`" in tried.stdout


# A file while it arrives


@pytest.mark.parametrize("size", [1, 7, 16, 1000])
@pytest.mark.parametrize("faststart", [True, False])
def test_a_whole_video_passes_in_pieces_of_any_size(size: int, *, faststart: bool):
    video = make_mp4(faststart=faststart)
    boxes = ArrivingBoxes()
    for at in range(0, len(video), size):
        boxes.take(video[at : at + size], len(video))


@pytest.mark.parametrize("faststart", [True, False])
def test_what_cannot_be_whole_is_noticed_at_a_boxs_head(*, faststart: bool):
    video = make_mp4(faststart=faststart)
    boxes, announced = ArrivingBoxes(), len(video) - 1

    def arrive() -> None:
        for at in range(0, announced, 16):
            boxes.take(video[at : at + 16], announced)

    with pytest.raises(IncompleteVideo, match="beyond the end"):
        arrive()


def test_what_is_no_video_is_noticed_in_its_first_bytes():
    boxes = ArrivingBoxes()
    boxes.take(b"GIF89a", None)
    with pytest.raises(IncompleteVideo, match="not an MP4"):
        boxes.take(bytes(10), None)
