"""The real bot on the stage, and the steps that the scenarios are made of."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import cast

from PIL import Image
from PIL.ExifTags import GPS, IFD

from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import open_reader
from sandbox.discord import File, Invocation, Message, WorldPlan
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests.wire.discord_document import complaints

TEXT = "fal-ai/pika/v2.2/text-to-video"
FAST = {
    # One member asks for more in a test than anybody should be allowed to.
    "PIKA_LINE__MOST_PER_MEMBER": "0",
    "PIKA_LINE__MOST_PER_SERVER": "0",
    "PIKA_DISCORD__LINE_REFRESH_SECONDS": "1",
    "PIKA_FAL__RETRY_FIRST_SECONDS": "0.2",
    "PIKA_FAL__RECONCILE_FIRST_SECONDS": "0.2",
    "PIKA_FAL__RECONCILE_LONGEST_SECONDS": "0.5",
}
Record = dict[str, str | int | None]
PATIENCE_SECONDS = 60.0
"""A machine with much else to do needs that long; only a test that fails waits for it."""
POLL_SECONDS = 0.05
"""Between two looks at something that tells nobody when it changes."""


@asynccontextmanager
async def playing(
    folder: Path,
    renderer: Renderer,
    settings: Mapping[str, str] | None = None,
    timing: Timing | None = None,
    *,
    surprised: bool = False,
    paced: bool = False,
    plan: WorldPlan | None = None,
    module: str = "bot",
) -> AsyncGenerator[Stage]:
    """Play with the bot; at the end nothing that either server disapproves of may have happened.

    Discord takes five edits of a channel in five seconds: only where a test is `paced` it counts
    them, as others would mostly wait for it (so do the storm and the tour). Unless the bot is
    meant to be `surprised`, there is no trace of an error in its log either. `plan` asks for other
    servers than the usual one, `module` is run as the bot.
    """
    async with open_stage(
        folder,
        timing=timing,
        renderer=renderer,
        settings=FAST | dict(settings or {}),
        plan=plan,
        module=module,
    ) as stage:
        stage.discord.rate_limits.enabled = paced
        yield stage
        assert complaints(stage.discord.requests) == []
        assert not stage.discord.violations
        assert not stage.fal.violations
    assert stage.bot.process.returncode == 0, stage.bot.log()
    assert surprised or "Traceback" not in stage.bot.log(), stage.bot.log()


async def restart(stage: Stage) -> None:
    """Stop the bot as a supervisor does, and start it again."""
    assert await stage.bot.stop() == 0
    await come_back(stage)


async def come_back(stage: Stage) -> None:
    """Start the bot after its end, and wait until it answers commands."""
    await stage.discord.wait_for(lambda: not stage.discord.bot_online)
    # Discord lets a bot identify once in five seconds.
    stage.discord.advance(5)
    await stage.bot.start()
    await stage.discord.wait_ready()


HELD_SECONDS = 200.0


def held(**timing: int) -> Timing:
    """Return how fal renders until it is told to `let_go`: so nothing is over too soon for a test
    of what happens meanwhile, however slow this machine is."""
    return Timing(run_seconds=HELD_SECONDS, **timing)


async def rendering(stage: Stage, count: int = 1) -> None:
    """Wait until fal has begun with so many."""

    def begun() -> bool:
        return sum(one.started_at is not None for one in stage.fal.requests.values()) >= count

    await stage.fal.wait_for(begun)


def let_go(stage: Stage) -> None:
    """End what fal renders, and hold nothing any more."""
    stage.fal.timing.run_seconds = 0
    stage.fal.advance(HELD_SECONDS)


async def ask(
    stage: Stage, prompt: str = "a fox in the snow", who: str = "Ada", **options: str | int
) -> Invocation:
    return await stage.discord.invoke(
        stage.discord.members[who],
        stage.discord.channels["videos"],
        "pika text",
        {"prompt": prompt, **options},
    )


def seen(stage: Stage, who: str = "Ada") -> list[Message]:
    return stage.discord.visible(stage.discord.members[who], stage.discord.channels["videos"])


def videos(stage: Stage) -> list[Message]:
    """Return the messages with a video in them."""
    return [message for message in seen(stage) if message.attachments]


async def delivered(stage: Stage, count: int = 1) -> list[Message]:
    """Wait until so many videos are there, each with its mention."""

    def all_there() -> bool:
        mentions = [message for message in seen(stage) if "your video is ready" in message.content]
        return len(videos(stage)) >= count and len(mentions) >= count

    await stage.discord.wait_for(all_there, PATIENCE_SECONDS)
    return videos(stage)


async def told(stage: Stage, words: str, who: str = "Ada") -> Message:
    """Wait until a message that the member sees has these words in it."""
    await stage.discord.wait_for(
        lambda: any(words in m.content for m in seen(stage, who)), PATIENCE_SECONDS
    )
    return next(message for message in seen(stage, who) if words in message.content)


async def owner_reads(stage: Stage, words: str) -> None:
    """Wait until a direct message to the application's owner has these words in it."""
    owner = stage.discord.members["Olive"]
    await stage.discord.wait_for(
        lambda: any(words in m.content for m in stage.discord.direct_messages(owner)),
        PATIENCE_SECONDS,
    )


