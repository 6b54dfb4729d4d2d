"""Matrices that turn light of a PNG's own primaries (its chunk cHRM) into that of sRGB's."""

from bot.adapters.media.untrusted.tones import IDENTITY, Matrix, Triple

# White, red, green and blue of sRGB, as x and y of CIE 1931.
SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
# Bradford's matrix, by which ICC profiles adapt one white to another: ICC.1:2022, annex E.
CONES: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
NEAR = 0.01
"""Matrices that differ by less look alike; programs round sRGB's primaries differently."""


def matrix_to_srgb(places: tuple[float, ...]) -> Matrix | None:
    """Return the matrix for x and y of white, red, green and blue; None if none is needed.

    None as well if there can be no such primaries: browsers leave them out then.
    """
    if not all(0 <= place <= 1 for place in places):
        return None
    try:
        matrix = _product(_inverse(_to_xyz(SRGB)), _product(_adapted(places), _to_xyz(places)))
    except ZeroDivisionError:
        return None
    near = all(
        abs(a - b) < NEAR
        for row, plain in zip(matrix, IDENTITY, strict=True)
        for a, b in zip(row, plain, strict=True)
    )
    return None if near else matrix


def _to_xyz(places: tuple[float, ...]) -> Matrix:
    """Return the matrix from light of these primaries to CIE XYZ, in which white has Y = 1."""
    white, red, green, blue = (_xyz(places[at], places[at + 1]) for at in range(0, 8, 2))
    bare: Matrix = (
        (red[0], green[0], blue[0]),
        (red[1], green[1], blue[1]),
        (red[2], green[2], blue[2]),
    )
    r, g, b = _light(_inverse(bare), white)
    return _product(bare, ((r, 0, 0), (0, g, 0), (0, 0, b)))


def _xyz(x: float, y: float) -> Triple:
    return x / y, 1.0, (1 - x - y) / y


def _adapted(places: tuple[float, ...]) -> Matrix:
    """Return the matrix that turns the white of these places into that of sRGB."""
    own = _light(CONES, _xyz(*places[:2]))
    target = _light(CONES, _xyz(*SRGB[:2]))
    r, g, b = (a / b for a, b in zip(target, own, strict=True))
    return _product(_inverse(CONES), _product(((r, 0, 0), (0, g, 0), (0, 0, b)), CONES))


def _light(matrix: Matrix, light: Triple) -> Triple:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    x, y, z = light
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def _product(left: Matrix, right: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = right
    columns: Matrix = ((a, d, g), (b, e, h), (c, f, i))
    first, second, third = (_light(left, column) for column in columns)
    return (
        (first[0], second[0], third[0]),
        (first[1], second[1], third[1]),
        (first[2], second[2], third[2]),
    )


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / whole, (c * h - b * i) / whole, (b * f - c * e) / whole),
        ((f * g - d * i) / whole, (a * i - c * g) / whole, (c * d - a * f) / whole),
        ((d * h - e * g) / whole, (b * g - a * h) / whole, (a * e - b * d) / whole),
    )
