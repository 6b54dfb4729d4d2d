"""Makes the list of licences: of each package of the lock, and of the libraries in its wheel.

`make licences` downloads the wheels that the lock names (for Linux on x86_64; those for aarch64
have the same libraries but for Intel's libvpl) and reads them. Nothing of it is remembered but the
licences of native libraries, which no wheel states in a form that a program could read: they stand
in libraries.toml, and an unknown library is an error.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name, parse_wheel_filename
from pydantic import BaseModel, ConfigDict, TypeAdapter

from supply.lock import CHECKOUT, SHIPPED, Locked, read

LICENCES = CHECKOUT / "licences"
LIST = LICENCES / "shipped.json"
PAGE = LICENCES / "README.md"
TEXTS = LICENCES / "texts"
KNOWN = Path(__file__).with_name("libraries.toml")

PYTHONS = ("3.13", "3.11")
"""The image's Python, and for what isn't for it the oldest that the bot runs on."""
_PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
_CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
# `libx264-d6533a8d.so.165`, as auditwheel names a library that it takes into a wheel.
_LIBRARY = re.compile(r"[^/]+\.libs/(.+)-[0-9a-f]{8}\.so[0-9.]*")
# FFmpeg keeps the options that it was built with: https://ffmpeg.org/doxygen/trunk/.
_OPTIONS = re.compile(rb"--[ -~]*--enable-[ -~]*")
_TEXT = re.compile(
    r"[^/]+\.dist-info/(?:licenses/.*|[^/]*(?:LICEN[CS]E|COPYING|NOTICE)[^/]*)", re.IGNORECASE
)


class Unknown(Exception):
    """A licence that nobody has written down yet."""


class Part(BaseModel):
    """Something of another project in a wheel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str
    version: str | None
    """None where the wheel doesn't say it."""
    licence: str
    text: str | None
    """The file of licences/texts; None: the wheel brings it, or it is compiled from Rust."""
    is_crate: bool = False


class Package(BaseModel):
    """A package of the lock as its wheel describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    licence: str
    texts: int
    """Files with licences in the wheel; they are installed with the package."""
    parts: list[Part]


class _Project(BaseModel):
    model_config = ConfigDict(extra="forbid")

    licence: str
    text: str | None = None
    names: list[str]


class _Names(BaseModel):
    names: list[str]


class Known(BaseModel):
    """What libraries.toml says."""

    model_config = ConfigDict(extra="forbid")

    packages: dict[str, str]
    projects: dict[str, _Project]
    none: _Names


_PACKAGES = TypeAdapter(list[Package])


def known() -> Known:
    return Known.model_validate(tomllib.loads(KNOWN.read_text()))


def listed() -> list[Package]:
    """Return the list as it was made last."""
    return _PACKAGES.validate_json(LIST.read_bytes())


def environment(python: str) -> dict[str, str]:
    """Return what markers of the lock are compared with, for CPython on Linux."""
    return {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def by_python(packages: Iterable[Locked]) -> Mapping[str, list[Locked]]:
    """Sort packages by the first of PYTHONS that each is for."""
    sorted_: dict[str, list[Locked]] = {python: [] for python in PYTHONS}
    for package in packages:
        for python in PYTHONS:
            if package.is_for(environment(python)):
                sorted_[python].append(package)
                break
        else:
            raise Unknown(f"{package.pin} is for no Python that the bot runs on")
    return sorted_


def download(packages: Iterable[Locked], python: str, folder: Path) -> None:
    """Download the wheels of these packages, each checked by its hash."""
    wanted = folder / f"{python}.txt"
    lines = [
        " ".join([package.pin, *(f"--hash=sha256:{hash_}" for hash_ in package.hashes)])
        for package in packages
    ]
    wanted.write_text("\n".join(lines) + "\n")
    abi = f"cp{python.replace('.', '')}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    command += ["--python-version", python, "--implementation", "cp"]
    command += [f"--abi={name}" for name in (abi, "abi3", "none")]
    command += [f"--platform={name}_x86_64" for name in _PLATFORMS]
    subprocess.run([*command, "--requirement", str(wanted)], check=True)  # noqa: S603


def describe(wheel: Path, names: Known) -> Package:
    """Read one wheel. Raises Unknown for a licence or a library that nobody has written down."""
    name, version, _, _ = parse_wheel_filename(wheel.name)
    with ZipFile(wheel) as archive:
        files = archive.namelist()
        (metadata,) = [file for file in files if re.fullmatch(r"[^/]+\.dist-info/METADATA", file)]
        about = Parser().parsestr(archive.read(metadata).decode())
        found = [*_libraries(archive, wheel.name, names), *_crates(archive, names)]
    parts = {(part.project, part.version or ""): part for part in found}
    return Package(
        name=name,
        version=str(version),
        licence=licence_of(canonicalize_name(name), about, names),
        texts=sum(1 for file in files if _TEXT.fullmatch(file)),
        parts=[parts[name] for name in sorted(parts, key=lambda one: (one[0].lower(), one[1]))],
    )


def licence_of(name: str, about: Message, names: Known) -> str:
    """Return a package's licence as an SPDX expression."""
    licence = about.get("License-Expression") or names.packages.get(name)
    if licence is None and _is_spdx(about.get("License", "")):
        licence = about["License"]
    if licence is None:
        stated = {_CLASSIFIERS.get(line) for line in about.get_all("Classifier", [])} - {None}
        licence = " OR ".join(sorted(filter(None, stated)))
    if not _is_spdx(licence):
        raise Unknown(f"{name} states no licence: write it into [packages] of {KNOWN.name}")
    return licence


