"""Mutated files through the four children, and the proof that the harness sees what is wrong."""

import subprocess
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from click.testing import CliRunner

from tests.adapters.media.children import children, script
from tests.fuzz.__main__ import keep_file, main
from tests.fuzz.leftovers import Leftovers, adopting
from tests.fuzz.parts import every, parse, whole
from tests.fuzz.plan import FILM_WORKS, TURNS, MutatedFile, file_of, files, group_of
from tests.fuzz.run import Tally, Trial, take_all
from tests.fuzz.seeds import drawn, groups
from tests.fuzz.ways import Ending, Outcome

# Any number would do; a fixed one makes two runs alike.
SEED = 1
FILES = 500
GROUPS = sorted({group_of(number) for number in range(len(TURNS))})


@pytest.fixture(autouse=True)
def _impolite(monkeypatch: pytest.MonkeyPatch):
    """Let joins go as fast as tests beside them; courtesy would take long."""
    monkeypatch.setattr("bot.adapters.media.join._NICENESS", 0)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("group", GROUPS)
async def test_mutated_files_end_as_files_may(group: str):
    tally = Tally()
    tally.add(await take_all(files(SEED, range(FILES), group)))
    assert [(trial.file.name, trial.ending.problems) for trial in tally.wrong] == []
    # Else it says little.
    assert min(tally.counts[group, end] for end in (Outcome.TAKEN, Outcome.REFUSED)) > 1, tally


async def test_valid_files_are_taken():
    valid = list[MutatedFile]()
    for group, (name, *_) in groups().items():
        works = [("shrink", work) for work in FILM_WORKS] + [("join", "0")]
        for way, work in works if group == "film" else [(group, "")]:
            valid.append(MutatedFile(0, way, name, drawn(group, name), work))
    trials = await take_all(valid)
    ends = {trial.file.name: trial.ending.outcome for trial in trials}
    assert len(ends) >= 12
    assert set(ends.values()) == {Outcome.TAKEN}, ends


def test_files_come_apart_and_together_again():
    for group, makes in groups().items():
        for name in makes:
            data = drawn(group, name)
            parts = parse(data)
            assert len(list(every(parts))) > 1, name
            assert whole(parts) == data, name


def test_a_number_is_always_the_same_file():
    for number in range(len(TURNS)):
        assert file_of(SEED, number) == file_of(SEED, number)
    assert file_of(SEED, 0).data != file_of(SEED, len(TURNS)).data != file_of(SEED + 1, 0).data


# Faulty decoders, put in the place of the real ones.
PICTURE = "bot.adapters.media.picture_process.CHILD"
VIDEO = "bot.adapters.media.video_intake.CHILD"
SHRINK = "bot.adapters.media.shrink.CHILD"
JOIN = "bot.adapters.media.join.CHILD"
JPEG = ("jpeg", "JPEG, notes", "")
GREY = ("jpeg", "JPEG, grey", "")
# All up to the quantities of a frame, and then the end.
NO_SCAN = r"b'drawn 160 128 still\n' + data[:data.index(b'\xff\xc0') + 13] + b'\xff\xd9'"
RETURNS = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write({})"


@pytest.mark.parametrize(
    ("place", "group", "origin", "work", "decoder", "finding"),
    [
        (PICTURE, *JPEG, "raise SystemExit(1)", "child: ended with 1"),
        (PICTURE, *JPEG, "import os; os.abort()", "child: stopped by signal 6"),
        (PICTURE, *JPEG, RETURNS.format("b'drawn 160 128 still' + data"), "just now"),
        (PICTURE, *JPEG, RETURNS.format(r"b'drawn 160 128 still\n' + data"), "more than pixels"),
        # The bot itself sees that these aren't of the size that is said.
        (PICTURE, *JPEG, RETURNS.format(r"b'drawn 9 9 still\n' + data"), "just now"),
        (PICTURE, *JPEG, RETURNS.format(r"b'drawn 160 128 still\n' + data[:999]"), "just now"),
        (PICTURE, *GREY, RETURNS.format(r"b'drawn 160 128 still\n' + data"), "it is said to be"),
        (PICTURE, *GREY, RETURNS.format(NO_SCAN), "can't be decoded"),
        (VIDEO, "mp4", "H.264", "", RETURNS.format("data"), "the copy holds a note"),
        (VIDEO, "mp4", "H.264", "", "import os; os._exit(1)", "child: ended with 1"),
        (SHRINK, "shrink", "fal's, silent", "poster", "raise SystemExit(9)", "BROKEN"),
        (
            SHRINK,
            *("shrink", "fal's, silent", "last"),
            RETURNS.format(r"b'\xff\xd8\xff'"),
            "can't be decoded",
        ),
        (JOIN, "join", "fal's, silent", "1", "raise SystemExit(2)", "exit code 2"),
    ],
)
async def test_a_faulty_decoder_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    group: str,
    origin: str,
    work: str,
    decoder: str,
    finding: str,
):
    monkeypatch.setattr(place, script(tmp_path, decoder))
    data = drawn("film" if work else group, origin)
    (trial,) = await take_all([MutatedFile(0, group, origin, data, work)])
    assert trial.ending.outcome is None
    assert finding in "; ".join(trial.ending.problems)


