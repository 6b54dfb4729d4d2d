"""A kill before and after each of those calls that a storm hardly reaches."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from sandbox.discord import Member
from sandbox.fal import Answer, Drop, FailJob, Fault, Timing, policy_violation
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests.crash.rare import RARE
from tests.wire.playing import (
    FAST,
    HELD_SECONDS,
    ask,
    come_back,
    delivered,
    four_colours,
    jobs,
    ledger,
    let_go,
    rendering,
    rows_say,
    seen,
    told,
    videos,
)
from tests.wire.test_too_large import LIMIT, padded

RUNS = Timing(run_seconds=1)
BOTH = pytest.mark.parametrize("when", ["before", "after"])


@asynccontextmanager
async def crashing(
    folder: Path,
    renderer: Renderer,
    settings: dict[str, str] | None = None,
    *,
    most_posts: int = 1,
) -> AsyncGenerator[Stage]:
    async with open_stage(
        folder,
        timing=RUNS,
        renderer=renderer,
        settings=FAST | (settings or {}),
        module="tests.crash.crashing_bot",
    ) as stage:
        stage.discord.identify_limit.enabled = False
        yield stage
        # One reservation each, nothing left open, and no POST too many: whatever was played.
        await stage.bot.command("ledger", "verify")
        assert len(stage.fal.posts) <= most_posts


async def restart_to_die(stage: Stage, call: str, when: str) -> None:
    """Start the bot anew; it will kill itself at that call."""
    if stage.bot.process.returncode is None:
        await stage.bot.kill()
    await stage.discord.wait_for(lambda: not stage.discord.bot_online)
    stage.bot.environment["CRASH_AT"] = f"{call}:{when}:1"
    await stage.bot.start()


async def die(stage: Stage) -> None:
    """Wait until it has, and let the next one live."""
    assert await asyncio.wait_for(stage.bot.process.wait(), 60) == -9
    del stage.bot.environment["CRASH_AT"]
    await come_back(stage)


async def begin(stage: Stage, call: str, when: str) -> None:
    await restart_to_die(stage, call, when)
    await stage.discord.wait_ready()


async def ask_and_lose_the_channel(stage: Stage) -> Member:
    stage.fal.timing.run_seconds = HELD_SECONDS
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    await stage.discord.invoke(ada, channel, "pika text", {"prompt": "a fox"})
    await rendering(stage)
    stage.discord.delete_channel(channel)
    let_go(stage)
    return ada


@BOTH
async def test_deliver_directly(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "delivery.deliver_directly", when)
        ada = await ask_and_lose_the_channel(stage)
        await die(stage)
        await rows_say(stage, lambda rows: [row["status"] for row in rows] == ["delivered"])
        (message,) = stage.discord.direct_messages(ada)
        assert message.attachments


@BOTH
async def test_show_directly(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "delivery.show_directly", when)
        stage.fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
        ada = await ask_and_lose_the_channel(stage)
        await die(stage)
        await rows_say(stage, lambda rows: [row["shown"] for row in rows] == ["failed"])
        (message,) = stage.discord.direct_messages(ada)
        assert "its content check said no" in message.content


@pytest.mark.parametrize("call", ["delivery.take_back", "jobstore.forget_announcement"])
@BOTH
async def test_taking_an_answer_back(
    tmp_path: Path, renderer: Renderer, call: str, when: str
) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "jobstore.remember_announcement", "after")
        await ask(stage)
        assert await asyncio.wait_for(stage.bot.process.wait(), 60) == -9
        await restart_to_die(stage, call, when)
        await die(stage)
        await told(stage, "I was restarted before I could take this request in.")
        assert await jobs(stage) == []
        (message,) = seen(stage)
        assert "Nothing was charged" in message.content


@BOTH
async def test_fit(tmp_path: Path, renderer: Renderer, when: str) -> None:
    film = padded(await renderer.render(VideoOrder("fox", 1, 720, 5)))
    async with crashing(tmp_path, renderer) as stage:
        stage.fal.arm(Fault("file", Answer(200, film, {"Content-Type": "video/mp4"})))
        await begin(stage, "videos.fit", when)
        await ask(stage)
        await die(stage)
        (message,) = await delivered(stage)
        assert 0 < message.attachments[0].size < LIMIT


@BOTH
async def test_holds(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await ask(stage)
        await delivered(stage)
        await begin(stage, "archive.holds", when)
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        show = "pika show"
        await stage.discord.invoke(ada, channel, show, {"job": 1}, wait=False)
        await die(stage)
        await stage.discord.invoke(ada, channel, show, {"job": 1})
        await stage.discord.wait_for(lambda: len(videos(stage)) == 2)


@BOTH
async def test_without_request(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "jobstore.without_request", when)
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await die(stage)
        await delivered(stage)


@BOTH
async def test_is_settled(tmp_path: Path, renderer: Renderer, when: str) -> None:
    settings = {
        "PIKA_FAL__EVENTS": "false",
        "PIKA_FAL__TIMEOUT_SECONDS": "1",
        "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
        "PIKA_FAL__RUN_SECONDS": "1",
        "PIKA_FAL__ADOPT_EVERY_SECONDS": "0.3",
    }
    async with crashing(tmp_path, renderer, settings) as stage:
        await begin(stage, "jobstore.is_settled", when)
        stage.fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
        stage.fal.arm(Fault("status", Answer(500, {}), times=100_000))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        stage.fal.disarm()
        await die(stage)
        await rows_say(stage, lambda rows: [row["failure"] for row in rows] == ["model_error"])


@BOTH
async def test_settle_unknown(tmp_path: Path, renderer: Renderer, when: str) -> None:
    settings = {
        "PIKA_FAL__TIMEOUT_SECONDS": "0.4",
        "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
        "PIKA_FAL__RUN_SECONDS": "0.1",
    }
    async with crashing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("submit", Drop()))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        await begin(stage, "jobstore.settle_unknown", when)
        with pytest.raises(RuntimeError):
            await stage.bot.command("jobs", "release", "1")
        await die(stage)
        held = sum(int(row["held"] or 0) for row in await ledger(stage))
        assert held == (200_000 if when == "before" else 0)
        with suppress(RuntimeError):
            await stage.bot.command("jobs", "release", "1")
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0


@pytest.mark.parametrize(
    "call",
    ["jobstore.job_of", "jobstore.tag_for", "jobstore.remember_announcement", "jobstore.submit"],
)
@BOTH
async def test_a_mention_between_its_reply_and_its_row(
    tmp_path: Path, renderer: Renderer, call: str, when: str
) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, call, when)
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        words = f"{stage.discord.bot.mention} leaves drift past"
        asked = await stage.discord.post(ada, channel, words, [four_colours()])
        await die(stage)
        if (call, when) == ("jobstore.submit", "after"):
            await told(stage, "your video is ready")
        elif call in {"jobstore.job_of", "jobstore.tag_for"}:
            assert not [m for m in seen(stage) if m.author is stage.discord.bot.user]
        elif (call, when) == ("jobstore.remember_announcement", "before"):
            # Nothing knows of it; what it says of itself is true for as long as it stands.
            await told(stage, "If this still stands here in some minutes, look at `/pika jobs`")
        else:
            await told(stage, "I was restarted before I could take this request in.")
        # The gateway may tell of it again, to a process that never heard of it.
        stage.discord.tell_again(asked)
        await told(stage, "your video is ready")
        assert len(await jobs(stage)) == 1
        mine = [m for m in seen(stage) if m.author is stage.discord.bot.user]
        assert [m.reference for m in mine if m.attachments] == [asked]
        assert len(mine) == 2, "one reply, and one mention at its end"


def test_each_of_them_has_a_scene() -> None:
    folder = Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*_moments.py"))
    assert {call for call in RARE if f'"{call}"' not in text} == set()
