"""Each kind of trouble with Discord: one POST at fal, one video where it belongs, one mention."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.discord import Answer, Delay, Drop, Fault, Message
from sandbox.discord.faults import Action
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import Record, held, jobs, ledger, let_go, playing, quota

EDIT = ("PATCH", "/channels/{channel}/messages/{message}")
POST = ("POST", "/channels/{channel}/messages")
CALLBACK = ("POST", "/interactions/{interaction}/{token}/callback")
VIA = {"Via": "1.1 google"}
SETTINGS = {
    "PIKA_FAL__CONCURRENCY": "100",
    "PIKA_QUOTA__VIDEOS_PER_DAY": "100",
    "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5",
}


def limited(seconds: float = 0.3, *, believed: bool = True) -> Answer:
    """Return a rate limit, which discord.py takes for Discord's own only if it is `believed`."""
    body: dict[str, object] = {"message": "slow down", "retry_after": seconds, "global": False}
    return Answer(429, body, VIA if believed else {})


def error(status: int, code: int = 0) -> Answer:
    return Answer(status, {"message": "no", "code": code})


@dataclass(frozen=True)
class Row:
    """`way` is how the video reaches its member; None where the request isn't taken in."""

    name: str
    route: tuple[str, str]
    action: Action
    times: int = 1
    way: str | None = "edited"


def rows() -> list[Row]:
    passing: dict[str, Action] = {
        "a rate limit": limited(),
        "a rate limit of a proxy": limited(believed=False),
        **{f"HTTP {status}": error(status) for status in (500, 502, 503, 504, 524)},
        "a lost token": error(401),
        "no answer": Drop.BEFORE,
        "no answer though done": Drop.AFTER,
        "a slow answer": Delay(0.5),
    }
    gone = {
        "no such message": error(404, 10008),
        "no such channel": error(404, 10003),
        "no access": error(403, 50001),
        "no permission": error(403, 50013),
        "an archived thread": error(400, 50083),
        "an old message's limit": error(400, 30046),
        "a form it doesn't take": error(400, 50035),
        "a blocked text": error(400, 200000),
    }
    taken = [
        *(Row(f"delivery: {name}", EDIT, action, 2) for name, action in passing.items()),
        *(Row(f"delivery: {name}", EDIT, action, 9, "posted") for name, action in gone.items()),
        Row("delivery: too large for Discord", EDIT, error(413, 40005)),
        Row("delivery: too large for its edge", EDIT, Answer(413, {"message": "too large"})),
        *(Row(f"mention: {name}", POST, action) for name, action in passing.items()),
        Row("answer: a slow one", CALLBACK, Delay(0.5)),
        Row("answer: none though done", CALLBACK, Drop.AFTER),
        *(Row(f"answer: HTTP {status}", CALLBACK, error(status)) for status in (500, 502, 503)),
    ]
    refused = [
        Row("answer: too late", CALLBACK, error(404, 10062), way=None),
        Row("answer: a token used up", CALLBACK, error(401, 50027), 9, way=None),
        # The last: the bot then stands aside.
        Row("answer: given by another", CALLBACK, error(400, 40060), 9, way=None),
    ]
    return taken + refused


@pytest.mark.timeout(300)
async def test_every_trouble_with_discord(tmp_path: Path, renderer: Renderer) -> None:
    table = rows()
    async with playing(
        tmp_path, renderer, SETTINGS, held(concurrency=100), surprised=True
    ) as stage:
        # Nothing in the path of an answer says whose it is: these go one after the other.
        numbered = [(row, n) for n, row in enumerate(table) if row.route is not CALLBACK]
        await asyncio.gather(*(begin(stage, row, number) for row, number in numbered))
        let_go(stage)
        await asyncio.gather(*(ends(stage, row, number) for row, number in numbered))
        for number, row in enumerate(table):
            if row.route is CALLBACK:
                await begin(stage, row, number)
                await ends(stage, row, number)
                stage.discord.disarm()
        for _ in range(3):
            assert "Two copies of me are running" in await quota(stage)
        taken = {str(job["prompt"]): job for job in await jobs(stage)}
        wrong = [
            f"{row.name}: {problem}"
            for number, row in enumerate(table)
            for problem in problems(stage, row, number, taken)
        ]
        assert wrong == []
        count = sum(row.way is not None for row in table)
        assert f"{count} of 100" in await quota(stage)
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 200_000 * count
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0


def prompt(number: int) -> str:
    return f"number {number:03} of many"


async def begin(stage: Stage, row: Row, number: int) -> None:
    """Ask for a video, and let the trouble come when it is due."""
    # In a channel of its own: news of progress are paced by channel.
    channel = stage.discord.add_channel(prompt(number))
    match = "" if row.route is CALLBACK else str(channel.id)
    fault = Fault(*row.route, row.action, row.times, match)
    if row.route is CALLBACK:
        stage.discord.arm(fault)
    ada = stage.discord.members["Ada"]
    await stage.discord.invoke(ada, channel, "pika text", {"prompt": prompt(number)})
    if row.route is not CALLBACK:
        await stage.discord.wait_for(
            lambda: any("**Rendering**" in message.content for message in seen(stage, number)), 60
        )
        stage.discord.arm(fault)


async def ends(stage: Stage, row: Row, number: int) -> None:
    if row.way is not None:
        await stage.discord.wait_for(lambda: mentions(stage, number))


def seen(stage: Stage, number: int) -> list[Message]:
    return stage.discord.visible(
        stage.discord.members["Ada"], stage.discord.channels[prompt(number)]
    )


def mentions(stage: Stage, number: int) -> list[Message]:
    return [m for m in seen(stage, number) if "your video is ready" in m.content]


def problems(stage: Stage, row: Row, number: int, taken: dict[str, Record]) -> list[str]:
    """Return what is otherwise than the row says."""
    posts = [post for post in stage.fal.posts if prompt(number) in str(post.arguments["prompt"])]
    if row.way is None:
        checks = {"posts": (len(posts), 0), "jobs": (prompt(number) in taken, False)}
    else:
        ends = [m for m in seen(stage, number) if m.attachments or "📦" in m.content]
        replies = [m.reference for m in mentions(stage, number)]
        checks = {
            "posts": (len(posts), 1),
            "way": (taken[prompt(number)]["delivered_as"], row.way),
            "mentions": (replies, ends),
            "video": ([bool(m.attachments) for m in ends], ["too large" not in row.name]),
        }
    return [f"{what} {got}, not {due}" for what, (got, due) in checks.items() if got != due]
