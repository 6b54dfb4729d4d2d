"""Another process that owns a database."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def other_owner(path: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that owns the database until its input ends."""
    program = (
        "import sys; from pathlib import Path; from bot.adapters.sqlite.ownership import owned\n"
        "with owned(Path(sys.argv[1])): print('owned', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        try:
            yield process
        finally:
            process.kill()
