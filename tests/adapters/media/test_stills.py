"""Pictures of videos, and films of shots, judged by decoding them."""

# Pillow's and PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

import os
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.join import join_videos
from bot.adapters.media.shrink import LAST_FRAME, SMALL_POSTER, Shrinker
from bot.ports import KeptFile, NothingFits
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from tests.adapters.media.noisy_films import contents, noisy_film
from tests.adapters.media.video_files import named_in_gbk
from tests.domain.examples import MEMBER
from tests.films import decode


@pytest.fixture
def renderer(smooth_renderer: Renderer) -> Renderer:
    return smooth_renderer


KEY = "videos/12.mp4"


def put(folder: Path, film: bytes, key: str = KEY) -> Path:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(film)
    return path


async def still(folder: Path, film: bytes, name: str) -> Image.Image:
    put(folder, film)
    archive = FolderArchive(folder)
    target = archive.path(f"inputs/frames/{name}.jpg")
    what = SMALL_POSTER if name == "poster" else LAST_FRAME
    await Shrinker(archive).still(KEY, what, target, member_id=MEMBER)
    assert target.stat().st_mode & 0o777 == 0o600
    return Image.open(BytesIO(target.read_bytes()))


def differ(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).mean)


async def test_the_last_frame_is_the_last_one(tmp_path: Path, renderer: Renderer) -> None:
    film = await renderer.render(VideoOrder("a fox", 1, 1080, 5))
    frames = decode(film)
    picture = await still(tmp_path, film, "last")
    assert picture.size == frames[-1].size
    assert differ(picture, frames[-1]) < 1.5
    assert differ(picture, frames[-4]) > differ(picture, frames[-1])
    # 4:4:4: no colour was made coarser.
    layers = [layer[1:3] for layer in picture.layer]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]  # of JPEGs only
    assert layers == [(1, 1)] * 3


async def test_a_noisy_film_whose_pictures_come_out_of_order(tmp_path: Path) -> None:
    film = noisy_film()
    assert differ(await still(tmp_path, film, "last"), decode(film)[-1]) < 5


async def test_a_poster_is_small_and_the_first_picture(tmp_path: Path) -> None:
    film = noisy_film()
    first = decode(film)[0]
    poster = await still(tmp_path, film, "poster")
    assert min(poster.size) == min(360, *first.size)
    assert differ(poster, first.resize(poster.size)) < 12


async def test_stills_are_made_once(tmp_path: Path, renderer: Renderer) -> None:
    film = await renderer.render(VideoOrder("a fox", 1, 720, 5))
    await still(tmp_path, film, "last")
    target = tmp_path / "inputs" / "frames" / "last.jpg"
    os.utime(target, (5, 5))
    await still(tmp_path, film, "last")
    assert target.stat().st_mtime == 5


async def test_a_damaged_video_has_no_stills(tmp_path: Path, renderer: Renderer) -> None:
    film = await renderer.render(VideoOrder("a fox", 1, 720, 5))
    with pytest.raises(NothingFits):
        await still(tmp_path, film[:100], "last")
    (tmp_path / KEY).unlink()
    with pytest.raises(FileNotFoundError):
        await Shrinker(FolderArchive(tmp_path)).still(
            KEY, LAST_FRAME, tmp_path / "a.jpg", member_id=MEMBER
        )


# Films


async def joined(folder: Path, *films: bytes) -> bytes:
    paths = [put(folder, film, f"videos/{number}.mp4") for number, film in enumerate(films)]
    await join_videos(paths, folder / "films" / "9.mp4", most_bytes=100_000_000)
    return (folder / "films" / "9.mp4").read_bytes()


async def test_shots_alike_are_copied(tmp_path: Path, renderer: Renderer) -> None:
    shots = [await renderer.render(VideoOrder(f"{n}", n, 720, 5)) for n in range(3)]
    film = await joined(tmp_path, *shots)
    assert len(film) < sum(map(len, shots)) + 3000
    times = contents(film).times
    assert times == pytest.approx([number / 24 for number in range(360)], abs=0.0005)
    frames = [frame for shot in shots for frame in decode(shot)]
    assert all(differ(a, b) == 0 for a, b in zip(decode(film), frames, strict=True))


