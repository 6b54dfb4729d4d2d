"""Requests to Discord after discord.py closed itself, as it does where the token is refused."""

import aiohttp
import pytest

from bot.ports import Undeliverable
from bot.ui.trouble import Temporary, with_retries


async def test_a_closed_client_can_deliver_nothing_and_is_not_tried_again() -> None:
    session = aiohttp.ClientSession()
    await session.close()
    tries: list[int] = []

    async def send() -> aiohttp.ClientResponse:
        tries.append(1)
        return await session.get("http://127.0.0.1:9/")

    with pytest.raises(Undeliverable, match="closed") as raised:
        await with_retries(send)
    assert not isinstance(raised.value, Temporary)
    assert tries == [1]


async def test_another_error_of_that_kind_stays_an_error() -> None:
    async def send() -> None:
        raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"):
        await with_retries(send)
