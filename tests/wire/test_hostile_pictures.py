"""Hostile pictures through the real command, while the bot answers others."""

import asyncio
from io import BytesIO
from pathlib import Path

from PIL import Image

from sandbox.discord import Invocation
from sandbox.discord.model import ACKNOWLEDGE_SECONDS
from sandbox.fal import FailJob, Fault, Timing, Upload, policy_violation
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.adapters.media.picture_files import alike, corners
from tests.wire.hostile_files import PAYLOAD
from tests.wire.hostile_pictures import Hostile, Kinds, corpus
from tests.wire.hostile_sending import refused, send
from tests.wire.playing import answer, jobs, ledger, playing, quota, seen
from tests.wire.several import RED, card, pika, taken_back

AT_ONCE = 6
SETTINGS = {"PIKA_FAL__CONCURRENCY": "8", "PIKA_FAL__POLL_LONGEST_SECONDS": "0.3"}


async def test_each_is_refused_in_private_or_comes_out_clean(
    tmp_path: Path, renderer: Renderer
) -> None:
    kinds = corpus()
    async with playing(tmp_path, renderer, SETTINGS, Timing(concurrency=8)) as stage:
        # Five edits in five seconds is what a channel takes: so many jobs would take minutes.
        # What reaches fal is looked at here; a video of it would show nothing more.
        stage.fal.arm(Fault("submit", FailJob(policy_violation("image_url")), times=len(kinds)))
        waits: list[float] = []
        asking = asyncio.create_task(_keep_asking(stage, waits))
        sent = await _send_all(stage, kinds)
        clean = {name for name, picture in kinds.items() if picture.refused is None}
        await stage.fal.wait_for(lambda: len(stage.fal.posts) >= len(clean))
        asking.cancel()
        await asyncio.wait({asking})
        assert asking.cancelled()
        problems = {name: _problem(stage, name, sent[name], kinds[name]) for name in kinds}
        assert {name: problem for name, problem in problems.items() if problem} == {}
        assert len(stage.fal.posts) == len(stage.fal.uploads) == len(clean)
        assert len(await jobs(stage)) == len(clean)
        assert sum(row["kind"] == "reserve" for row in await ledger(stage)) == len(clean)
        assert len(waits) > 10
        # Discord waits no longer than that for an answer.
        assert max(waits) < ACKNOWLEDGE_SECONDS, waits
        _check_log(stage.bot.log())


async def _send_all(stage: Stage, kinds: Kinds) -> dict[str, Invocation]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Invocation:
        async with room:
            member = stage.discord.add_member(name)
            return await send(stage, member, kinds[name], name)

    return dict(zip(kinds, await asyncio.gather(*map(one, kinds)), strict=True))


async def _keep_asking(stage: Stage, waits: list[float]) -> None:
    """Be another member, who notes how many seconds each answer took."""
    ben, channel = stage.discord.members["Ben"], stage.discord.channels["videos"]
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        assert "0 of 5" in await quota(stage, "Ben")
        answered = loop.time()
        typed = {"style": "wat"}
        choices = await stage.discord.autocomplete(
            ben, channel, "pika image", typed, focused="style"
        )
        assert [choice["value"] for choice in choices] == ["Watercolour"]
        waits += [answered - asked, loop.time() - answered]
        await asyncio.sleep(0.1)


def _problem(stage: Stage, name: str, sent: Invocation, picture: Hostile) -> str:
    posts = [p for p in stage.fal.posts if name in str(p.arguments["prompt"]).split("\n")]
    if picture.refused is None:
        if refused(sent):
            return answer(sent)
        (post,) = posts
        return _uncleanness(stage.fal.uploads[str(post.arguments["image_url"])], picture)
    if not refused(sent) or posts:
        return "wasn't refused"
    if any(message.invocation is sent for message in seen(stage, "Ben")):
        return "something stayed in the channel"
    text = answer(sent)
    said = picture.refused in text and text.endswith(". Nothing was charged.")
    return "" if said and "\n" not in text else f"refused in other words: {text}"


def _uncleanness(upload: Upload, picture: Hostile) -> str:
    data = upload.data
    with Image.open(BytesIO(data), formats=["JPEG"]) as drawn:
        drawn.load()
        if upload.content_type != "image/jpeg" or max(drawn.size) > 2048:
            return f"{upload.content_type} of {drawn.size}"
        if drawn.getexif() or not set(drawn.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
        }:
            return f"metadata: {list(drawn.info)}"
    if PAYLOAD in data or not data.endswith(b"\xff\xd9"):
        return "something came through"
    if picture.colours is not None and not alike(corners(data), list(picture.colours)):
        return f"looks different: {corners(data)}"
    return ""


def _check_log(log: str) -> None:
    """See that it says nothing of what was sent, and of no error."""
    assert " ERROR " not in log
    for leak in (PAYLOAD.decode(), "hm=", *corpus()):
        assert leak not in log


async def test_whose_pictures_are_too_slow_is_asked_to_wait_before_anything_is_begun(
    tmp_path: Path, renderer: Renderer
) -> None:
    """No child is as quick as this limit."""
    async with playing(tmp_path, renderer, {"PIKA_PICTURES__TIMEOUT_SECONDS": "0.001"}) as stage:
        for _ in range(3):
            asked = await pika(stage, "image", image=card(RED), prompt="it moves")
            assert (await taken_back(stage, asked)).startswith("`image` takes too long")
        asked = await pika(stage, "image", image=card(RED), prompt="it moves")
        said = answer(asked)
        assert said.startswith("Several of your files took too long to open, so I take no others")
        assert said.endswith("with smaller ones. Nothing was charged.")
        ben, channel = stage.discord.members["Ben"], stage.discord.channels["videos"]
        options = {"image": card(RED), "prompt": "it moves"}
        his = await stage.discord.invoke(ben, channel, "pika image", options)
        assert (await taken_back(stage, his)).startswith("`image` takes too long")
        assert await jobs(stage) == []
        assert await ledger(stage) == []
