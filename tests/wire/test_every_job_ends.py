"""Every job at fal ends, whatever fal answers, and its end is told once and truly."""

import asyncio
from pathlib import Path

import pytest

from sandbox.fal import Answer, Drop, Fault, Mangle, Timing
from sandbox.fal.faults import Action, Route
from sandbox.fal.habits import AfterCancel
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    ledger,
    let_go,
    logged,
    playing,
    quota,
    seen,
    told,
)
from tests.wire.test_fals_clock import SHORT

LONG = 100_000
UNKNOWN = "fal never said what became of it"
HTML = {"Content-Type": "text/html"}
UNREADABLE: list[tuple[Route, Action]] = [
    ("status", Mangle(change={"status": "PAUSED"})),
    ("status", Mangle(drop=("status",))),
    ("status", Answer(500, b"<html>", HTML)),
    ("status", Answer(404, b"<html>", HTML)),
    ("status", Answer(403, {"detail": "no"})),
    ("status", Answer(200, b"[" * 50_000)),
    ("status", Answer(302, b"", {"Location": "/"})),
    ("result", Mangle(drop=("video",))),
    ("result", Answer(403, {"detail": "no"})),
    ("result", Answer(200, b"not JSON")),
    ("result", Answer(401, {"detail": "no"})),
]


async def ask_to_cancel(stage: Stage, number: int) -> None:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    await stage.discord.invoke(ada, channel, "pika cancel", {"job": number})


async def mentions(stage: Stage) -> int:
    return len([message for message in seen(stage) if "didn't work out" in message.content])


