"""Fixture: a life of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.fal.queue import FalQueue, FalUrls
from sandbox.fal import open_fal
from sandbox.render import Renderer
from tests.adapters.sqlite.store_harness import open_stage
from tests.application.life import Life


@pytest.fixture
async def life(tmp_path: Path, renderer: Renderer) -> AsyncIterator[Life]:
    async with open_stage(tmp_path) as rows, open_fal(renderer=renderer) as fal:
        urls = FalUrls(queue=fal.base_url, rest=fal.base_url, cdn=fal.base_url, api=fal.base_url)
        queue = FalQueue(fal.key, urls, timeout=5, start_timeout=900, file_lifetime=86_400)
        yield Life(rows, fal, queue)
        await queue.aclose()
