"""Fixtures and steps of the tests of the loopback fal: real sockets, real clients.

Tests import the steps and load the fixtures as a plugin; the first comes before the second, hence
PYTEST_DONT_REWRITE.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import cast

import fal_client
import httpx
import pytest
from PIL import Image

from sandbox.fal import FalServer, State, open_fal
from sandbox.fal.errors import Json, JsonObject
from sandbox.render import Renderer

TEXT = "fal-ai/pika/v2.2/text-to-video"
IMAGE = "fal-ai/pika/v2.2/image-to-video"
FOX: JsonObject = {"prompt": "a fox"}


@pytest.fixture
async def fal(renderer: Renderer) -> AsyncIterator[FalServer]:
    async with open_fal(renderer=renderer) as server:
        yield server


@pytest.fixture
async def http(fal: FalServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Key {fal.key}"}
    async with httpx.AsyncClient(base_url=fal.base_url, headers=headers) as client:
        yield client


@asynccontextmanager
async def real_client(
    fal: FalServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[fal_client.AsyncClient]:
    """Lead fal's own client here: its addresses are constants."""
    monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{fal.base_url}/")
    monkeypatch.setattr("fal_client.client.REST_URL", fal.base_url)
    monkeypatch.setattr("fal_client.client.CDN_URL", fal.base_url)
    client = fal_client.AsyncClient(key=fal.key)
    yield client
    await (await client._client).aclose()  # pyright: ignore[reportPrivateUsage] - it has no close


def parse(response: httpx.Response) -> JsonObject:
    return cast("JsonObject", response.json())


async def submit(
    http: httpx.AsyncClient, arguments: Json = FOX, endpoint: str = TEXT
) -> JsonObject:
    response = await http.post(f"/{endpoint}", json=arguments)
    assert response.status_code == 200
    return parse(response)


async def finish(fal: FalServer, http: httpx.AsyncClient, submitted: JsonObject) -> httpx.Response:
    """Wait for the end of a request and fetch its result."""
    request = fal.requests[str(submitted["request_id"])]
    await fal.wait_for(lambda: request.state is State.COMPLETED)
    return await http.get(str(submitted["response_url"]))


async def status(http: httpx.AsyncClient, submitted: JsonObject, logs: int = 0) -> JsonObject:
    return parse(await http.get(str(submitted["status_url"]), params={"logs": logs}))


async def download(result: httpx.Response, **headers: str) -> httpx.Response:
    video = cast("dict[str, str]", parse(result)["video"])
    async with httpx.AsyncClient() as anonymous:
        return await anonymous.get(video["url"], headers=headers)


def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(buffer, "PNG")
    return buffer.getvalue()


async def upload(http: httpx.AsyncClient, data: bytes) -> str:
    token = parse(await http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}))
    headers = {"Authorization": f"Bearer {token['token']}", "Content-Type": "image/png"}
    answer = await http.post("/files/upload", content=data, headers=headers)
    assert answer.status_code == 200
    return str(parse(answer)["access_url"])
