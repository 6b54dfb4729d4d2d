import io
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.media.download import (
    Downloader,
    DownloadError,
    DownloadTooLarge,
    Gone,
    HostPattern,
    NotAllowed,
    TemporaryDownloadError,
)
from tests.adapters.media.file_server import FileServer, file_server

SECRET = "hm=0123456789abcdef"


@asynccontextmanager
async def fetching() -> AsyncGenerator[tuple[Downloader, FileServer]]:
    async with file_server() as files:
        fetcher = Downloader([files.host], connect_seconds=2, read_seconds=0.3, total_seconds=0.6)
        try:
            yield fetcher, files
        finally:
            await fetcher.aclose()


async def read(fetcher: Downloader, url: str, *, limit: int) -> bytes:
    file = io.BytesIO()
    assert await fetcher.download(url, file, limit=limit) == len(file.getvalue())
    return file.getvalue()


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("cdn.discordapp.com", "https://cdn.discordapp.com/a?b"),
        ("cdn.discordapp.com", "https://CDN.discordapp.com:443/a"),
        ("example.org:8443", "https://example.org:8443/"),
        ("*.fal.media", "https://v3.fal.media/x"),
        ("*.fal.media", "https://a.b.fal.media/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ("http://[::1]:8080", "http://[::1]:8080/x"),
        ("http://localhost", "http://localhost/x"),
    ],
)
def test_pattern_allows(entry: str, url: str):
    assert HostPattern.parse(entry).allows(httpx.URL(url))


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("cdn.discordapp.com", "http://cdn.discordapp.com/"),
        ("cdn.discordapp.com", "https://cdn.discordapp.com:8443/"),
        ("cdn.discordapp.com", "https://cdn.discordapp.com./"),
        ("cdn.discordapp.com", "https://cdn.discordapp.com.example.org/"),
        ("cdn.discordapp.com", "https://example.org/cdn.discordapp.com"),
        ("*.fal.media", "https://fal.media/"),
        ("*.fal.media", "https://notfal.media/"),
        ("*.fal.media", "https://fal.media.example.org/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081/"),
        ("http://127.0.0.1:8080", "https://127.0.0.1:8080/"),
        ("http://localhost", "https://localhost/"),
        ("example.org", "ftp://example.org/"),
        ("example.org", "file:///etc/passwd"),
    ],
)
def test_pattern_refuses(entry: str, url: str):
    assert not HostPattern.parse(entry).allows(httpx.URL(url))


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.",
        "https://example.org",
        "example.org/a",
        "a.*.org",
        "u@example.org",
        "a b",
        "x:y",
        "xn--a",
    ],
)
def test_pattern_that_is_none(entry: str):
    with pytest.raises(ValueError, match="is not a host"):
        HostPattern.parse(entry)


@pytest.mark.parametrize(
    "address",
    [
        "https://xn--cdn-.discordapp.com/",
        "https://xn--a.discordapp.com/",
        "https://[::1/",
        "https://a:b/",
        "https:///a",
        "",
    ],
)
async def test_an_address_that_is_none_isn_t_allowed(address: str):
    fetcher = Downloader(["*.discordapp.com"])
    with pytest.raises(NotAllowed, match="unreadable address"):
        await read(fetcher, address, limit=1)
    await fetcher.aclose()


@settings(max_examples=20)
@given(st.text() | st.text().map("https://{}".format))
async def test_any_text_as_url_is_refused_politely(text: str):
    fetcher = Downloader(["cdn.discordapp.com"])
    with pytest.raises(NotAllowed):
        await read(fetcher, text, limit=1)
    await fetcher.aclose()


async def test_read_and_save(tmp_path: Path):
    async with fetching() as (fetcher, files):
        body = bytes(range(256)) * 10_000
        url = files.serve("/a", body)
        assert await read(fetcher, url, limit=len(body)) == body
        path = tmp_path / "a"
        assert await fetcher.save(url, path, limit=len(body)) == len(body)
        assert path.read_bytes() == body
        assert path.stat().st_mode & 0o777 == 0o600


