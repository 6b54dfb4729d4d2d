"""The rules that hold for whatever comes out of the intakes, and for what they log."""

import io
import logging
import re
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from typing_extensions import override

from bot.adapters.media.mp4 import IncompleteVideo, read_video_facts
from bot.adapters.media.picture_intake import PictureLimits
from bot.domain.refusal import Refusal
from bot.ports import Picture
from tests.fuzz.parts import Form, Part, every, parse
from tests.wire.hostile_files import PAYLOAD

# The segments without which no JPEG can be decoded.
SEGMENTS = {b"", b"\xff\xe0", b"\xff\xdb", b"\xff\xc0", b"\xff\xc4", b"\xff\xda"}
# Boxes of a copy: all are needed to show its pictures, and none holds a note.
BOXES = frozenset(
    b"ftyp free mdat moov mvhd trak tkhd edts elst mdia mdhd hdlr minf vmhd dinf dref stbl stsd"
    b" stts ctts stss stsc stsz stco sgpd sbgp avc1 avc3 hvc1 hev1 av01 vp09 avcC hvcC av1C vpcC"
    b" colr pasp btrt sdtp udta meta ilst".split()
) | {b"url ", b""}
# A child that the kernel ends for its time or memory.
OVER_A_BOUND = {-signal.SIGXCPU, -signal.SIGKILL}
SIGNAL = re.compile(r"stopped by signal (\d+)")
BROKEN = re.compile(r"ended with .*: (BROKEN|DISK_FULL)$")


@contextmanager
def log_of_the_bot() -> Generator[list[logging.LogRecord]]:
    """Collect what the bot logs."""
    records = list[logging.LogRecord]()

    class Collect(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    # asyncio logs exceptions that nobody waits for.
    loggers = [logging.getLogger(name) for name in ("bot", "asyncio")]
    levels = [logger.level for logger in loggers]
    collect = Collect()
    for logger in loggers:
        logger.addHandler(collect)
        logger.setLevel(logging.INFO)
    try:
        yield records
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(collect)
            logger.setLevel(level)


def problems_of_log(records: list[logging.LogRecord]) -> list[str]:
    """Return the lines on children that didn't end by themselves, in a way that they may."""
    problems = list[str]()
    for record in records:
        line = record.getMessage()
        stopped = SIGNAL.search(line)
        bound = "killed after" in line or (stopped is not None and -int(stopped[1]) in OVER_A_BOUND)
        if (record.levelno >= logging.WARNING and not bound) or BROKEN.search(line):
            problems.append(line)
    return problems


@contextmanager
def second_time(problems: list[str]) -> Generator[None]:
    """Note that a result isn't taken again, or not as it is."""
    try:
        yield
    except Refusal as refusal:
        # Decoders leave out what they can't read of a damaged film; what is left may be too short.
        if "is shorter than" not in refusal.sentence:
            problems.append(f"its result isn't taken again: {refusal.sentence}")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        problems.append(f"its result isn't taken again: {type(error).__name__} {error}")


def problems_of_picture(picture: Picture) -> list[str]:
    limits = PictureLimits()
    problems = list[str]()
    if len(picture.data) > limits.for_child("JPEG")["most_output_bytes"]:
        problems.append("the result is too large")
    if max(picture.width, picture.height) > limits.drawn_side:
        problems.append("the result has too long a side")
    try:
        with Image.open(io.BytesIO(picture.data), formats=["JPEG"]) as opened:
            opened.load()
            if (opened.mode, *opened.size) != ("RGB", picture.width, picture.height):
                problems.append("the result isn't what it is said to be")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return [*problems, f"the result can't be decoded: {error}"]
    parts = parse(picture.data)
    if parts[-1].content != b"\xff\xd9" or {part.kind for part in parts} - SEGMENTS:
        problems.append("the result holds more than pixels")
    return problems


def problems_of_copy(copy: bytes, most_bytes: int) -> list[str]:
    """Return what is wrong with the copy of a member's video."""
    problems = list[str]()
    if len(copy) > most_bytes:
        problems.append("the copy is too large")
    parts = parse(copy)
    places = [list_[at] for list_, at in every(parts)]
    if more := {part.kind for part in places} - BOXES:
        problems.append(f"the copy holds more than pictures: {more}")
    if any(part.kind == b"ilst" and part.content for part in places):
        problems.append("the copy holds a note")
    return problems + _problems_of_video(copy)


def problems_of_film(path: Path, most_bytes: int) -> list[str]:
    """Return what is wrong with something made of a finished video."""
    data = path.read_bytes()
    problems = [] if len(data) <= most_bytes else ["the result is too large"]
    # A false index can make pictures of a file's notes.
    if any(
        PAYLOAD in list_[at].content for list_, at in every(parse(data)) if not _is_coded(list_[at])
    ):
        problems.append("the result holds a note")
    if path.suffix == ".mp4":
        return problems + _problems_of_video(data)
    try:
        Image.open(io.BytesIO(data), formats=["JPEG"]).load()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        problems.append(f"the result can't be decoded: {error}")
    return problems


def _is_coded(part: Part) -> bool:
    return part.form is Form.UNIT or part.kind == b"mdat"


def _problems_of_video(data: bytes) -> list[str]:
    try:
        facts = read_video_facts(io.BytesIO(data))
    except IncompleteVideo as error:
        return [f"the result isn't whole: {error}"]
    return [] if facts.faststart and facts.width and facts.height else [f"odd: {facts}"]
