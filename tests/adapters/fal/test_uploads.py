"""Uploads go to fal's storage as fal's own client sends them, and no farther."""

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import fal_client
import pytest
from aiohttp import web

from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.domain.jobs.fal import FalTrouble
from bot.ports import UploadRefused
from sandbox.fal import Answer, Drop, FalServer, Fault, Timing, open_fal
from sandbox.render import Renderer
from tests.meta.source_tree import modules, name_of

TEXT = "fal-ai/pika/v2.2/text-to-video"
PICTURE = b"\xff\xd8\xff picture" * 20_000
# The connection's own, and the name of the program.
OF_THE_CLIENT = {"Accept", "Accept-Encoding", "Connection", "Host", "User-Agent"}


@pytest.fixture
async def fal(renderer: Renderer) -> AsyncIterator[FalServer]:
    async with open_fal(renderer=renderer) as server:
        yield server
        assert not server.violations


def queue_at(url: str, key: str) -> FalQueue:
    urls = FalUrls(queue=url, rest=url, cdn=url, api=url)
    return FalQueue(key, urls, timeout=5, start_timeout=900, file_lifetime=86_400)


@pytest.fixture
async def queue(fal: FalServer) -> AsyncIterator[FalQueue]:
    client = queue_at(fal.base_url, fal.key)
    yield client
    await client.aclose()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(PICTURE)
    return path


class Recorder:
    """A storage that takes everything, and remembers each request as it came."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(self, request: web.Request) -> web.Response:
        headers = dict(request.headers.items())
        for name in OF_THE_CLIENT:
            headers.pop(name, None)
        self.requests.append((request.method, request.path_qs, headers, await request.read()))
        return web.json_response(
            {
                "token": "of-the-storage",
                "token_type": "Bearer",
                "base_url": "http://127.0.0.1:1",
                "expires_at": "2999-01-01T00:00:00+00:00",
                "access_url": "http://127.0.0.1:1/stored",
            }
        )


@pytest.fixture
async def recorder() -> AsyncIterator[tuple[Recorder, str]]:
    recorder = Recorder()
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", recorder.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = cast("tuple[str, int]", runner.addresses[0])
    yield recorder, f"http://{host}:{port}"
    await runner.cleanup()


async def test_what_is_sent_is_what_fals_own_client_sends(
    recorder: tuple[Recorder, str], picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, url = recorder
    # The hosts of fal's client are constants.
    monkeypatch.setattr("fal_client.client.REST_URL", url)
    monkeypatch.setattr("fal_client.client.CDN_URL", url)
    theirs = await fal_client.AsyncClient(key="the-key").upload(
        PICTURE,
        "image/jpeg",
        fallback_repository="fal_v3",
        lifecycle=fal_client.StorageSettings(expires_in=3600),
    )
    of_fals_client = [*record.requests]
    record.requests.clear()
    queue = queue_at(url, "the-key")
    assert await queue.upload(picture, expires_in=3600) == theirs
    await queue.aclose()
    assert record.requests == of_fals_client
    (_, _, asking, _), (_, _, uploading, body) = record.requests
    assert (asking["Authorization"], uploading["Authorization"]) == (
        "Key the-key",
        "Bearer of-the-storage",
    )
    assert body == PICTURE


async def test_a_token_serves_many_uploads_until_fal_refuses_it(
    fal: FalServer, queue: FalQueue, picture: Path
) -> None:
    for _ in range(3):
        await queue.upload(picture, expires_in=3600)
    assert calls(fal, "/storage/auth/token") == 1
    # By fal's clock the token ends, by this machine's it doesn't.
    fal.advance(2 * 3600)
    with pytest.raises(FalTrouble, match="401"):
        await queue.upload(picture, expires_in=3600)
    await queue.upload(picture, expires_in=3600)
    assert calls(fal, "/storage/auth/token") == 2


def calls(fal: FalServer, path: str) -> int:
    return sum(count for call, count in fal.calls.items() if path in call)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"access_url": ""}', b'{"access_url": 7}'])
async def test_an_upload_without_an_address_is_trouble(
    fal: FalServer, queue: FalQueue, picture: Path, body: bytes
) -> None:
    fal.arm(Fault("upload", Answer(200, body)))
    with pytest.raises(FalTrouble):
        await queue.upload(picture, expires_in=3600)
    assert fal.uploads[await queue.upload(picture, expires_in=3600)].data == PICTURE


@pytest.mark.parametrize(
    "token",
    [
        {},
        {"token": "", "token_type": "Bearer", "expires_at": "2999-01-01T00:00:00Z"},
        {"token": "a", "token_type": "Bearer", "expires_at": "2999-01-01T00:00:00"},
        {"token": "a", "token_type": "Bearer", "expires_at": "soon"},
        {"token": "a\r\nX: y", "token_type": "Bearer", "expires_at": "2999-01-01T00:00:00Z"},
    ],
)
async def test_a_token_that_can_not_be_used_is_trouble_and_is_not_kept(
    fal: FalServer, queue: FalQueue, picture: Path, token: dict[str, str]
) -> None:
    fal.arm(Fault("token", Answer(200, {**token})))
    with pytest.raises(FalTrouble):
        await queue.upload(picture, expires_in=3600)
    assert not fal.uploads
    assert await queue.upload(picture, expires_in=3600) in fal.uploads


async def test_a_file_that_is_refused_is_named_as_fals_models_name_it(
    fal: FalServer, queue: FalQueue, picture: Path
) -> None:
    fal.arm(Fault("upload", Answer(413, {"detail": "no"})))
    with pytest.raises(UploadRefused, match="file_too_large"):
        await queue.upload(picture, expires_in=3600)


async def test_a_cancel_whose_answer_is_lost_is_asked_again(
    fal: FalServer, queue: FalQueue
) -> None:
    fal.timing = Timing(queue_seconds=30)
    handle = queue.handle(TEXT, "nobody")
    fal.arm(Fault("cancel", Drop()))
    assert not await queue.cancel(handle)
    assert calls(fal, "/cancel") == 2


PUBLIC = {name for name in fal_client.__all__ if not name.startswith("_")}


def private_uses(source: str) -> list[str]:
    """Return each use of fal-client beyond what it exports, and each class made of one of its."""
    uses: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                uses += [one.name for one in names if one.name.startswith("fal_client.")]
            case ast.ImportFrom(module=str(module), names=names) if (
                module.partition(".")[0] == "fal_client"
            ):
                uses += [
                    f"{module}.{one.name}"
                    for one in names
                    if module != "fal_client" or one.name not in PUBLIC
                ]
            case ast.Attribute(value=ast.Name(id="fal_client"), attr=attr) if attr not in PUBLIC:
                uses.append(f"fal_client.{attr}")
            case ast.ClassDef(bases=bases):
                uses += [
                    ast.unparse(base)
                    for base in bases
                    if ast.unparse(base).startswith("fal_client")
                ]
            case ast.Constant(value=str(text)) if text.startswith("fal_client."):
                uses.append(text)
            case _:
                pass
    return uses


def test_fals_client_is_used_by_its_public_names_only() -> None:
    assert private_uses("import fal_client\nfal_client.AsyncRequestHandle") == []
    for source in (
        "import fal_client.client",
        "from fal_client.client import AsyncCDNTokenManager",
        "from fal_client import _headers",
        "fal_client.client",
        "class A(fal_client.AsyncClient): pass",
        "patch('fal_client.client.CDN_URL')",
    ):
        assert len(private_uses(source)) == 1, source
    found = {name_of(path): private_uses(path.read_text()) for path in modules("bot", "cogs")}
    assert {name: uses for name, uses in found.items() if uses} == {}
