"""Docstrings name the thing that they describe, or what it does."""

import ast
import re
from collections.abc import Iterator

from tests.meta.source_tree import modules, name_of

QUESTION = re.compile(r"(What|Who|Whose|Whom|Whether|How|When|Where|Why|Which)\b")


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each docstring: of modules, classes, functions and attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for statement in node.body:
                match statement:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield statement.lineno, text.strip()
                    case _:
                        pass


def questions(source: str) -> list[int]:
    """Return the lines of the docstrings that open with a question word."""
    return sorted(line for line, text in docstrings(source) if QUESTION.match(text))


def test_every_docstring_is_read():
    source = '"""What a."""\nclass A:\n    """Whose b."""\n    c: int\n    """Which c."""\n'
    source += '    async def d(self):\n        """\n        How d."""\nE = 1\n"""Why E."""\n'
    source += 'def f():\n    """Whatever becomes of it."""\n    return "When"\n'
    assert questions(source) == [1, 3, 5, 7, 10]


def test_no_docstring_opens_with_a_question_word():
    asking = {
        name_of(path): questions(path.read_text())
        for path in modules("bot", "cogs", "sandbox", "supply")
    }
    assert {name: lines for name, lines in asking.items() if lines} == {}


def test_every_module_says_what_it_is():
    silent = [
        name_of(path)
        for path in modules("bot", "cogs", "sandbox", "supply")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
