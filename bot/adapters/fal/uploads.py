"""Uploads to fal's storage, by the protocol that fal-client speaks, to the hosts of the settings.

fal-client's own `upload` is not used: its hosts are constants, its answers have no limit, a large
body at once stalls the event loop, and it asks for its token with an HTTP client that we can't
limit. The protocol is two requests: https://github.com/fal-ai/fal/tree/main/projects/fal_client.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import httpx

from bot.adapters.fal.answers import TokenAnswer, UploadAnswer, error_of, read, words_of
from bot.adapters.fal.transport import PLAIN, LimitedTransport
from bot.domain.jobs.fal import AccountTrouble, FalTrouble, NotTaken, classify_refusal
from bot.domain.jobs.hold_reason import NEEDS_OWNER
from bot.ports import Clock, UploadRefused

PIECE_BYTES = 1 << 16
# HTTP statuses of fal's storage for a file that it will never take, as fal's model error types. fal
# documents none for its storage, so they mean what HTTP says, and the types what models say:
# https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5 and
# https://fal.ai/docs/documentation/model-apis/errors
_REFUSED = {
    400: "image_load_error",
    413: "file_too_large",
    415: "unsupported_image_format",
    422: "image_load_error",
}
# A token that ends within this time may end on the way.
_MARGIN_SECONDS = 10


class Uploader:
    """Client of fal's storage. Close it with `aclose`."""

    def __init__(self, key: str, *, rest_url: str, cdn_url: str, timeout: float, clock: Clock):
        self._key = key
        self._clock = clock
        self._token_url = f"{rest_url}/storage/auth/token"
        self._upload_url = f"{cdn_url}/files/upload"
        # The key is in no header of the client: the storage gets its own token, and never the key.
        self._http = httpx.AsyncClient(
            transport=LimitedTransport(),
            headers=PLAIN,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )
        self._token: TokenAnswer | None = None
        self._renewing = asyncio.Lock()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def store(self, path: Path, content_type: str, *, expires_in: int) -> str:
        """Upload a file that fal keeps for `expires_in` seconds, and return its URL.

        Raises UploadRefused, FalTrouble, OSError for the file, and the errors of httpx.
        """
        file = await asyncio.to_thread(path.open, "rb")
        try:
            size = await asyncio.to_thread(file.seek, 0, 2)
            token = await self._valid_token()
            lifecycle = json.dumps({"expiration_duration_seconds": expires_in})
            response = await self._http.post(
                self._upload_url,
                content=_pieces(file),
                headers={
                    "Authorization": f"{token.token_type} {token.token}",
                    "Content-Type": content_type,
                    "Content-Length": str(size),
                    # fal's storage reads the first, its other services the second.
                    "X-Fal-Object-Lifecycle": lifecycle,
                    "X-Fal-Object-Lifecycle-Preference": lifecycle,
                },
            )
        finally:
            await asyncio.to_thread(file.close)
        return self._url_in(response)

    def _url_in(self, response: httpx.Response) -> str:
        status = response.status_code
        if status in _REFUSED:
            raise UploadRefused(_REFUSED[status])
        if status in {401, 403}:
            # fal decides when a token has expired.
            self._token = None
        answer = read(response, UploadAnswer)
        if answer is None:
            raise FalTrouble(f"upload answered HTTP {status}, and no address of the file")
        return answer.access_url

    async def _valid_token(self) -> TokenAnswer:
        async with self._renewing:
            soon = self._clock.now() / 1000 + _MARGIN_SECONDS
            if self._token is None or self._token.expires_at.timestamp() <= soon:
                self._token = await self._new_token()
            return self._token

    async def _new_token(self) -> TokenAnswer:
        response = await self._http.post(
            self._token_url,
            params={"storage_type": "fal-cdn-v3"},
            headers={"Authorization": f"Key {self._key}"},
            json={},
        )
        token = read(response, TokenAnswer)
        if token is not None:
            return token
        reason = f"the storage's token answered HTTP {response.status_code}"
        refused = classify_refusal(response.status_code, *error_of(response))
        # Only this request carries the key, so only this answer is about the account.
        if isinstance(refused, NotTaken) and refused.hold in NEEDS_OWNER:
            raise AccountTrouble(reason, refused.hold, words_of(response) or "")
        raise FalTrouble(f"{reason}, and no token")


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """Yield the file in small pieces: a large body at once is copied, and stalls the event loop."""
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece
