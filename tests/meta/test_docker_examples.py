"""Each example of `docker run` is the safe one, and the image is made for it."""

import re
import shlex

import pytest

from tests.meta.source_tree import CHECKOUT

PAGES = [CHECKOUT / "README.md", CHECKOUT / "Dockerfile", *(CHECKOUT / "docs").glob("*.md")]
SAFE = {
    "--read-only": None,
    "--tmpfs": "/tmp",
    "--cap-drop": "ALL",
    "--security-opt": "no-new-privileges",
    "--pids-limit": "256",
    "--memory": "2g",
}
"""What each example has, by https://docs.docker.com/reference/cli/docker/container/run/."""
UNSAFE = {"--privileged", "--cap-add", "--user", "-u", "--pid", "--ipc", "--device"}


def examples(text: str) -> list[list[str]]:
    """Return the words of each `docker run` of a page that has any, in a block or in a line."""
    joined = text.replace("\\\n", " ")
    commands: list[str] = re.findall(r"docker (?:container )?run +[^`\n]+", joined)
    return [shlex.split(command) for command in commands]


def lacks(words: list[str]) -> set[str]:
    """Return what an example lacks, or has and should not have."""
    pairs = dict(zip(words, [*words[1:], ""], strict=True))
    missing = {
        option
        for option, value in SAFE.items()
        if option not in pairs or (value is not None and pairs[option] != value)
    }
    return missing | (UNSAFE & {*words}) | {word for word in words if "unconfined" in word}


def test_an_unsafe_example_is_found() -> None:
    safe = " ".join(f"{option} {value or ''}" for option, value in SAFE.items())
    assert [lacks(words) for words in examples(f"`docker run {safe} pika-bot`")] == [set()]
    (words,) = examples(f"```sh\ndocker run --rm \\\n    {safe} --privileged image run\n```")
    assert lacks(words) == {"--privileged"}
    for option, value in SAFE.items():
        worse = safe.replace(f"{option} {value or ''}", f"{option} {value}x" if value else "")
        assert [lacks(words) for words in examples(f"docker run {worse} image")] == [{option}]
    assert lacks(["docker", "run"]) == set(SAFE)


@pytest.mark.parametrize("page", [path.relative_to(CHECKOUT).as_posix() for path in PAGES])
def test_each_example_is_the_safe_one(page: str) -> None:
    text = (CHECKOUT / page).read_text()
    assert {" ".join(words): lacks(words) for words in examples(text) if lacks(words)} == {}


def test_there_are_examples_and_no_other_way_to_run_it() -> None:
    assert len(examples((CHECKOUT / "README.md").read_text())) == 1
    others = [path for kind in ("*.yml", "*.yaml") for path in CHECKOUT.glob(kind)]
    assert others == [], "a compose file has to have the same options, and a test of them"


def test_each_option_is_explained() -> None:
    operators = (CHECKOUT / "docs" / "operators.md").read_text()
    explained: list[str] = re.findall(r"^\| `(--[^`]+)` \|", operators, re.MULTILINE)
    assert sorted(explained) == sorted(
        option if value is None else f"{option} {value}" for option, value in SAFE.items()
    )


def test_the_image_runs_as_nobody_special() -> None:
    last = (CHECKOUT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["pika"]
    # The user and the group that docs/operators.md gives files to.
    assert "groupadd --gid 10001 pika " in last
    assert "useradd --uid 10001 --gid pika " in last
    # Nothing that the bot runs belongs to its user: what takes it over can't change it.
    assert not re.findall(r"^COPY.*--chown", last, re.MULTILINE)