async def test_no_credentials_are_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with fetching() as (fetcher, files):
        await read(fetcher, files.serve("/a", b"body"), limit=10)
        assert "authorization" not in files.requests[0].lower()
        assert "accept-encoding: identity" in files.requests[0].lower()


@pytest.mark.parametrize("url", ["http://me:pw@127.0.0.1:{}/a", "http://me@127.0.0.1:{}/a"])
async def test_user_names_are_refused(url: str):
    async with fetching() as (fetcher, files):
        files.serve("/a", b"body")
        with pytest.raises(NotAllowed):
            await read(fetcher, url.format(files.port), limit=10)
        assert files.requests == []


async def test_redirects_are_not_followed():
    async with fetching() as (fetcher, files):
        target = files.serve("/target", b"body")
        url = files.serve("/a", b"", f"Location: {target}\r\n", "302 Found")
        with pytest.raises(TemporaryDownloadError, match="HTTP 302"):
            await read(fetcher, url, limit=10)
        assert len(files.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("403 Forbidden", Gone),
        ("404 Not Found", Gone),
        ("410 Gone", Gone),
        ("401 Unauthorized", TemporaryDownloadError),
        ("429 Too Many Requests", TemporaryDownloadError),
        ("503 Service Unavailable", TemporaryDownloadError),
        ("206 Partial Content", TemporaryDownloadError),
    ],
)
async def test_statuses(status: str, error: type[DownloadError]):
    async with fetching() as (fetcher, files):
        with pytest.raises(DownloadError) as caught:
            await read(fetcher, files.serve("/a", b"body", status=status), limit=10)
        assert type(caught.value) is error


async def test_announced_size_over_the_limit_is_refused_before_the_body():
    async with fetching() as (fetcher, files):
        url = files.serve_raw("/a", b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n")
        with pytest.raises(DownloadTooLarge):
            await read(fetcher, url, limit=10)


@pytest.mark.parametrize(("limit", "fits"), [(10, True), (9, False)])
async def test_size_is_counted_when_it_is_not_announced(limit: int, fits: bool):
    async with fetching() as (fetcher, files):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        url = files.serve_raw("/a", head + b"5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")
        if fits:
            assert await read(fetcher, url, limit=limit) == b"helloworld"
        else:
            with pytest.raises(DownloadTooLarge):
                await read(fetcher, url, limit=limit)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nbomb",
        b"",
        b"nonsense\r\n\r\n",
    ],
)
async def test_incomplete_or_odd_answers_are_trouble(answer: bytes):
    async with fetching() as (fetcher, files):
        with pytest.raises(TemporaryDownloadError):
            await read(fetcher, files.serve_raw("/a", answer), limit=100)


async def test_a_silent_server_and_a_closed_port_are_trouble():
    async with fetching() as (fetcher, files):
        with pytest.raises(TemporaryDownloadError, match="ReadTimeout"):
            await read(fetcher, f"{files.host}/silent", limit=10)
        closed = files.host
    fetcher = Downloader([closed])
    with pytest.raises(TemporaryDownloadError, match="ConnectError"):
        await read(fetcher, f"{closed}/a", limit=10)
    await fetcher.aclose()


async def test_no_address_gets_into_texts_and_logs(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    async with fetching() as (fetcher, files):
        good, lost = files.serve("/a", b"body"), files.serve("/b", b"", status="404 Not Found")
        await read(fetcher, f"{good}?{SECRET}", limit=10)
        for url in (lost, f"{files.host}/silent", "https://example.org/a", "http://[", good):
            with pytest.raises(DownloadError) as caught:
                await read(fetcher, f"{url}?{SECRET}", limit=1)
            assert SECRET not in f"{caught.value!r}"
    assert SECRET not in caplog.text


@pytest.mark.parametrize("host", ["localhost:8443", "127.0.0.1:8443", "[::1]:8443"])
async def test_a_name_that_leads_into_the_own_network_is_refused(host: str):
    fetcher = Downloader([host])
    try:
        with pytest.raises(NotAllowed, match="a private address"):
            await read(fetcher, f"https://{host}/a", limit=1)
    finally:
        await fetcher.aclose()
