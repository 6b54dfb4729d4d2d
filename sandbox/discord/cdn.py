"""The CDN: files of messages and of command options, behind signed links that expire.

See https://docs.discord.com/developers/reference#signed-attachment-cdn-urls.
"""

import hmac
import mimetypes
import re
import secrets
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import quote

from aiohttp import web

from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.picture_size import picture_size

LINK_LIFE_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody uploads."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None = None
    """Guessed from the file's name where it is left out; an empty one stays unknown."""
    description: str | None = None
    """The alternative text."""
    spoiler: bool = False
    """The sender covered it with the switch of their app, which leaves its name alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """A stored file."""

    id: int
    filename: str
    data: bytes = field(repr=False)
    content_type: str | None
    """None where neither the sender nor the name says one: then Discord doesn't, either."""
    path: str = field(repr=False)
    """The path of its link on the CDN."""
    cdn: "Cdn" = field(repr=False)
    width_height: tuple[int, int] | None = None
    """Pixels of a picture; None for other files."""
    description: str | None = None
    """The alternative text."""
    ephemeral: bool = False
    """The file belongs to an ephemeral message or to an interaction."""
    spoiler: bool = False
    """The sender covered it with the switch of their app."""

    @property
    def is_spoiler(self) -> bool:
        """Return whether readers have to uncover the file; its name is the older way to say so."""
        return self.spoiler or self.filename.startswith("SPOILER_")

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def url(self) -> str:
        """A link that works for a day from now."""
        return self.cdn.sign(self.path)


class Cdn:
    def __init__(self, clock: Clock, ids: Snowflakes) -> None:
        self.base_url = ""
        self._clock = clock
        self._ids = ids
        self._key = secrets.token_bytes(16)
        self._stored: dict[str, Attachment] = {}
        self._public: dict[str, File] = {}

    def store(self, file: File, *, folder: str, ephemeral: bool = False) -> Attachment:
        """Keep a file; `folder` is `attachments/<channel>` or `ephemeral-attachments/<app>`."""
        attachment_id = self._ids.next()
        filename = re.sub(r"[^A-Za-z0-9._-]", "_", PurePath(file.filename).name) or "unknown"
        content_type = file.content_type
        if content_type is None:
            content_type = mimetypes.guess_type(filename)[0]
        attachment = Attachment(
            id=attachment_id,
            filename=filename,
            data=file.data,
            content_type=content_type or None,
            path=f"/{folder}/{attachment_id}/{quote(filename)}",
            cdn=self,
            width_height=picture_size(content_type or "", file.data),
            description=file.description,
            ephemeral=ephemeral,
            spoiler=file.spoiler,
        )
        self._stored[attachment.path] = attachment
        return attachment

    def publish(self, path: str, file: File) -> str:
        """Keep a file that needs no signature, like a sticker's, and return its link."""
        self._public[path] = file
        return f"{self.base_url}{path}"

    async def serve_public(self, request: web.Request) -> web.Response:
        file = self._public.get(request.rel_url.raw_path)
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, headers={"Content-Type": file.content_type or ""})

    def forget(self, attachment: Attachment) -> None:
        self._stored.pop(attachment.path, None)

    def sign(self, path: str) -> str:
        issued = int(self._clock.now())
        expires = issued + LINK_LIFE_SECONDS
        signature = self._signature(path, f"{expires:x}", f"{issued:x}")
        return f"{self.base_url}{path}?ex={expires:x}&is={issued:x}&hm={signature}&"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a GET, whole or a range of it, so that a browser can seek in a video."""
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        attachment = self._stored.get(request.rel_url.raw_path)
        signature = self._signature(request.rel_url.raw_path, expires, issued)
        genuine = hmac.compare_digest(signature.encode(), request.query.get("hm", "").encode())
        if attachment is None or not genuine or int(expires, 16) < self._clock.now():
            return web.Response(status=404, text="This content is no longer available.")
        kind = attachment.content_type or "application/octet-stream"
        headers = {"Content-Type": kind, "Accept-Ranges": "bytes"}
        try:
            wanted = request.http_range
        except ValueError:
            return web.Response(status=416)
        if "Range" not in request.headers:
            return web.Response(body=attachment.data, headers=headers)
        start, stop, _ = wanted.indices(attachment.size)
        headers["Content-Range"] = f"bytes {start}-{max(start, stop) - 1}/{attachment.size}"
        if start >= stop:
            headers["Content-Range"] = f"bytes */{attachment.size}"
            return web.Response(status=416, headers=headers)
        return web.Response(status=206, body=attachment.data[start:stop], headers=headers)

    def _signature(self, path: str, expires: str, issued: str) -> str:
        return hmac.digest(self._key, f"{path}\n{expires}\n{issued}".encode(), "sha256").hex()
