"""A name has one meaning, and what documentation names exists."""

import ast
import re

from tests.meta.source_tree import CHECKOUT, modules, name_of

# A class, or another name of a type: neither a constant nor private.
TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
VARIABLES = {"ParamSpec", "TypeVar", "TypeVarTuple"}
ANY_INTERACTION = re.compile(r"\bInteraction\[(discord\.)?Client\]")
# A path from the checkout, or a room of the bot as the picture of one video's way names it.
PATH = re.compile(r"(?<![\w/.:-])(?:bench|bot|cogs|docs|sandbox|tests)/[\w/]*(?:\.\w+)*")
ROOM = re.compile(
    r"(?<![\w/.:-])(?:adapters|application|cli|composition|domain|ports|ui)/[\w/]*\w(?:\.py)?"
)
PLACEHOLDER = "bot/adapters/sqlite/migrations/NNNN_what.sql"


def types_in(source: str) -> list[str]:
    """Return the public names of a module's types: its classes, and its aliases of types."""
    names: list[str] = []
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name):
                names.append(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
            case ast.Assign(value=ast.Call(func=ast.Name(id=function))) if function in VARIABLES:
                pass
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.append(name)
            case _:
                pass
    return [name for name in names if TYPE_NAME.fullmatch(name)]


def paths_in(text: str) -> set[str]:
    """Return the paths in a text, from the checkout."""
    paths = {match[0] for match in PATH.finditer(text)}
    return paths | {f"bot/{match[0]}" for match in ROOM.finditer(text)}


def exists(path: str) -> bool:
    """Return whether there is this file or folder, or a module of that name."""
    return (CHECKOUT / path).exists() or (CHECKOUT / f"{path}.py").is_file()


def test_the_readers_read():
    source = "class A1b: ...\nclass _B: ...\nLong: TypeAlias = int\nC = int\nMost = 1 | 2\n"
    source += 'T = TypeVar("T")\nTake = TypeVar("Take")\nMOST_OF = 5\nlower = 1\n'
    assert types_in(source) == ["A1b", "Long", "Most"]
    text = "`bot/app.py`, [it](docs/line.md#a), cogs/ ui/delivery, `a/bot/x.py`, fal.run/docs/x"
    assert paths_in(text) == {"bot/app.py", "docs/line.md", "cogs/", "bot/ui/delivery"}
    assert exists("bot/app.py")
    assert exists("cogs/")
    assert exists("bot/ui/delivery")
    assert not exists("bot/app/")


def test_no_two_types_have_the_same_name():
    # Nobody imports the programs of bounded children.
    homes: dict[str, list[str]] = {}
    for path in modules("bot", "cogs"):
        if not path.stem.endswith("_child"):
            for name in types_in(path.read_text()):
                homes.setdefault(name, []).append(name_of(path))
    assert len(homes) > 200
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_the_type_of_any_interaction_is_spelled_once():
    spelled = {
        name_of(path) for path in modules("bot", "cogs") if ANY_INTERACTION.search(path.read_text())
    }
    assert spelled == {"bot/ui/types.py"}


def test_every_path_that_the_documentation_names_exists():
    pages = [
        CHECKOUT / "CONTRIBUTING.md",
        CHECKOUT / "README.md",
        *(CHECKOUT / "docs").glob("*.md"),
    ]
    named = {name_of(page): paths_in(page.read_text()) - {PLACEHOLDER} for page in pages}
    assert len(named["CONTRIBUTING.md"]) > 30
    gone = {page: {path for path in paths if not exists(path)} for page, paths in named.items()}
    assert {page: paths for page, paths in gone.items() if paths} == {}
