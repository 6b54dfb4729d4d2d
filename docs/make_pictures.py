"""Make the documentation's pictures from the demo: `make pictures`, with Debian's chromium.

The commands that are played are those of `docs/examples.py`, which the members' guide shows.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from PIL import Image

from docs import examples
from docs.chromium import Json, Tab, open_tab
from docs.drawings import drawn
from docs.examples import Example
from sandbox.discord import Invocation, Message
from sandbox.discord.forms import OptionValue
from sandbox.fal import Timing
from sandbox.page import open_page
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage

PICTURES = Path(__file__).parent / "pictures"
COLOURS = 128
SMALLER = 0.5
"""How large the guide's videos are made, of what was promised: the page shows them no larger."""
BY_PICTURE = {example.picture: example for example in examples.EXAMPLES}
ANIMATED = "it looks around and waves"


async def main() -> int:
    browser = shutil.which("chromium")
    if browser is None:
        sys.stderr.write("`apt-get install chromium fonts-noto-color-emoji` first.\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with studio(browser, folder, (800, 1400), SMALLER) as guide:
            await take_the_guide(guide)
    with tempfile.TemporaryDirectory() as folder:
        async with studio(browser, folder, (800, 1400), SMALLER) as story:
            await take_the_story(story)
    with tempfile.TemporaryDirectory() as folder:
        async with studio(browser, folder, (800, 1400), SMALLER, "Mo/general") as panel:
            await take_the_panel(panel)
    with tempfile.TemporaryDirectory() as folder:
        async with studio(browser, folder, (800, 1400), SMALLER) as line:
            await take_the_line(line)
    with tempfile.TemporaryDirectory() as folder:
        async with studio(browser, folder, (1280, 1420), 1.0) as channel:
            await take_the_channel(channel)
    return 0


class Studio:
    """A stage, and a browser in which Ada looks at it."""

    def __init__(self, stage: Stage, tab: Tab) -> None:
        self.stage = stage
        self.tab = tab

    async def play(self, example: Example) -> Invocation:
        """Send the command of an example."""
        discord = self.stage.discord
        options = {
            name: drawn(value) if isinstance(value, str) and value[-4:-3] == "." else value
            for name, value in example.options.items()
        }
        member, channel = discord.members[example.who], discord.channels["videos"]
        return await discord.invoke(member, channel, example.command, options)

    async def ready(self, asked: Invocation) -> list[Message]:
        """Wait for the video that was asked for; return it and the word that it is ready."""
        status = message_of(asked)
        await self.stage.discord.wait_for(lambda: self._reply(status), 60)
        reply = self._reply(status)
        assert reply is not None
        return [status, reply]

    async def says(self, message: Message, words: str) -> None:
        """Wait until a message has these words in it."""
        await self.stage.discord.wait_for(lambda: words in message.content, 60)

    async def take(self, name: str, messages: Sequence[Message], *more: str) -> None:
        """Take a picture of messages, and of what else these selectors find."""
        selectors = [*(f"#message-{message.id}" for message in messages), *more]
        await self.tab.until(f"shown({json.dumps(selectors)})")
        # A player's spinner fades slowly, and a pointer's mark too.
        await asyncio.sleep(1)
        clip = cast("Json", await self.tab.evaluate(f"around({json.dumps(selectors)})"))
        save(await self.tab.picture(clip), name)

    def reply_to(self, message: Message, words: str) -> Message | None:
        """Return what was replied with these words in it."""
        found = (one for one in self._seen() if one.reference is message and words in one.content)
        return next(found, None)

    async def asked_with(self, words: str) -> Invocation:
        """Wait for what was asked in a modal with these words; return it."""

        def asked() -> Invocation | None:
            found = (one.invocation for one in self._seen() if words in one.content)
            return next(filter(None, found), None)

        await self.stage.discord.wait_for(asked, 60)
        invocation = asked()
        assert invocation is not None
        return invocation

    def _reply(self, status: Message) -> Message | None:
        return self.reply_to(status, "is ready")

    def _seen(self) -> Sequence[Message]:
        discord = self.stage.discord
        return discord.visible(discord.members["Ada"], discord.channels["videos"])


@asynccontextmanager
async def studio(
    browser: str, folder: str, size: tuple[int, int], scale: float, looks_at: str = "Ada/videos"
) -> AsyncGenerator[Studio]:
    renderer = Renderer(scale=scale)
    try:
        async with (
            open_stage(Path(folder), timing=Timing(run_seconds=1), renderer=renderer) as stage,
            open_page(stage) as page,
            open_tab(browser, folder) as tab,
        ):
            await tab.open(f"{page.url}#{looks_at}", *size)
            await tab.evaluate(HELPERS)
            yield Studio(stage, tab)
    finally:
        await asyncio.to_thread(renderer.close)


async def take_the_guide(guide: Studio) -> None:
    """Play every example, and take its picture."""
    for example in (examples.HELP, examples.MODELS):
        await take_answer(guide, example)
    for example in examples.VIDEOS:
        await guide.take(example.picture, await guide.ready(await guide.play(example)))
    await take_the_menu(guide)
    asked = await guide.play(examples.DEAR)
    offer = message_of(asked)
    await guide.take(examples.DEAR.picture, [offer])
    await guide.stage.discord.click(asked.member, offer, "Don't")
    shown = await guide.play(examples.SHOW)
    await guide.says(message_of(shown), "seed")
    await guide.take(examples.SHOW.picture, [message_of(shown)])
    for example in (examples.QUOTA, examples.SETTINGS):
        await take_answer(guide, example)


async def take_answer(guide: Studio, example: Example) -> None:
    await guide.take(example.picture, [message_of(await guide.play(example))])


async def take_the_menu(guide: Studio) -> None:
    """Animate a picture that somebody posted, from the message's menu."""
    discord, tab = guide.stage.discord, guide.tab
    channel = discord.channels["videos"]
    posted = await discord.post(
        discord.members["Olive"], channel, "Look who I met!", [drawn("robot.png")]
    )
    await tab.until(f"shown(['#message-{posted.id}'])")
    await tab.evaluate(f"document.querySelector('#message-{posted.id} .more').click()")
    await guide.take("menu", [posted], ".menu")
    await tab.evaluate("[...document.querySelectorAll('.menu button')].at(-1).click()")
    await tab.until("shown(['dialog'])")
    await tab.evaluate(f"document.querySelector('dialog textarea').value = '{ANIMATED}'")
    await guide.take("modal", [], "dialog")
    await tab.evaluate("document.querySelector('dialog form').requestSubmit()")
    await guide.take("animate", await guide.ready(await guide.asked_with(ANIMATED)))


async def take_the_story(story: Studio) -> None:
    """Make three shots and a film of them, look for them again, and mention the bot."""
    discord = story.stage.discord
    shot = await story.ready(await story.play(examples.FIRST_SHOT))
    await story.take(examples.FIRST_SHOT.picture, shot)
    for number, words in enumerate(examples.NEXT_SHOTS):
        await story.tab.until(f"press('#message-{shot[0].id}', 'Continue')")
        await story.tab.until("shown(['dialog'])")
        await story.tab.evaluate(f"document.querySelector('dialog textarea').value = '{words}'")
        if number == 0:
            await story.take("continue", [], "dialog")
        await story.tab.evaluate("document.querySelector('dialog form').requestSubmit()")
        shot = await story.ready(await story.asked_with(words))
    film = message_of(await story.play(examples.JOIN))
    await story.says(film, "A film of 3 shots")
    await story.take(examples.JOIN.picture, [film])
    page = message_of(await story.play(examples.HISTORY))
    await discord.wait_for(lambda: page.attachments, 60)
    await story.take(examples.HISTORY.picture, [page])
    ben, channel = discord.members["Ben"], discord.channels["videos"]
    words = f"{discord.bot.mention} they dance in the snow"
    files = [drawn("robot.png"), drawn("snowman.png")]
    asked = await discord.post(ben, channel, words, files)
    await discord.wait_for(lambda: story.reply_to(asked, "dance"), 60)
    status = story.reply_to(asked, "dance")
    assert status is not None
    await discord.wait_for(lambda: status.attachments, 60)
    await story.take("mention", [asked, status])


async def take_the_panel(panel: Studio) -> None:
    """A moderator has set up the server, and looks at it."""
    discord = panel.stage.discord
    mo, channel, role = discord.members["Mo"], discord.channels["general"], discord.roles["Member"]
    changes: list[tuple[str, dict[str, OptionValue]]] = [
        ("quota", {"role": role, "videos": 10}),
        ("roles", {"role": role, "resolution": "1080p", "priority": True}),
        ("roles", {"role": discord.roles["@everyone"], "resolution": "720p", "models": "Draft"}),
        ("channels", {"add": discord.channels["videos"]}),
        ("budget", {"day": 5, "month": 60}),
        ("block", {"member": discord.members["Ben"], "reason": "same joke fifty times"}),
        ("settings", {"time_zone": "Europe/Berlin", "account_days": 30}),
    ]
    for command, options in changes:
        await discord.invoke(mo, channel, f"pika-mod {command}", options)
    shown = await discord.invoke(mo, channel, "pika-mod settings")
    await panel.take("moderators", [message_of(shown)])


async def take_the_line(guide: Studio) -> None:
    """Wait in line behind two others, ask the same again, and cancel."""
    await guide.ready(await guide.play(BY_PICTURE["image"]))
    guide.stage.fal.timing.run_seconds = 600
    for who in ("Ben", "Mo"):
        first = await guide.play(Example("", who, "pika text", {"prompt": f"{who} dreams of bees"}))
        await guide.says(message_of(first), "Rendering")
    waiting = message_of(await guide.play(examples.WAITING))
    await guide.says(waiting, "place 1")
    await guide.take(examples.WAITING.picture, [waiting])
    await guide.take("again", [message_of(await guide.play(examples.WAITING))])
    await take_answer(guide, examples.JOBS)
    canceled = await guide.play(examples.CANCEL)
    await guide.says(waiting, "Canceled")
    await guide.take(examples.CANCEL.picture, [message_of(canceled)])


async def take_the_channel(channel: Studio) -> None:
    """Two members make a video each, and a third one is rendering."""
    for name in ("text", "image"):
        await channel.ready(await channel.play(BY_PICTURE[name]))
    channel.stage.fal.timing.run_seconds = 600
    options = {"prompt": "a fox made of clay learns to juggle", "style": "Clay", "camera": "Orbit"}
    last = message_of(await channel.play(Example("", "Mo", "pika text", options)))
    await channel.says(last, "Rendering")
    await channel.tab.until("document.querySelector('#books').innerText.includes('Mo')")
    await channel.tab.until(f"shown(['#message-{last.id}', 'body'])")
    await asyncio.sleep(1)
    save(await channel.tab.picture(), "channel")


def message_of(asked: Invocation) -> Message:
    assert asked.response_message is not None, "it was answered"
    return asked.response_message


def save(image: Image.Image, name: str) -> None:
    few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)


HELPERS = """
function shown(selectors) {
    const nodes = selectors.map((one) => document.querySelector(one));
    if (!nodes.every(Boolean)) return false;
    const videos = nodes.flatMap((node) => [...node.querySelectorAll("video")]);
    for (const video of videos) {
        if (video.readyState && !video.currentTime) video.currentTime = video.duration * 0.45;
    }
    const images = nodes.flatMap((node) => [...node.querySelectorAll("img")]);
    return videos.every((video) => video.currentTime && video.readyState === 4 && !video.seeking)
        && images.every((image) => image.complete);
}
function press(selector, label) {
    const buttons = [...document.querySelectorAll(`${selector} button`)];
    const found = buttons.find((button) => button.innerText === label);
    found?.click();
    return Boolean(found);
}
function around(selectors) {
    const boxes = selectors.map((one) => document.querySelector(one).getBoundingClientRect());
    const left = Math.min(...boxes.map((box) => box.left));
    const top = Math.min(...boxes.map((box) => box.top));
    const right = Math.max(...boxes.map((box) => box.right));
    const bottom = Math.max(...boxes.map((box) => box.bottom));
    return { x: left, y: top, width: right - left, height: bottom - top };
}
"""


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
