"""fal's own client, which the bot is compared with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from unittest.mock import patch

import fal_client


@asynccontextmanager
async def fals_own_client(base_url: str, key: str) -> AsyncGenerator[fal_client.AsyncClient]:
    """Open fal's own client, led to a fal on this machine: the client's addresses are constants."""
    queue = f"{base_url}/"
    with patch.multiple(
        "fal_client.client", QUEUE_URL_FORMAT=queue, REST_URL=base_url, CDN_URL=base_url
    ):
        client = fal_client.AsyncClient(key=key)
        yield client
        # The client has no close of its own.
        http = await client._client  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        await http.aclose()
