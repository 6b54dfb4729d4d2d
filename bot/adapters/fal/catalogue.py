"""fal's live catalogue: endpoints with their status, parameters and unit prices.

https://fal.ai/docs/platform-apis/v1/models and https://fal.ai/docs/platform-apis/v1/models/pricing
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Annotated

import httpx
from pydantic import BaseModel, Field

from bot.adapters.fal.answers import Answer, read
from bot.adapters.fal.openapi import read_input
from bot.adapters.fal.transport import MOST_LISTED_BYTES, PLAIN, LimitedTransport
from bot.domain.catalogue.live_endpoint import LiveEndpoint, UnitPrice
from bot.domain.jobs.fal import AccountTrouble, FalTrouble
from bot.domain.jobs.hold_reason import HoldReason

# fal returns no more endpoints at a time if their schemas are asked for, too.
_AT_A_TIME = 10
_MOST_TRIES = 5
_PAUSE = 2.0  # seconds, if fal's 429 has no Retry-After


class _Metadata(BaseModel):
    status: str | None = None


class _Model(BaseModel):
    endpoint_id: str
    metadata: _Metadata | None = None
    openapi: object = None


class _Models(BaseModel):
    models: list[_Model]


class _Price(BaseModel):
    endpoint_id: str
    unit_price: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    unit: str
    currency: str = "USD"


class _Prices(BaseModel):
    prices: list[_Price]


class FalCatalogue:
    """Client of fal's platform API. Close it with `aclose`."""

    def __init__(self, key: str, url: str, *, timeout: float):
        """`url` is the API's base; `timeout` (seconds) is for one request."""
        self._url = url
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Key {key}", **PLAIN},
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            transport=LimitedTransport(MOST_LISTED_BYTES),
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def describe(
        self, endpoints: Sequence[str], progress: Callable[[int], object]
    ) -> dict[str, LiveEndpoint]:
        """Return each endpoint as fal describes it; call `progress` with each batch's size.

        Raises FalTrouble, and AccountTrouble when fal refuses the key.
        """
        live: dict[str, LiveEndpoint] = {}
        for start in range(0, len(endpoints), _AT_A_TIME):
            batch = endpoints[start : start + _AT_A_TIME]
            models = await self._each(batch, self._models)
            prices = await self._each(batch, self._prices)
            for endpoint in batch:
                live[endpoint] = _live(models.get(endpoint), prices.get(endpoint))
            progress(len(batch))
        return live

    async def _each(
        self,
        endpoints: Sequence[str],
        ask: Callable[[Sequence[str]], Awaitable[dict[str, Answer] | None]],
    ) -> dict[str, Answer]:
        """Ask for all endpoints in one request; one by one if fal doesn't know one of them."""
        together = await ask(endpoints)
        if together is not None:
            return together
        answers: dict[str, Answer] = {}
        for endpoint in endpoints if len(endpoints) > 1 else ():
            answers |= await ask([endpoint]) or {}
        return answers

    async def _models(self, endpoints: Sequence[str]) -> dict[str, _Model] | None:
        answer = await self._get("/v1/models", endpoints, _Models, expand="openapi-3.0")
        return answer and {model.endpoint_id: model for model in answer.models}

    async def _prices(self, endpoints: Sequence[str]) -> dict[str, _Price] | None:
        answer = await self._get("/v1/models/pricing", endpoints, _Prices)
        return answer and {price.endpoint_id: price for price in answer.prices}

    async def _get(
        self, path: str, endpoints: Sequence[str], shape: type[Answer], **also: str
    ) -> Answer | None:
        """Return fal's answer; None if fal doesn't know one of the endpoints."""
        query = httpx.QueryParams({"endpoint_id": endpoints, **also})
        response = await self._ask(path, query)
        if response.status_code in {401, 403}:
            raise AccountTrouble(f"{path} answered HTTP {response.status_code}", HoldReason.KEY)
        if response.status_code == 404:
            return None
        answer = read(response, shape)
        if answer is None:
            what = "something unreadable" if response.is_success else f"HTTP {response.status_code}"
            raise FalTrouble(f"{path} answered {what}")
        return answer

    async def _ask(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        """Return fal's answer; wait and ask again while fal answers 429."""
        tries = 0
        while True:
            try:
                response = await self._http.get(f"{self._url}{path}", params=query)
            except httpx.HTTPError as error:
                raise FalTrouble(f"{path} failed: {type(error).__name__}") from error
            tries += 1
            if response.status_code != 429 or tries == _MOST_TRIES:
                return response
            await asyncio.sleep(_pause(response))


def _pause(response: httpx.Response) -> float:
    seconds: str = response.headers.get("retry-after", "")
    return float(seconds) if seconds.isdecimal() and len(seconds) <= 4 else _PAUSE


def _live(model: _Model | None, price: _Price | None) -> LiveEndpoint:
    # fal answers any id that looks like an endpoint; only existing endpoints have metadata.
    if model is None or model.metadata is None:
        return LiveEndpoint(status=None)
    declared = read_input(model.openapi)
    return LiveEndpoint(
        status=model.metadata.status,
        parameters=declared and declared[0],
        required=declared[1] if declared else frozenset(),
        price=price and UnitPrice(price.unit_price, price.unit, price.currency),
    )
