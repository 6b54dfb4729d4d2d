"""What the parent does about children that misbehave, and about its own loop."""

import asyncio
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from PIL import Image

from bot.adapters.media.picture_intake import PictureLimits
from bot.adapters.media.picture_process import Drawn, PictureRefused, run_child
from bot.domain.refusal import Refusal
from tests.adapters.media.children import children, script
from tests.adapters.media.picture_files import intake, quadrants, saved
from tests.free_loop import leaves_the_loop_free

GOOD = saved(quadrants(), "PNG")
TOO_LONG = "That picture takes too long to open; please send a smaller one."
DAMAGED = "That picture is damaged or incomplete; please save it again or send another."
BROKEN = "I couldn't open that picture just now; please try again in a minute."
JPEG = (
    "import sys; sys.stdout.flush();"
    f" sys.stdout.buffer.write(bytes.fromhex('{saved(quadrants(), 'JPEG').hex()}'))"
)
CHILD = "bot.adapters.media.picture_process.CHILD"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("import time; time.sleep(60)", TOO_LONG, id="hangs"),
        pytest.param("import os; os.kill(os.getpid(), 24)", TOO_LONG, id="SIGXCPU"),
        pytest.param("import os; os.kill(os.getpid(), 11)", DAMAGED, id="crashes"),
        pytest.param("raise SystemExit(3)", BROKEN, id="fails"),
        pytest.param("", BROKEN, id="says nothing"),
        pytest.param("print('drawn image/jpeg x 5 still')", BROKEN, id="no number"),
        pytest.param("print('drawn text/html 5 5 still')", BROKEN, id="no picture type"),
        pytest.param("print('drawn 10 10 still')", BROKEN, id="no picture"),
        pytest.param("print('drawn 10 10 still\\n<html>')", BROKEN, id="a page"),
        pytest.param(f"print('drawn 0 1_0 still'); {JPEG}", BROKEN, id="odd numbers"),
        pytest.param(f"print('drawn 4000 3000 still'); {JPEG}", BROKEN, id="too large"),
        pytest.param(f"print('drawn 320 200 still'); {JPEG}", BROKEN, id="another size"),
        pytest.param("print('refused whatever 0 0')", BROKEN, id="unknown reason"),
        pytest.param("print('\\xff')", BROKEN, id="no ASCII"),
    ],
)
async def test_misbehaving_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
):
    monkeypatch.setattr(CHILD, script(tmp_path, text))
    limits = PictureLimits(wall_seconds=0.5 if "sleep" in text else 30)
    async with intake(limits) as take:
        with pytest.raises(Refusal) as caught:
            await take(GOOD)
    assert caught.value.sentence == sentence
    assert children() == []


async def test_pictures_go_on_after_a_child_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with intake(PictureLimits(wall_seconds=6, children=1, pictures=1)) as take:
        with monkeypatch.context() as patch:
            patch.setattr(CHILD, script(tmp_path, "import time; time.sleep(60)"))
            with pytest.raises(Refusal):
                await take(GOOD)
        assert (await take(GOOD)).width == 320


async def test_a_child_ends_with_its_caller_and_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with intake(PictureLimits(children=1)) as take:
        with monkeypatch.context() as patch:
            patch.setattr(CHILD, script(tmp_path, "import time; time.sleep(60)"))
            task = asyncio.ensure_future(take(GOOD))
            while not children():
                assert not task.done()
                await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert children() == []
        assert (await take(GOOD)).width == 320


async def test_the_child_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    text = "import os; print('refused', 'side' if 'secret' in str(os.environ) else 'small', 7, 7)"
    monkeypatch.setattr(CHILD, script(tmp_path, text))
    async with intake() as take:
        with pytest.raises(Refusal, match="7 × 7 pixels; please send one of at least"):
            await take(GOOD)


async def test_the_output_is_bounded(tmp_path: Path):
    noise = saved(Image.effect_noise((500, 500), 50), "PNG")
    limits = PictureLimits().for_child("PNG")
    with TemporaryFile() as file:
        file.write(noise)
        run = partial(run_child, file, "PNG", wall_seconds=5, folder=tmp_path)
        assert isinstance(await run(limits), Drawn)
        limits["most_output_bytes"] = 10_000
        assert await run(limits) == PictureRefused("broken")


async def test_children_at_a_time():
    data = saved(Image.effect_noise((2000, 2000), 50), "PNG", compress_level=1)
    most = 0
    async with intake(PictureLimits(children=2)) as take:
        tasks = asyncio.gather(*(take(data) for _ in range(5)))
        while not tasks.done():
            most = max(most, len(children()))
            await asyncio.sleep(0.005)
        assert len(await tasks) == 5
    assert 0 < most <= 2


async def test_the_event_loop_goes_on():
    data = saved(Image.new("RGB", (6000, 6000), (200, 99, 9)), "PNG", compress_level=1)
    async with intake() as take:

        async def work() -> None:
            assert (await take(data)).width == 2048

        assert await leaves_the_loop_free(work, 1 / 4)
