"""Mutations of files: of their parts, so that decoders get far, and of their bytes."""

import copy
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import TypeAlias

from tests.fuzz.parts import Form, Part, every, parse, whole

ELEMENT_IDS = (
    "18538067 114d9b74 1549a966 1654ae6b ae e0 55b0 1f43b675 a0 a1 a3 75a1 a6 a5 ee 1c53bb6b"
    " 1254c367 ec bf 86 63a2 83 b0 ba 54b0 54ba 53c0 53b8 54cc 54bb 6d80 5031 5034 e7 9b 9d"
)
# Kinds that some decoder knows, to be put where another kind is.
KINDS = {
    Form.BOX: b"ftyp moov mdat free skip udta meta moof traf trun tfhd mvex trex sidx elst edts stts"
    b" ctts stss stsc stsz stco co64 stsd sgpd sbgp clap pasp colr nclx avcC hvcC av1C vpcC esds"
    b" alis url  dref iloc iinf infe iref iprp ipco ipma ispe irot imir pixi auxC grid tmap idat"
    b" encv sinf schm tenc senc uuid wide hdlr dvcC lhvC".split(),
    Form.PNG: b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP acTL fcTL fdAT eXIf iTXt zTXt"
    b" bKGD sBIT pHYs".split(),
    Form.RIFF: [*b"WEBP VP8X VP8L ALPH ANIM ANMF ICCP EXIF LIST".split(), b"VP8 ", b"XMP "],
    Form.JPEG: [bytes([0xFF, marker]) for marker in (*range(0xC0, 0xE4), 0xEE, 0xFE)],
    Form.ELEMENT: [bytes.fromhex(id_) for id_ in ELEMENT_IDS.split()],
}
# Numbers at which programs count wrongly.
EDGES = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536)
LARGE = (2**24, 2**31 - 1, 2**31, 2**32 - 16, 2**32 - 1, 2**48, 2**56 - 2, 2**63 - 1, 2**64 - 1)
MOST_BYTES = 2_000_000

Change: TypeAlias = Callable[[list[Part], int, "Randomness"], None]


class Randomness:
    """Draws by dice, also from files of the same group."""

    def __init__(self, dice: Random, donors: Sequence[bytes]):
        self.dice = dice
        self._donors = donors

    def file(self) -> bytes:
        return self.dice.choice(self._donors)

    def number(self) -> int:
        return self.dice.choice(self.dice.choice((EDGES, EDGES, LARGE)))

    def noise(self, count: int) -> bytes:
        kind = self.dice.randrange(3)
        return self.dice.randbytes(count) if kind == 0 else bytes([255 * (kind - 1)]) * count

    def other(self, like: Part) -> Part:
        """Return a part of another file, of the same kind if that has one."""
        parts = parse(self.file())
        others = [list_[at] for list_, at in every(parts)]
        fitting = [one for one in others if (one.form, one.kind) == (like.form, like.kind)]
        if fitting and self.dice.random() < 0.6:
            return self.dice.choice(fitting)
        return self.dice.choice([one for one in others if one.form is like.form] or others)