async def logged(stage: Stage, words: str) -> None:
    """Wait until the bot's log has these words in it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while words not in stage.bot.log():  # noqa: ASYNC110 - the file of another process tells nobody
            await asyncio.sleep(POLL_SECONDS)


def answer(invocation: Invocation) -> str:
    """Return the text that only the member saw."""
    message = invocation.followups[-1] if invocation.followups else invocation.response_message
    assert message is not None
    assert message.ephemeral
    return message.content


async def jobs(stage: Stage) -> list[Record]:
    """Return the rows, newest first; of a video that was just posted, once its row says so."""
    command = ("jobs", "--json", "--most", "1000")
    rows: list[Record] = []
    for _ in range(20):
        rows = cast("list[Record]", json.loads(await stage.bot.command(*command)))
        if all(row["status"] != "stored" for row in rows):
            break
    return rows


async def _rows(stage: Stage) -> list[Record]:
    """Read the rows as `python -m bot jobs` does, without a process each time."""
    async with open_reader(Path(stage.bot.environment["PIKA_DATABASE__PATH"])) as reader:
        return [dict(row) for row in await reports.jobs_report(reader, limit=1000)]


async def rows_say(stage: Stage, holds: Callable[[list[Record]], bool]) -> list[Record]:
    """Wait until the jobs' rows, newest first, are as they should be, and return them."""
    rows: list[Record] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds(rows := await _rows(stage)):  # noqa: ASYNC110 - rows of another process tell nobody
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        columns = ("id", "status", "failure", "relation", "shown", "deleted_by", "erased_at")
        found = [{name: row[name] for name in columns} for row in rows]
        raise AssertionError(f"the rows never were so: {found}") from None
    return rows


async def kept(stage: Stage, number: int = 1) -> Path:
    """Return the archive's file of a video that is stored."""
    shown = await stage.bot.command("jobs", "show", str(number), "--json")
    row = cast("Mapping[str, Record]", json.loads(shown))["job"]
    return stage.bot.folder / "archive" / str(row["video"])


async def ledger(stage: Stage) -> list[Record]:
    return cast("list[Record]", json.loads(await stage.bot.command("ledger", "--json")))


async def quota(stage: Stage, who: str = "Ada") -> str:
    member, channel = stage.discord.members[who], stage.discord.channels["videos"]
    return answer(await stage.discord.invoke(member, channel, "pika quota"))


COLOURS = ((200, 30, 30), (30, 160, 60), (40, 60, 200), (230, 200, 40))
"""Of the four quadrants, row by row."""


def four_colours(width: int = 640, height: int = 480) -> File:
    """Return a JPEG of four quadrants that says where it was taken."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(COLOURS):
        column, row = number % 2, number // 2
        quadrant = Image.new("RGB", (width // 2, height // 2), colour)
        image.paste(quadrant, (column * width // 2, row * height // 2))
    exif = Image.Exif()
    exif.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (47.0, 22.0, 1.0)})
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95, exif=exif)
    return File("holiday.jpg", buffer.getvalue(), "image/jpeg")
