"""An answer of fal's that would lose a paid video isn't believed at once."""

from pathlib import Path

import pytest

from sandbox.fal import (
    Answer,
    FailJob,
    Fault,
    Mangle,
    infrastructure_error,
    policy_violation,
    refusal,
)
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, jobs, playing, told

NOT_FOUND = Answer(404, {"status": "NOT_FOUND"})
IN_PROGRESS = Answer(400, {"detail": "Request is still in progress"})


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", NOT_FOUND, times=3),
        Fault("result", NOT_FOUND),
        Fault("result", IN_PROGRESS, times=2),
        Fault("result", refusal(infrastructure_error("runner_connection_error"))),
    ],
)
async def test_a_passing_no_does_not_lose_a_paid_video(
    tmp_path: Path, renderer: Renderer, fault: Fault
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.arm(fault)
        await ask(stage)
        await delivered(stage)


async def test_a_gateways_error_does_not_hide_why_a_job_failed(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
        stage.fal.arm(Fault("result", refusal(infrastructure_error("runner_connection_error"))))
        await ask(stage)
        said = await told(stage, "❌ **No video**")
        assert "because of `prompt`: its content check said no" in said.content


async def test_a_request_that_stays_unknown_ends_truthfully(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_FAL__POLL_LONGEST_SECONDS": "0.2"}) as stage:
        stage.fal.arm(Fault("status", NOT_FOUND, times=100))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        (job,) = await jobs(stage)
        assert (job["failure"], job["failure_type"]) == ("outcome_unknown", "forgotten")


@pytest.mark.parametrize("tail", ["y" * 70_000, "\u0001"], ids=["long", "control"])
async def test_urls_that_can_not_be_asked_lose_no_paid_video(
    tmp_path: Path, renderer: Renderer, tail: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        names = ("status_url", "response_url", "cancel_url")
        odd = dict.fromkeys(names, f"{stage.fal.base_url}/{tail}")
        stage.fal.arm(Fault("submit", Mangle(change={**odd})))
        await ask(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1
