"""Pins the Dockerfile's base image: writes the digest that the tag has now at its registry.

The digest is the index's, which stands for the image on every architecture. It is read by
https://distribution.github.io/distribution/spec/api/ with an anonymous token
(https://distribution.github.io/distribution/spec/auth/token/), and compared with the bytes that it
is the digest of: nothing else can be pinned.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import cast

import click
import httpx

from supply.lock import CHECKOUT

DOCKERFILE = CHECKOUT / "Dockerfile"
DEFAULT_DOMAIN, DEFAULT_FOLDER = "docker.io", "library/"
"""The parts that a short name leaves out: https://docs.docker.com/reference/cli/docker/image/tag/."""
DEFAULT_REGISTRY = "registry-1.docker.io"
"""The host that serves DEFAULT_DOMAIN: https://docs.docker.com/reference/api/registry/latest/."""
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_ARGUMENT = re.compile(r"^ARG PYTHON_IMAGE=(\S+)$", re.MULTILINE)
_REFERENCE = re.compile(
    r"(?:(?P<domain>[^/@]*[.:][^/@]*|localhost)/)?"
    r"(?P<path>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r":(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
    r"(?:@sha256:[0-9a-f]{64})?"
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_SECONDS = 30


class NotPinned(Exception):
    """The digest couldn't be read, so nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A base image as the Dockerfile names it."""

    name: str
    """As it stands there, without the digest: `python:3.13-slim`."""
    registry: str
    """The host, and perhaps the port, that serves it."""
    repository: str
    tag: str


def parse(reference: str) -> Image:
    """Read a reference as Docker does. Raises NotPinned for one without a tag."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise NotPinned(f"{reference} is no image with a tag")
    domain, path = cast("str | None", match["domain"]), match["path"]
    if domain in {None, DEFAULT_DOMAIN}:
        domain = DEFAULT_REGISTRY
        path = path if "/" in path else DEFAULT_FOLDER + path
    assert domain is not None
    name = reference.partition("@")[0]
    return Image(name=name, registry=domain, repository=path, tag=match["tag"])


def digest_of(image: Image, *, scheme: str = "https") -> str:
    """Ask the registry for the digest of an image's index. Raises NotPinned."""
    url = f"{scheme}://{image.registry}/v2/{image.repository}/manifests/{image.tag}"
    headers = {"Accept": ", ".join(INDEXES)}
    try:
        with httpx.Client(timeout=_SECONDS) as http:
            answer = http.get(url, headers=headers)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                headers["Authorization"] = f"Bearer {_token(http, answer, image)}"
                answer = http.get(url, headers=headers)
            answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotPinned(f"{image.registry} can't be asked: {error}") from error
    kind = _header(answer, "Content-Type").partition(";")[0]
    if kind not in INDEXES:
        raise NotPinned(f"{image.name} is no index for all architectures, but {kind or 'nothing'}")
    if b'"manifests"' not in answer.content:
        raise NotPinned(f"{image.registry} answers with an index that lists nothing")
    digest = f"sha256:{sha256(answer.content).hexdigest()}"
    stated = _header(answer, "Docker-Content-Digest")
    if stated and stated != digest:
        raise NotPinned(f"{image.registry} states {stated} for bytes with the digest {digest}")
    return digest


def _header(answer: httpx.Response, name: str) -> str:
    return cast("str", answer.headers.get(name, ""))


def _token(http: httpx.Client, refusal: httpx.Response, image: Image) -> str:
    challenge = _header(refusal, "WWW-Authenticate")
    fields = dict(cast("list[tuple[str, str]]", _CHALLENGE.findall(challenge)))
    if not challenge.lower().startswith("bearer ") or "realm" not in fields:
        raise NotPinned(f"{image.registry} asks for another proof than a token")
    realm = fields.pop("realm")
    fields.setdefault("scope", f"repository:{image.repository}:pull")
    answer = http.get(realm, params=fields).raise_for_status()
    try:
        body = cast("dict[str, object]", answer.json())
        token = body.get("token") or body["access_token"]
    except (ValueError, KeyError, AttributeError) as error:
        raise NotPinned(f"{realm} gives no token") from error
    return str(token)


def pin(dockerfile: Path, *, scheme: str = "https") -> str:
    """Write the digest into a Dockerfile, and return the whole reference. Raises NotPinned."""
    text = dockerfile.read_text()
    match = _ARGUMENT.search(text)
    if match is None:
        raise NotPinned(f"{dockerfile} has no line `ARG PYTHON_IMAGE=`")
    image = parse(match[1])
    reference = f"{image.name}@{digest_of(image, scheme=scheme)}"
    dockerfile.write_text(text[: match.start(1)] + reference + text[match.end(1) :])
    return reference


@click.command()
@click.option("--dockerfile", type=click.Path(path_type=Path), default=DOCKERFILE)
@click.option("--plain-http", is_flag=True, help="For a registry on this machine.")
def main(dockerfile: Path, *, plain_http: bool) -> None:
    """Write the digest of the base image into the Dockerfile."""
    try:
        click.echo(pin(dockerfile, scheme="http" if plain_http else "https"))
    except NotPinned as why:
        raise click.ClickException(f"nothing was pinned: {why}") from why


if __name__ == "__main__":
    main()
