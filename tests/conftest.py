"""One renderer for all: it draws small, quick clips, and each only once."""

from collections.abc import Iterator

import pytest

from sandbox import bot_process
from sandbox.render import DRAFT, Renderer
from tests import preloaded

pytest.register_assert_rewrite("tests.wire.playing")


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(scale=DRAFT)
    yield renderer
    renderer.close()


@pytest.fixture(scope="session", autouse=True)
def preloaded_bots() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot_process, "spawn", preloaded.fork)
        yield
