"""Units of H.264 and HEVC that are built to take time."""

import pytest

from bot.adapters.media.untrusted.parameter_sets import hides_parts, split_units


def test_units_end_before_zeros():
    assert split_units(b"\0\0\0\1ab\0\0\0\0\1c\0\0\1\0\0\1d\0") == [b"ab", b"c", b"d"]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_zeros_cost_no_time(codec: str):
    """With a time that grew with their square, these would take hours."""
    assert not hides_parts(codec, b"", bytes(3_000_000) + b"x")


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(b"\x67\x64\0\x1e" + bytes(4000), id="number"),
        # A profile without colours, then: 0, 0, an order by a cycle, and as many as there are bits.
        pytest.param(b"\x67\x42\0\x1e\xe9\0\x01" + b"\xaa" * 4000, id="cycle"),
    ],
)
def test_what_no_decoder_needs_is_drawn_anew(unit: bytes):
    assert hides_parts("h264", b"", b"\0\0\1" + unit)
