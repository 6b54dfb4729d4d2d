"""Every legal way to write the header of a WebM, and files that aren't WebM."""

from io import BytesIO
from itertools import permutations
from pathlib import Path

import pytest

from bot.adapters.media.ebml import read_ebml
from bot.adapters.media.file_formats import sniff_video
from bot.domain.refusal import Refusal
from tests.adapters.media.video_files import film, intake

VERSION, READ_VERSION = b"\x42\x86", b"\x42\xf7"
LONGEST_ID, LONGEST_SIZE = b"\x42\xf2", b"\x42\xf3"
DOCUMENT_TYPE, TYPE_VERSION, TYPE_READ_VERSION = b"\x42\x82", b"\x42\x87", b"\x42\x85"
CHECKSUM, VOID, EXTENSION = b"\xbf", b"\xec", b"\x42\x81"
SEGMENT = b"\x18\x53\x80\x67"
UNKNOWN = "isn't a video I know"


def size(number: int, width: int = 1) -> bytes:
    return (number | 1 << 7 * width).to_bytes(width, "big")


def element(id_: bytes, content: bytes, width: int = 1) -> bytes:
    return id_ + size(len(content), width) + content


def header(*elements: bytes, width: int = 1) -> bytes:
    return element(b"\x1a\x45\xdf\xa3", b"".join(elements), width)


WEBM = element(DOCUMENT_TYPE, b"webm")
NUMBERS = (
    element(VERSION, b"\1"),
    element(READ_VERSION, b"\1"),
    element(LONGEST_ID, b"\4"),
    element(LONGEST_SIZE, b"\x08"),
    element(TYPE_VERSION, b"\4"),
    element(TYPE_READ_VERSION, b"\2"),
)

LEGAL = {
    "type alone": header(WEBM),
    "type first": header(WEBM, *NUMBERS),
    "type last": header(*NUMBERS, WEBM),
    "type padded": header(element(DOCUMENT_TYPE, b"webm" + bytes(20)), *NUMBERS),
    "sizes of eight bytes": header(element(DOCUMENT_TYPE, b"webm", 8), *NUMBERS, width=8),
    "sizes of three bytes": header(element(DOCUMENT_TYPE, b"webm", 3), *NUMBERS, width=3),
    "numbers of eight bytes": header(
        *NUMBERS[:4], element(TYPE_VERSION, bytes(7) + b"\4"), NUMBERS[5], WEBM
    ),
    "number of no bytes": header(element(VERSION, b""), WEBM, *NUMBERS[1:]),
    "checksum first": header(element(CHECKSUM, b"\1\2\3\4"), *NUMBERS, WEBM),
    "much void": header(*NUMBERS, element(VOID, bytes(5000), 2), WEBM, width=4),
    "extension": header(
        *NUMBERS,
        element(EXTENSION, element(b"\x42\x83", b"own") + element(b"\x42\x84", b"\1")),
        WEBM,
    ),
    "void behind the header": header(*NUMBERS, WEBM) + element(VOID, bytes(300), 2),
}

OTHERS = {
    "Matroska": header(*NUMBERS, element(DOCUMENT_TYPE, b"matroska")),
    "Matroska with a note that says webm": header(
        *NUMBERS, element(VOID, WEBM), element(DOCUMENT_TYPE, b"matroska")
    ),
    "no type": header(*NUMBERS),
    "empty type": header(*NUMBERS, element(DOCUMENT_TYPE, b"")),
    "longer type": header(*NUMBERS, element(DOCUMENT_TYPE, b"webmx")),
    "NUL in front": header(*NUMBERS, element(DOCUMENT_TYPE, b"\0webm")),
    "type behind the header": header(*NUMBERS) + WEBM,
    "nothing": b"",
    "half a header": header(*NUMBERS, WEBM)[:20],
    "void longer than any file": header(*NUMBERS, WEBM) + VOID + size(1 << 50, 8),
}


def segment() -> bytes:
    data = film("libvpx-vp9", "webm")
    return data[data.index(SEGMENT) :]


@pytest.mark.parametrize("name", LEGAL)
async def test_a_webm_is_taken(tmp_path: Path, name: str):
    async with intake(tmp_path) as keep:
        assert (await keep(LEGAL[name] + segment())).seconds == pytest.approx(2, abs=0.05)


def test_elements_come_in_any_order():
    for some in permutations((*NUMBERS[2:], WEBM)):
        assert sniff_video(BytesIO(header(*some) + segment()[:100])) == "matroska"


@pytest.mark.parametrize("name", OTHERS)
async def test_anything_else_is_refused(tmp_path: Path, name: str):
    async with intake(tmp_path) as keep:
        with pytest.raises(Refusal, match=UNKNOWN):
            await keep(OTHERS[name] + segment())


@pytest.mark.parametrize("width", range(1, 9))
def test_a_recording_states_no_size(width: int):
    unknown = size((1 << 7 * width) - 1, width)
    document = read_ebml(BytesIO(header(WEBM) + SEGMENT + unknown + b"rest"))
    assert document is not None
    assert document.segment_end is None


@pytest.mark.parametrize("width", range(2, 9))
def test_a_segment_states_its_size_in_any_width(width: int):
    start = header(WEBM) + SEGMENT + size(300, width)
    document = read_ebml(BytesIO(start + bytes(300)))
    assert document is not None
    assert document.segment_end == len(start) + 300
