"""The operator's commands beside the real bot: nothing is paid twice, and the books stay true."""

import asyncio
import re
from pathlib import Path
from typing import cast

import httpx
import pytest

from sandbox.fal import Answer, Drop, Fault, State, Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    HELD_SECONDS,
    TEXT,
    ask,
    come_back,
    delivered,
    four_colours,
    held,
    jobs,
    ledger,
    let_go,
    logged,
    playing,
    quota,
    rendering,
    seen,
    told,
    videos,
)

# A lost answer is given up after 2 × 1 + 1.1 + 1 seconds.
GIVES_UP = {
    "PIKA_FAL__TIMEOUT_SECONDS": "1",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
    "PIKA_FAL__RUN_SECONDS": "1",
}


async def refused(stage: Stage, *arguments: str) -> str:
    with pytest.raises(RuntimeError) as refusal:
        await stage.bot.command(*arguments)
    return str(refusal.value).partition("pika-bot: ")[2].strip()


async def states(stage: Stage) -> list[tuple[str | int | None, str | int | None]]:
    """Return status and failure of every job, oldest first."""
    return [(job["status"], job["failure"]) for job in reversed(await jobs(stage))]


async def verified(stage: Stage) -> str:
    said = await stage.bot.command("ledger", "verify")
    assert said.startswith("✓ ")
    return said