async def test_unreadable_answers_end_in_time_and_hold_nobody_up(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {**SHORT, "PIKA_FAL__CONCURRENCY": str(len(UNREADABLE))}
    settings |= {"PIKA_FAL__RETRY_LONGEST_SECONDS": "1", "PIKA_QUOTA__VIDEOS_PER_DAY": "50"}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.timing.concurrency = 20
        for number, (route, action) in enumerate(UNREADABLE):
            stage.fal.arm(Fault(route, action, times=LONG, match=f"odd {number};"))
            await ask(stage, f"odd {number};")
        # Nobody has a place at fal before those end.
        await ask(stage, "a fox", who="Ben")
        await ask(stage, "an owl", who="Ben")
        await delivered(stage, 2)
        await stage.discord.wait_for(
            lambda: len([m for m in seen(stage) if UNKNOWN in m.content]) == len(UNREADABLE), 60
        )
        rows = await jobs(stage)
        assert {row["failure"] for row in rows if row["status"] == "failed"} == {"outcome_unknown"}
        assert len([row for row in rows if row["status"] == "failed"]) == len(UNREADABLE)
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 200_000 * len(
            UNREADABLE
        )
        assert "0 of 50" in await quota(stage)


async def test_a_job_that_goes_to_and_fro_ends_too(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, SHORT, held()) as stage:
        for _ in range(200):
            stage.fal.arm(Fault("status", Mangle(change={"status": "IN_QUEUE"})))
            stage.fal.arm(Fault("status", Mangle(change={"status": "IN_PROGRESS"})))
        await ask(stage)
        await told(stage, UNKNOWN)
        (job,) = await jobs(stage)
        assert job["failure_type"] == "overdue"


async def test_the_operator_ends_what_is_at_fal_and_its_video_still_comes(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_FAL__ADOPT_EVERY_SECONDS": "2", "PIKA_FAL__CONCURRENCY": "2"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        for words in ("one", "two"):
            await ask(stage, words)
        await stage.fal.wait_for(lambda: len(stage.fal.posts) == 2)
        await ask(stage, "behind", who="Ben")
        await told(stage, "🎬 **Rendering**")
        said = await stage.bot.command("jobs", "release", "1")
        assert (
            "is no longer held: booked as not charged. It has ended, and its unit is back." in said
        )
        assert "now counts as spent" in await stage.bot.command("jobs", "release", "2", "--charged")
        await told(stage, "the bot's owner has closed it")
        # Their places are free, and what turns up later is delivered and spent once.
        await stage.fal.wait_for(lambda: len(stage.fal.posts) == 3)
        let_go(stage)
        await delivered(stage, 3)
        assert len(stage.fal.posts) == 3
        assert "ledger rows" in await stage.bot.command("ledger", "verify")
        sums = await ledger(stage)
        assert sum(int(row["spent"] or 0) for row in sums) == 600_000
        assert sum(int(row["held"] or 0) for row in sums) == 0


async def test_a_drain_ends_though_a_video_can_t_be_fetched(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, SHORT) as stage:
        stage.fal.arm(Fault("file", Answer(500), times=LONG))
        stage.fal.arm(Fault("status", Answer(403, {"detail": "no"}), times=LONG, match="odd"))
        await ask(stage, "a fox")
        await ask(stage, "odd")
        await told(stage, "📥 **Made**")
        said = await stage.bot.command("drain")
        assert "but for 1, fetched when the bot is back" in said


async def test_an_id_that_another_job_has_makes_a_job_uncertain_at_once(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, SHORT) as stage:
        await ask(stage, "first")
        await delivered(stage)
        (first,) = stage.fal.requests
        stage.fal.arm(Fault("submit", Mangle(change={"request_id": first}), times=2))
        await ask(stage, "second")
        await ask(stage, "third")
        await ask(stage, "fourth", who="Ben")
        await delivered(stage, 4)
        assert len(stage.fal.posts) == 4
        assert "uncertain" in stage.bot.log()


async def test_equal_requests_whose_answers_got_lost_are_all_found(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {**SHORT, "PIKA_FAL__CONCURRENCY": "3"}) as stage:
        stage.fal.timing.concurrency = 3
        stage.fal.arm(Fault("submit", Drop(accepted=True), times=3))
        for who in ("Ada", "Ben", "Mo"):
            await ask(stage, "the same", who=who, seed=7)
        await delivered(stage, 3)
        assert len({row["request_id"] for row in await jobs(stage)}) == 3
        assert len(stage.fal.posts) == 3
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 600_000


async def test_one_mention_for_one_end(tmp_path: Path, renderer: Renderer) -> None:
    settings = {**SHORT, "PIKA_FAL__ADOPT_EVERY_SECONDS": "1"}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("result", Answer(500, {"detail": "x"}), times=LONG))
        await ask(stage)
        message = await told(stage, UNKNOWN)
        (request_id,) = stage.fal.requests
        path = f"GET /fal-ai/pika/requests/{request_id}"
        for _ in range(4):
            calls = stage.fal.calls[path]
            stage.discord.advance(600)
            async with asyncio.timeout(60):
                while stage.fal.calls[path] < calls + 2:  # noqa: ASYNC110 - a call changes nothing
                    await asyncio.sleep(0.05)
            assert UNKNOWN in (await told(stage, UNKNOWN)).content
        assert await mentions(stage) == 1
        assert "fal has it after all" not in stage.bot.log()
        stage.fal.disarm()
        assert await delivered(stage) == [message]
        assert await mentions(stage) == 1


@pytest.mark.parametrize(
    ("cancel", "after", "status"),
    [
        (Answer(400, {"status": "ALREADY_COMPLETED"}), AfterCancel.COMPLETED, "failed"),
        (Answer(404, {"status": "NOT_FOUND"}), AfterCancel.COMPLETED, "failed"),
        (Answer(500), AfterCancel.COMPLETED, "failed"),
        (None, AfterCancel.NOT_FOUND, "canceled"),
        (None, AfterCancel.COMPLETED, "canceled"),
    ],
)
async def test_nothing_was_charged_needs_fals_word(
    tmp_path: Path,
    renderer: Renderer,
    cancel: Answer | None,
    after: AfterCancel,
    status: str,
) -> None:
    settings = {**SHORT, "PIKA_FAL__POLL_FIRST_SECONDS": "0.3"}
    waiting = Timing(queue_seconds=1000)
    async with playing(tmp_path, renderer, settings, waiting) as stage:
        stage.fal.habits.after_cancel = after
        if cancel is not None:
            stage.fal.arm(Fault("cancel", cancel, times=LONG))
        await ask(stage)
        await told(stage, "⏳ **At fal**")
        if cancel is not None:
            stage.fal.arm(Fault("status", Answer(404, {"status": "NOT_FOUND"}), times=LONG))
        await ask_to_cancel(stage, 1)
        if status == "failed":
            message = await told(stage, UNKNOWN)
            assert "othing was charged" not in message.content
        else:
            await told(stage, "🚫 **Canceled** · nothing was charged.")
        (job,) = await jobs(stage)
        assert job["status"] == status
        held_money = sum(int(row["held"] or 0) for row in await ledger(stage))
        assert held_money == (200_000 if status == "failed" else 0)


@pytest.mark.parametrize("events", ["true", "false"])
async def test_an_answer_about_another_request_is_trouble(
    tmp_path: Path, renderer: Renderer, events: str
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_FAL__EVENTS": events}) as stage:
        await ask(stage, "ada's")
        (mine,) = await delivered(stage)
        (adas,) = stage.fal.requests
        url = str(stage.fal.requests[adas].result_url)
        # Each kind of mix-up as often as it is told apart by itself.
        stage.fal.arm(Fault("status", Mangle(change={"request_id": adas}), times=3, match="ben"))
        stage.fal.arm(Fault("stream", Mangle(change={"request_id": adas}), times=100, match="ben"))
        stage.fal.arm(
            Fault(
                "result",
                Mangle(change={"video.url": url}, change_headers={"x-fal-request-id": adas}),
                times=2,
                match="ben",
            )
        )
        stage.fal.arm(Fault("result", Mangle(change={"video.url": url}), times=2, match="ben"))
        await ask(stage, "ben's", who="Ben")
        await delivered(stage, 2)
        rows = await jobs(stage)
        assert len({row["video_url"] for row in rows}) == 2
        for row in rows:
            assert str(row["request_id"]) in str(row["video_url"])
        await logged(stage, "fal answered about another request")
        await logged(stage, "the result is another job's")
        assert mine in await delivered(stage, 2)


@pytest.mark.parametrize("route", ["token", "upload"])
async def test_a_picture_that_fals_storage_never_takes_ends_for_free(
    tmp_path: Path, renderer: Renderer, route: Route
) -> None:
    soon = {"PIKA_FAL__REFUSED_ALONE_SECONDS": "2", "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.3"}
    async with playing(tmp_path, renderer, SHORT | soon) as stage:
        options = {"image": four_colours(), "prompt": "it moves"}
        ben, channel = stage.discord.members["Ben"], stage.discord.channels["videos"]
        stage.fal.arm(Fault(route, Answer(500, "<html>"), times=100_000))
        await stage.discord.invoke(ben, channel, "pika image", options)
        words = "for a long time its storage didn't take your file. Nothing was charged"
        await told(stage, words, who="Ben")
        (job,) = await jobs(stage)
        assert (job["failure"], job["failure_type"]) == ("service_error", "storage")
        assert not stage.fal.posts
        assert "0 of 5" in await quota(stage, "Ben")
        assert "$0.00 held" in await stage.bot.command("ledger", "verify")
        # What passes ends nothing.
        stage.fal.disarm()
        stage.fal.arm(Fault("upload", Answer(500, "<html>"), times=2))
        await stage.discord.invoke(ben, channel, "pika image", options)
        await delivered(stage, 1)


@pytest.mark.parametrize("route", ["submit", "status", "result"])
async def test_a_huge_answer_takes_no_memory(
    tmp_path: Path, renderer: Renderer, route: Route
) -> None:
    async with playing(tmp_path, renderer, SHORT) as stage:
        await ask(stage, "first")
        await delivered(stage, 1)
        before = highest_memory(stage)
        body = b'{"status":"IN_PROGRESS","x":"' + b"a" * 200_000_000 + b'"}'
        huge = Answer(200, body, {"Content-Type": "application/json"}, accepted=True)
        stage.fal.arm(Fault(route, huge))
        await ask(stage, "second")
        await delivered(stage, 2)
        assert highest_memory(stage) - before < 20_000


def highest_memory(stage: Stage) -> int:
    """Return the most kilobytes that the bot has had in memory."""
    lines = Path(f"/proc/{stage.bot.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
