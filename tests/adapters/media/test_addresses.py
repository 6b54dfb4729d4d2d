"""Addresses that downloads connect to: public ones, and only those that were checked."""

import asyncio
import ssl
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest

from bot.adapters.media import download
from bot.adapters.media.addresses import is_public
from bot.adapters.media.download import Downloader, TemporaryDownloadError
from bot.domain.jobs.unkept import Unkept

PUBLIC = [
    "1.1.1.1",
    "162.159.130.233",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::1",
]
PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "192.168.1.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1.1.1.1",
    "2001:0:101:101::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address: str):
    assert not is_public(ip_address(address))


async def test_connected_is_to_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=v3.fal.media"),
        *("-addext", "subjectAltName=DNS:v3.fal.media", "-keyout", key, "-out", certificate),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _connection, name, _context: names.append(name)
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfilm")
        writer.close()

    asked: list[str] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = cast("tuple[str, int]", server.sockets[0].getsockname())[1]

    async def found(host: str, _port: int) -> list[str]:
        asked.append(host)
        # The first can't be connected to.
        return ["127.0.0.2", "127.0.0.1"]

    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(download, "public_addresses", found)
    monkeypatch.setattr(download, "trusted", lambda: trusting)
    fetcher = Downloader([f"v3.fal.media:{port}"])
    other = Downloader([f"other.fal.media:{port}"])
    try:
        async with server:
            body = BytesIO()
            await fetcher.download(f"https://v3.fal.media:{port}/a", body, limit=10)
            assert body.getvalue() == b"film"
            # The certificate is judged by the name, not by the address.
            with pytest.raises(TemporaryDownloadError) as refused:
                await other.download(f"https://other.fal.media:{port}/a", BytesIO(), limit=10)
    finally:
        await fetcher.aclose()
        await other.aclose()
    assert refused.value.reason is Unkept.TLS
    assert asked == ["v3.fal.media", "other.fal.media"]
    assert names == ["v3.fal.media", "other.fal.media"]
    assert f"Host: v3.fal.media:{port}".encode() in heads[0]
