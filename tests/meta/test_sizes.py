"""Files, functions and folders are small enough to be read at once."""

import ast
from collections import Counter

from tests.meta.source_tree import modules, name_of

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
FULLEST_FOLDER = 20


def functions(source: str) -> dict[str, int]:
    """Return the lines of each function from its `def` to its end, by name and line."""
    return {
        f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_function_is_measured():
    source = "@a\nasync def f():\n    def g(): ...\n    return g\nclass A:\n    def f(self): ...\n"
    assert functions(source) == {"f:2": 3, "g:3": 1, "f:6": 1}


def test_no_file_is_too_long_to_be_read():
    lengths = {
        name_of(path): path.read_text().count("\n")
        for path in modules("bot", "cogs", "sandbox", "supply")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_be_read():
    too_long = {
        f"{name_of(path)}:{name}": length
        for path in modules("bot", "cogs")
        for name, length in functions(path.read_text()).items()
        if length > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_no_folder_has_too_many_modules():
    counted = Counter(name_of(path.parent) for path in modules("bot") if path.name != "__init__.py")
    assert len(counted) > 10
    assert {name: count for name, count in counted.items() if count > FULLEST_FOLDER} == {}
