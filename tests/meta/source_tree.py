"""The modules of this checkout, and their names."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def modules(*folders: str) -> list[Path]:
    """Return every module in these folders of the checkout, in order."""
    paths = [path for folder in folders for path in (CHECKOUT / folder).rglob("*.py")]
    assert len(paths) >= len(folders)
    return sorted(paths)


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()
