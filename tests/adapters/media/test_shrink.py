"""Each way to make a video smaller, judged by decoding what came out."""

import asyncio
import logging
import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.mp4 import VideoFacts, read_video_facts
from bot.adapters.media.shrink import Shrinker, ShrinkLimits
from bot.ports import Fitted
from tests.adapters.media.children import children
from tests.adapters.media.noisy_films import BT709, contents, noisy_film
from tests.domain.examples import MEMBER
from tests.films import decode

KEY = "videos/12.mp4"
CHILD = "bot.adapters.media.shrink.CHILD"


@pytest.fixture(autouse=True)
def _tries(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "bot.adapters.media.shrink")


def tries(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log says became of each try."""
    records = [record for record in caplog.records if record.name == "bot.adapters.media.shrink"]
    return [record.getMessage().rpartition(" ")[2] for record in records]


def shrinker(folder: Path, film: bytes, limits: ShrinkLimits | None = None) -> Shrinker:
    (folder / "videos").mkdir(exist_ok=True)
    (folder / KEY).write_bytes(film)
    # Courtesy to others takes long where tests run side by side.
    impolite = replace(limits or ShrinkLimits(), niceness=0)
    return Shrinker(FolderArchive(folder), impolite)


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "videos").iterdir()}


def check_copy(film: bytes, fitted: Fitted, most_bytes: int, size: tuple[int, int]) -> None:
    """Check that a film is the same as before, but for what its pictures cost."""
    data = fitted.path.read_bytes()
    assert fitted.is_video
    assert fitted.path.name == f"12-{most_bytes}.mp4"
    assert fitted.path.stat().st_mode & 0o777 == 0o600
    assert len(data) <= most_bytes
    before, after = contents(film), contents(data)
    facts = read_video_facts(BytesIO(data))
    assert facts == VideoFacts(facts.duration, *size, "avc1", faststart=True)
    assert abs(facts.duration - len(before.times) / 24) < 2 / 24
    assert after.sizes == {size}
    assert after.times == pytest.approx(before.times, abs=0.001)
    assert after.sound == before.sound
    assert after.colorspace == before.colorspace == BT709
    assert "comment" in before.metadata
    assert "comment" not in after.metadata


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Say whether two pictures look the same from afar."""
    pixels = zip(one.reduce(20).tobytes(), other.reduce(20).tobytes(), strict=True)
    return max(abs(a - b) for a, b in pixels) < 20


async def test_a_video_that_fits_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    film = noisy_film()
    monkeypatch.setattr(CHILD, tmp_path / "no child is needed")
    fitted = await shrinker(tmp_path, film).fit(KEY, most_bytes=len(film), member_id=MEMBER)
    assert fitted == Fitted(tmp_path / KEY, is_video=True)
    assert names(tmp_path) == {"12.mp4"}


@pytest.mark.parametrize("sound", [True, False])
async def test_remuxed(tmp_path: Path, caplog: pytest.LogCaptureFixture, sound: bool):
    film = noisy_film(sound=sound)
    bloated = film + struct.pack(">I4s", 30_000, b"free") + bytes(29_992)
    most = len(film) + 1000
    fitted = await shrinker(tmp_path, bloated).fit(KEY, most_bytes=most, member_id=MEMBER)
    check_copy(film, fitted, most, (320, 180))
    assert contents(fitted.path.read_bytes()).pictures == contents(film).pictures
    assert tries(caplog) == ["FITS"]


@pytest.mark.parametrize("sound", [True, False])
async def test_encoded(tmp_path: Path, caplog: pytest.LogCaptureFixture, sound: bool):
    film = noisy_film(sound=sound)
    most = 450_000
    # Short films miss their aim by more than those that are meant.
    limits = ShrinkLimits(shares=(0.7,))
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=most, member_id=MEMBER)
    check_copy(film, fitted, most, (320, 180))
    assert fitted.path.stat().st_size > most / 2
    assert tries(caplog) == ["FITS"]
    assert alike(decode(film)[-1], decode(fitted.path.read_bytes())[-1])


async def test_no_more_is_spent_than_the_best_quality_takes(tmp_path: Path):
    film = noisy_film(crf=1)
    most = len(film) - 1
    limits = ShrinkLimits(copied_up_to=1)
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=most, member_id=MEMBER)
    check_copy(film, fitted, most, (320, 180))
    assert fitted.path.stat().st_size < most * 0.75


async def test_slightly_too_large_and_nothing_to_leave_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    film = noisy_film()
    most = len(film) - 20_000
    limits = ShrinkLimits(shares=(0.7,))
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=most, member_id=MEMBER)
    check_copy(film, fitted, most, (320, 180))
    assert tries(caplog) == ["TOO_LARGE", "FITS"]


