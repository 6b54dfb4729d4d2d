"""Reads units of H.264 and HEVC, to find what coded pictures hold beside what is shown.

The formats: ITU-T H.264, 7.3.2.1, and ITU-T H.265, 7.3.1 and 7.3.2.2; ISO/IEC 14496-15 for units in
files.
"""

from collections.abc import Iterator

CODECS = frozenset({"h264", "hevc"})
START_CODE = b"\0\0\1"
# Encoders fill up the last blocks: of 16 pixels, though HEVC's may be smaller.
BLOCK = 16
MOST_BYTES = 4096
# The most that the formats allow: bits of a number, and pictures in a cycle of their order.
MOST_BITS, MOST_IN_CYCLE = 32, 255
# Profiles of H.264 that state their kind of colours.
HIGH = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


class _Bits:
    def __init__(self, unit: bytes):
        # Two zeros are followed by a three where otherwise a start code would stand.
        data = unit[:MOST_BYTES].replace(b"\0\0\3", b"\0\0")
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("a parameter set that isn't whole")
        return self._value >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        """Read a number in Exp-Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > MOST_BITS:
                raise ValueError("a number that is too large")
        return (1 << zeros) - 1 + self.take(zeros)

    def numbers(self, count: int) -> list[int]:
        return [self.number() for _ in range(count)]


def hides_parts(codec: str, settings: bytes, packet: bytes | None = None) -> bool:
    """Return whether a packet, or the settings in front of all, have margins or further layers."""
    if codec not in CODECS:
        return False
    at = 4 if codec == "h264" else 21
    framed = settings[:1] == b"\1" and len(settings) > at + 1
    if packet is not None:
        units = _units(packet, (settings[at] & 3) + 1 if framed else 0)
    elif not framed:
        units = _units(settings, 0)
    else:
        units = _of_h264(settings) if codec == "h264" else _of_hevc(settings)
    hides = _h264_hides if codec == "h264" else _hevc_hides
    try:
        return any(hides(unit) for unit in units if len(unit) > 2)
    except ValueError:
        # A decoder may read it all the same.
        return True


def split_units(data: bytes) -> list[bytes]:
    """Return units that follow start codes: ITU-T H.264 and H.265, annex B."""
    # Units end before zeros. No pattern: with many zeros its time would grow with their square.
    return [unit for piece in data.split(START_CODE) if (unit := piece.rstrip(b"\0"))]


def _units(data: bytes, length: int) -> Iterator[bytes]:
    """Yield units that follow their lengths, or start codes where `length` is 0."""
    if not length:
        yield from split_units(data)
        return
    at = 0
    while at + length < len(data):
        begin = at + length
        at = begin + int.from_bytes(data[at:begin], "big")
        yield data[begin:at]


def _of_h264(settings: bytes) -> Iterator[bytes]:
    at = 6
    for _ in range(settings[5] & 31):
        begin = at + 2
        at = begin + int.from_bytes(settings[at:begin], "big")
        yield settings[begin:at]


def _of_hevc(settings: bytes) -> Iterator[bytes]:
    at = 23
    for _ in range(settings[22]):
        count = int.from_bytes(settings[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(settings[at:begin], "big")
            yield settings[begin:at]


def _h264_hides(unit: bytes) -> bool:
    if unit[0] & 31 != 7:
        return False
    bits = _Bits(unit[1:])
    profile = bits.take(8)
    bits.take(16)
    bits.number()
    colours, separate = 1, 0
    if profile in HIGH:
        colours = bits.number()
        separate = bits.take(1) if colours == 3 else 0
        bits.numbers(2)
        bits.take(1)
        if bits.take(1):
            for at in range(12 if colours == 3 else 8):
                if bits.take(1):
                    _skip_scaling(bits, 16 if at < 6 else 64)
    bits.number()
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        bits.numbers(2)
        if (count := bits.number()) > MOST_IN_CYCLE:
            raise ValueError("a cycle that is too long")
        bits.numbers(count)
    bits.number()
    bits.take(1)
    bits.numbers(2)
    by_field = not bits.take(1)
    bits.take(2 if by_field else 1)
    if not bits.take(1):
        return False
    left, right, top, bottom = bits.numbers(4)
    across = 2 if colours in {1, 2} and not separate else 1
    down = (2 if colours == 1 else 1) * (2 if by_field else 1)
    rows = BLOCK * (2 if by_field else 1)
    return bool(left or top) or right * across >= BLOCK or bottom * down >= rows


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            coded = bits.number()
            following = (last + (coded + 1) // 2 * (1 if coded % 2 else -1)) % 256
        last = following or last


def _hevc_hides(unit: bytes) -> bool:
    if unit[0] & 1 or unit[1] >> 3:
        # Of another layer than the first: a further view, or transparency.
        return True
    if unit[0] >> 1 != 33:
        return False
    bits = _Bits(unit[2:])
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 96)
    stated = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    bits.take(2 * (8 - layers) if layers else 0)
    for profile, level in stated:
        bits.take(88 * profile + 8 * level)
    bits.number()
    colours = bits.number()
    if colours == 3:
        bits.take(1)
    bits.numbers(2)
    left, right, top, bottom = bits.numbers(4) if bits.take(1) else [0] * 4
    bits.numbers(3)
    bits.numbers(3 * (layers + 1 if bits.take(1) else 1))
    block = max(BLOCK, 8 << min(bits.number(), 3))
    right *= 2 if colours in {1, 2} else 1
    bottom *= 2 if colours == 1 else 1
    return bool(left or top) or max(right, bottom) >= block
