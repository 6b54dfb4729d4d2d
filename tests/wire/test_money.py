"""Nothing is paid twice, nothing paid is lost, and members are told the truth."""

import asyncio
from pathlib import Path

import pytest

from sandbox import discord
from sandbox.fal import (
    Answer,
    Delay,
    Drop,
    FailJob,
    Fault,
    State,
    infrastructure_error,
    policy_violation,
)
from sandbox.fal.errors import JsonObject
from sandbox.render import Renderer
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    four_colours,
    held,
    jobs,
    kept,
    ledger,
    let_go,
    playing,
    quota,
    seen,
    told,
    videos,
)


async def test_a_lost_answer_is_looked_for_and_never_sent_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    # fal's listing shows ended requests only: until then nobody can know.
    async with playing(tmp_path, renderer, timing=held()) as stage:
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        told_so = await told(stage, "🔎 **Checking with fal** · its answer got lost")
        assert "It's never sent twice." in told_so.content
        assert [job["status"] for job in await jobs(stage)] == ["uncertain"]
        let_go(stage)
        (message,) = await delivered(stage)
        assert message is told_so
        assert len(stage.fal.posts) == 1
        assert "1 of 5" in await quota(stage)


async def test_an_answer_that_never_turns_up_ends_as_unknown(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {
        "PIKA_FAL__TIMEOUT_SECONDS": "1",
        "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
        "PIKA_FAL__RUN_SECONDS": "0.1",
    }
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("submit", Drop()))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        await told(stage, "didn't work out")
        (job,) = await jobs(stage)
        assert (job["status"], job["failure"]) == ("failed", "outcome_unknown")
        assert len(stage.fal.posts) == 1
        rows = await ledger(stage)
        # The unit comes back; the money stays held, for it may have been charged.
        assert [(row["videos"], row["held"]) for row in rows] == [(1, 200_000), (-1, 0)]
        assert "0 of 5" in await quota(stage)


async def test_a_request_that_fal_refuses_names_the_field_and_gives_the_unit_back(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        failure = policy_violation("prompt")
        stage.fal.arm(Fault("submit", Answer(422, failure.body)))
        await ask(stage)
        said = await told(stage, "❌ **No video**")
        assert (
            "fal refused `prompt`: its content check said no. Nothing was charged" in said.content
        )
        assert "It doesn't count towards your quota." in said.content
        (job,) = await jobs(stage)
        assert (job["status"], job["failure"]) == ("failed", "refused")
        assert len(stage.fal.posts) == 1
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0
        assert "0 of 5" in await quota(stage)


async def test_a_failure_that_may_be_billed_gives_units_back_up_to_the_days_cap(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_QUOTA__RETURNS_PER_DAY": "1"}) as stage:
        stage.fal.arm(Fault("submit", FailJob(policy_violation("prompt")), times=2))
        await ask(stage, "one")
        await told(stage, "It doesn't count towards your quota.")
        await ask(stage, "two")
        await told(stage, "It counts towards your quota, as fal may have charged for it.")
        assert "1 of 5" in await quota(stage)
        stage.fal.arm(Fault("submit", FailJob(infrastructure_error("internal_error", "oh"))))
        await ask(stage, "three")
        await told(stage, "fal had a problem of its own. Nothing was charged")
        assert "1 of 5" in await quota(stage)
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 400_000


async def test_fal_being_away_keeps_the_place_and_sends_once(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        locked: JsonObject = {"detail": "User is locked. Reason: Exhausted balance."}
        stage.fal.arm(Fault("submit", Answer(403, locked), times=1000))
        await ask(stage)
        await told(stage, "⏸️ **Paused** · ")
        stage.fal.disarm()
        await delivered(stage)
        *refused, taken = [post.status for post in stage.fal.posts]
        assert (set(refused), taken) == ({403}, 200)


@pytest.mark.parametrize(
    ("status", "said"), [(413, "fal refused `image`: the file is too large"), (503, "⏸️ **Waiting")]
)
async def test_a_picture_that_fal_does_not_take_blocks_nobody(
    tmp_path: Path, renderer: Renderer, status: int, said: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.arm(Fault("upload", Answer(status, {"detail": "no"}), times=1000))
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await told(stage, said)
        await ask(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_kill_while_a_job_runs(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        await stage.bot.kill()
        await come_back(stage)
        let_go(stage)
        (message,) = await delivered(stage)
        assert len(message.attachments) == 1
        assert len(stage.fal.posts) == 1
        assert len([m for m in seen(stage) if m.pinged]) == 1
        assert "1 of 5" in await quota(stage)
        assert len(videos(stage)) == 1


async def test_kill_while_the_answer_to_a_submit_is_under_way(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        # fal has the request and answers too late: the bot dies in `submitting`.
        stage.fal.arm(Fault("submit", Delay(1)))
        await ask(stage)
        await stage.fal.wait_for(lambda: len(stage.fal.posts) == 1)
        await stage.bot.kill()
        assert [job["status"] for job in await jobs(stage)] == ["submitting"]
        await come_back(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_two_hundred_commands_at_once_take_exactly_the_quota(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        invocations = await asyncio.gather(*(ask(stage, f"number {n}") for n in range(200)))
        assert not [invocation for invocation in invocations if invocation.failed]
        await stage.discord.wait_for(
            lambda: len([m for m in seen(stage) if "used today's quota" in m.content]) == 195
        )
        await delivered(stage, 5)
        assert len(await jobs(stage)) == 5
        assert len(stage.fal.posts) == 5
        # Neither a refused command nor a finished one leaves anything else in the channel.
        assert len([m for m in seen(stage, "Ben") if not m.pinged]) == 5


async def test_a_full_quota_is_refused_in_private(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, {"PIKA_QUOTA__VIDEOS_PER_DAY": "1"}) as stage:
        await ask(stage)
        await delivered(stage)
        refused = answer(await ask(stage, "one more"))
        assert refused.startswith(
            "You've used today's quota of 1 video here; please come back when it resets <t:"
        )
        assert refused.endswith("Nothing was charged.")
        assert not [r for r in stage.fal.requests.values() if r.state is not State.COMPLETED]


async def test_a_video_too_large_for_the_server_is_kept_and_said_so(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        message = await told(stage, "**Rendering**")
        route = "/channels/{channel}/messages/{message}"
        refusal = discord.Answer(413, {"message": "Request entity too large", "code": 40005})
        stage.discord.arm(discord.Fault("PATCH", route, refusal))
        let_go(stage)
        await told(stage, "your video is ready")
        assert (
            "📦 **Finished, but too large for this place** · the bot's owner keeps the whole video"
            f" as `{(await kept(stage)).name}`." in message.content
        )
        assert (await kept(stage)).is_file()
        assert not message.attachments
