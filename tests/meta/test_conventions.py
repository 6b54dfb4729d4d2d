"""What holds for every file, and no tool checks."""

import ast
import re
import tomllib
from typing import TypedDict, cast

import pytest

import bot
from tests.meta.source_tree import CHECKOUT, modules, name_of

MOCKS = re.compile(
    r"(unittest\.)?(mock\.)?(Mock|MagicMock|AsyncMock|NonCallableMock|patch(\.object|\.multiple)?)"
)
SPECS = {"spec", "spec_set", "autospec", "new"}


class Project(TypedDict):
    version: str


class Pyproject(TypedDict):
    project: Project


def vague_mocks(source: str) -> list[int]:
    """Return the lines where a mock is made that accepts anything."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and MOCKS.fullmatch(ast.unparse(node.func))
        and not {keyword.arg for keyword in node.keywords} & SPECS
    ]


def test_no_mock_accepts_anything():
    assert vague_mocks(
        "m = Mock()\nmock.patch.object(a, 'b')\nMagicMock(spec=A)\nf()\npatch.setenv()"
    ) == [1, 2]
    found = {name_of(path): vague_mocks(path.read_text()) for path in modules("tests")}
    assert {name: lines for name, lines in found.items() if lines} == {}


TEMPORARY = re.compile(
    r"(tempfile\.)?(TemporaryFile|NamedTemporaryFile|SpooledTemporaryFile|TemporaryDirectory"
    r"|mkstemp|mkdtemp)"
)


def placeless_files(source: str) -> list[int]:
    """Return the lines where a temporary file is made wherever the system likes."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and TEMPORARY.fullmatch(ast.unparse(node.func))
        and "dir" not in {keyword.arg for keyword in node.keywords}
    ]


def test_temporary_files_are_where_the_bot_may_surely_write():
    """The root may be read-only, and /tmp with it."""
    assert placeless_files("TemporaryFile()\ntempfile.mkstemp(dir=a)\nmkdtemp('a')\nf()") == [1, 3]
    found = {name_of(path): placeless_files(path.read_text()) for path in modules("bot", "cogs")}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_bot_knows_nothing_of_the_sandbox():
    files = [path for folder in ("bot", "cogs") for path in (CHECKOUT / folder).rglob("*.*")]
    sources = [path for path in files if path.suffix in {".py", ".sql"}]
    assert sources
    assert [name_of(path) for path in sources if "sandbox" in path.read_text().casefold()] == []


# Versions


def test_the_version_is_the_same_everywhere():
    pyproject = cast("Pyproject", tomllib.loads((CHECKOUT / "pyproject.toml").read_text()))  # pyright: ignore[reportInvalidCast]  # tomllib can't know
    assert pyproject["project"]["version"] == bot.__version__
    newest = re.search(
        r"^## \[?(\S+?)\]?(\s|$)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == bot.__version__


# One requirement: a name, its one version, perhaps a marker, and its hashes, line by line. Comments
# say what needs it, and at the head how the file was made.
REQUIREMENT = re.compile(
    r"(?P<pin>[a-z0-9][a-z0-9.-]*==[0-9][a-z0-9.!+]*)(?P<marker> ; [^\\\n]+)?"
    r"( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def pins(name: str) -> set[str]:
    """Return what a lock file installs. It has nothing else in it: no address, no option."""
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text()
    text = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
    found = list(REQUIREMENT.finditer(text))
    assert "".join(match[0] for match in found) == text
    return {match["pin"] for match in found}


@pytest.mark.parametrize("name", ["bot", "heic", "sandbox", "dev"])
def test_every_requirement_is_pinned_and_hashed(name: str):
    names = [pin.partition("==")[0] for pin in pins(name)]
    assert "discord-py" in names
    assert "://" not in (CHECKOUT / "requirements" / f"{name}.txt").read_text()


def test_each_lock_file_holds_the_smaller_one():
    assert pins("bot") < pins("sandbox") < pins("dev")
    (extra,) = pins("heic") - pins("bot")
    assert extra.startswith("pillow-heif==")
    assert pins("bot") < pins("heic")
