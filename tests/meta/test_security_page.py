"""Each promise of docs/security.md names tests, and those exist."""

import ast
import re

from tests.meta.source_tree import CHECKOUT

PAGE = (CHECKOUT / "docs" / "security.md").read_text()
CITED: list[tuple[str, str]] = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def names_in(path: str) -> set[str]:
    tree = ast.parse((CHECKOUT / path).read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_each_test_that_is_named_exists() -> None:
    assert len(CITED) >= 40
    known = {path: names_in(path) for path, _ in CITED}
    assert [f"{path}::{name}" for path, name in CITED if name not in known[path]] == []


def test_each_promise_is_tested() -> None:
    promised = PAGE[PAGE.index("## What is promised") : PAGE.index("## What isn't promised")]
    rows = [
        line
        for line in promised.splitlines()
        if line.startswith("| ") and not line.startswith("| promise ")
    ]
    assert len(rows) >= 25
    assert [row for row in rows if "`tests/" not in row.rpartition(" | ")[2]] == []


def test_the_pages_that_name_it() -> None:
    for page in ("README.md", "SECURITY.md"):
        assert "(docs/security.md)" in (CHECKOUT / page).read_text()
