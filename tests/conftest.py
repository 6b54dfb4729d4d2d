"""One renderer for all: it draws small, quick clips, and each only once."""

from collections.abc import Iterator

import pytest

from sandbox.render import DRAFT, Renderer

pytest.register_assert_rewrite("tests.wire.playing")


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(scale=DRAFT)
    yield renderer
    renderer.close()
