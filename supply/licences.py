"""Makes the list of licences: of each package of the lock, and of the libraries in its wheel.

`make licences` downloads the wheels that the lock names and reads them, so that nothing has to be
remembered. They are those for Linux on x86_64; those for aarch64 have the same libraries but for
Intel's libvpl.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from pydantic import TypeAdapter

from supply.lock import CHECKOUT, SHIPPED, Locked, Unreadable, read
from supply.wheels import Known, Package, Unknown, describe, known

LICENCES = CHECKOUT / "licences"
LIST = LICENCES / "shipped.json"
PAGE = LICENCES / "README.md"

PYTHONS = ("3.13", "3.11")
"""The image's Python, and for what isn't for it the oldest that the bot runs on."""
_PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
_PACKAGES = TypeAdapter(list[Package])


class NotDownloaded(Exception):
    """The wheels couldn't be had, so nothing was written."""


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
    """Download the wheels of these packages, each checked by its hash. Raises NotDownloaded."""
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
    ended = subprocess.run([*command, "--requirement", str(wanted)], check=False)  # noqa: S603
    if ended.returncode:
        raise NotDownloaded(
            f"pip can't download the wheels for Python {python}: see its own words above, and run"
            " `make licences` again"
        )


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


@click.command()
def main() -> None:
    """Download the wheels of the lock, and write both lists."""
    names = known()
    try:
        with TemporaryDirectory(dir=LICENCES) as folder:
            for python, locked in by_python(read(SHIPPED)).items():
                download(locked, python, Path(folder))
            packages = [describe(wheel, names) for wheel in Path(folder).glob("*.whl")]
    except (NotDownloaded, Unknown, Unreadable) as why:
        raise click.ClickException(str(why)) from why
    packages.sort(key=lambda package: (package.name, package.version))
    entries = [package.model_dump(exclude_defaults=True) for package in packages]
    LIST.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page(packages, names))
    click.echo(f"{len(packages)} packages: {PAGE.relative_to(CHECKOUT)}")


if __name__ == "__main__":
    main()
