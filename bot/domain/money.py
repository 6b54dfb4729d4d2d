"""Money: integer micro-dollars, never floats."""

from decimal import Decimal

MICRO = 1_000_000


def micro_usd(dollars: Decimal) -> int:
    """Return `dollars` in micro-dollars.

    Raises ValueError for a negative amount or one finer than a micro-dollar.
    """
    # Decimal's own arithmetic rounds to 28 digits.
    numerator, denominator = dollars.as_integer_ratio()
    amount, rest = divmod(numerator * MICRO, denominator)
    if amount < 0 or rest:
        raise ValueError(f"{dollars} is not a whole, non-negative number of micro-dollars")
    return amount


def show_usd(amount: int) -> str:
    """Return micro-dollars as people write them: dollars with at least two decimals."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, fraction = divmod(amount, MICRO)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole}.{digits}"
