"""The demo, `python -m sandbox`: a Discord, a fal, the real bot, and a page to play with."""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from sandbox.page import open_page
from sandbox.stage import open_stage
from sandbox.terminal import Terminal
from sandbox.tour import play_tour

FAILED = 1
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", default=0, help="Port of the page on 127.0.0.1; a free one by default.")
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep database, videos and the bot's log in this folder.",
)
@click.option("--tour", is_flag=True, help="Play a scripted tour instead of serving the page.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the tour leaves the videos and its transcript.",
)
def main(*, port: int, no_browser: bool, data: Path | None, tour: bool, out: Path | None) -> None:
    """Try the bot without any account: a Discord and a fal of your own, on this machine."""
    if tour != (out is not None):
        raise click.UsageError("--tour and --out DIR belong together.")
    terminal = Terminal()
    with _folder(data) as folder:
        if out is not None:
            work, if_stopped = play_tour(folder, out, terminal), FAILED
        else:
            work, if_stopped = _serve(folder, terminal, port=port, browser=not no_browser), 0
        sys.exit(asyncio.run(_until_stopped(work, if_stopped)))


async def _serve(folder: Path, terminal: Terminal, *, port: int, browser: bool) -> int:
    """Serve the page until this is cancelled."""
    try:
        async with open_stage(folder, step=terminal.step) as stage:
            async with open_page(stage, port=port) as page:
                terminal.say(f"Open {page.url}  (Ctrl-C stops everything)")
                if browser and _has_display():
                    await asyncio.to_thread(webbrowser.open, page.url)
                code = await stage.bot.process.wait()
            terminal.complain(f"The bot ended with exit code {code}:\n{stage.bot.log()[-2000:]}")
    except (OSError, TimeoutError) as error:
        terminal.complain(str(error))
    return FAILED


async def _until_stopped(work: Coroutine[None, None, int], if_stopped: int) -> int:
    """Return the result of the work, or `if_stopped` once a signal has ended it."""
    task = asyncio.create_task(work)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        # Only once: another signal would break off the cleaning up.
        if not stopped:
            stopped = True
            task.cancel()

    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return if_stopped


@contextmanager
def _folder(data: Path | None) -> Generator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="pika-sandbox-") as folder:
            yield Path(folder)
    else:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()


def _has_display() -> bool:
    return sys.platform == "darwin" or any(os.environ.get(name) for name in DISPLAYS)


if __name__ == "__main__":
    main()
