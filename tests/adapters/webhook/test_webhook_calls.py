"""What fal's genuine calls do, and how its keys are known."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.jobs.job import Failure, Status
from tests.adapters.webhook.webhook_harness import Desk, open_desk

ID = "3f1c8a52-77aa-4b3e-9d5e-0e4b8a9c1d2f"


async def status_of(desk: Desk, job: Status, request_id: str = ID) -> int:
    return (await desk.send(desk.genuine(desk.jobs[job].reference, request_id))).status_code


async def test_a_lost_answer_is_adopted_once_however_often_fal_calls(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        job_id = desk.jobs[Status.UNCERTAIN].id
        call = desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID)
        assert (await desk.send(call)).status_code == 200
        adopted = await desk.now(Status.UNCERTAIN)
        assert adopted.status is Status.SUBMITTED
        assert adopted.handle is not None
        assert adopted.handle.request_id == ID
        assert adopted.handle.status_url == f"{desk.keys.url}/fal-ai/pika/requests/{ID}/status"
        # The same again, and fal's own repetition, only say "look".
        assert (await desk.send(call)).status_code == 200
        assert await status_of(desk, Status.UNCERTAIN) == 200
        assert await desk.now(Status.UNCERTAIN) == adopted
        assert desk.went_on == [job_id] * 3
        # One fetch of the keys was enough.
        assert desk.keys.calls == 1


@pytest.mark.parametrize("settled", [False, True])
async def test_a_job_that_ended_as_unknown_is_looked_at(tmp_path: Path, settled: bool) -> None:
    """Its row, and so its message, changes only for a video, or for an end that says more."""
    async with open_desk(tmp_path) as desk:
        job = await desk.rows.lead(desk.jobs[Status.UNCERTAIN], Failure.OUTCOME_UNKNOWN)
        if settled:
            assert await desk.rows.store.settle_unknown(job, charged=True, at=0)
        before = await desk.everything()
        assert await status_of(desk, Status.UNCERTAIN) == 200
        assert await desk.everything() == before
        assert (desk.went_on, desk.looked_at) == ([], [(job.id, ID)])


@pytest.mark.parametrize("seconds", [-600, 600])
async def test_a_call_is_recent_by_fals_clock(tmp_path: Path, seconds: int) -> None:
    async with open_desk(tmp_path) as desk:
        call = desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID, ago=-seconds)
        assert (await desk.send(call)).status_code == 401
        desk.fal_offset = seconds * 1000
        assert (await desk.send(call)).status_code == 200


async def test_a_job_that_is_over_is_left_alone(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        handle = desk.jobs[Status.SUBMITTED].handle
        assert handle is not None
        assert await status_of(desk, Status.SUBMITTED, handle.request_id) == 200
        assert desk.went_on == [desk.jobs[Status.SUBMITTED].id]
        await desk.rows.lead(desk.jobs[Status.SUBMITTED], Status.SUCCEEDED)
        before = await desk.everything()
        assert await status_of(desk, Status.SUBMITTED, handle.request_id) == 200
        assert await desk.everything() == before
        assert len(desk.went_on) == 1


async def test_fal_may_change_its_keys(tmp_path: Path) -> None:
    async with open_desk(tmp_path, least_pause=0) as desk:
        assert await status_of(desk, Status.UNCERTAIN) == 200
        desk.key = Ed25519PrivateKey.generate()
        assert await status_of(desk, Status.UNCERTAIN) == 401
        desk.keys.publish(desk.key)
        assert await status_of(desk, Status.UNCERTAIN) == 200
        # What is known stays known while fal can't be asked.
        desk.keys.status = 500
        assert await status_of(desk, Status.UNCERTAIN) == 200


async def test_a_flood_of_wrong_signatures_asks_for_keys_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.key = Ed25519PrivateKey.generate()
        for _ in range(20):
            assert await status_of(desk, Status.UNCERTAIN) == 401
        assert desk.keys.calls == 1
