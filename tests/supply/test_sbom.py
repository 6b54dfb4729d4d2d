"""The SBOM is CycloneDX, and has each package of the lock with all that is known of it."""

import json
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import TypedDict, cast

import click
import pytest
from click.testing import CliRunner

from supply import audit, licences, sbom
from supply.licences import listed
from supply.lock import CHECKOUT, SHIPPED, Unreadable, read
from supply.sbom import Incomplete, document, main, problem


class Hash(TypedDict):
    alg: str
    content: str


Project = TypedDict(
    "Project", {"dependencies": list[str], "optional-dependencies": dict[str, list[str]]}
)


class Pyproject(TypedDict):
    project: Project


class Relations(TypedDict):
    ref: str
    dependsOn: list[str]


class Component(TypedDict):
    name: str
    version: str
    purl: str
    scope: str
    hashes: list[Hash]
    licenses: list[dict[str, str]]
    components: list["Component"]


def test_it_is_valid_and_the_same_lock_makes_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    result = CliRunner().invoke(main, ["--out", str(out)])
    assert result.exit_code == 0, result.output
    assert problem(out.read_text()) is None
    assert out.read_text() == document(read(SHIPPED), listed())
    assert problem(out.read_text().replace('"SHA-256"', '"SHA-255"', 1)) is not None


def test_each_locked_package_is_in_it_with_all_that_the_lock_says() -> None:
    made = cast("dict[str, list[Component]]", json.loads(document(read(SHIPPED), listed())))
    components = {(one["name"], one["version"]): one for one in made["components"]}
    # By another way than the code's: the lines of the file.
    lines = SHIPPED.read_text().splitlines()
    pins = [tuple(line.split()[0].split("==")) for line in lines if line[:1].isalnum()]
    assert sorted(components) == sorted(pins)
    assert len(pins) >= 39
    hashes = [one["content"] for component in made["components"] for one in component["hashes"]]
    assert hashes == [line.split(":")[1].split()[0] for line in lines if "--hash=" in line]
    for (name, version), component in components.items():
        assert component["purl"] == f"pkg:pypi/{name}@{version}"
        assert component["licenses"][0]["expression"]
    inside = {
        one["name"]
        for component in made["components"]
        if "components" in component
        for one in component["components"]
    }
    assert {"FFmpeg", "x264", "x265", "libwebp", "OpenSSL"} <= inside


def named(purls: list[str]) -> set[str]:
    return {purl.removeprefix("pkg:pypi/").partition("@")[0] for purl in purls}


def test_each_package_is_related_to_what_needs_it() -> None:
    made = cast("dict[str, list[Relations]]", json.loads(document(read(SHIPPED), listed())))
    needs = {one["ref"]: one["dependsOn"] for one in made["dependencies"]}
    assert set(needs) == {"pika-bot", *(one.purl for one in read(SHIPPED))}
    # By another way than the lock's: what the project itself names.
    stated = cast(
        "Pyproject", cast("object", tomllib.loads((CHECKOUT / "pyproject.toml").read_text()))
    )
    project = stated["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["heic"]]
    direct = {re.split("[<>=]", one)[0].replace(".", "-") for one in wanted}
    assert named(needs["pika-bot"]) == direct
    assert named(needs["pkg:pypi/aiohttp@" + version_of("aiohttp")]) >= {"multidict", "yarl"}
    reached, ahead = set[str](), ["pika-bot"]
    while ahead:
        reached.add(at := ahead.pop())
        ahead += [one for one in needs[at] if one not in reached]
    assert reached == set(needs)


def version_of(name: str) -> str:
    (version,) = [one.version for one in read(SHIPPED) if one.name == name]
    return version


def test_what_not_every_bot_has_is_optional() -> None:
    made = cast("dict[str, list[Component]]", json.loads(document(read(SHIPPED), listed())))
    optional = {one["name"] for one in made["components"] if one["scope"] == "optional"}
    assert {"pillow-heif", "av"} <= optional
    assert not optional & {"aiohttp", "pillow", "cffi", "discord-py"}


def test_the_bot_has_its_version() -> None:
    made = cast("dict[str, dict[str, Component]]", json.loads(document(read(SHIPPED), listed())))
    assert (
        f'version = "{made["metadata"]["component"]["version"]}"\n'
        in (CHECKOUT / "pyproject.toml").read_text()
    )


def test_a_lock_that_has_changed_has_no_sbom_until_its_licences_are_known() -> None:
    locked, packages = read(SHIPPED), listed()
    with pytest.raises(Incomplete, match=f"make licences.*{packages[3].name}"):
        document(locked, [*packages[:3], *packages[4:]])
    with pytest.raises(Incomplete, match=locked[5].name):
        document([*locked[:5], *locked[6:]], packages)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a==1\n",
        "a==1 \\\n    --hash=md5:abc\n",
        "a>=1 \\\n    --hash=sha256:" + "0" * 64,
        "-r other.txt\n",
        "a @ https://example.org/a.whl\n",
        "    --hash=sha256:" + "0" * 64,
    ],
)
def test_a_line_that_can_not_be_read_is_not_skipped(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(text)
    with pytest.raises(Unreadable):
        read(lock)


@pytest.mark.parametrize("module", [audit, licences, sbom])
def test_a_lock_that_can_not_be_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    broken = tmp_path / "lock.txt"
    broken.write_text("a>=1\n")
    monkeypatch.setattr(module, "SHIPPED", broken)
    result = CliRunner().invoke(cast("click.Command", module.main), [])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.endswith("lock.txt, line 1: 'a>=1' is no package of a lock\n")
