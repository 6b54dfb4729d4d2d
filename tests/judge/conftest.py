"""A fal for the judged bot, and the bot's settings."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.fal import FalServer, open_fal
from sandbox.render import Renderer
from tests.judge.simcord_harness import GUILD, Program


@pytest.fixture
async def fal(renderer: Renderer) -> AsyncGenerator[FalServer]:
    async with open_fal(renderer=renderer) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, fal: FalServer) -> Program:
    return Program(
        {
            "PIKA_DATABASE__PATH": str(tmp_path / "pika.db"),
            "PIKA_ARCHIVE__URL": f"file:{tmp_path / 'archive'}",
            "PIKA_FAL__MEDIA_HOSTS": f'["{fal.base_url}"]',
            "PIKA_FAL__POLL_FIRST_SECONDS": "0.1",
            "PIKA_QUOTA__VIDEOS_PER_DAY": "1",
            "PIKA_DISCORD__SERVERS": f"[{GUILD}]",
            **{f"PIKA_FAL__{name}_URL": fal.base_url for name in ("QUEUE", "REST", "CDN", "API")},
        }
    )
