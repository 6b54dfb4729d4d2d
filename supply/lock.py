"""The lock: the packages of `requirements/*.txt`, with their versions and hashes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[1]
LOCKS = CHECKOUT / "requirements"
REQUIRED = LOCKS / "bot.txt"
"""The packages of the image."""
SHIPPED = LOCKS / "heic.txt"
"""The same, and the extra that opens HEIC."""
DEVELOPED = LOCKS / "dev.txt"
"""The packages of the image, and the tools."""

_ENTRY = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; ([^\\]+?))?(?: \\)?")
_NEEDED_BY = re.compile(r" +#(?: via|  ) ([A-Za-z0-9][A-Za-z0-9._-]*)(?: \(.+\))?")
_HASH = re.compile(r" +--hash=sha256:([0-9a-f]{64})(?: \\)?")


class Unreadable(Exception):
    """A line of the lock that is none of `make lock`'s."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Locked:
    """One package of the lock. The same name may stand there twice, for different Pythons."""

    name: str
    """As the registry normalizes it: https://packaging.python.org/specifications/name-normalization/"""
    version: str
    marker: str | None
    """The Pythons and systems that it is for; None: for all."""
    hashes: tuple[str, ...]
    """SHA-256 of each file that may be installed, in hex."""
    needed_by: tuple[str, ...]
    """The names of what depends on it, normalized: packages of the lock, and `pika-bot`."""

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def purl(self) -> str:
        """The package URL: https://github.com/package-url/purl-spec."""
        return f"pkg:pypi/{self.name}@{self.version}"

    def is_for(self, environment: Mapping[str, str]) -> bool:
        return self.marker is None or Marker(self.marker).evaluate(dict(environment))


def read(path: Path) -> list[Locked]:
    """Return a lock's packages in order. Raises Unreadable: nothing is skipped."""
    packages: list[Locked] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if (needed_by := _NEEDED_BY.fullmatch(line)) is not None and packages:
            last = packages.pop()
            names = (*last.needed_by, canonicalize_name(needed_by[1]))
            packages.append(replace(last, needed_by=names))
        elif not line or line.lstrip().startswith("#"):
            continue
        elif (entry := _ENTRY.fullmatch(line)) is not None:
            name, version, marker = entry.groups()
            name = canonicalize_name(name)
            packages.append(
                Locked(name=name, version=version, marker=marker, hashes=(), needed_by=())
            )
        elif (hashed := _HASH.fullmatch(line)) is not None and packages:
            last = packages.pop()
            packages.append(replace(last, hashes=(*last.hashes, hashed[1])))
        else:
            raise Unreadable(f"{path.name}, line {number}: {line!r} is no package of a lock")
    bare = [package.pin for package in packages if not package.hashes]
    if bare or not packages:
        raise Unreadable(f"{path.name}: without hashes: {', '.join(bare) or 'it is empty'}")
    return packages
