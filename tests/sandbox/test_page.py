"""The page to play with: who may use it, and that it really drives the bot."""

import asyncio
import io
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
import yarl
from PIL import Image

from sandbox.discord.wire import Json, as_object, as_objects, as_text
from sandbox.page.server import STATIC
from sandbox.render import Renderer
from tests.sandbox.page_visitor import files, messages_in, visiting

CHECKOUT = Path(__file__).parent.parent.parent


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def has_video(channels: Json) -> bool:
    return any(files(message) for message in messages_in(channels) if by_bot(message))


def by_bot(message: Json) -> bool:
    return as_object(message["author"])["name"] == "Pika"


async def test_only_the_page_itself_may_ask(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        port = visitor.url.rpartition(":")[2]

        async def status(method: str, path: str, **headers: str) -> int:
            url = visitor.url + path
            async with visitor.session.request(method, url, headers=headers) as response:
                return response.status

        for host, expected in {
            f"127.0.0.1:{port}": 200,
            f"localhost:{port}": 200,
            f"rebound.example:{port}": 403,
            "127.0.0.1:1": 403,
        }.items():
            for path in ("/", "/api/state", "/static/page.js"):
                assert await status("GET", path, Host=host) == expected, (host, path)
        assert await status("GET", "/api/state", Origin="http://evil.example") == 403
        assert await status("GET", "/api/state", Origin=f"http://localhost:{port}") == 403
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}"):
            assert await status("POST", "/api/message", Origin=origin) == 403, origin
        assert await status("POST", "/api/message") == 403
        # Nothing wrong with the origin, only with what is asked.
        assert await status("POST", "/api/message", Origin=visitor.url) == 400
        assert await visitor.messages("Ada") == []


