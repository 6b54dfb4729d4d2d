"""A short storm, and the proof that it bites."""

from pathlib import Path

from sandbox.render import Renderer
from tests.crash.plan import Plan, all_calls, at_the_edges, short, without_guard
from tests.crash.report import TWICE, Verdict, judge
from tests.crash.storm import storm

# Any number would do; a fixed one makes two runs alike, as far as time allows.
SEED = 1


async def weather(folder: Path, plan: Plan, renderer: Renderer) -> Verdict:
    return judge(await storm(folder, plan, renderer, print))


async def test_a_short_storm(tmp_path: Path, renderer: Renderer) -> None:
    verdict = await weather(tmp_path, short(SEED), renderer)
    assert verdict.good, str(verdict)


async def test_a_short_storm_at_the_edges(tmp_path: Path, renderer: Renderer) -> None:
    verdict = await weather(tmp_path, at_the_edges(SEED), renderer)
    assert verdict.good, str(verdict)


async def test_without_its_guard_the_bot_pays_twice(tmp_path: Path, renderer: Renderer) -> None:
    verdict = await weather(tmp_path, without_guard(SEED), renderer)
    assert verdict.claim(TWICE).wrong, str(verdict)


def test_the_storm_knows_every_way_out_of_the_process() -> None:
    calls = set(all_calls())
    assert {"fal.submit", "jobstore.advance(submitted)", "delivery.deliver", "videos.keep"} <= calls
    assert len(calls) > 35
