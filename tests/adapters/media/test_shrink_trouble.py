"""Videos that are damaged, children that misbehave, callers that go."""

import asyncio
import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.adapters.media.shrink import ShrinkLimits
from bot.ports import Fitted, NothingFits, ShrinkTrouble
from tests.adapters.media.children import alive, children, script
from tests.adapters.media.noisy_films import noisy_film
from tests.adapters.media.test_shrink import CHILD, KEY, names, shrinker
from tests.domain.examples import MEMBER

HANGS = "import time; time.sleep(60)"


def replaced(film: bytes, box: bytes, offset: int, new: bytes) -> bytes:
    """Write over a film, so many bytes behind the name of the first such box in its index."""
    at = film.index(box, film.rindex(b"moov")) + 4 + offset
    return film[:at] + new + film[at + len(new) :]


def scrambled(film: bytes, start: float) -> bytes:
    """Write noise over all coded data from this part of it on."""
    at = film.index(b"mdat") + 4
    end = at - 8 + int.from_bytes(film[at - 8 : at - 4], "big")
    at += int((end - at) * start)
    return film[:at] + random.Random(1).randbytes(end - at) + film[end:]


@pytest.mark.parametrize(
    "film",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" * 70_000, id="zeros"),
        pytest.param(b"#EXTM3U\nfile:///etc/passwd\n" * 4000, id="playlist"),
        pytest.param(noisy_film()[:-1], id="truncated"),
    ],
)
async def test_what_is_no_whole_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, film: bytes):
    monkeypatch.setattr(CHILD, tmp_path / "no child is needed")
    with pytest.raises(NothingFits, match=KEY):
        await shrinker(tmp_path, film).fit(KEY, most_bytes=60_000, member_id=MEMBER)
    assert names(tmp_path) == {"12.mp4"}


async def test_nothing_is_kept(tmp_path: Path):
    shrink = shrinker(tmp_path, b"")
    with pytest.raises(FileNotFoundError):
        await shrink.fit("videos/13.mp4", most_bytes=60_000, member_id=MEMBER)


async def test_no_room_for_a_frame(tmp_path: Path):
    with pytest.raises(NothingFits, match="100 bytes are too few"):
        await shrinker(tmp_path, noisy_film()).fit(KEY, most_bytes=100, member_id=MEMBER)
    assert names(tmp_path) == {"12.mp4"}


async def test_a_damaged_end_gives_a_poster(tmp_path: Path):
    film = scrambled(noisy_film(sound=False), 0.5)
    fitted = await shrinker(tmp_path, film).fit(KEY, most_bytes=400_000, member_id=MEMBER)
    assert fitted == Fitted(tmp_path / "videos/12-400000.jpg", is_video=False)


HUGE = struct.pack(">I", 0xFFFFFFF0)


@pytest.mark.parametrize(
    "film",
    [
        pytest.param(scrambled(noisy_film(), 0), id="noise"),
        pytest.param(replaced(noisy_film(), b"stsz", 8, HUGE), id="countless samples"),
        pytest.param(replaced(noisy_film(), b"stts", 4, HUGE), id="countless times"),
        pytest.param(replaced(noisy_film(), b"stco", 8, HUGE), id="samples beyond the end"),
        pytest.param(replaced(noisy_film(), b"avcC", 0, b"\xff" * 40), id="no decoder settings"),
        pytest.param(replaced(noisy_film(), b"avc1", 0, b"\xff" * 60), id="no sample entry"),
        pytest.param(replaced(noisy_film(), b"avc1", -4, b"text"), id="no pictures"),
        pytest.param(replaced(noisy_film(), b"mdhd", 12, bytes(8)), id="no duration"),
        pytest.param(replaced(noisy_film(), b"mdhd", 12, HUGE * 2), id="years"),
        pytest.param(replaced(noisy_film(), b"elst", 4, HUGE * 3), id="edited"),
    ],
)
async def test_hostile_videos(tmp_path: Path, film: bytes):
    limits = ShrinkLimits(wall_seconds=15)
    try:
        fitted = await shrinker(tmp_path, film, limits).fit(
            KEY, most_bytes=400_000, member_id=MEMBER
        )
    except (NothingFits, ShrinkTrouble):
        assert names(tmp_path) == {"12.mp4"}
    else:
        assert fitted.path.stat().st_size <= 400_000
        assert names(tmp_path) == {"12.mp4", fitted.path.name}
    assert children() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HANGS, ShrinkTrouble("12-400000.mp4: NO_TIME"), id="hangs"),
        pytest.param("raise SystemExit(5)", ShrinkTrouble("12-400000.mp4: NO_MEMORY"), id="memory"),
        pytest.param("raise SystemExit(6)", ShrinkTrouble("12-400000.mp4: DISK_FULL"), id="disk"),
        pytest.param("import x", ShrinkTrouble("12-400000.mp4: BROKEN"), id="not installed"),
        pytest.param(
            "import os; os.kill(os.getpid(), 24)",
            ShrinkTrouble("12-400000.mp4: NO_TIME"),
            id="SIGXCPU",
        ),
        pytest.param("import os; os.kill(os.getpid(), 11)", NothingFits("damaged"), id="crashes"),
        pytest.param("", NothingFits("damaged"), id="makes nothing"),
        pytest.param("print('ftyp')", NothingFits("damaged"), id="makes something else"),
        pytest.param(
            "import os; os.ftruncate(1, 400_000)", NothingFits("damaged"), id="makes zeros"
        ),
    ],
)
async def test_misbehaving_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: Exception
):
    limits = ShrinkLimits(wall_seconds=0.4 if text == HANGS else 20)
    shrink = shrinker(tmp_path, noisy_film(), limits)
    with monkeypatch.context() as patch:
        patch.setattr(CHILD, script(tmp_path, text))
        with pytest.raises(type(expected), match=str(expected)):
            await shrink.fit(KEY, most_bytes=400_000, member_id=MEMBER)
    assert children() == []
    assert names(tmp_path) == {"12.mp4"}


