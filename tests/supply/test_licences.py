"""The list of licences is the lock's, and is where those look who pass an image on."""

import re
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import av
import pytest

from supply.licences import PAGE, NotDownloaded, download, listed, page
from supply.lock import CHECKOUT, SHIPPED, read
from supply.wheels import TEXTS, Unknown, describe, known

README = (CHECKOUT / "README.md").read_text()
OPERATORS = (CHECKOUT / "docs" / "operators.md").read_text()


def test_the_list_is_made_of_this_lock() -> None:
    """After `make lock` comes `make licences`."""
    assert sorted((one.name, one.version) for one in listed()) == sorted(
        (one.name, one.version) for one in read(SHIPPED)
    )
    assert PAGE.read_text() == page(listed(), known())


def test_each_licence_has_its_text() -> None:
    needed = {part.text for package in listed() for part in package.parts if part.text}
    # What else is under the GPL-3 as a whole.
    assert {f"{name}.txt" for name in {*needed, "GPL-3.0"}} == {
        path.name for path in TEXTS.iterdir()
    }
    for package in listed():
        assert package.texts, f"{package.name} brings no licence text along"


def test_the_list_has_what_is_installed_here() -> None:
    """PyAV is what brings most along; the list was made of the wheel, this is its folder."""
    (package,) = [one for one in listed() if (one.name, one.version) == ("av", av.__version__)]
    projects = {part.project for part in package.parts}
    names = {name: project for project, one in known().projects.items() for name in one.names}
    libraries = Path(av.__file__).parent.with_name("av.libs")
    if not libraries.is_dir():
        pytest.skip("the list is of the wheels for Linux")
    files = [re.sub(r"-[0-9a-f]{8}\.so.*", "", path.name) for path in libraries.iterdir()]
    assert {names[name] for name in files} <= projects
    assert {name for name in av.library_versions if names[name] not in projects} == set()
    assert {"x264", "x265", "FFmpeg", "LAME"} <= projects


def test_what_makes_the_whole_gpl_is_named_to_those_who_pass_it_on() -> None:
    gpl = {
        part.project
        for package in listed()
        for part in package.parts
        if re.match(r"GPL-", part.licence) and " OR " not in part.licence
    }
    assert gpl == {"x264", "x265"}
    assert not [one.name for one in listed() if "GPL" in one.licence]
    for text in (README, OPERATORS):
        for word in (*gpl, "GPL-3", "licences/README.md"):
            assert word in text, word


def test_the_texts_travel_in_the_image() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    assert re.search(r"^COPY LICENSE \./$", dockerfile, re.MULTILINE)
    assert re.search(r"^COPY licences licences$", dockerfile, re.MULTILINE)
    sent = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert {"!LICENSE", "!licences"} <= set(sent)


def wheel(folder: Path, files: Mapping[str, str]) -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_wheels_that_can_not_be_had_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(NotDownloaded, match="pip can't download the wheels"):
        download(read(SHIPPED)[:1], "3.13", tmp_path)


METADATA = "thing-1.0.dist-info/METADATA"
SBOM = "thing-1.0.dist-info/sboms/thing.cyclonedx.json"


def test_what_a_wheel_says_is_read(tmp_path: Path) -> None:
    files = {
        METADATA: "Name: thing\nLicense: BSD\nClassifier: License :: OSI Approved :: MIT License\n",
        "thing-1.0.dist-info/licenses/LICENSE": "…",
        "thing.libs/libx264-d6533a8d.so.165": "",
        "thing.libs/libxcb-shape-7716c890.so.0.0.0": "",
        SBOM: '{"components": [{"name": "a", "version": "2", "licenses": [{"expression": "MIT"}]}]}',
    }
    package = describe(wheel(tmp_path, files), known())
    assert (package.name, package.version, package.licence, package.texts) == (
        *("thing", "1.0", "MIT"),
        1,
    )
    assert [(one.project, one.licence) for one in package.parts] == [
        ("a", "MIT"),
        ("libxcb", "X11"),
        ("x264", "GPL-2.0-or-later"),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {METADATA: "Name: thing\n"},
        {METADATA: "Name: thing\nLicense: as you like\n"},
        {METADATA: "Name: thing\nLicense-Expression: MIT\n", "a.libs/libnew-00000000.so.1": ""},
        {
            METADATA: "Name: thing\nLicense-Expression: MIT\n",
            SBOM: '{"components": [{"name": "a"}]}',
        },
        {
            METADATA: "Name: thing\nLicense-Expression: MIT\n",
            "av.libs/libavcodec-00000000.so.1": "-- --enable-libnew",
        },
        {
            METADATA: "Name: thing\nLicense-Expression: MIT\n",
            "av.libs/libavcodec-00000000.so.1": "no options",
        },
    ],
)
def test_what_nobody_has_looked_at_is_an_error(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(Unknown):
        describe(wheel(tmp_path, files), known())
