"""`make pin-image`: the digest that the registry has, or nothing."""

from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from supply.base_image import DOCKERFILE, INDEXES, NotPinned, main, parse
from tests.supply.stand_in import Reply, Sent, always, serving

INDEX = b'{"schemaVersion": 2, "manifests": []}'
DIGEST = f"sha256:{sha256(INDEX).hexdigest()}"


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("python:3.13-slim", "library/python", "3.13-slim"),
        ("docker.io/python:3.13-slim", "library/python", "3.13-slim"),
        ("docker.io/library/python:3.13-slim", "library/python", "3.13-slim"),
        (f"python:3.13-slim@{DIGEST}", "library/python", "3.13-slim"),
        ("somebody/python:1", "somebody/python", "1"),
    ],
)
def test_a_short_name_is_read_as_docker_reads_it(reference: str, repository: str, tag: str) -> None:
    image = parse(reference)
    assert (image.repository, image.tag) == (repository, tag)
    assert image.registry == parse("python:3.13-slim").registry
    assert image.name == reference.partition("@")[0]


@pytest.mark.parametrize(
    ("reference", "registry", "repository"),
    [
        ("127.0.0.1:5000/python:1", "127.0.0.1:5000", "python"),
        ("localhost/a/b-c/d_e:1", "localhost", "a/b-c/d_e"),
        ("example.org/team/python:1", "example.org", "team/python"),
    ],
)
def test_a_name_with_a_host_is_asked_of_that_host(
    reference: str, registry: str, repository: str
) -> None:
    image = parse(reference)
    assert (image.registry, image.repository) == (registry, repository)


@pytest.mark.parametrize("reference", ["python", "", "Python:1", "python:", f"python@{DIGEST}"])
def test_a_name_without_a_tag_can_not_be_pinned(reference: str) -> None:
    with pytest.raises(NotPinned):
        parse(reference)


class Registry:
    """A registry that serves one index, to whoever has fetched its token first."""

    def __init__(self) -> None:
        self.host = ""
        self.scheme = "Bearer"
        self.reply: Reply = (200, {"Content-Type": INDEXES[0]}, INDEX)
        self.token = b'{"token": "the-token"}'

    def answer(self, sent: Sent) -> Reply:
        if sent.path.startswith("/token?"):
            assert "service=registry" in sent.path
            assert "scope=repository%3Ateam%2Fpython%3Apull" in sent.path
            return 200, {}, self.token
        assert sent.path == "/v2/team/python/manifests/3.13-slim"
        assert INDEXES[0] in sent.headers["Accept"]
        if sent.headers.get("Authorization") == "Bearer the-token":
            return self.reply
        challenge = f'{self.scheme} realm="http://{self.host}/token",service="registry"'
        return 401, {"WWW-Authenticate": challenge}, b"{}"


def pin(dockerfile: Path, registry: Registry) -> Result:
    with serving(registry.answer) as host:
        registry.host = host
        written = DOCKERFILE.read_text().splitlines()
        (line,) = [one for one in written if one.startswith("ARG PYTHON_IMAGE=")]
        text = "\n".join(written).replace(line, f"ARG PYTHON_IMAGE={host}/team/python:3.13-slim")
        dockerfile.write_text(text + "\n")
        result = CliRunner().invoke(main, ["--plain-http", "--dockerfile", str(dockerfile)])
    if result.exit_code:
        assert "nothing was pinned" in result.output
        assert dockerfile.read_text() == text + "\n"
    else:
        pinned = f"{host}/team/python:3.13-slim@{DIGEST}"
        assert result.output == f"{pinned}\n"
        ours = text.replace(f"{host}/team/python:3.13-slim", pinned)
        assert dockerfile.read_text() == ours + "\n"
    return result


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    return tmp_path / "Dockerfile"


@pytest.mark.parametrize("kind", INDEXES)
@pytest.mark.parametrize("headers", [{}, {"Docker-Content-Digest": DIGEST}])
def test_the_digest_of_the_index_is_written_and_the_tag_stays(
    dockerfile: Path, kind: str, headers: dict[str, str]
) -> None:
    registry = Registry()
    registry.reply = (200, {"Content-Type": f"{kind}; charset=utf-8", **headers}, INDEX)
    assert pin(dockerfile, registry).exit_code == 0


def test_a_pinned_image_is_pinned_anew(dockerfile: Path) -> None:
    registry = Registry()
    with serving(registry.answer) as host:
        registry.host = host
        old = f"{host}/team/python:3.13-slim@sha256:{'0' * 64}"
        dockerfile.write_text(f"ARG PYTHON_IMAGE={old}\nFROM ${{PYTHON_IMAGE}}\n")
        assert CliRunner().invoke(main, ["--plain-http", "--dockerfile", str(dockerfile)]).output
    assert dockerfile.read_text() == (
        f"ARG PYTHON_IMAGE={host}/team/python:3.13-slim@{DIGEST}\nFROM ${{PYTHON_IMAGE}}\n"
    )


@pytest.mark.parametrize(
    "reply",
    [
        (404, {}, b"{}"),
        (500, {}, b""),
        (200, {"Content-Type": "text/html"}, b"<html>Sign in to the WiFi</html>"),
        (200, {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}, INDEX),
        (200, {"Content-Type": INDEXES[0], "Docker-Content-Digest": f"sha256:{'0' * 64}"}, INDEX),
    ],
)
def test_no_digest_is_invented(dockerfile: Path, reply: Reply) -> None:
    registry = Registry()
    registry.reply = reply
    assert pin(dockerfile, registry).exit_code == 1


@pytest.mark.parametrize("token", [b"{}", b"[]", b"<html>", b'{"token": "another"}'])
def test_without_the_token_nothing_is_pinned(dockerfile: Path, token: bytes) -> None:
    registry = Registry()
    registry.token = token
    assert pin(dockerfile, registry).exit_code == 1


def test_a_registry_that_wants_a_password_is_not_given_one(dockerfile: Path) -> None:
    registry = Registry()
    registry.scheme = "Basic"
    assert pin(dockerfile, registry).exit_code == 1


def test_a_registry_that_is_not_there_pins_nothing(dockerfile: Path) -> None:
    with serving(always((200, {}, b""))) as host:
        pass
    text = f"ARG PYTHON_IMAGE={host}/team/python:3.13-slim\n"
    dockerfile.write_text(text)
    result = CliRunner().invoke(main, ["--plain-http", "--dockerfile", str(dockerfile)])
    assert result.exit_code == 1
    assert dockerfile.read_text() == text
