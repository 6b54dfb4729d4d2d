"""The line as members see it: turns, caps, and what is usual."""

import re
from pathlib import Path

from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    HELD_SECONDS,
    answer,
    ask,
    delivered,
    held,
    jobs,
    ledger,
    let_go,
    playing,
    rendering,
    told,
)

ONE = {"PIKA_FAL__CONCURRENCY": "1", "PIKA_QUOTA__VIDEOS_PER_DAY": "50"}
TIMES = re.compile(r"usually ready <t:(\d+):R>(?:, at times <t:(\d+):R>)?")


async def listed(stage: Stage, who: str = "Ada") -> str:
    member, channel = stage.discord.members[who], stage.discord.channels["videos"]
    return answer(await stage.discord.invoke(member, channel, "pika jobs"))


async def sent(stage: Stage, count: int) -> list[str]:
    """Wait until fal got so many requests; return the members' words of each in order."""
    await stage.fal.wait_for(lambda: len(stage.fal.requests) >= count)
    prompts = [str(request.arguments["prompt"]) for request in stage.fal.requests.values()]
    return [prompt.split("\n")[-1] for prompt in prompts]


async def test_members_take_turns(tmp_path: Path, renderer: Renderer):
    settings = ONE | {"PIKA_PROMPT__TEXT__QUALITY": "", "PIKA_PROMPT__TEXT__SAFETY": ""}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage, "ada one")
        await told(stage, "**Rendering**")
        # Nothing moves while the others ask.
        for prompt in ("ada two", "ada three", "ada four"):
            await ask(stage, prompt)
        await told(stage, "⏳ **In line** · place 3")
        await ask(stage, "ben one", "Ben")
        await told(stage, "> `ben one`")
        # Ada had her turn of this round, Ben not.
        assert "**#5** in line, place 1," in await listed(stage, "Ben")
        assert "**#4** in line, place 4," in await listed(stage)
        let_go(stage)
        order = await sent(stage, 5)
        assert [next(word for word in ("ada", "ben") if word in prompt) for prompt in order] == [
            "ada", "ben", "ada", "ada", "ada",
        ]  # fmt: skip
        await delivered(stage, 5)


async def test_a_full_line_refuses_and_takes_nothing(tmp_path: Path, renderer: Renderer):
    settings = ONE | {"PIKA_LINE__MOST_PER_MEMBER": "2", "PIKA_LINE__MOST_PER_SERVER": "3"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage, "first")
        await told(stage, "> `first`")
        await ask(stage, "second")
        await told(stage, "> `second`")
        refused = answer(await ask(stage, "third"))
        assert refused.startswith("You have 2 videos on the way already")
        assert refused.endswith("`/pika cancel`. Nothing was charged.")
        await ask(stage, "third", "Ben")
        await told(stage, "⏳ **In line** · place 2", "Ben")
        refused = answer(await ask(stage, "fourth", "Ben"))
        assert refused.startswith("This server has 3 videos on the way already")
        assert refused.endswith("in a few minutes. Nothing was charged.")
        assert len(await jobs(stage)) == len(await ledger(stage)) == 3
        member, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        await stage.discord.invoke(member, channel, "pika cancel", {"job": 2})
        await told(stage, "🚫 **Canceled**")
        await ask(stage, "third again")
        await told(stage, "third again")


async def test_what_is_usual_is_said_once_it_is_known(tmp_path: Path, renderer: Renderer):
    async with playing(tmp_path, renderer, ONE, Timing(run_seconds=0.3)) as stage:
        await ask(stage, "number 0")
        await delivered(stage, 1)
        stage.fal.timing.run_seconds = HELD_SECONDS
        await ask(stage, "number 1")
        message = await told(stage, "**Rendering**")
        assert message.content.split("\n")[0].endswith(" · time left unknown yet")
        assert "time left unknown yet · `number 1`" in await listed(stage)
        let_go(stage)
        for number in range(2, 5):
            await ask(stage, f"number {number}")
        await delivered(stage, 5)
        stage.fal.timing.run_seconds = HELD_SECONDS
        await ask(stage, "the sixth")
        message = await told(stage, "**Rendering**")
        said = TIMES.search(message.content)
        assert said is not None, message.content
        rows = await jobs(stage)
        times = sorted(
            int(row["made_at"] or 0) - int(row["submitting_at"] or 0) for row in rows[1:]
        )
        started = int(rows[0]["submitting_at"] or 0)
        ready = (started + times[2]) // 1000, (started + times[4]) // 1000
        assert (int(said[1]), int(said[2] or said[1])) == ready
        await ask(stage, "the seventh")
        await told(stage, "⏳ **In line** · place 1 · usually your turn <t:")
        assert "in line, place 1, usually your turn <t:" in await listed(stage)
        # Of other lengths nothing is known.
        await ask(stage, "a longer one", duration=10)
        message = await told(stage, "> `a longer one`")
        for count in (6, 7):
            await rendering(stage, count)
            stage.fal.advance(HELD_SECONDS)
            await delivered(stage, count)
        await stage.discord.wait_for(lambda: "time left unknown yet" in message.content)
        let_go(stage)
        await delivered(stage, 8)