async def test_nothing_foreign_is_loaded_or_run(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        cdn = visitor.stage.discord.base_url
        for path in ("/", "/static/page.js", "/static/favicon.svg", "/api/state", "/nowhere"):
            async with visitor.session.get(visitor.url + path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
                assert rules["default-src"] == "'none'"
                assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
                assert rules["img-src"] == rules["media-src"] == f"'self' {cdn}"
        for path in ("/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/nothing.js"):
            url = f"{visitor.url}{path}"
            async with visitor.session.get(yarl.URL(url, encoded=True)) as response:
                assert response.status == 404, path


def test_scripts_and_styles_are_the_pages_own() -> None:
    html = (STATIC / "index.html").read_text()
    addresses = [found[1] for found in re.finditer(r'(?:src|href)="([^"]*)"', html)]
    assert addresses
    assert all((STATIC / address.removeprefix("/static/")).is_file() for address in addresses)
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", html)
    scripts = [path.read_text() for path in STATIC.glob("*.js")]
    imports = re.compile(r'from "\./([^"]+)"')
    imported = {found[1] for script in scripts for found in imports.finditer(script)}
    assert imported <= {path.name for path in STATIC.iterdir()}
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|srcdoc")
    assert not any(sinks.search(script) for script in scripts)


async def test_a_command_becomes_a_video(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        commands = as_objects((await visitor.state("Ada"))["commands"])
        assert "pika text" in [command["name"] for command in commands]
        asked = {"member": "Ada", "command": "pika text", "options": {"prompt": "<b>a fox</b>"}}
        assert await visitor.act("command", asked) == {"failed": False}
        shown = messages_in(await visitor.hear("Ben", "messages", has_video))
        [video] = files(shown[0])
        assert as_object(shown[0]["command"]) == {"member": "Ada", "name": "pika text"}
        assert as_text(shown[0]["content"]).startswith("> `<b>a fox</b>`")
        assert "a fox" in as_text(video["alt"])
        async with visitor.session.get(as_text(video["url"])) as response:
            assert response.content_type == "video/mp4"
            assert len(await response.read()) == video["size"]
        # Links are the same at every look, or the browser would load the video anew.
        [again] = files((await visitor.messages("Ada"))[0])
        assert again == video
        books = await visitor.hear("Ada", "books", lambda books: "delivered" in str(books))
        [job] = as_objects(books["jobs"])
        assert (job["member"], job["prompt"]) == ("Ada", "<b>a fox</b>")
        assert as_objects(books["sums"])[0]["videos"] == 1
        [post] = as_objects(as_object((await visitor.state("Ada"))["fal"])["posts"])
        assert (post["status"], post["state"]) == (200, "COMPLETED")


async def test_a_posted_picture_is_animated(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        message = {"member": "Ben", "content": "look", "files": [{"file": "file_0"}]}
        await visitor.act("message", message, ("four.png", picture()))
        [posted] = await visitor.messages("Mo")
        assert files(posted)[0]["name"] == "four.png"
        menu = {"member": "Mo", "message": posted["id"], "command": "Animate"}
        opened = await visitor.act("menu", menu)
        label = as_objects(as_object(opened["modal"])["components"])[0]
        field = as_text(as_object(label["component"])["custom_id"])
        filled = {"invocation": opened["invocation"], "values": {field: "it moves"}}
        # A modal is only its member's.
        await visitor.act("modal", {"member": "Ben", **filled}, status=400)
        assert await visitor.act("modal", {"member": "Mo", **filled}) == {"failed": False}
        shown = messages_in(await visitor.hear("Mo", "messages", has_video))
        video = next(message for message in shown if by_bot(message))
        pressed = {"member": "Ben", "message": video["id"], "button": "Details"}
        await visitor.act("click", pressed)
        last = (await visitor.messages("Ben"))[-1]
        assert last["ephemeral"]
        assert as_object(last["reply"])["id"] == video["id"]
        assert last["id"] not in [message["id"] for message in await visitor.messages("Mo")]


async def test_options_are_what_the_bot_offers(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        asked = {"member": "Ada", "command": "pika text", "options": {"style": "cine"}}
        offered = await visitor.act("autocomplete", {**asked, "focused": "style"})
        assert [choice["name"] for choice in as_objects(offered["choices"])] == ["Cinematic"]
        image = {"member": "Ada", "command": "pika image"}
        options = {"image": {"file": "file_0"}, "prompt": "it moves"}
        await visitor.act("command", {**image, "options": options}, ("a.png", picture()))
        await visitor.hear("Ada", "messages", has_video)
        assert len(visitor.stage.fal.uploads) == 1


async def test_a_menu_under_a_message(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        await visitor.act("command", {"member": "Mo", "command": "pika-mod settings"})
        panel = (await visitor.messages("Mo"))[-1]
        videos = visitor.stage.discord.channels["videos"]
        chosen = {
            "member": "Mo",
            "message": panel["id"],
            "menu": "mod:channels",
            "values": [str(videos.id)],
        }
        assert await visitor.act("select", chosen) == {"failed": False}
        panel = (await visitor.messages("Mo"))[-1]
        assert f"**Where** · <#{videos.id}>" in as_text(panel["content"])
        nobody = {**chosen, "values": ["1"]}
        assert (await visitor.act("select", nobody, status=400))["error"]


REFUSED: list[tuple[str, Json]] = [
    ("command", {"command": "pika dance"}),
    ("command", {"command": "pika text", "options": {"wings": 2}}),
    ("command", {"command": "pika text", "options": {}}),
    ("command", {"command": "pika text", "options": {"prompt": ["a"]}}),
    ("command", {"command": "pika help", "member": "Nobody"}),
    ("command", {"command": "pika help", "channel": "nowhere"}),
    ("message", {"content": "half a pair: \ud800"}),
    ("message", {"content": "x" * 2001}),
    ("message", {"content": "a file", "files": [{"file": "file_9"}]}),
    ("click", {"message": "1", "button": "Details"}),
    ("select", {"message": "1", "menu": "mod:channels", "values": []}),
    ("modal", {"invocation": "1", "values": {}}),
]


async def test_what_discord_would_not_send_is_refused(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        for action, body in REFUSED:
            answer = await visitor.act(action, {"member": "Ada", **body}, status=400)
            assert answer["error"], body
        assert await visitor.messages("Ada") == []


async def test_a_bot_that_is_late_did_not_respond(tmp_path: Path, renderer: Renderer) -> None:
    async with visiting(tmp_path, renderer) as visitor:
        visitor.stage.bot.process.send_signal(signal.SIGSTOP)
        try:
            asked = {"member": "Ada", "command": "pika help"}
            assert await visitor.act("command", asked) == {"failed": True}
        finally:
            visitor.stage.bot.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_the_demo_ends_as_cleanly_as_it_starts(tmp_path: Path, stop: signal.Signals) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--no-browser"),
        cwd=CHECKOUT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert demo.stdout
    lines: list[str] = []
    while not lines or not lines[-1].startswith("Open "):
        line = await demo.stdout.readline()
        assert line, lines
        lines.append(line.decode())
    url = lines[-1].split()[1]
    address = f"{url}/api/events?member=Ada"
    async with aiohttp.ClientSession() as session, session.get(address) as events:
        # An open page must not keep it from ending.
        assert await events.content.readline()
        demo.send_signal(stop)
        _, errors = await demo.communicate()
    assert (demo.returncode, errors.decode()) == (0, "")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a look at an empty folder
    assert len(lines) == 4
