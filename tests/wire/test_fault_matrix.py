"""Each row of fal's error tables: POSTs, state, money and the sentence that is left."""

import asyncio
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.discord import Message
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.fault_rows import Row, rows
from tests.wire.playing import Record, ask, four_colours, jobs, ledger, playing, seen

SETTINGS = {
    "PIKA_QUOTA__VIDEOS_PER_DAY": "1000",
    "PIKA_QUOTA__RETURNS_PER_DAY": "1000",
    "PIKA_FAL__CONCURRENCY": "100",
    "PIKA_FAL__TIMEOUT_SECONDS": "2",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "15",
    "PIKA_FAL__RUN_SECONDS": "15",
    # A dozen answers are lost at once: each looks through the whole listing.
    "PIKA_FAL__RECONCILE_FIRST_SECONDS": "1",
    "PIKA_FAL__RECONCILE_LONGEST_SECONDS": "2",
    "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5",
    # No answer is to pause what the other rows are about.
    "PIKA_FAL__MOST_UNCLEAR_ANSWERS": "1000",
    # What stays unknown is looked at again only after the test.
    "PIKA_FAL__ADOPT_EVERY_SECONDS": "1000",
}
PRICE = 200_000
PROMPT = re.compile(r"`(number \d{3} of many)`")


@pytest.mark.timeout(300)
async def test_every_answer_of_fal(tmp_path: Path, renderer: Renderer) -> None:
    table = rows()
    timing = Timing(run_seconds=0.2, concurrency=100)
    async with playing(tmp_path, renderer, SETTINGS, timing=timing) as stage:
        # fal's storage isn't told whose picture it is given: these go first, one after the other.
        for number, row in enumerate(table):
            if row.picture:
                await send(stage, number, row)
                await stage.discord.wait_for(lambda n=number: prompt(n) in endings(stage))
        await asyncio.gather(
            *(send(stage, number, row) for number, row in enumerate(table) if not row.picture)
        )
        await stage.discord.wait_for(lambda: len(endings(stage)) == len(table), 120)
        ended = endings(stage)
        by_prompt = {str(job["prompt"]): job for job in await jobs(stage)}
        money = sums(await ledger(stage))
        wrong = [
            f"{row.name}: {problem}"
            for number, row in enumerate(table)
            for problem in problems(
                stage, row, by_prompt[prompt(number)], money, ended[prompt(number)]
            )
        ]
        assert wrong == []
        assert len(table) > 100


def prompt(number: int) -> str:
    return f"number {number:03} of many"


async def send(stage: Stage, number: int, row: Row) -> None:
    """Arm the row's faults for one job, and ask for it."""
    for fault in row.faults:
        stage.fal.arm(fault if row.picture else replace(fault, match=prompt(number)))
    if row.picture:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"prompt": prompt(number), "image": four_colours()}
        await stage.discord.invoke(ada, channel, "pika image", options)
    else:
        await ask(stage, prompt(number))


def endings(stage: Stage) -> dict[str, Message]:
    """Return the messages that say how their job ended, by its prompt."""
    return {
        match[1]: message
        for message in seen(stage)
        if (message.attachments or "❌" in message.content)
        and (match := PROMPT.search(message.content))
    }


def sums(entries: list[Record]) -> dict[int, tuple[int, int, int]]:
    """Return units, money held and money spent by job."""
    found = defaultdict[int, tuple[int, int, int]](lambda: (0, 0, 0))
    for entry in entries:
        job = int(entry["job_id"] or 0)
        parts = (int(entry[name] or 0) for name in ("videos", "held", "spent"))
        units, held, spent = (a + b for a, b in zip(found[job], parts, strict=True))
        found[job] = units, held, spent
    return found


def problems(
    stage: Stage,
    row: Row,
    job: Record,
    money: dict[int, tuple[int, int, int]],
    message: Message,
) -> list[str]:
    """Return what is otherwise than the row says."""
    ending = row.ending
    posts = [
        post for post in stage.fal.posts if str(job["prompt"]) in str(post.arguments["prompt"])
    ]
    checks = {
        "posts": (len(posts), ending.posts),
        "state": ((job["status"], job["failure"]), (ending.status, ending.failure)),
        "money": (
            money[int(job["id"] or 0)],
            (ending.units, ending.held * PRICE, ending.spent * PRICE),
        ),
        "video": (bool(message.attachments), ending.status == "delivered"),
        "words": (ending.words in message.content, True),
    }
    return [f"{what} {got}, not {due}" for what, (got, due) in checks.items() if got != due]