async def test_shots_of_other_shapes_are_fitted_in(tmp_path: Path, renderer: Renderer) -> None:
    wide = await renderer.render(VideoOrder("wide", 1, 720, 5))
    tall = await renderer.render(VideoOrder("tall", 1, 1080, 5, aspect_ratio="9:16"))
    film = await joined(tmp_path, wide, tall)
    frames, large = decode(film), decode(tall)[0]
    assert {frame.size for frame in frames} == {large.size}
    # Black above and below what is wider.
    assert max(frames[10].getpixel((large.width // 2, 3))) < 24  # pyright: ignore[reportArgumentType]  # of RGB, three
    assert differ(frames[-1], decode(tall)[-1]) < 6
    steps = [after - before for before, after in pairwise(contents(film).times)]
    assert steps == pytest.approx([1 / 24] * 239, abs=0.001)


async def test_shots_whose_pictures_come_out_of_order(tmp_path: Path) -> None:
    loud = noisy_film(frames=72)
    put(tmp_path, loud)
    small = await Shrinker(FolderArchive(tmp_path)).fit(
        KEY, most_bytes=len(loud) // 2, member_id=MEMBER
    )
    assert small.is_video
    shot = small.path.read_bytes()
    with av.open(BytesIO(shot), "r", format="mov") as container:
        packets = [packet for packet in container.demux(video=0) if packet.dts is not None]
    assert any(packet.pts != packet.dts for packet in packets)
    film = await joined(tmp_path, shot, shot, shot)
    times = contents(film).times
    assert times == pytest.approx([number / 24 for number in range(216)], abs=0.001)
    one = decode(shot)
    assert all(differ(a, b) == 0 for a, b in zip(decode(film), one * 3, strict=True))


async def test_sound_is_kept_where_all_have_the_same(tmp_path: Path, renderer: Renderer) -> None:
    loud = noisy_film()
    silent = await renderer.render(VideoOrder("a", 1, 720, 5))
    both = contents(await joined(tmp_path, loud, loud))
    assert len(both.times) == 2 * len(contents(loud).times)
    assert len(both.sound) in range(
        2 * len(contents(loud).sound) - 3, 2 * len(contents(loud).sound) + 1
    )
    assert not contents(await joined(tmp_path, loud, silent)).sound


async def test_a_damaged_shot_leaves_no_film(tmp_path: Path, renderer: Renderer) -> None:
    shot = await renderer.render(VideoOrder("a", 1, 720, 5))
    damaged = shot.replace(b"avcC", b"xvcC")
    for other in (shot[:-100], damaged):
        with pytest.raises(NothingFits):
            await joined(tmp_path, shot, other)
    assert not list((tmp_path / "films").glob("*"))


# What is kept


async def test_the_archive_tells_what_it_has(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path / "archive")
    assert await archive.files("inputs") == []
    put(tmp_path / "archive", b"x", "inputs/ab/c.jpg")
    part = put(tmp_path / "archive", b"x", "inputs/ab/.d.part")
    os.utime(tmp_path / "archive" / "inputs/ab/c.jpg", (7, 7))
    assert await archive.files("inputs") == [KeptFile("inputs/ab/c.jpg", 7000)]
    assert part.exists()


async def test_removing_takes_along_what_was_made_of_it(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    for name in ("1.mp4", "1-500.mp4", "1-poster.jpg", "11.mp4", "11-poster.jpg"):
        put(tmp_path, b"x", f"videos/{name}")
    await archive.remove("videos/1.mp4")
    await archive.remove("videos/1.mp4")
    await archive.remove("elsewhere/1.mp4")
    assert {path.name for path in (tmp_path / "videos").iterdir()} == {"11.mp4", "11-poster.jpg"}


async def test_notes_may_be_in_any_encoding(tmp_path: Path) -> None:
    film = named_in_gbk(noisy_film(sound=False))
    assert (await still(tmp_path, film, "poster")).size == (320, 180)
    assert len(contents(await joined(tmp_path, film, film)).times) == 48