ONCE = """
import sys
from PIL import Image
if b"pika-payload" in sys.stdin.buffer.read():
    sys.stdout.buffer.write(b"drawn 160 128 still\\n")
    Image.new("RGB", (160, 128)).save(sys.stdout.buffer, "JPEG")
else:
    sys.stdout.buffer.write(b"refused damaged 0 0\\n")
"""


async def test_a_result_that_is_not_taken_again_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(PICTURE, script(tmp_path, ONCE))
    file = MutatedFile(0, *JPEG[:2], drawn(*JPEG[:2]), again=True)
    (trial,) = await take_all([file])
    assert "isn't taken again: That picture is damaged" in "; ".join(trial.ending.problems)


async def test_a_hang_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PICTURE, script(tmp_path, "import time; time.sleep(60)"))
    (trial,) = await take_all([MutatedFile(0, *JPEG[:2], drawn(*JPEG[:2]))], patience=0.5)
    assert trial.ending.problems == ["hangs: no end after 0.5 s"]
    assert children() == []


async def test_an_unexpected_exception_is_found(monkeypatch: pytest.MonkeyPatch):
    def sniff(head: bytes) -> str:
        return "JPEG" if head[999] else "PNG"

    monkeypatch.setattr("bot.adapters.media.picture_intake.sniff_picture", sniff)
    (trial,) = await take_all([MutatedFile(0, *JPEG[:2], drawn(*JPEG[:2]))])
    assert trial.ending.problems == ["unexpected IndexError: index out of range"]


async def test_what_is_left_over_is_found(monkeypatch: pytest.MonkeyPatch):
    named = partial(NamedTemporaryFile, delete=False)
    monkeypatch.setattr("bot.adapters.media.picture_process.TemporaryFile", named)
    (trial,) = await take_all([MutatedFile(0, *JPEG[:2], drawn(*JPEG[:2]))])
    (problem,) = trial.ending.problems
    assert problem.startswith("a file is left over: archive/inputs/tmp")


def test_a_process_that_outlives_its_parent_is_found(tmp_path: Path):
    with adopting():
        leftovers = Leftovers(tmp_path)
        subprocess.run(["sh", "-c", "sleep 300 &"], check=True)
        assert leftovers.clear([]) == ["a process is left over"]
        assert leftovers.clear([]) == []


def test_a_file_that_went_wrong_is_kept_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(PICTURE, script(tmp_path, "raise SystemExit(1)"))
    file = MutatedFile(7, *JPEG[:2], drawn(*JPEG[:2]))
    keep_file(Trial(file, Ending(problems=["it crashed"])), 3, tmp_path)
    kept = tmp_path / "3" / "jpeg--7"
    assert f"--file {kept}" in capsys.readouterr().out
    again = CliRunner().invoke(main, ["--file", str(kept)])
    assert again.exit_code == 1
    assert "child: ended with 1" in again.output


def test_a_run_by_several_processes():
    ran = CliRunner().invoke(main, ["--seed", "1", "--files", "3", "--processes", "1"])
    lines = ran.output.splitlines()
    assert (ran.exit_code, lines[0]) == (0, "seed 1")
    assert any("no HEIC file" in line for line in lines) == ("heic" not in groups())
    (sums,) = [line.split()[1:] for line in lines if line.startswith("all")]
    assert sum(map(int, sums)) == 3
