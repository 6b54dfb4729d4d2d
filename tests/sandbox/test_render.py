"""The renderer's videos are what was ordered, decoded by PyAV."""

# Pillow's annotations are incomplete.
# pyright: reportUnknownMemberType=false

import asyncio
import os
import select
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import count

import pytest
from PIL import Image

from sandbox.orders import BadPicture, VideoOrder, frame_size
from sandbox.render import DRAFT, Renderer, make_video
from tests.films import decode, near, seconds
from tests.free_loop import leaves_the_loop_free

COLOURS = [(230, 30, 30), (30, 200, 40), (40, 60, 220), (240, 220, 40)]
"""Of the quadrants: top left, top right, bottom left, bottom right."""


def picture(width: int, height: int, file_format: str = "PNG") -> bytes:
    small = Image.new("RGB", (2, 2))
    for number, colour in enumerate(COLOURS):
        small.putpixel((number % 2, number // 2), colour)
    buffer = BytesIO()
    small.resize((width, height), Image.Resampling.NEAREST).save(buffer, file_format)
    return buffer.getvalue()


def order(prompt: str = "a fox in fresh snow", **changes: object) -> VideoOrder:
    values = {"prompt": prompt, "seed": 7, "short_side": 720, "seconds": 1, **changes}
    return VideoOrder(**values)  # pyright: ignore[reportArgumentType] - tests pass good values


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.mark.parametrize(
    ("short_side", "ratio", "size"),
    [
        (720, (16, 9), (1280, 720)),
        (720, (9, 16), (720, 1280)),
        (720, (1, 1), (720, 720)),
        (720, (4, 5), (720, 900)),
        (720, (5, 4), (900, 720)),
        (720, (3, 2), (1080, 720)),
        (720, (2, 3), (720, 1080)),
        (1080, (16, 9), (1920, 1080)),
        (1080, (2, 3), (1080, 1620)),
        (720, (1001, 777), (928, 720)),
        (720, (10_000, 10), (2880, 720)),
    ],
)
def test_resolution_is_the_shorter_side(
    short_side: int, ratio: tuple[int, int], size: tuple[int, int]
) -> None:
    assert frame_size(short_side, *ratio) == size


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"])
def test_prompt_becomes_a_moving_picture_of_the_asked_shape(ratio: str) -> None:
    frames = decode(make_video(order(aspect_ratio=ratio), DRAFT))
    width, height = map(int, ratio.split(":"))
    assert frames[0].size == frame_size(96, width, height)
    assert len(frames) == 24
    assert frames[0].tobytes() != frames[-1].tobytes()


def test_lasts_exactly_as_long_as_ordered() -> None:
    assert seconds(make_video(order(seconds=5), DRAFT)) == 5
    assert seconds(make_video(order(seconds=10), DRAFT)) == 10


def test_starts_at_once_over_the_network() -> None:
    data = make_video(order(), DRAFT)
    assert data.index(b"moov") < data.index(b"mdat")


async def test_first_frame_is_the_whole_picture(renderer: Renderer) -> None:
    frames = decode(await renderer.render(order(picture=picture(1200, 800))))
    first, last = frames[0], frames[-1]
    assert first.size == (1080, 720)
    for number, colour in enumerate(COLOURS):
        x, y = 270 + 540 * (number % 2), 180 + 360 * (number // 2)
        assert near(first, (x, y), colour)
        # Up to the outer edges, the caption's 12 % excepted.
        outer = 10 if number % 2 == 0 else 1069, 40 if number < 2 else 625
        assert near(first, outer, colour)
    assert last.tobytes() != first.tobytes()


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "GIF"])
def test_reads_what_members_upload(file_format: str) -> None:
    frames = decode(make_video(order(picture=picture(64, 128, file_format)), DRAFT))
    assert frames[0].size == (96, 192)


def test_same_order_same_bytes_other_order_other_video() -> None:
    made = make_video(order(), DRAFT)
    assert make_video(order(), DRAFT) == made
    assert make_video(order(seed=8), DRAFT) != made
    assert make_video(order("a bear"), DRAFT) != made


@pytest.mark.parametrize(
    "prompt", ["", "x" * 5000, "日本語 🦊 e\u0301\n\n<@1>", "lone \ud800", "a\0b"]
)
def test_any_prompt_can_be_a_caption(prompt: str) -> None:
    assert len(decode(make_video(order(prompt), DRAFT))) == 24


@pytest.mark.parametrize("data", [b"", b"no picture", picture(64, 64)[:60]])
async def test_broken_picture(renderer: Renderer, data: bytes) -> None:
    with pytest.raises(BadPicture):
        await renderer.render(order(picture=data))


async def test_the_same_order_is_rendered_once(renderer: Renderer) -> None:
    one, other = await asyncio.gather(
        renderer.render(order("twice")), renderer.render(order("twice"))
    )
    assert one is other
    assert await renderer.render(order("twice")) is one


async def test_one_who_gives_up_takes_nothing_from_others(renderer: Renderer) -> None:
    impatient = asyncio.create_task(renderer.render(order("shared")))
    patient = asyncio.create_task(renderer.render(order("shared")))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert impatient.cancelled()


async def test_the_loop_stays_free_meanwhile(renderer: Renderer) -> None:
    prompts = map("busy {}".format, count())

    async def work() -> None:
        await renderer.render(order(next(prompts), seconds=5))

    assert await leaves_the_loop_free(work, 1 / 2)


async def test_a_killed_parent_leaves_no_process_behind() -> None:
    program = """
import asyncio, multiprocessing, sys
from sandbox.orders import VideoOrder
from sandbox.render import DRAFT, Renderer
asyncio.run(Renderer(scale=DRAFT).render(VideoOrder("fox", 1, 720, 1)))
print(multiprocessing.active_children()[0].pid, flush=True)
sys.stdin.read()
"""
    pipe = asyncio.subprocess.PIPE
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=pipe, stdout=pipe
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    ended, _, _ = await asyncio.to_thread(select.select, [child], [], [], 10)
    os.close(child)
    assert ended
