"""Members take turns at the decoders; whose files are too slow waits."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.media import picture_process
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.picture_intake import PictureLimits
from bot.adapters.media.shrink import Shrinker
from bot.adapters.process.member_queue import SlowFileWatch
from bot.domain.refusal import Refusal
from tests.adapters.media.children import children, script
from tests.adapters.media.noisy_films import noisy_film
from tests.adapters.media.picture_files import intake, quadrants, saved
from tests.adapters.media.video_files import film
from tests.adapters.media.video_files import intake as video_intake
from tests.set_clock import SetClock

ADA, BEN = 1, 2
LARGE = saved(Image.effect_noise((2000, 2000), 50), "PNG", compress_level=1)
SMALL = saved(quadrants(), "PNG")
MINUTE = 60_000
# Of thirteen: some of the many end while the one is being fetched, before it is in the queue.
SOON = 6


async def ends(
    many: Sequence[Callable[[], Awaitable[object]]], one: Callable[[], Awaitable[object]]
) -> list[str]:
    """Begin many, then the one once a child works on the many; return the order of their ends."""
    order: list[str] = []

    async def run(name: str, work: Callable[[], Awaitable[object]]) -> None:
        await work()
        order.append(name)

    tasks = [asyncio.ensure_future(run("many", work)) for work in many]
    while not children():  # noqa: ASYNC110 - a child tells nobody
        await asyncio.sleep(0.002)
    await asyncio.gather(run("one", one), *tasks)
    return order


async def test_one_members_pictures_keep_nobody_waiting():
    async with intake() as take:
        order = await ends([lambda: take(LARGE, ADA)] * 12, lambda: take(SMALL, BEN))
    assert order.index("one") < SOON


async def test_one_members_videos_keep_nobody_waiting(tmp_path: Path):
    large = [film(frames=count) for count in range(40, 52)]
    async with video_intake(tmp_path) as keep:
        many = [lambda data=data: keep(data, ADA) for data in large]
        order = await ends(many, lambda: keep(film(frames=30), BEN))
    assert order.index("one") < SOON


async def test_one_members_smaller_copies_keep_nobody_waiting(tmp_path: Path):
    archive = FolderArchive(tmp_path)
    for name in ("ada", "ben"):
        await archive.put(f"videos/{name}.mp4", noisy_film())
    shrinker = Shrinker(archive)

    def fit(name: str, most: int, member_id: int) -> Callable[[], Awaitable[object]]:
        return lambda: shrinker.fit(f"videos/{name}.mp4", most_bytes=most, member_id=member_id)

    many = [fit("ada", 40_000 + number, ADA) for number in range(6)]
    order = await ends(many, fit("ben", 40_000, BEN))
    assert order.index("one") <= 1


async def test_whose_pictures_are_too_slow_waits_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = SetClock()
    slow = SlowFileWatch(clock)

    async def refusal(work: Awaitable[object]) -> str:
        with pytest.raises(Refusal) as caught:
            await work
        return caught.value.text

    with monkeypatch.context() as patch:
        patch.setattr(picture_process, "CHILD", script(tmp_path, "import time; time.sleep(60)"))
        async with intake(PictureLimits(wall_seconds=0.3), slow=slow) as take:
            # All at once: those that still wait when the third was too slow aren't begun.
            said = await asyncio.gather(*(refusal(take(SMALL, ADA)) for _ in range(8)))
            too_slow = [text for text in said if "takes too long to open" in text]
            # Two at a time, as nobody else waits.
            assert 3 <= len(too_slow) <= 4
            (sentence,) = {*said} - {*too_slow}
            until = (clock.at + 10 * MINUTE) // 1000 + 1
            assert f"please try again <t:{until}:R>, with smaller ones. Nothing was" in sentence
            assert "takes too long to open" in await refusal(take(SMALL, BEN))
    async with intake(slow=slow) as take, video_intake(tmp_path / "videos", slow=slow) as keep:
        assert await refusal(take(SMALL, ADA)) == sentence
        assert await refusal(keep(film(), ADA)) == sentence
        assert (await take(SMALL, BEN)).width == 320
        assert (await keep(film(), BEN)).seconds == 2
        clock.at += 10 * MINUTE
        assert (await take(SMALL, ADA)).width == 320