def mutated(data: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    """Return the file with a few mutations; `donors` give parts for it."""
    randomness = Randomness(dice, donors)
    parts = parse(data)
    if dice.random() < 0.9:
        for _ in range(dice.choice((1, 1, 1, 1, 2, 4))):
            places = list(every(parts))
            if places:
                (change,) = dice.choices(list(CHANGES), list(CHANGES.values()))
                change(*dice.choice(places), randomness)
    result = whole(parts)
    if result == data or dice.random() < 0.1:
        for _ in range(dice.choice((1, 1, 2, 4))):
            result = dice.choice(BYTE_CHANGES)(result, randomness)
    return result[:MOST_BYTES]


# Changes of a part


def drop(parts: list[Part], at: int, _: Randomness) -> None:
    del parts[at]


def repeat(parts: list[Part], at: int, randomness: Randomness) -> None:
    count = randomness.dice.choice((1, 1, 1, 2, 10, 300))
    parts[at + 1 : at + 1] = [copy.deepcopy(parts[at]) for _ in range(count)]


def move(parts: list[Part], at: int, randomness: Randomness) -> None:
    part = parts.pop(at)
    parts.insert(randomness.dice.randrange(len(parts) + 1), part)


def splice(parts: list[Part], at: int, randomness: Randomness) -> None:
    """Put a part of another file in the place of one, or in front of it."""
    parts[at : at + randomness.dice.randrange(2)] = [randomness.other(parts[at])]


def rename(parts: list[Part], at: int, randomness: Randomness) -> None:
    part = parts[at]
    if kinds := KINDS.get(part.form):
        part.kind = randomness.dice.choice(kinds)


def wrap(parts: list[Part], at: int, randomness: Randomness) -> None:
    """Put a part into itself, several times."""
    part = parts[at]
    for _ in range(randomness.dice.choice((1, 2, 30))):
        part = Part(part.form, part.content[:8], part.kind, [part], width=part.width)
    parts[at] = part


def lie(parts: list[Part], at: int, randomness: Randomness) -> None:
    """Have a part state another length than it has."""
    true = len(whole([parts[at]]))
    near = true + randomness.dice.choice((-9, -8, -4, -2, -1, 1, 2, 8, true))
    parts[at].false_length = max(0, randomness.dice.choice((near, randomness.number())))


def flip(parts: list[Part], at: int, randomness: Randomness) -> None:
    content = bytearray(parts[at].content)
    for _ in range(randomness.dice.choice((1, 1, 2, 4, 20)) if content else 0):
        content[randomness.dice.randrange(len(content))] ^= 1 << randomness.dice.randrange(8)
    parts[at].content = bytes(content)


def put_number(parts: list[Part], at: int, randomness: Randomness) -> None:
    """Write a number over a part's content, more often near its beginning."""
    content = parts[at].content
    size = randomness.dice.choice((1, 2, 4, 4, 8))
    place = randomness.dice.randrange(
        min(len(content), randomness.dice.choice((16, 100, 9999))) or 1
    )
    order = "little" if parts[at].form is Form.RIFF else "big"
    number = (randomness.number() % (1 << 8 * size)).to_bytes(size, order)
    parts[at].content = content[:place] + number + content[place + size :]


def cut(parts: list[Part], at: int, randomness: Randomness) -> None:
    content = parts[at].content
    parts[at].content = content[: randomness.dice.randrange(len(content) + 1)]


def grow(parts: list[Part], at: int, randomness: Randomness) -> None:
    parts[at].content += randomness.noise(randomness.dice.choice((1, 2, 8, 100, 70_000)))


def fill(parts: list[Part], at: int, randomness: Randomness) -> None:
    content = parts[at].content
    begin = randomness.dice.randrange(len(content) + 1)
    count = randomness.dice.choice((1, 8, 64, len(content)))
    noise = randomness.noise(min(count, len(content) - begin))
    parts[at].content = content[:begin] + noise + content[begin + len(noise) :]


def repack(parts: list[Part], at: int, randomness: Randomness) -> None:
    """Change what is packed in a chunk of a PNG, and pack it again."""
    packed = [one for one in parts if one.form is Form.PNG and b"\x78" in one.content]
    if not packed:
        flip(parts, at, randomness)
        return
    chunk = randomness.dice.choice(packed)
    begin = chunk.content.index(b"\x78")
    with suppress(zlib.error):
        unpacked = [Part(Form.BARE, zlib.decompress(chunk.content[begin:]))]
        randomness.dice.choice((flip, put_number, fill, cut))(unpacked, 0, randomness)
        chunk.content = chunk.content[:begin] + zlib.compress(unpacked[0].content)


# With how often each is chosen.
CHANGES: dict[Change, int] = {
    flip: 6,
    put_number: 6,
    lie: 3,
    splice: 3,
    fill: 2,
    repack: 2,
    cut: 2,
    drop: 2,
    repeat: 2,
    move: 1,
    rename: 1,
    wrap: 1,
    grow: 1,
}


# Changes of bytes, wherever they are


def flip_bytes(data: bytes, randomness: Randomness) -> bytes:
    at = randomness.dice.randrange(len(data) or 1)
    return data[:at] + randomness.dice.randbytes(1) + data[at + 1 :]


def cut_end(data: bytes, randomness: Randomness) -> bytes:
    return data[
        : -randomness.dice.choice((1, 2, 12, randomness.dice.randrange(len(data) or 1) + 1))
    ]


def cut_out(data: bytes, randomness: Randomness) -> bytes:
    at = randomness.dice.randrange(len(data) or 1)
    return data[:at] + data[at + randomness.dice.choice((1, 2, 4, 64, 1000)) :]


def repeat_bytes(data: bytes, randomness: Randomness) -> bytes:
    at = randomness.dice.randrange(len(data) or 1)
    return data[:at] + data[at : at + randomness.dice.choice((1, 4, 64, 1000))] + data[at:]


def join_halves(data: bytes, randomness: Randomness) -> bytes:
    """Return the beginning of a file with the end of another."""
    other = randomness.file()
    return (
        data[: randomness.dice.randrange(len(data) or 1)]
        + other[randomness.dice.randrange(len(other)) :]
    )


BYTE_CHANGES = (flip_bytes, flip_bytes, flip_bytes, cut_end, cut_out, repeat_bytes, join_halves)
