"""Two processes with one token: each request is paid once, and one of the two stands aside."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from sandbox.discord import Answer, Drop, Fault, Invocation, Message
from sandbox.discord.faults import Action
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    let_go,
    logged,
    playing,
    rendering,
    seen,
    told,
    videos,
)
from tests.wire.test_breaker import owner_told
from tests.wire.test_discord_matrix import CALLBACK
from tests.wire.test_mentions import post
from tests.wire.test_offers import AGREE
from tests.wire.two_processes import ASIDE, OVER, second_process

SETTINGS = {"PIKA_QUOTA__VIDEOS_PER_DAY": "20"}
SENTENCE = (
    "Two copies of me are running, so I made nothing; please ask again in a minute, and if it stays"
    " so tell the bot's owner. Nothing was charged."
)


def paid(stage: Stage) -> list[str]:
    return [str(one.arguments["prompt"]).split("\n")[0] for one in stage.fal.posts]


def name_of(stage: Stage) -> str:
    return f"`{socket.gethostname()}` (`{stage.bot.folder / 'pika.db'}`)"


def is_aside(stage: Stage) -> bool:
    log = stage.bot.log()
    return log.count(ASIDE) > log.count(OVER)


async def one_stands_aside(*stages: Stage) -> tuple[Stage, Stage]:
    """Wait until one process stands aside; return the other and that one."""
    async with asyncio.timeout(60):
        while not any(map(is_aside, stages)):  # noqa: ASYNC110 - the file of another process tells nobody
            await asyncio.sleep(0.02)
    working, aside = sorted(stages, key=is_aside)
    assert not is_aside(working)
    return working, aside


async def press(stage: Stage, message: Message, button: str) -> Invocation:
    return await stage.discord.click(stage.discord.members["Ada"], message, button)


async def test_every_kind_of_request_is_paid_once(tmp_path: Path, renderer: Renderer) -> None:
    async with (
        playing(tmp_path, renderer, SETTINGS) as stage,
        second_process(stage, tmp_path / "second", SETTINGS) as second,
    ):
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        # A mention comes first: neither knows of the other, and both reply at once.
        await post(stage, "a mention", [four_colours()])
        await delivered(stage, 1)
        working, aside = await one_stands_aside(stage, second)
        await ask(stage, "a command")
        await delivered(stage, 2)
        image = {"image": four_colours(), "prompt": "an image"}
        await stage.discord.invoke(ada, channel, "pika image", image)
        await delivered(stage, 3)
        await press(stage, videos(stage)[-1], "Again")
        await delivered(stage, 4)
        await press(stage, await dear_offer(stage), AGREE)
        await delivered(stage, 5)
        picture = await post(stage, "look", [four_colours()], who="Ben", named=False)
        opened = await stage.discord.invoke_menu(ada, picture, "Animate")
        await stage.discord.submit_modal(opened, {"prompt": "a menu"})
        await delivered(stage, 6)
        await post(stage, "another mention", [four_colours()])
        await delivered(stage, 7)
        assert sorted(paid(stage)) == [
            *("a command", "a fox in the snow", "a mention", "a menu", "an image", "an image"),
            "another mention",
        ]
        assert len(await jobs(working)) == 7
        assert await jobs(aside) == []
        await stage.discord.wait_for(lambda: owner_told(stage))
        (message,) = owner_told(stage)
        assert message.startswith(f"⚠️ {ASIDE}")
        assert f"The copy on {name_of(aside)} stands aside" in message
        assert name_of(working) not in message
        assert "Stop one of the two" in message
        assert "by `python -m bot drain` there" in message
        assert aside.bot.log().count(ASIDE) == 1
        assert SENTENCE not in str([one.content for one in seen(stage)])


async def dear_offer(stage: Stage) -> Message:
    asked = await stage.discord.invoke(
        stage.discord.members["Ada"],
        stage.discord.channels["videos"],
        "pika text",
        {"prompt": "a fox in the snow", "resolution": "1080p", "duration": 10},
    )
    assert asked.response_message is not None
    return asked.response_message


async def test_who_is_alone_again_goes_on_after_three_answers(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(
        tmp_path, renderer, SETTINGS | {"PIKA_FAL__CONCURRENCY": "1"}, held()
    ) as stage:
        # One is at fal, one waits in line: the first is watched to its end, the second isn't sent.
        await ask(stage, "at fal")
        await rendering(stage)
        await ask(stage, "in line")
        async with second_process(stage, tmp_path / "second", SETTINGS) as second:
            await slower_than(stage, second)
            let_go(stage)
            await delivered(stage, 1)
            assert paid(stage) == ["at fal"]
        for number in range(2):
            assert answer(await ask(stage, f"alone {number}")) == SENTENCE
        await post(stage, "a mention", [four_colours()])
        assert (await told(stage, SENTENCE)).content == SENTENCE
        await logged(stage, OVER)
        await delivered(stage, 2)
        await ask(stage, "alone")
        await delivered(stage, 3)
        assert paid(stage) == ["at fal", "in line", "alone"]
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 2)
        assert owner_told(stage)[1] == f"✅ {OVER}: the copy on {name_of(stage)} goes on."


async def slower_than(stage: Stage, second: Stage) -> None:
    """Let the second process be the first to answer; the stage's own stands aside."""
    stage.bot.process.send_signal(signal.SIGSTOP)
    try:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        await stage.discord.invoke(ada, channel, "pika quota")
    finally:
        stage.bot.process.send_signal(signal.SIGCONT)
    await logged(stage, ASIDE)
    assert not is_aside(second)


@pytest.mark.parametrize("action", [Drop.AFTER, Answer(500, {"message": "no", "code": 0})])
async def test_an_own_answer_that_got_lost_still_goes_on(
    tmp_path: Path, renderer: Renderer, action: Action
) -> None:
    """One of the two loses its answer: there is one video, and one process stands aside at most."""
    async with (
        playing(tmp_path, renderer, SETTINGS, surprised=True) as stage,
        second_process(stage, tmp_path / "second", SETTINGS) as second,
    ):
        for number in range(3):
            stage.discord.arm(Fault(*CALLBACK, action))
            await ask(stage, f"fox {number}")
            count = number + 1
            await stage.discord.wait_for(lambda count=count: len(videos(stage)) == count)
            stage.discord.disarm()
        assert paid(stage) == ["fox 0", "fox 1", "fox 2"]
        assert len([*await jobs(stage), *await jobs(second)]) == 3
