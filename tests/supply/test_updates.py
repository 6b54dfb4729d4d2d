"""Renovate proposes updates of each file that pins anything, a week after their release."""

import json
import re
import tomllib
from typing import cast

import pytest

from supply.base_image import DOCKERFILE
from supply.lock import CHECKOUT, LOCKS

RENOVATE = cast("dict[str, object]", json.loads((CHECKOUT / "renovate.json").read_text()))
# What Renovate's manager for `uv pip compile` knows; by any other option it gives a file up:
# https://github.com/renovatebot/renovate/blob/main/lib/modules/manager/pip-compile/common.ts
OPTIONS = {
    *("--universal", "--generate-hashes", "--python-version", "--extra", "--group"),
    *("--constraints", "--output-file"),
}


def test_a_release_is_a_week_old_before_it_is_taken_by_either_way() -> None:
    project: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        (CHECKOUT / "pyproject.toml").read_text()
    )
    assert RENOVATE["minimumReleaseAge"] == project["tool"]["uv"]["exclude-newer"] == "7 days"


def test_each_file_that_pins_something_is_watched() -> None:
    assert RENOVATE["enabledManagers"] == ["pip-compile", "dockerfile"]
    (pattern,) = cast("dict[str, list[str]]", RENOVATE["pip-compile"])["managerFilePatterns"]
    locks = {path.relative_to(CHECKOUT).as_posix() for path in LOCKS.iterdir()}
    assert {lock for lock in locks if re.search(pattern.strip("/"), lock)} == locks
    assert "ARG PYTHON_IMAGE=" in DOCKERFILE.read_text()


@pytest.mark.parametrize("lock", sorted(path.name for path in LOCKS.iterdir()))
def test_each_lock_says_how_it_was_made(lock: str) -> None:
    _, head, *_ = (LOCKS / lock).read_text().splitlines()
    program, *words = head.removeprefix("#    uv ").split()
    assert head.startswith("#    uv pip compile ")
    assert program == "pip"
    options = [word for word in words[1:] if word.startswith("-")]
    assert {option.partition("=")[0] for option in options} <= OPTIONS
    assert f"--output-file=requirements/{lock}" in options
    # The same command as `make lock`'s.
    makefile = (CHECKOUT / "Makefile").read_text()
    for option in options:
        assert option in makefile
    assert [word for word in words[1:] if not word.startswith("-")] == ["pyproject.toml"]


def test_a_lock_has_no_addresses() -> None:
    for path in LOCKS.iterdir():
        assert "://" not in path.read_text()
