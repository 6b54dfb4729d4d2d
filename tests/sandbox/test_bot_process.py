"""A bot's process is started in the checkout that is asked for."""

from pathlib import Path

# The function itself: while tests run, the module's `spawn` is one that forks.
from sandbox.bot_process import spawn


async def test_the_bot_of_another_checkout_is_run(tmp_path: Path) -> None:
    checkout, out, errors = tmp_path / "before", tmp_path / "out", tmp_path / "errors"
    (checkout / "bot").mkdir(parents=True)
    (checkout / "bot" / "__main__.py").write_text("import sys; print('before', *sys.argv[1:])")
    process = await spawn(["bot", "run"], {}, out, errors, checkout)
    assert await process.wait() == 0, errors.read_text()
    assert out.read_text() == "before run\n"
