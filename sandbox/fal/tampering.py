"""Answers that were right until a fault got at them."""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus
from typing import cast

from aiohttp import web

from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.faults import Mangle, Trickle, WrongLength

DATED = "X-Sandbox-Dated"
"""Marks a response whose Date header is a fault's; it is taken out before it is sent."""


def mangled(body: JsonObject, action: Mangle) -> JsonObject:
    """Return the object without the keys that are to be dropped, and with the changes."""
    # A deep copy: what is answered may be what is kept.
    changed = cast("JsonObject", json.loads(json.dumps(body)))
    for path in action.drop:
        parent, key = _inward(changed, path)
        parent.pop(key, None)
    for path, value in action.change.items():
        parent, key = _inward(changed, path)
        parent[key] = value
    return changed


def mangle(response: web.Response, action: Mangle) -> web.Response:
    headers = {
        name: value
        for name, value in response.headers.items()
        if name.lower() not in {"content-type", "content-length"}
        and name.lower() not in {dropped.lower() for dropped in action.drop_headers}
    }
    headers |= action.change_headers
    status = action.status or response.status
    whole = _bytes(response)
    if response.content_type != "application/json":
        return redated(
            web.Response(
                status=status, body=whole, headers=headers, content_type=response.content_type
            )
        )
    body = cast("Json", json.loads(whole))
    if isinstance(body, dict):
        body = mangled(body, action)
    return redated(web.json_response(body, status=status, headers=headers))


def redated(response: web.Response) -> web.Response:
    """Return the response; a Date header that it has already stays as it is."""
    if "Date" in response.headers:
        response.headers[DATED] = "1"
    return response


async def trickle(
    request: web.Request, response: web.Response, action: Trickle
) -> web.StreamResponse:
    whole = _bytes(response)
    stream = web.StreamResponse(status=response.status, headers=dict(response.headers))
    stream.content_length = len(whole)
    with suppress(ConnectionError):  # a client may lose patience
        await stream.prepare(request)
        for at in range(0, len(whole), action.chunk):
            await stream.write(whole[at : at + action.chunk])
            await asyncio.sleep(action.pause)
        await stream.write_eof()
    return stream


def wrong_length(
    request: web.Request, response: web.Response, action: WrongLength
) -> web.StreamResponse:
    # By hand: aiohttp keeps the promises that a response makes.
    head = (
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
        f"Content-Type: {response.content_type}\r\nContent-Length: {action.announced}\r\n\r\n"
    )
    if request.transport is not None:
        request.transport.write(head.encode() + _bytes(response))
        request.transport.close()
    return web.Response()


def _bytes(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""


def _inward(body: JsonObject, path: str) -> tuple[JsonObject, str]:
    *way, key = path.split(".")
    for step in way:
        inner = body.get(step)
        if not isinstance(inner, dict):
            raise TypeError(f"no {path} in {body}")
        body = inner
    return body, key
