"""A real browser, driven through Chrome's DevTools protocol."""

# The browser answers in JSON of its own making.
# pyright: reportAny=false, reportExplicitAny=false

import asyncio
import base64
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
from PIL import Image

Json = dict[str, Any]
# Without these, chromium talks to its maker.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--force-device-scale-factor=1", "--mute-audio"),
)
PATIENCE_SECONDS = 30


class Tab:
    """A page, one question at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def say(self, method: str, parameters: Json) -> Json:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._number:
                return answer["result"]

    async def evaluate(self, expression: str) -> Any:
        """Return what the page's own language makes of it. Raises ValueError."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        result = await self.say("Runtime.evaluate", asked)
        if "exceptionDetails" in result:
            raise ValueError(result["exceptionDetails"])
        return result["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until it is true. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.evaluate(expression):  # noqa: ASYNC110  # the page tells nobody
                await asyncio.sleep(0.2)

    async def open(self, url: str, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.say("Emulation.setDeviceMetricsOverride", size)
        await self.say("Page.navigate", {"url": url})
        await self.until("document.readyState === 'complete'")

    async def picture(self, clip: Json | None = None) -> Image.Image:
        """Return what the page looks like, or a part of it, in CSS pixels."""
        wanted: Json = {"format": "png"} | ({"clip": clip | {"scale": 1}} if clip else {})
        shot = await self.say("Page.captureScreenshot", wanted)
        return Image.open(BytesIO(base64.b64decode(str(shot["data"]))))


@asynccontextmanager
async def open_tab(browser: str, folder: str) -> AsyncGenerator[Tab]:
    """Run the browser, with its profile in `folder`."""
    process = await asyncio.create_subprocess_exec(
        browser,
        *QUIET,
        *(f"--user-data-dir={folder}/browser", "--remote-debugging-port=0", "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(await _address(process, http), max_msg_size=0) as socket,
        ):
            yield Tab(socket)
    finally:
        process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> str:
    """Return the address of the browser's first tab, which it announces on standard error."""
    assert process.stderr is not None
    async for line in process.stderr:
        if match := re.search(rb"ws://(127\.0\.0\.1:\d+)/", line):
            async with http.get(f"http://{match[1].decode()}/json/list") as response:
                tabs = await response.json()
            return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    raise RuntimeError("chromium ended before it listened")
