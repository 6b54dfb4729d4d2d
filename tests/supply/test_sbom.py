"""The SBOM is CycloneDX, and has each package of the lock with all that is known of it."""

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest
from click.testing import CliRunner

from supply.lock import SHIPPED, Unreadable, read
from supply.sbom import Incomplete, document, main, problem
from supply.shipped import listed


class Hash(TypedDict):
    alg: str
    content: str


class Component(TypedDict):
    name: str
    version: str
    purl: str
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