def _is_spdx(licence: str) -> bool:
    try:
        return bool(canonicalize_license_expression(licence))
    except InvalidLicenseExpression:
        return False


def _libraries(archive: ZipFile, wheel: str, names: Known) -> Iterator[Part]:
    """Find the native libraries of a wheel: its own files, and what FFmpeg was built with."""
    found = {match[1] for file in archive.namelist() if (match := _LIBRARY.fullmatch(file))}
    for file in archive.namelist():
        if re.match(r"av\.libs/libavcodec-", file):
            options = _OPTIONS.search(archive.read(file))
            if options is None:
                raise Unknown(f"{wheel}: libavcodec doesn't say how it was built")
            found |= set(re.findall(r"--enable-(\S+)", options[0].decode()))
    for name in found - set(names.none.names):
        yield _part(name, None, f"{name} in {wheel}", names)


def _part(name: str, version: str | None, where: str, names: Known) -> Part:
    for project, one in names.projects.items():
        if name in one.names:
            return Part(project=project, version=version, licence=one.licence, text=one.text)
    raise Unknown(f"{where} has no licence yet: write it into [projects] of {KNOWN.name}")


class _Licence(BaseModel):
    expression: str


class _Component(BaseModel):
    name: str
    version: str = ""
    purl: str = ""
    licenses: list[_Licence] = []


class _Sbom(BaseModel):
    components: list[_Component]


def _crates(archive: ZipFile, names: Known) -> Iterator[Part]:
    """Find what was compiled into a package's own modules, by the wheel's own SBOM.

    https://peps.python.org/pep-0770/. auditwheel's is about files that are found by name, and
    Pillow's also has what its wheel could contain and doesn't.
    """
    for file in archive.namelist():
        if not re.fullmatch(r"[^/]+\.dist-info/sboms/[^/]+\.json", file):
            continue
        if re.search(r"/(auditwheel|pillow-)[^/]*$", file):
            continue
        for one in _Sbom.model_validate_json(archive.read(file)).components:
            if one.licenses:
                yield Part(
                    project=one.name,
                    version=one.version,
                    licence=" AND ".join(sorted({entry.expression for entry in one.licenses})),
                    text=None,
                    is_crate=True,
                )
            else:
                yield _part(one.name, one.version, f"{one.name} in {file}", names)


def page(packages: list[Package], names: Known) -> str:
    """Write the list for people."""
    lines = [
        "# Licences of what is shipped",
        "",
        "Made by `make licences` from the wheels that the lock names; a test compares the two. The",
        "bot itself is under the [MIT licence](../LICENSE). What this means for an image that you",
        "pass on: [docs/operators.md](../docs/operators.md#passing-an-image-on).",
        "",
        "## Packages",
        "",
        "Each package's own licence texts are installed with it, in its `.dist-info` folder.",
        "`pillow-heif` is no part of the image: it is the extra that opens HEIC.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {one.name} | {one.version} | {one.licence} |" for one in packages),
        "",
        "## Libraries inside of the packages",
        "",
        "| library | licence | text | in |",
        "|---|---|---|---|",
    ]
    for project, one in names.projects.items():
        inside = [
            package.name
            for package in packages
            if any(part.project == project for part in package.parts)
        ]
        if inside:
            text = f"[{one.text}](texts/{one.text}.txt)" if one.text else "in the package"
            where = ", ".join(dict.fromkeys(inside))
            lines.append(f"| {project} | {one.licence} | {text} | {where} |")
    lines += [
        "",
        "## Compiled from Rust",
        "",
        "| package | crates | their licences |",
        "|---|---|---|",
    ]
    for package in packages:
        crates = Counter(part.licence for part in package.parts if part.is_crate)
        if crates:
            licences = "; ".join(f"{licence} ({n})" for licence, n in crates.most_common())
            lines.append(f"| {package.name} | {crates.total()} | {licences} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Download the wheels of the lock, and write both lists."""
    names = known()
    packages: list[Package] = []
    with TemporaryDirectory(dir=LICENCES) as folder:
        for python, locked in by_python(read(SHIPPED)).items():
            download(locked, python, Path(folder))
        try:
            packages += [describe(wheel, names) for wheel in Path(folder).glob("*.whl")]
        except Unknown as unknown:
            sys.exit(f"{unknown}, and its text into {TEXTS.relative_to(CHECKOUT)}")
    packages.sort(key=lambda package: (package.name, package.version))
    found = [package.model_dump(exclude_defaults=True) for package in packages]
    LIST.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page(packages, names))
    print(f"{len(packages)} packages: {PAGE.relative_to(CHECKOUT)}")  # noqa: T201


if __name__ == "__main__":
    main()
