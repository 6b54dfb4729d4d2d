"""What all tests share: a renderer of small, quick clips, and bots that start quickly."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox import bot_process
from sandbox.render import DRAFT, Renderer
from tests import preloaded

pytest.register_assert_rewrite("tests.wire.playing")

# A machine that halts for a moment is no fault: what takes how long is measured in bench/.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that take so long that they have a timeout of their own.

    The others are in whatever order; in the end no worker waits for another.
    """
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer.of_drafts()
    yield renderer
    renderer.close()


@pytest.fixture(scope="session")
def smooth_renderer() -> Iterator[Renderer]:
    """For tests that look at single frames: as many a second as a whole video has."""
    renderer = Renderer(scale=DRAFT)
    yield renderer
    renderer.close()


@pytest.fixture(scope="session", autouse=True)
def preloaded_bots() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot_process, "spawn", preloaded.fork)
        yield
