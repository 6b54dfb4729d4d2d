"""Large blocks really leave the process."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
USE_SOME = """
import sys
from pathlib import Path
from bot.adapters.process.allocator import give_back_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "give back":
    give_back_large_blocks()
before, small = resident(), []
for _ in range(3):
    large = b"x" * (16 << 20)
    # Something that stays, above it in the heap.
    small.append(b"y" * 100_000)
    del large
print(resident() - before)
"""


def kept(how: str) -> int:
    command = [sys.executable, "-c", USE_SOME, how]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_large_blocks_are_given_back():
    assert kept("give back") < 2 << 20 < 8 << 20 < kept("keep")
