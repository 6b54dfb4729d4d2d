"""The tour as a newcomer plays it, and that it fails when something is wrong."""

import asyncio
import sys
from pathlib import Path
from typing import TypedDict, cast

import pytest

from sandbox.discord.wire import decode
from sandbox.render import DRAFT
from sandbox.scenes import Act
from sandbox.scenes.acting import Tour
from sandbox.scenes.drawing import BLUE, RED, card
from sandbox.scenes.pictures import QUADRANTS, alike, photo, quadrants
from sandbox.scenes.pictures import decode as decode_video
from sandbox.terminal import Terminal
from sandbox.tour import play_tour

CHECKOUT = Path(__file__).parent.parent.parent


class Attachment(TypedDict):
    file_name: str
    size: int
    alt_text: str
    saved_as: str


class Seen(TypedDict):
    text: str
    only_the_member_sees_it: bool
    buttons: list[str]
    attachments: list[Attachment]


class Entry(TypedDict):
    number: int
    member: str
    channel: str
    command: str
    options: dict[str, str]
    seen: list[Seen]
    seconds: float


@pytest.mark.timeout(300)
async def test_the_tour_plays_to_its_end(tmp_path: Path) -> None:
    out = tmp_path / "tour"
    tour = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--tour", "--out", str(out)),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await tour.communicate()
    assert (tour.returncode, errors.decode()) == (0, ""), output.decode()

    entries = cast("list[Entry]", decode((out / "transcript.json").read_text()))
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    played = {entry["command"] for entry in entries}
    assert played >= {
        f"/pika {name}"
        for name in (
            *("help", "quota", "text", "image", "scenes", "frames", "effect", "swap", "add"),
            *("jobs", "cancel", "models", "settings"),
        )
    }
    assert played >= {
        f"/pika-mod {name}"
        for name in ("settings", "quota", "budget", "roles", "channels", "block", "audit")
    }
    assert played >= {"Apps → Animate", "button Details", "button Don't"}
    assert all(seen["text"] for entry in entries for seen in entry["seen"])

    posted = {file["saved_as"]: file for entry in entries for file in _files(entry)}
    assert sorted(path.name for path in out.iterdir()) == sorted([*posted, "transcript.json"])
    for name, file in posted.items():
        assert (out / name).stat().st_size == file["size"]
        assert file["alt_text"]
    [image] = [entry for entry in entries if entry["options"].get("image") == "garden.jpg"]
    assert image["command"] == "/pika image"
    assert 0 < image["seconds"] < 60
    video = decode_video((out / _files(image)[0]["saved_as"]).read_bytes())
    assert (video.width, video.height, video.seconds) == (1080, 720, 5.0)
    assert alike(quadrants(video.first), QUADRANTS)
    assert "@Pika" in played


async def test_wrong_colours_fail_the_tour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def wrong_order(tour: Tour) -> None:
        """Ada's keyframes come in another order than promised"""
        first, last = card("a.png", RED), card("b.png", BLUE)
        entry = await tour.command("Ada", "pika frames", image1=first, image2=last)
        await tour.promise(entry, 960, 720, shows={0.0: RED, 2.5: RED, 4.9: BLUE})
        await tour.kept(tour.promises[0])

    assert await play_tour(tmp_path, tmp_path, Terminal(), [Act([wrong_order], scale=DRAFT)]) == 1
    errors = capsys.readouterr().err
    assert "at [0.0, 2.5, 4.9] s the colours are" in errors


async def test_a_broken_promise_fails_the_tour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def wrong_shape(tour: Tour) -> None:
        """Ada gets another shape than promised"""
        entry = await tour.command("Ada", "pika image", image=photo("a.jpg", 640, 480), prompt="a")
        await tour.promise(entry, 1280, 720, shows_photo=True)
        await tour.kept(tour.promises[0])

    async def never_played(tour: Tour) -> None:
        """Ada asks for what there is not"""
        await tour.command("Ada", "pika dance")
        tour.expect(None, "this isn't reached")

    out = tmp_path / "out"
    acts = [Act([wrong_shape, never_played])]
    assert await play_tour(tmp_path, out, Terminal(), acts) == 1
    errors = capsys.readouterr().err
    assert "(960, 720) and not (1280, 720) pixels" in errors
    assert "no subcommand 'dance'" in errors
    assert "isn't reached" not in errors
    assert (out / "transcript.json").is_file()


def _files(entry: Entry) -> list[Attachment]:
    return [file for seen in entry["seen"] for file in seen["attachments"]]