async def test_where_time_runs_out_a_smaller_side_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    small = noisy_film(64, 48)
    text = f"""
        import json, os, signal, sys
        if json.loads(sys.argv[2])["side"] is None:
            os.kill(os.getpid(), signal.SIGXCPU)
        sys.stdout.buffer.write({small!r})
        """
    monkeypatch.setattr(CHILD, script(tmp_path, text))
    limits = ShrinkLimits(sides=(90,))
    fitted = await shrinker(tmp_path, noisy_film(), limits).fit(
        KEY, most_bytes=400_000, member_id=MEMBER
    )
    assert fitted.path.read_bytes() == small


async def test_too_little_memory(tmp_path: Path):
    limits = ShrinkLimits(memory_bytes=200 << 20)
    film = noisy_film(1280, 720, frames=6)
    with pytest.raises(ShrinkTrouble, match="NO_MEMORY"):
        await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=1_000_000, member_id=MEMBER)
    assert names(tmp_path) == {"12.mp4"}


async def test_a_real_child_is_killed_when_its_time_is_over(tmp_path: Path):
    limits = ShrinkLimits(wall_seconds=0.1)
    with pytest.raises(ShrinkTrouble, match="NO_TIME"):
        await shrinker(tmp_path, noisy_film(), limits).fit(
            KEY, most_bytes=400_000, member_id=MEMBER
        )
    assert names(tmp_path) == {"12.mp4"}


async def test_a_child_ends_with_its_caller_and_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shrink = shrinker(tmp_path, noisy_film(), ShrinkLimits(shares=(0.7,)))
    with monkeypatch.context() as patch:
        patch.setattr(CHILD, script(tmp_path, HANGS))
        task = asyncio.ensure_future(shrink.fit(KEY, most_bytes=400_000, member_id=MEMBER))
        while not children():
            assert not task.done()
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert children() == []
    assert names(tmp_path) == {"12.mp4"}
    assert (await shrink.fit(KEY, most_bytes=400_000, member_id=MEMBER)).is_video


SHRINKS = """
import asyncio, sys
from pathlib import Path
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.shrink import Shrinker
asyncio.run(Shrinker(FolderArchive(Path(sys.argv[1]))).fit(sys.argv[2], most_bytes=1_000_000, member_id=1))
"""


def test_a_killed_bot_leaves_nothing(tmp_path: Path):
    shrinker(tmp_path, noisy_film(1280, 720, frames=6))
    command = [sys.executable, "-c", SHRINKS, str(tmp_path), KEY]
    with subprocess.Popen(command) as bot:
        while not (found := children(bot.pid)):
            assert bot.poll() is None
            time.sleep(0.005)
        bot.kill()
        assert bot.wait() == -signal.SIGKILL
        while alive(found):
            time.sleep(0.005)
    assert names(tmp_path) == {"12.mp4"}