async def test_a_second_aim(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    film = noisy_film()
    limits = ShrinkLimits(shares=(2, 0.7))
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=350_000, member_id=MEMBER)
    check_copy(film, fitted, 350_000, (320, 180))
    assert tries(caplog) == ["TOO_LARGE", "FITS"]


@pytest.mark.parametrize(
    ("size", "sides", "smaller"),
    [
        pytest.param((320, 180), (120, 90), (212, 120), id="landscape"),
        pytest.param((180, 320), (120, 90), (120, 212), id="portrait"),
        pytest.param((200, 200), (170, 90), (90, 90), id="the smallest"),
        pytest.param((320, 180), (720, 90), (160, 90), id="never larger"),
    ],
)
async def test_smaller_sides(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    size: tuple[int, int],
    sides: tuple[int, int],
    smaller: tuple[int, int],
):
    film = noisy_film(*size)
    limits = ShrinkLimits(shares=(0.5,), sides=sides, least_rate_per_pixel=40)
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=133_000, member_id=MEMBER)
    check_copy(film, fitted, 133_000, smaller)
    assert tries(caplog) == ["FITS"]


async def test_a_poster(tmp_path: Path):
    film = noisy_film()
    limits = ShrinkLimits(least_rate_per_pixel=6)
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=40_000, member_id=MEMBER)
    assert fitted == Fitted(tmp_path / "videos/12-40000.jpg", is_video=False)
    assert fitted.path.stat().st_size <= 40_000
    with Image.open(fitted.path) as poster:
        assert (poster.format, poster.size) == ("JPEG", (320, 180))
        assert alike(decode(film)[0], poster)
    assert names(tmp_path) == {"12.mp4", "12-40000.jpg"}


async def test_a_film_that_stays_too_large(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    film = noisy_film(sound=False)
    limits = ShrinkLimits(sides=(170,), least_rate_per_pixel=0)
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=3000, member_id=MEMBER)
    assert not fitted.is_video
    assert tries(caplog) == ["TOO_LARGE", "TOO_LARGE", "TOO_LARGE", "FITS"]


async def test_a_small_poster(tmp_path: Path):
    fitted = await shrinker(tmp_path, noisy_film()).fit(KEY, most_bytes=3000, member_id=MEMBER)
    assert fitted.path.stat().st_size <= 3000
    with Image.open(fitted.path) as poster:
        assert poster.size == (80, 45)


async def test_sound_that_leaves_no_room(tmp_path: Path):
    film = noisy_film()
    heard = sum(map(len, contents(film).sound))
    limits = ShrinkLimits(least_rate_per_pixel=0, shares=(1,))
    fitted = await shrinker(tmp_path, film, limits).fit(KEY, most_bytes=heard, member_id=MEMBER)
    assert not fitted.is_video


@pytest.mark.parametrize("most", [400_000, 40_000])
async def test_asking_again_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
):
    limits = ShrinkLimits(shares=(0.7,), least_rate_per_pixel=6)
    first = await shrinker(tmp_path, noisy_film(), limits).fit(
        KEY, most_bytes=most, member_id=MEMBER
    )
    there = first.path.stat()
    monkeypatch.setattr(CHILD, tmp_path / "no child is needed")
    # Another one, as after a restart.
    again = await shrinker(tmp_path, noisy_film()).fit(KEY, most_bytes=most, member_id=MEMBER)
    assert (again, again.path.stat()) == (first, there)


async def test_each_limit_has_its_own(tmp_path: Path):
    limits = ShrinkLimits(shares=(0.7,), least_rate_per_pixel=6)
    shrink = shrinker(tmp_path, noisy_film(), limits)
    poster = await shrink.fit(KEY, most_bytes=40_000, member_id=MEMBER)
    video = await shrink.fit(KEY, most_bytes=400_000, member_id=MEMBER)
    assert (poster.is_video, video.is_video) == (False, True)
    assert names(tmp_path) == {"12.mp4", "12-40000.jpg", "12-400000.mp4"}


async def test_one_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    shrink = shrinker(tmp_path, noisy_film(), ShrinkLimits(shares=(0.7,)))
    limits = [400_000, 400_000, 410_000, 400_000]
    tasks = asyncio.gather(*(shrink.fit(KEY, most_bytes=most, member_id=MEMBER) for most in limits))
    most = 0
    while not tasks.done():
        most = max(most, len(children()))
        await asyncio.sleep(0.02)
    assert [fitted.path.name for fitted in await tasks] == [f"12-{most}.mp4" for most in limits]
    assert most == 1
    assert tries(caplog) == ["FITS", "FITS"]
