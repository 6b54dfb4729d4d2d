"""The cost of the walls around decoders, for a picture: processor time with and without them.

Each picture is drawn anew by the real child process, in turn as it is started and without its
walls: by the same launcher, but for the lines that raise them.
"""

import asyncio
import io
import resource
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile

import click
from PIL import Image

from bench import quick as quick_mode
from bench.side_by_side import Line, show
from bot.adapters.media import bounded_process
from bot.adapters.media.picture_intake import PictureLimits
from bot.adapters.media.picture_process import Drawn, run_child
from bot.adapters.process.walls import standing_walls

AIM = 1.05
TIMES, QUICK_TIMES = 60, 1
# As members send them: a phone's photo, a screenshot, and pictures that others have made smaller.
KINDS: dict[str, tuple[str, tuple[int, int], dict[str, int]]] = {
    "photo, JPEG of 12 megapixels": ("JPEG", (4000, 3000), {"quality": 90}),
    "screenshot, PNG of 2 megapixels": ("PNG", (1920, 1080), {}),
    "WebP of 1 megapixel": ("WEBP", (1200, 900), {}),
    "AVIF of 1 megapixel": ("AVIF", (1200, 900), {"speed": 9}),
    "small, PNG of 0.1 megapixels": ("PNG", (320, 240), {}),
}
HEADINGS = ("", "behind walls", "without", "ratio", "")


@click.command(help=__doc__)
@click.option("--times", default=TIMES, show_default=True, help="How often each picture is drawn.")
@quick_mode.option
def main(*, times: int, quick: bool) -> None:
    if quick:
        times = QUICK_TIMES
    click.echo(f"the walls of this machine: {standing_walls()}")
    lines, wrong = asyncio.run(_measure(times))
    missed = any(line.ours > AIM * line.theirs for line in lines if line.ours and line.theirs)
    show(lines, HEADINGS)
    sys.exit(quick_mode.exit_code(wrong=wrong, missed=missed, quick=quick))


async def _measure(times: int) -> tuple[list[Line], bool]:
    """Return a line a kind and one of all together, and whether a picture wasn't drawn."""
    lines, wrong = list[Line](), False
    with TemporaryDirectory(prefix="pika-bench-") as folder:
        place = Path(folder)
        launchers = bounded_process.LAUNCHER, _launcher_without_walls(place)
        for kind, (format_, size, options) in KINDS.items():
            picture = _picture(format_, size, options)
            seconds: tuple[list[float], list[float]] = [], []
            for _ in range(times):
                # One beside the other, so that what else the machine does concerns both.
                for launcher, taken in zip(launchers, seconds, strict=True):
                    bounded_process.LAUNCHER = launcher
                    before = _processor_seconds()
                    wrong |= not await _is_drawn(picture, format_, place)
                    taken.append(_processor_seconds() - before)
            ours, theirs = (median(taken) * 1000 for taken in seconds)
            lines.append(Line(f"{kind}, ms", ours, theirs))
    ours, theirs = (sum(values) for values in zip(*_columns(lines), strict=True))
    return [*lines, Line("all of them, ms", ours, theirs, f"aim {AIM} : 1")], wrong


def _columns(lines: list[Line]) -> list[tuple[float, float]]:
    return [(line.ours or 0, line.theirs or 0) for line in lines]


def _processor_seconds() -> float:
    """Return the processor time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def _is_drawn(picture: bytes, format_: str, folder: Path) -> bool:
    limits = PictureLimits()
    with TemporaryFile(dir=folder) as file:
        file.write(picture)
        drawn = await run_child(
            file,
            format_,
            limits.for_child(format_),
            wall_seconds=limits.wall_seconds,
            folder=folder,
        )
    return isinstance(drawn, Drawn)


def _picture(format_: str, size: tuple[int, int], options: dict[str, int]) -> bytes:
    """Return a picture with soft shapes and a little noise, as a camera's."""
    noise = Image.effect_noise(size, 60).reduce(8)
    # Pillow's type of a size is open.
    noise = noise.transform(size, Image.Transform.EXTENT, (0, 0, *noise.size))
    grain = Image.effect_noise(size, 8)
    picture = Image.merge("RGB", (noise, Image.blend(noise, grain, 0.2), grain))
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def _launcher_without_walls(folder: Path) -> Path:
    """Write the launcher without the lines that raise walls."""
    source = bounded_process.LAUNCHER.read_text()
    checkout = Path(bounded_process.LAUNCHER).parents[3]
    edits: list[tuple[str, str]] = [
        ('__file__.removesuffix("bot/adapters/media/bounded_launch.py")', repr(f"{checkout}/")),
        ("import linux, walls", "import linux"),
        ("        walls.raise_walls(_readable(sys.argv[0], bounds))\n", "        pass\n"),
    ]
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"the launcher has no line with {old!r} any more")
        source = source.replace(old, new)
    launcher = folder / "launch_without_walls.py"
    launcher.write_text(source)
    return launcher


if __name__ == "__main__":
    main()
