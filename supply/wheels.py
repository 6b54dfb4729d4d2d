"""Reads a wheel: its licence, and the libraries of others inside of it.

The licences of native libraries stand in no form that a program could read: libraries.toml has
them, and an unknown library is an error.
"""

import re
import tomllib
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name, parse_wheel_filename
from pydantic import BaseModel, ConfigDict

from supply.lock import CHECKOUT

KNOWN = Path(__file__).with_name("libraries.toml")
TEXTS = CHECKOUT / "licences" / "texts"

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
    """The content of libraries.toml."""

    model_config = ConfigDict(extra="forbid")

    packages: dict[str, str]
    projects: dict[str, _Project]
    none: _Names


def known() -> Known:
    return Known.model_validate(tomllib.loads(KNOWN.read_text()))


def describe(wheel: Path, names: Known) -> Package:
    """Read one wheel. Raises Unknown for a licence or a library that nobody has written down."""
    name, version, _, _ = parse_wheel_filename(wheel.name)
    with ZipFile(wheel) as archive:
        files = archive.namelist()
        (metadata,) = [file for file in files if re.fullmatch(r"[^/]+\.dist-info/METADATA", file)]
        about = Parser().parsestr(archive.read(metadata).decode())
        inside = [*_libraries(archive, wheel.name, names), *_crates(archive, names)]
    parts = {(part.project, part.version or ""): part for part in inside}
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
    libraries = {match[1] for file in archive.namelist() if (match := _LIBRARY.fullmatch(file))}
    for file in archive.namelist():
        if re.match(r"av\.libs/libavcodec-", file):
            options = _OPTIONS.search(archive.read(file))
            if options is None:
                raise Unknown(f"{wheel}: libavcodec doesn't say how it was built")
            libraries |= set(re.findall(r"--enable-(\S+)", options[0].decode()))
    for name in libraries - set(names.none.names):
        yield _part(name, None, f"{name} in {wheel}", names)


def _part(name: str, version: str | None, where: str, names: Known) -> Part:
    for project, one in names.projects.items():
        if name in one.names:
            return Part(project=project, version=version, licence=one.licence, text=one.text)
    raise Unknown(
        f"{where} has no licence yet: write it into [projects] of {KNOWN.name}, and its text into"
        f" {TEXTS.relative_to(CHECKOUT)}"
    )


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
