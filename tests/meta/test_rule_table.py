"""The tables of docs/sandbox.md are complete and true: files, tests and codes that exist."""

import ast
import re
from collections import Counter
from typing import cast

import pytest

from tests.meta.source_tree import CHECKOUT

PAGE = CHECKOUT / "docs" / "sandbox.md"
FILE = re.compile(r"`((?:bot|sandbox)/[a-z0-9_/]+\.py)`")
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::([A-Za-z0-9_:]+)`")
ERRORS = {"ApiError", "RateLimited"}


def tables() -> dict[str, list[list[str]]]:
    """Return the cells of every row by the first cell of their table's heading."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            heading = ""
        elif not heading:
            heading = cells[0]
        elif not line.startswith("|--"):
            found.setdefault(heading, []).append(cells)
    return found


def rows() -> list[list[str]]:
    """Return the rules of the stand-ins."""
    return tables()["rule"]


def pitfalls() -> list[list[str]]:
    """Return the pitfalls of discord.py."""
    return tables()["pitfall"]


def files_of(row: list[str]) -> set[str]:
    return set(cast("list[str]", FILE.findall(row[-2])))


def names_of_tests(source: str) -> set[str]:
    """Return the tests of a module as pytest names them, without parameters."""
    found = set[str]()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{name}" for name in _functions(node.body)}
    return found | _functions(ast.parse(source).body)


def _functions(body: list[ast.stmt]) -> set[str]:
    functions = [one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {one.name for one in functions if one.name.startswith("test_")}


def codes_in(source: str) -> set[int]:
    """Return Discord's codes in calls that make an error: the second argument, or `code`."""
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
    ]
    given = [call.args[1] for call in calls if len(call.args) > 1]
    given += [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "code"]
    values = [one.value for one in given if isinstance(one, ast.Constant)]
    return {value for value in values if isinstance(value, int) and value}


def test_the_readers_read():
    source = "class A:\n    def test_a(self): ...\nasync def test_b(): ...\ndef c(): ...\n"
    assert names_of_tests(source) == {"A::test_a", "test_b"}
    errors = "ApiError(404, 7, 'x')\nRateLimited('x', 1.0, code=8)\nApiError(401, 0, '')\nf(1, 2)\n"
    assert codes_in(errors) == {7, 8}


def test_every_row_names_its_rule_its_code_its_files_and_its_test():
    assert len(rows()) > 150
    for row in rows():
        assert len(row) == 4, row
        rule, code, files, test = row
        assert rule, row
        assert code, row
        assert FILE.sub("", files).replace("<br>", "") == "", row
        assert {name.split("/")[0] for name in files_of(row)} == {"sandbox"}, row
        assert TEST.fullmatch(test), row


def test_every_pitfall_names_its_files_and_its_test():
    assert set(tables()) == {"rule", "pitfall"}
    for row in pitfalls():
        pitfall, files, test = row
        assert pitfall, row
        assert FILE.sub("", files).replace("<br>", "") == "", row
        assert TEST.fullmatch(test), row
        assert {name.split("/")[0] for name in files_of(row)} == {"bot"}, row


def test_no_rule_stands_there_twice():
    counted = Counter(row[0] for row in rows())
    assert [rule for rule, times in counted.items() if times > 1] == []


def test_every_file_that_the_tables_name_exists():
    named = {name for row in rows() + pitfalls() for name in files_of(row)}
    assert {name for name in named if not (CHECKOUT / name).is_file()} == set()


def test_every_test_that_the_tables_name_exists():
    named = {match.groups() for row in rows() + pitfalls() if (match := TEST.fullmatch(row[-1]))}
    known = {
        (path, name)
        for path in {path for path, _ in named}
        if (CHECKOUT / path).is_file()
        for name in names_of_tests((CHECKOUT / path).read_text())
    }
    assert named - known == set()


def test_every_code_of_discords_is_in_the_tables():
    sources = sorted((CHECKOUT / "sandbox" / "discord").glob("*.py"))
    defined = {code for path in sources for code in codes_in(path.read_text())}
    assert len(defined) > 20
    told = {int(match[0]) for row in rows() for match in re.finditer(r"\d{5,}", row[1])}
    assert defined - told == set()


@pytest.mark.parametrize("table", ["discord", "fal"])
def test_every_file_with_a_refusal_is_in_the_tables(table: str):
    named = {name for row in rows() for name in files_of(row)}
    refusing = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "sandbox" / table).glob("*.py")
        if re.search(r"\braise (?!ValueError)|\.violated\(|violations\.append", path.read_text())
    }
    assert len(refusing) > 3
    assert refusing - named == set()
