"""Every bench is run by `make bench` and, in its quick mode, by `make check`."""

import ast
import re
from importlib import import_module
from pathlib import Path

import click
import pytest

CHECKOUT = Path(__file__).parent.parent.parent
MAKEFILE = (CHECKOUT / "Makefile").read_text()
SOURCES = {path.stem: path.read_text() for path in (CHECKOUT / "bench").glob("*.py")}
STARTED_BY_A_BENCH = ["subscribers"]
"""Programs that are measured beside the bot, and are no benches themselves."""


def line_of_makefile(start: str) -> list[str]:
    """Return the words after `start` in the Makefile's line that begins with it."""
    line = re.search(rf"^{re.escape(start)} (.+)$", MAKEFILE, re.MULTILINE)
    assert line is not None
    return line[1].split()


BENCHES = line_of_makefile("BENCHES :=")


def can_be_run(source: str) -> bool:
    """Return whether a module has a `main`, or does something when it is run."""
    return 'if __name__ == "__main__"' in source or any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "main"
        for node in ast.parse(source).body
    )


def test_every_bench_is_listed_in_the_makefile():
    assert can_be_run("async def main(): ...")
    assert not can_be_run("class Line:\n    def main(self): ...")
    programs = {name for name, source in SOURCES.items() if can_be_run(source)}
    assert sorted(programs) == sorted([*BENCHES, *STARTED_BY_A_BENCH])


@pytest.mark.parametrize("program", STARTED_BY_A_BENCH)
def test_a_program_that_is_no_bench_is_started_by_one(program: str):
    assert any(f'"bench.{program}"' in SOURCES[bench] for bench in BENCHES)


@pytest.mark.parametrize("bench", BENCHES)
def test_every_bench_has_a_quick_mode(bench: str):
    main: object = getattr(import_module(f"bench.{bench}"), "main", None)
    assert isinstance(main, click.Command)
    assert "--quick" in [flag for parameter in main.params for flag in parameter.opts]


def test_a_change_must_pass_the_quick_modes():
    assert line_of_makefile("bench-quick:") == ["MODE", ":=", "--quick"]
    assert "bench-quick" in line_of_makefile("check:")
