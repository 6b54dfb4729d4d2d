"""Make the documentation's pictures from the demo: `make pictures`, with Debian's chromium."""

# The browser answers in JSON of its own making.
# pyright: reportAny=false, reportExplicitAny=false

import asyncio
import base64
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image, ImageDraw

from sandbox.discord import File
from sandbox.discord.forms import OptionValue
from sandbox.fal import Timing
from sandbox.page import open_page
from sandbox.stage import Stage, open_stage

Json = dict[str, Any]
PICTURES = Path(__file__).parent / "pictures"
# Without these, chromium talks to its maker.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--force-device-scale-factor=1", "--mute-audio"),
)


async def main() -> int:
    browser = shutil.which("chromium")
    if browser is None:
        sys.stderr.write("`apt-get install chromium fonts-noto-color-emoji` first.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_stage(Path(folder), timing=Timing(run_seconds=2)) as stage,
            open_page(stage) as page,
        ):
            await play(stage)
            channel = Look(f"{page.url}#Ada/videos", TWO_VIDEOS, height=1300)
            await picture(browser, channel, PICTURES / "channel.png", folder)
            await moderate(stage)
            panel = Look(f"{page.url}#Mo/general", PANEL, height=700)
            await picture(browser, panel, PICTURES / "moderators.png", folder)
    return 0


async def play(stage: Stage) -> None:
    """Two members make a video each, and a third one is rendering."""
    discord = stage.discord
    channel = discord.channels["videos"]
    options = {"prompt": "a lighthouse in a storm, gulls circle it", "style": "Watercolour"}
    await discord.invoke(discord.members["Ben"], channel, "pika text", options)
    await ready(stage, 1)
    photo = {
        "image": File("lake.jpg", lake(), "image/jpeg"),
        "prompt": "the clouds drift, ripples run over the lake",
    }
    await discord.invoke(discord.members["Ada"], channel, "pika image", photo)
    await ready(stage, 2)
    stage.fal.timing.run_seconds = 600
    last = {"prompt": "a fox made of clay learns to juggle", "style": "Clay", "camera": "Orbit"}
    await discord.invoke(discord.members["Mo"], channel, "pika text", last)
    await discord.wait_for(lambda: "Rendering" in texts(stage), 30)


async def moderate(stage: Stage) -> None:
    """A moderator has set up the server, and looks at it."""
    discord = stage.discord
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
        done = await discord.invoke(mo, channel, f"pika-mod {command}", options)
        assert done.response_message is not None
        done.response_message.deleted = True
    await discord.invoke(mo, channel, "pika-mod settings")


async def ready(stage: Stage, videos: int) -> None:
    await stage.discord.wait_for(lambda: texts(stage).count("your video is ready") == videos, 60)


def texts(stage: Stage) -> str:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    return "\n".join(message.content for message in stage.discord.visible(ada, channel))


def lake() -> bytes:
    """Draw evening over a lake."""
    image = Image.new("RGB", (1280, 720))
    draw = ImageDraw.Draw(image)
    for y in range(720):
        depth = y / 720
        draw.line(
            [(0, y), (1280, y)],
            (int(250 - 160 * depth), int(170 - 90 * depth), int(90 + 90 * depth)),
        )
    draw.ellipse([560, 250, 720, 410], (255, 236, 179))
    draw.polygon([(0, 430), (260, 240), (470, 430)], (74, 63, 96))
    draw.polygon([(760, 430), (1050, 200), (1280, 430)], (58, 52, 84))
    draw.rectangle([0, 430, 1280, 720], (40, 54, 92))
    for y in range(450, 720, 18):
        draw.line([(600 - y // 6, y), (680 + y // 6, y)], (230, 190, 140), 3)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@dataclass(frozen=True)
class Look:
    """A page, what is true in it once all is there, and how many pixels high it is."""

    url: str
    is_there: str
    height: int


async def picture(browser: str, look: Look, file: Path, folder: str) -> None:
    """Open the page, wait until all is there, and save what it looks like."""
    process = await asyncio.create_subprocess_exec(
        browser,
        *QUIET,
        *(f"--user-data-dir={folder}/browser", "--remote-debugging-port=0", "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(await devtools(process, http)) as tab,
        ):
            talk = Conversation(tab)
            size = {"width": 1280, "height": look.height, "deviceScaleFactor": 1, "mobile": False}
            await talk.say("Emulation.setDeviceMetricsOverride", size)
            await talk.say("Page.navigate", {"url": look.url})
            async with asyncio.timeout(30):
                while not await talk.evaluate(look.is_there):  # noqa: ASYNC110  # the page tells nobody
                    await asyncio.sleep(0.2)
            await asyncio.sleep(1)  # until the players' spinners have faded
            shot = await talk.say("Page.captureScreenshot", {"format": "png"})
    finally:
        process.terminate()
        await process.wait()
    with Image.open(BytesIO(base64.b64decode(str(shot["data"])))) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(file, optimize=True)


TWO_VIDEOS = """(() => {
    const videos = [...document.querySelectorAll("video")];
    for (const video of videos) if (video.currentTime < 2) video.currentTime = 2.2;
    const shown = videos.every((video) => video.readyState === 4 && !video.seeking);
    return videos.length === 2 && shown && !document.body.innerText.includes("nothing yet");
})()"""
PANEL = 'document.querySelectorAll("details.select").length === 2'


async def devtools(process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> str:
    """Return the address of the browser's first tab, which it announces on standard error."""
    assert process.stderr is not None
    async for line in process.stderr:
        if match := re.search(rb"ws://(127\.0\.0\.1:\d+)/", line):
            async with http.get(f"http://{match[1].decode()}/json/list") as response:
                tabs = await response.json()
            return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    raise RuntimeError("chromium ended before it listened")


class Conversation:
    """Chrome's DevTools protocol, one question at a time."""

    def __init__(self, tab: aiohttp.ClientWebSocketResponse) -> None:
        self._tab = tab
        self._number = 0

    async def say(self, method: str, parameters: Json) -> Json:
        self._number += 1
        await self._tab.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._tab.receive_json()
            if answer.get("id") == self._number:
                return answer["result"]

    async def evaluate(self, expression: str) -> Any:
        result = await self.say("Runtime.evaluate", {"expression": expression})
        return result["result"].get("value")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
