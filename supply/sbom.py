"""Writes the SBOM of the bot's packages: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/.

Names, versions, hashes and relations come from the lock, licences and the libraries inside of the
wheels from the list that `make licences` makes. The same lock makes the same bytes: there is no
time in it.
"""

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import click
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.licences import PYTHONS, environment, listed
from supply.lock import CHECKOUT, REQUIRED, SHIPPED, Locked, Unreadable, read
from supply.wheels import Package, Part

DESTINATION = CHECKOUT / "pika-bot.cdx.json"
BOT = "pika-bot"
"""The name of the bot, by which the lock has it too."""
Json: TypeAlias = Mapping[str, object]


class Incomplete(Exception):
    """The lock and the list of licences don't have the same packages."""


def document(locked: list[Locked], packages: list[Package]) -> str:
    """Return the SBOM as JSON. Raises Incomplete."""
    described = {(one.name, one.version): one for one in packages}
    differing = {(one.name, one.version) for one in locked} ^ described.keys()
    if differing:
        names = ", ".join(sorted(f"{name} {version}" for name, version in differing))
        raise Incomplete(f"run `make licences`: the list of licences isn't the lock's ({names})")
    bot = {
        "type": "application",
        "bom-ref": BOT,
        "name": BOT,
        "version": _version(),
        "licenses": [{"license": {"id": "MIT"}}],
    }
    image = {one.name for one in read(REQUIRED)}
    sbom: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": bot},
        "components": [_package(one, described[one.name, one.version], image) for one in locked],
        "dependencies": [_relations(BOT, BOT, locked)]
        + [_relations(one.purl, one.name, locked) for one in locked],
    }
    return json.dumps(sbom, indent=1, ensure_ascii=False) + "\n"


def _version() -> str:
    project: dict[str, dict[str, str]] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    return project["project"]["version"]


def _relations(ref: str, name: str, locked: list[Locked]) -> Json:
    """Return the packages that one depends on itself; none is said as well."""
    return {"ref": ref, "dependsOn": [one.purl for one in locked if name in one.needed_by]}


def _package(locked: Locked, package: Package, image: Collection[str]) -> Json:
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": locked.purl,
        "name": locked.name,
        "version": locked.version,
        "scope": "required" if _is_required(locked, image) else "optional",
        "purl": locked.purl,
        "licenses": [{"expression": package.licence}],
        "hashes": [{"alg": "SHA-256", "content": one} for one in locked.hashes],
    }
    if locked.marker is not None:
        component["properties"] = [{"name": "pika-bot:marker", "value": locked.marker}]
    if package.parts:
        component["components"] = [*_parts(package.parts, locked)]
    return component


def _is_required(locked: Locked, image: Collection[str]) -> bool:
    """Return whether the bot needs this package on each of its Pythons, and without an extra."""
    return locked.name in image and all(locked.is_for(environment(one)) for one in PYTHONS)


def _parts(parts: list[Part], within: Locked) -> Iterator[Json]:
    for part in parts:
        component: dict[str, object] = {
            "type": "library",
            "bom-ref": f"{within.purl}#{part.project}@{part.version}",
            "name": part.project,
            "licenses": [{"expression": part.licence}],
        }
        if part.version is not None:
            component["version"] = part.version
        if part.is_crate:
            component["purl"] = f"pkg:cargo/{part.project}@{part.version}"
        yield component


def problem(text: str) -> str | None:
    """Return why a document isn't valid by CycloneDX's own schema, or None."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if error is None else str(error)


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=DESTINATION)
def main(out: Path) -> None:
    """Write the SBOM of the lock."""
    try:
        locked = read(SHIPPED)
        text = document(locked, listed())
    except (Incomplete, Unreadable) as why:
        raise click.ClickException(str(why)) from why
    if (error := problem(text)) is not None:
        raise click.ClickException(f"the SBOM isn't valid: {error}")
    out.write_text(text)
    click.echo(f"{out}: {len(locked)} packages")


if __name__ == "__main__":
    main()
