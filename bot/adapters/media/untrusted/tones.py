"""Tables that turn colours stated by code points (ITU-T H.273) into those of sRGB.

Transfer functions are those of ITU-R BT.2100. White is at 203 cd/m², as ITU-R BT.2408 has it: up to
about three quarters of that all light stays as it is; what is brighter is pressed together, so that
bright skies keep their shapes.
"""

from collections.abc import Callable
from typing import TypeAlias

SRGB, PQ, HLG = 13, 16, 18
# Exponents of transfer functions that are bare powers; all others are near sRGB's.
POWERS = {4: 2.2, 5: 2.8, 8: 1.0}
SIZE = 33
"""Points of the table on each axis."""
WHITE = 203.0
"""cd/m²"""
HLG_PEAK = 1000.0
"""cd/m² of a display for which BT.2100 gives HLG the exponent 1.2."""
KNEE = 0.75
"""The share of white up to which light stays as it is."""

Triple: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Triple, Triple, Triple]

# Light of BT.2020 (ITU-R BT.2087) and of P3 with D65 (SMPTE EG 432-1) in BT.709's primaries.
TO_BT709: dict[int, Matrix] = {
    9: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    11: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}
TO_BT709[12] = TO_BT709[11]
IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def is_high_range(transfer: int) -> bool:
    return transfer in {PQ, HLG}


def needs_table(primaries: int, transfer: int) -> bool:
    """Return whether colours with these code points look wrong when they are taken for sRGB."""
    return is_high_range(transfer) or transfer in POWERS or primaries in TO_BT709


def peak_of(transfer: int, highest: float) -> float:
    """Return the light of the highest code value, 0 to 1, as a multiple of white."""
    if transfer == PQ:
        return _from_pq(highest)
    return HLG_PEAK / WHITE if transfer == HLG else 1.0


def table(primaries: int, transfer: int, peak: float) -> Callable[[float, float, float], Triple]:
    """Return the function from a colour to the same one in sRGB; `peak` as of `peak_of`."""
    return table_of(TO_BT709.get(primaries, IDENTITY), transfer, peak)


def table_of(matrix: Matrix, transfer: int, peak: float) -> Callable[[float, float, float], Triple]:
    """Return the same as `table`, by the matrix from light to that of BT.709's primaries."""
    light: dict[float, float] = {}

    def linear(value: float) -> float:
        if value not in light:
            light[value] = _linear(transfer, value)
        return light[value]

    def convert(red: float, green: float, blue: float) -> Triple:
        r, g, b = linear(red), linear(green), linear(blue)
        if transfer == HLG:
            shown = max(0.2627 * r + 0.678 * g + 0.0593 * b, 1e-6) ** 0.2 * HLG_PEAK / WHITE
            r, g, b = r * shown, g * shown, b * shown
        r, g, b = (max(0.0, x * r + y * g + z * b) for x, y, z in matrix)
        # By luminance, which is smooth: a table of few points is exact enough then.
        luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
        if luminance > KNEE and peak > 1:
            share = _pressed(luminance, peak) / luminance
            r, g, b = r * share, g * share, b * share
        return _coded(r), _coded(g), _coded(b)

    return convert


def curve(power: float) -> list[int]:
    """Return values of 8 bits in sRGB for those of a transfer function that is a bare power.

    Near black the two are too different for the table's few points.
    """
    return [round(255 * _coded((value / 255) ** power)) for value in range(256)]


def _linear(transfer: int, value: float) -> float:
    """Return light for a code value: of white, or for HLG the scene's."""
    if transfer == PQ:
        return _from_pq(value)
    if transfer == HLG:
        if value <= 0.5:
            return value * value / 3
        return (2.718281828459045 ** ((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    if transfer in POWERS:
        return value ** POWERS[transfer]
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _from_pq(value: float) -> float:
    power = value ** (1 / 78.84375)
    base = max(0.0, power - 0.8359375) / (18.8515625 - 18.6875 * power)
    return base ** (1 / 0.1593017578125) * 10_000 / WHITE


def _pressed(light: float, peak: float) -> float:
    """Press light between the knee and the peak together: Reinhard's curve, ends at white."""
    above, most = (light - KNEE) / (1 - KNEE), (max(peak, light) - KNEE) / (1 - KNEE)
    return KNEE + (1 - KNEE) * above * (1 + above / most**2) / (1 + above)


def _coded(light: float) -> float:
    light = min(light, 1.0)
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def codes_of_profile(profile: bytes) -> tuple[int, int] | None:
    """Return the code points of an ICC profile of high range, from its tag `cicp` (ICC.1:2022)."""
    count = min(int.from_bytes(profile[128:132], "big"), 200)
    for at in range(132, 132 + 12 * count, 12):
        if profile[at : at + 4] == b"cicp":
            start = int.from_bytes(profile[at + 4 : at + 8], "big")
            codes = profile[start + 8 : start + 10]
            if len(codes) == 2 and is_high_range(codes[1]):
                return codes[0], codes[1]
    return None