async def test_the_operators_word_adopts_a_request_that_the_listing_never_shows(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await told(stage, "🔎 **Checking with fal**")
        assert "fal's listing has no request that can be job 1's" in await refused(
            stage, "jobs", "reconcile", "1"
        )
        assert await refused(stage, "jobs", "reconcile", "1", "no-such-request") == (
            "fal doesn't know the request no-such-request. Is its id right?"
        )
        assert await states(stage) == [("uncertain", None)]
        (request_id,) = stage.fal.requests
        await ended(stage)
        said = await stage.bot.command("jobs", "reconcile", "1", request_id)
        assert said == f"Job 1 is fal's request {request_id}, which has ended; it goes on.\n"
        await delivered(stage)
        assert len(stage.fal.posts) == 1
        assert await states(stage) == [("delivered", None)]
        assert "is delivered: only one that is uncertain" in await refused(
            stage, "jobs", "reconcile", "1", request_id
        )
        shown = await stage.bot.command("jobs", "show", "1")
        assert re.search(rf"\nrequest_id +{request_id}\n", shown)
        assert re.search(r"\nprice +\$0.20\n", shown)
        assert shown.count(" UTC  ") == 2
        assert "1 videos counted, $0.00 held, $0.20 spent" in await verified(stage)


async def test_what_was_given_up_goes_on_at_the_operators_word(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, GIVES_UP) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        message = await told(stage, "fal never said what became of it")
        (request_id,) = stage.fal.requests
        stage.fal.habits.listing_lag_seconds = 0
        await ended(stage)
        said = await stage.bot.command("jobs", "reconcile", "1")
        assert f"Job 1 is fal's request {request_id}, which has ended" in said
        assert await delivered(stage) == [message]
        assert len(stage.fal.posts) == 1
        # Its unit came back when it was given up, and stays so.
        assert "0 of 5" in await quota(stage)
        assert "0 videos counted, $0.00 held, $0.20 spent" in await verified(stage)


async def test_only_a_request_that_can_be_this_jobs_is_adopted(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage, "mine")
        await delivered(stage)
        (mine,) = stage.fal.requests
        async with httpx.AsyncClient(base_url=stage.fal.base_url) as http:
            key = {"Authorization": f"Key {stage.fal.key}"}
            foreign = await http.post(f"/{TEXT}", json={"prompt": "another"}, headers=key)
        other = cast("dict[str, str]", foreign.json())["request_id"]
        await stage.fal.wait_for(lambda: stage.fal.requests[other].state is State.COMPLETED)
        stage.fal.arm(Fault("submit", Drop()))
        await ask(stage, "lost")
        await told(stage, "🔎 **Checking with fal**")
        assert "is another job's" in await refused(stage, "jobs", "reconcile", "2", mine)
        assert "has another input than job 2" in await refused(
            stage, "jobs", "reconcile", "2", other
        )
        assert "no request id of fal's" in await refused(stage, "jobs", "reconcile", "2", "../x")
        assert await states(stage) == [("delivered", None), ("uncertain", None)]


async def test_the_operator_says_what_an_unknown_outcome_cost(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, GIVES_UP) as stage:
        stage.fal.arm(Fault("submit", Drop(), times=3))
        for number in range(3):
            await ask(stage, f"number {number}")
        await stage.discord.wait_for(
            lambda: len([m for m in seen(stage) if "fal never said" in m.content]) == 3, 60
        )
        assert "$0.60 held, $0.00 spent" in await verified(stage)
        assert await stage.bot.command("jobs", "release", "1") == (
            "$0.20 for job 1 is no longer held: booked as not charged."
            " If fal has a video of it after all, it is still delivered, and booked as spent.\n"
        )
        assert "now counts as spent" in await stage.bot.command("jobs", "release", "2", "--charged")
        assert await refused(stage, "jobs", "release", "1", "--charged") == (
            "Nothing is held for job 1 any more."
        )
        assert "has no request that can be" in await refused(stage, "jobs", "reconcile", "2")
        assert "no job 9" in await refused(stage, "jobs", "release", "9")
        sums = [
            (row["job_id"], row["kind"], row["held"], row["spent"]) for row in await ledger(stage)
        ]
        assert sums[-2:] == [(1, "release", -200_000, 0), (2, "settle", -200_000, 200_000)]
        assert "$0.20 held, $0.20 spent" in await verified(stage)
        # No bot, and its socket still there: the command does it by itself.
        await stage.bot.kill()
        assert (tmp_path / "pika.db.sock").is_socket()
        assert "is no longer held" in await stage.bot.command("jobs", "release", "3")
        assert "$0.00 held, $0.20 spent" in await verified(stage)
        await come_back(stage)
        assert await states(stage) == [("failed", "outcome_unknown")] * 3


async def test_without_a_bot_a_job_is_found_and_the_next_bot_goes_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await told(stage, "🔎 **Checking with fal**")
        await stage.bot.kill()
        stage.fal.habits.listing_lag_seconds = 0
        await ended(stage)
        said = await stage.bot.command("jobs", "reconcile", "1")
        assert said.endswith("which has ended; it goes on when the bot is started.\n")
        assert await states(stage) == [("submitted", None)]
        await come_back(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def ended(stage: Stage) -> None:
    """Wait until fal has made what it was asked for."""
    requests = stage.fal.requests.values()
    await stage.fal.wait_for(lambda: all(one.state is State.COMPLETED for one in requests))


async def test_a_backup_under_load_is_a_database_of_its_own(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_QUOTA__VIDEOS_PER_DAY": "40"}) as stage:
        asking = asyncio.gather(*(ask(stage, f"number {n}") for n in range(20)))
        copies = [tmp_path / f"copy-{number}.db" for number in range(3)]
        for copy in copies:
            assert " jobs, 0." in await stage.bot.command("backup", str(copy))
        await asking
        assert "exists already" in await refused(stage, "backup", str(copies[0]))
        await delivered(stage, 20)
        original = stage.bot.environment["PIKA_DATABASE__PATH"]
        for copy in copies:
            stage.bot.environment["PIKA_DATABASE__PATH"] = str(copy)
            await verified(stage)
        stage.bot.environment["PIKA_DATABASE__PATH"] = original
        assert "20 jobs with 40 ledger rows" in await verified(stage)


async def test_what_was_sent_after_the_backup_isnt_sent_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = GIVES_UP | {"PIKA_FAL__CONCURRENCY": "1", "PIKA_FAL__RUN_SECONDS": "4"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage, "first")
        await stage.fal.wait_for(lambda: len(stage.fal.posts) == 1)
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "second"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await told(stage, "> `second`")
        await ask(stage, "third")
        await told(stage, "> `third`")
        await stage.bot.command("backup", str(tmp_path / "copy.db"))
        # A later life: the second is delivered, the third on its way, the fourth not even known.
        await ask(stage, "fourth")
        for count in (1, 2):
            stage.fal.advance(HELD_SECONDS)
            await delivered(stage, count)
            await rendering(stage, count + 1)
        await stage.bot.kill()
        await stage.bot.command("restore", str(tmp_path / "copy.db"))
        assert [state for state, _ in await states(stage)][1:] == ["created"] * 2
        sent = [post.arguments["prompt"] for post in stage.fal.posts]
        let_go(stage)
        # Nor while fal's listing can't be seen.
        stage.fal.arm(Fault("listing", Answer(500), times=1000))
        await come_back(stage)
        await told(stage, "nothing is sent twice")
        stage.fal.disarm()
        await delivered(stage, 3)
        assert [post.arguments["prompt"] for post in stage.fal.posts] == sent
        assert len({str(prompt) for prompt in sent}) == len(sent)
        assert [state for state, _ in await states(stage)] == ["delivered"] * 3
        assert 3 <= len(videos(stage)) <= len(sent) + 1
        await verified(stage)


async def test_what_the_backup_has_in_line_and_nobody_sent_is_sent_once_that_is_sure(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = GIVES_UP | {"PIKA_FAL__CONCURRENCY": "1", "PIKA_FAL__RUN_SECONDS": "4"}
    # Not held: what fal's clock is ahead of the bot's, the listing wouldn't be searched for.
    async with playing(tmp_path, renderer, settings, Timing(run_seconds=1)) as stage:
        await ask(stage, "first")
        await ask(stage, "second")
        await told(stage, "> `second`")
        await stage.bot.command("backup", str(tmp_path / "copy.db"))
        await delivered(stage, 2)
        await ask(stage, "third")
        await delivered(stage, 3)
        await stage.bot.stop()
        await stage.bot.command("restore", str(tmp_path / "copy.db"))
        await come_back(stage)
        # Those who ask now wait with the others.
        await ask(stage, "fresh")
        await delivered(stage, 4)
        prompts = [str(post.arguments["prompt"]) for post in stage.fal.posts]
        assert len(prompts) == len(set(prompts)) == 4
        third = next(
            one.request_id for one in stage.fal.requests.values() if "third" in str(one.arguments)
        )
        # That is sure only some seconds later.
        await logged(stage, f"belong to no job here (they may be another program's): {third}")
        await logged(stage, "the line goes on")
        rows = await jobs(stage)
        # Nor do two videos ever share a number.
        assert [(row["id"], row["status"]) for row in rows] == [
            (10_003, "delivered"),
            (2, "delivered"),
            (1, "delivered"),
        ]
