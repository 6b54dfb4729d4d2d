"""The scripted tour: the whole bot, played through without a browser, and checked on the way."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sandbox.render import Renderer
from sandbox.scenes import ACTS, Act, Scene
from sandbox.scenes.acting import Tour
from sandbox.scenes.transcript import Transcript
from sandbox.stage import open_stage
from sandbox.terminal import Terminal


async def play_tour(folder: Path, out: Path, terminal: Terminal, acts: Sequence[Act] = ACTS) -> int:
    """Play everything, with the bot's data in `folder`, and leave files and transcript in `out`.

    Return the exit code: 0 if all went well, otherwise 1.
    """
    transcript = Transcript(out)
    videos = 0
    well = True
    for number, act in enumerate(acts, 1):
        data = folder / f"act-{number}"
        data.mkdir()
        renderer = Renderer(scale=act.scale)
        try:
            made = await _play_act(act, data, transcript, terminal, renderer)
        except (OSError, TimeoutError) as error:
            terminal.complain(str(error))
            made = None
        finally:
            renderer.close()
        well = well and made is not None
        videos += made or 0
    path = transcript.write()
    terminal.say(f"{videos} videos made; every posted file and {path.name} are in {path.parent}")
    return 0 if well else 1


async def _play_act(
    act: Act, folder: Path, transcript: Transcript, terminal: Terminal, renderer: Renderer
) -> int | None:
    """Return the number of videos made; None if anything went wrong. Raises as the stage does."""
    # Scenes may change it.
    timing = replace(act.timing)
    async with open_stage(
        folder, timing=timing, renderer=renderer, settings=act.settings, step=terminal.step
    ) as stage:
        tour = Tour(stage, transcript, terminal, act.scale)
        well = await _play(tour, terminal, act.scenes)
        if not well:
            terminal.complain(f"The bot's log ends:\n{stage.bot.log()[-2000:]}")
    if code := stage.bot.process.returncode:
        terminal.complain(f"The bot ended with exit code {code}.")
    return len(tour.promises) if well and not code else None


async def _play(tour: Tour, terminal: Terminal, scenes: Sequence[Scene]) -> bool:
    for scene in scenes:
        try:
            with terminal.step(_title(scene)):
                await scene(tour)
        except (LookupError, TimeoutError, ValueError) as error:
            tour.expect(None, f"{_title(scene)}: {type(error).__name__}: {error}")
            break
    return not tour.wrong


def _title(scene: Scene) -> str:
    return str(scene.__doc__)
