"""What the intake of members' videos does about children that misbehave, and about its own loop."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.media.video_limits import VideoInputLimits
from bot.domain.refusal import Refusal
from tests.adapters.media.children import children, script
from tests.adapters.media.noisy_films import noisy_film
from tests.adapters.media.video_files import files_in, film, intake
from tests.free_loop import leaves_the_loop_free

CHILD = "bot.adapters.media.video_intake.CHILD"
HANGS = "import time; time.sleep(60)"
LIMITS = VideoInputLimits(niceness=0)
BUSY = "I couldn't open `video` just now; please try again in a minute."
DAMAGED = "`video` is damaged or incomplete; please save it again or attach another."
TOO_LONG = "`video` takes too long to open; please save it shorter or smaller."
MEMORY = "`video` is damaged or takes too much memory; please save it smaller, 1080p will do."
NOT_KEPT = (
    "I can't keep pictures and videos right now, so I can't take `video`; please try again later."
)
NO_ROOM = "I have no room for `video` just now; please try again later."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(HANGS, TOO_LONG, id="hangs"),
        pytest.param("import os; os.kill(os.getpid(), 24)", TOO_LONG, id="SIGXCPU"),
        pytest.param("import os; os.kill(os.getpid(), 11)", DAMAGED, id="crashes"),
        pytest.param("raise SystemExit(1)", BUSY, id="fails"),
        pytest.param("raise SystemExit(5)", MEMORY, id="memory"),
        pytest.param("raise SystemExit(6)", NO_ROOM, id="disk"),
        pytest.param("", DAMAGED, id="makes nothing"),
        pytest.param("print('ftyp')", DAMAGED, id="makes something else"),
        pytest.param("raise SystemExit(3)", BUSY, id="refuses without a word"),
        pytest.param("print('refused whatever'); raise SystemExit(3)", BUSY, id="unknown reason"),
        pytest.param("print('refused size x 5'); raise SystemExit(3)", BUSY, id="no number"),
        pytest.param("print('refused codec `@x`'); raise SystemExit(3)", BUSY, id="no name"),
        pytest.param("print('\\xff'); raise SystemExit(3)", BUSY, id="no ASCII"),
        pytest.param(
            "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())",
            "`video` is longer than 30 seconds; please cut it to 30 seconds at most.",
            id="lets everything through",
        ),
    ],
)
async def test_misbehaving_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
):
    monkeypatch.setattr(CHILD, script(tmp_path, text))
    archive = tmp_path / "archive"
    limits = replace(LIMITS, wall_seconds=1 if "sleep" in text else 30)
    async with intake(archive, limits) as keep:
        with pytest.raises(Refusal) as caught:
            await keep(film(frames=63, rate=2))
    assert caught.value.sentence == sentence
    assert files_in(archive) == []
    assert children() == []


async def test_a_video_that_needs_too_much_memory_hurts_nobody(tmp_path: Path):
    large = film("libvpx", "webm", width=3840, height=2160, frames=3, rate=2)
    async with intake(tmp_path, replace(LIMITS, memory_bytes=300 << 20)) as keep:
        with pytest.raises(Refusal) as caught:
            await keep(large)
        assert caught.value.sentence == MEMORY
        assert (await keep(film())).seconds == 2


async def test_a_child_ends_with_its_caller_and_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with intake(tmp_path / "archive", LIMITS) as keep:
        with monkeypatch.context() as patch:
            patch.setattr(CHILD, script(tmp_path, HANGS))
            task = asyncio.ensure_future(keep(film()))
            while not children():
                assert not task.done()
                await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert children() == []
        assert (await keep(film())).seconds == 2


async def test_children_at_a_time(tmp_path: Path):
    most = 0
    async with intake(tmp_path, LIMITS) as keep:
        tasks = asyncio.gather(*(keep(film(frames=count)) for count in (30, 40, 50, 60, 70)))
        while not tasks.done():
            most = max(most, len(children()))
            await asyncio.sleep(0.005)
        assert len(await tasks) == 5
    assert 0 < most <= 2


async def test_a_disk_that_takes_no_files_is_not_called_full(tmp_path: Path):
    """A file stands where a folder should be."""
    (tmp_path / "inputs").write_bytes(b"")
    async with intake(tmp_path, LIMITS) as keep:
        with pytest.raises(Refusal) as caught:
            await keep(film())
    assert caught.value.sentence == NOT_KEPT


async def test_the_event_loop_goes_on(tmp_path: Path):
    data = noisy_film(1280, 720, crf=12)
    assert len(data) > 10_000_000
    async with intake(tmp_path, LIMITS) as keep:

        async def work() -> None:
            assert (await keep(data)).seconds == pytest.approx(1, abs=0.05)

        assert await leaves_the_loop_free(work, 1 / 4)
