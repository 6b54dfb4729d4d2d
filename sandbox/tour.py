"""The scripted tour: the whole bot, played through without a browser, and checked on the way."""

from collections.abc import Sequence
from pathlib import Path

from sandbox.fal import Timing
from sandbox.scenes import SCENES, Scene
from sandbox.scenes.acting import Tour
from sandbox.scenes.main_job import VIDEOS_PER_DAY
from sandbox.scenes.transcript import Transcript
from sandbox.stage import open_stage
from sandbox.terminal import Terminal

# So long at least do two videos keep fal busy while a third is canceled.
TIMING = Timing(run_seconds=1.5)
SETTINGS = {"PIKA_QUOTA__VIDEOS_PER_DAY": str(VIDEOS_PER_DAY)}


async def play_tour(
    folder: Path, out: Path, terminal: Terminal, scenes: Sequence[Scene] = SCENES
) -> int:
    """Play everything, with the bot's data in `folder`, and leave files and transcript in `out`.

    Return the exit code: 0 if all went well, otherwise 1.
    """
    try:
        async with open_stage(
            folder, timing=TIMING, settings=SETTINGS, step=terminal.step
        ) as stage:
            tour = Tour(stage, Transcript(out), terminal)
            well = await _play(tour, terminal, scenes)
            if not well:
                terminal.complain(f"The bot's log ends:\n{stage.bot.log()[-2000:]}")
    except (OSError, TimeoutError) as error:
        terminal.complain(str(error))
        return 1
    code = stage.bot.process.returncode
    if code:
        terminal.complain(f"The bot ended with exit code {code}.")
    return 0 if well and not code else 1


async def _play(tour: Tour, terminal: Terminal, scenes: Sequence[Scene]) -> bool:
    for scene in scenes:
        try:
            with terminal.step(_title(scene)):
                await scene(tour)
        except (LookupError, TimeoutError, ValueError) as error:
            tour.expect(None, f"{_title(scene)}: {type(error).__name__}: {error}")
            break
    path = tour.transcript.write()
    terminal.say(f"{len(tour.promises)} videos and {path.name} are in {path.parent}")
    return not tour.wrong


def _title(scene: Scene) -> str:
    return str(scene.__doc__)
