"""Each command that installs packages takes the locked files only, checked by their hashes."""

import re

from supply.lock import CHECKOUT, LOCKS

PLACES = ["Dockerfile", "Makefile", "README.md", "CONTRIBUTING.md", "docs/*.md", "bot/**/*.py"]
INSTALL = re.compile(r"\b(?:pip[0-9.]*|uv) +(?:install|sync)\b[^`\"&|;\n]*")
LOCK = re.compile(r"(?:requirements|/tmp)/(\w+\.txt)")


def installs(text: str) -> list[str]:
    """Return the commands of a text that install packages."""
    return INSTALL.findall(text.replace("\\\n", " "))


def unchecked(commands: list[str]) -> list[str]:
    return [command for command in commands if "--require-hashes" not in command.split()]


def test_an_install_without_hashes_is_found() -> None:
    safe = "RUN pip install --quiet \\\n  --require-hashes -r a.txt && pip uninstall pip"
    assert unchecked(installs(safe)) == []
    for command in ("pip install x", "pip3 install -r a.txt", "python -m pip install x", "uv sync"):
        assert len(unchecked(installs(f"say `{command}`, not `--require-hashes`"))) == 1, command
    assert len(unchecked(installs(f"{safe}\nRUN pip install x && a --require-hashes"))) == 1


def test_each_install_requires_hashes() -> None:
    texts = {
        path.relative_to(CHECKOUT).as_posix(): path.read_text()
        for place in PLACES
        for path in CHECKOUT.glob(place)
    }
    commands = {place: installs(text) for place, text in texts.items()}
    assert {place: unchecked(one) for place, one in commands.items() if unchecked(one)} == {}
    doors = ("Dockerfile", "Makefile", "README.md", "docs/operators.md", "bot/cli/doctor.py")
    assert all(commands[place] for place in doors), commands


def test_the_files_that_are_installed_are_locks() -> None:
    locks = {path.name for path in LOCKS.iterdir()}
    makefile = (CHECKOUT / "Makefile").read_text()
    assert "$(INSTALL) -r $<" in makefile
    targets: list[str] = re.findall(r"\$\(VENV\)/(\w+)\.installed", makefile)
    assert {f"{name}.txt" for name in targets} <= locks
    for place in ("Dockerfile", "README.md", "docs/operators.md", "bot/cli/doctor.py"):
        for command in installs((CHECKOUT / place).read_text()):
            names: list[str] = LOCK.findall(command)
            assert len(names) == 1, command
            assert set(names) <= locks, command
