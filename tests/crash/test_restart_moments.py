"""A kill before and after each call that tells jobs of an earlier process apart."""

from pathlib import Path

import pytest

from sandbox.render import Renderer
from tests.crash.test_rare_moments import BOTH, begin, crashing, die, restart_to_die
from tests.wire.playing import ask, delivered, held, let_go, rendering, told
from tests.wire.refining import one_video, press, said


@BOTH
async def test_a_message_is_read_before_its_job_is_sent(
    tmp_path: Path, renderer: Renderer, when: str
) -> None:
    settings = {"PIKA_FAL__CONCURRENCY": "1"}
    async with crashing(tmp_path, renderer, settings, most_posts=2) as stage:
        stage.fal.timing = held()
        await ask(stage, "a fox")
        await rendering(stage)
        await ask(stage, "a hen")
        await told(stage, "> `a hen`")
        await restart_to_die(stage, "delivery.shown", when)
        await die(stage)
        let_go(stage)
        await delivered(stage, 2)
        assert len(stage.fal.posts) == 2


@pytest.mark.parametrize("call", ["jobstore.job_by_reference"])
@BOTH
async def test_a_button_finds_its_job(
    tmp_path: Path, renderer: Renderer, call: str, when: str
) -> None:
    async with crashing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        await begin(stage, call, when)
        await press(stage, message, "Details")
        await die(stage)
        details = await press(stage, message, "Details")
        assert "**Video #1**" in await said(stage, details)
