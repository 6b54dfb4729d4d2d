"""A kill before and after each call that only the buttons of finished videos lead to."""

import os
from pathlib import Path

import pytest

from sandbox.discord import Message
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.crash.test_rare_moments import BOTH, begin, crashing, die, restart_to_die
from tests.wire.playing import delivered, jobs, rows_say, told
from tests.wire.refining import all_delivered, fill_in, one_video, press

NEXT = {"What happens next?": "it runs"}


async def history(stage: Stage) -> Message:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    shown = (await stage.discord.invoke(ada, channel, "pika history")).response_message
    assert shown is not None
    return shown


@pytest.mark.parametrize("call", ["pastvideos.page", "videos.poster"])
@BOTH
async def test_history(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await one_video(stage)
        await begin(stage, call, when)
        await history(stage)
        await die(stage)
        shown = await history(stage)
        await stage.discord.wait_for(lambda: shown.attachments)
        assert "**#1** `a fox`" in shown.content


@pytest.mark.parametrize("call", ["videos.keep_last_frame", "archive.use"])
@BOTH
async def test_continue(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer, most_posts=2) as stage:
        message = await one_video(stage)
        await begin(stage, call, when)
        await fill_in(stage, message, "Continue", NEXT)
        await die(stage)
        await told(stage, "I was restarted before I could take this request in.")
        assert len(await jobs(stage)) == 1
        await fill_in(stage, message, "Continue", NEXT)
        await delivered(stage, 2)


@BOTH
async def test_join(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer, most_posts=2) as stage:
        first = await one_video(stage)
        await fill_in(stage, first, "Continue", NEXT)
        second = next(one for one in await delivered(stage, 2) if one is not first)
        await all_delivered(stage)
        await begin(stage, "videos.join", when)
        await press(stage, second, "Join")
        await die(stage)
        await press(stage, second, "Join")
        film = await told(stage, "A film of 2 shots")
        assert film.attachments


async def delete(stage: Stage, message: Message) -> None:
    question = (await press(stage, message, "Delete")).response_message
    assert question is not None
    await press(stage, question, "Delete for good")


async def erased(stage: Stage, message: Message, folder: Path) -> None:
    await stage.discord.wait_for(lambda: "was deleted" in message.content)
    await rows_say(stage, lambda rows: all(row["erased_at"] is not None for row in rows))
    assert not list((folder / "archive" / "videos").iterdir())


@pytest.mark.parametrize(
    "call", ["archive.remove", "pastvideos.only_of", "delivery.erase", "jobstore.mark_erased"]
)
@BOTH
async def test_delete(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        await begin(stage, call, when)
        await delete(stage, message)
        await die(stage)
        await erased(stage, message, tmp_path)


@BOTH
async def test_delete_at_its_first_write(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        await begin(stage, "jobstore.mark_deleted", when)
        await delete(stage, message)
        await die(stage)
        if when == "before":
            assert message.attachments
            await delete(stage, message)
        await erased(stage, message, tmp_path)


@BOTH
async def test_needed(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        old = tmp_path / "archive" / "inputs" / "ab" / "old.jpg"
        old.parent.mkdir(parents=True)
        old.write_bytes(b"x")
        os.utime(old, (0, 0))
        await restart_to_die(stage, "pastvideos.needed", when)
        await die(stage)
        while old.exists():
            await jobs(stage)
