"""fal's storage: the upload token, uploads, and the files themselves.

The routes of rest.fal.ai and v3.fal.media that fal-client 1.0 uses for files up to 100 MiB.
"""

import re
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

from aiohttp import web

from sandbox.fal.clock import timestamp
from sandbox.fal.faults import Action, Flood, Truncate
from sandbox.fal.gate import Gate
from sandbox.fal.records import Upload
from sandbox.fal.retention import lifetime
from sandbox.fal.server import FalServer

TOKEN_LIFE = timedelta(hours=1)
_FLOOD_CHUNK = 1 << 16
LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes; fal-client sends larger files in parts, which isn't spoken here."""


class Storage:
    """Keeps uploads in memory and serves them and the results."""

    def __init__(self, server: FalServer, gate: Gate) -> None:
        self._server = server
        self._gate = gate
        self._tokens: dict[str, datetime] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/storage/auth/token", self.token),
            web.post("/files/upload", self.upload),
            web.get("/files/{kind:uploads|results}/{name}", self.file),
        ]

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Hand out a token for uploads."""

        async def handle(_: Action | None) -> web.StreamResponse:
            if request.query.get("storage_type") != "fal-cdn-v3":
                return web.json_response({"detail": "Invalid storage type"}, status=400)
            token = secrets.token_urlsafe()
            self._tokens[token] = self._server.now() + TOKEN_LIFE
            return web.json_response(
                {
                    "token": token,
                    "token_type": "Bearer",
                    "base_url": self._server.base_url,
                    "expires_at": timestamp(self._server.now() + TOKEN_LIFE),
                }
            )

        refusal = self._gate.refusal(request)
        return refusal or await self._gate.play("token", request, handle)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Keep the raw body as a file."""
        data = await request.read()

        async def handle(_: Action | None) -> web.StreamResponse:
            kind, _space, token = request.headers.get("Authorization", "").partition(" ")
            expires = self._tokens.get(token)
            if kind != "Bearer" or expires is None or expires <= self._server.now():
                return web.json_response({"detail": "Invalid token"}, status=401)
            file_name = request.headers.get("X-Fal-File-Name")
            safe_name = re.sub(r"[^A-Za-z0-9.-]+", "_", file_name or "file")[-80:]
            url = f"{self._server.base_url}/files/uploads/{secrets.token_hex(8)}_{safe_name}"
            lifecycle = self._lifecycle(request)
            self._server.uploads[url] = Upload(
                data=data,
                content_type=request.content_type,
                file_name=file_name,
                lifecycle=lifecycle,
                stored_at=self._server.now(),
            )
            self._server.changed()
            return web.json_response({"access_url": url})

        return await self._gate.play("upload", request, handle)

    def _lifecycle(self, request: web.Request) -> str | None:
        """Return the lifecycle of an upload; the storage reads another header than the queue.

        https://github.com/fal-ai/fal/blob/main/projects/fal_client/src/fal_client/client.py
        """
        asked = request.headers.get("X-Fal-Object-Lifecycle")
        try:
            lifetime(asked)
        except ValueError as error:
            self._server.violated(f"X-Fal-Object-Lifecycle is {error}")
        if asked is None and "X-Fal-Object-Lifecycle-Preference" in request.headers:
            self._server.violated("X-Fal-Object-Lifecycle-Preference is for requests, not uploads")
        return asked

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Serve a file, or the part of it that was asked for."""
        if "Authorization" in request.headers:
            # These files are public, and at fal they lie on a host of their own.
            self._server.violated(f"a secret was sent along to fetch {request.path}")
        url = f"{self._server.base_url}{request.path}"
        result, found = self._server.results.get(url), self._server.file(url)

        async def handle(action: Action | None) -> web.StreamResponse:
            if found is None:
                known = url in self._server.results or url in self._server.uploads
                status = self._server.habits.gone_status if known else 404
                return web.json_response({"detail": "Not Found"}, status=status)
            data, content_type = found
            if isinstance(action, Truncate):
                if action.announce_all:
                    return await _break_off(request, data, action.keep)
                data = data[: action.keep]
            if isinstance(action, Flood):
                return await _flood(request, data, action.size)
            return _part(request, data, content_type)

        about = result.request.arguments if result is not None else None
        return await self._gate.play("file", request, handle, about=about)


def _part(request: web.Request, data: bytes, content_type: str) -> web.Response:
    """Answer a request for a file by RFC 9110 section 14: 200, 206 or 416."""
    total = len(data)
    try:
        wanted = cast("slice[int | None, int | None, None]", request.http_range)
    except ValueError:
        return _no_such_part(total)
    headers = {"Accept-Ranges": "bytes"}
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=data, content_type=content_type, headers=headers)
    start, stop, _ = wanted.indices(total)
    if start >= stop:
        return _no_such_part(total)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
    body = data[start:stop]
    return web.Response(status=206, body=body, content_type=content_type, headers=headers)


def _no_such_part(total: int) -> web.Response:
    return web.Response(status=416, headers={"Content-Range": f"bytes */{total}"})


async def _break_off(request: web.Request, data: bytes, keep: int) -> web.StreamResponse:
    """Promise the whole file, send its beginning, close the connection."""
    response = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await response.prepare(request)
    await response.write(data[:keep])
    if request.transport is not None:
        request.transport.close()
    return response


async def _flood(request: web.Request, data: bytes, size: int) -> web.StreamResponse:
    """Send the file and then zeros."""
    response = web.StreamResponse()
    with suppress(ConnectionError):  # a client that has had enough hangs up
        await response.prepare(request)
        await response.write(data)
        sent = len(data)
        while sent < size:
            chunk = bytes(min(_FLOOD_CHUNK, size - sent))
            await response.write(chunk)
            sent += len(chunk)
        await response.write_eof()
    return response
