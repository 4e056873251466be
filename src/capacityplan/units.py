"""Named integer units and exact numbers.

Everything below the solver floor is exact: times are whole minutes, quantities are whole base
units (an item's unit divided by ``10**precision``), rates and amounts of money are exact
rationals. Only display rounds, and bounds are rounded outward (`round_down`).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated

Minutes = Annotated[int, "minutes"]
"""A length of time in whole minutes."""

Instant = Annotated[int, "instant"]
"""A point in time: elapsed minutes since the plant's start (negative: before it)."""

Quantity = Annotated[int, "quantity"]
"""A quantity in base units of its item (``unit / 10**precision``)."""

Money = Annotated[Fraction, "money"]
"""An exact amount of the plant's currency, or a rate in that currency."""

Number = Annotated[Fraction, "number"]
"""An exact dimensionless number (a factor, a fraction, a ratio)."""

Id = Annotated[str, "id"]
"""The name of an object, kept as the user wrote it."""

MINUTES_PER_DAY = 1440
MINUTES_PER_HOUR = 60


def ceil_div(numerator: int, denominator: int) -> int:
    """Divide integers, rounding up.

    Parameters
    ----------
    numerator, denominator : int
        ``denominator`` is positive.

    Returns
    -------
    int
    """
    return -((-numerator) // denominator)


def ceil_fraction(value: Fraction) -> int:
    """Round an exact number up to an integer."""
    return ceil_div(value.numerator, value.denominator)


def floor_fraction(value: Fraction) -> int:
    """Round an exact number down to an integer."""
    return value.numerator // value.denominator


def floor_product(quantity: int, factor: Fraction) -> int:
    """Multiply a whole number by an exact one and round down.

    As `floor_fraction` of the product, in whole numbers: it is asked for every operation of every lot.
    """
    return quantity * factor.numerator // factor.denominator


def total(amounts: Iterable[Fraction]) -> Fraction:
    """Add exact numbers.

    Most share few denominators: whole numbers are added, and fractions only at the end.
    """
    parts: dict[int, int] = {}
    for amount in amounts:
        parts[amount.denominator] = parts.get(amount.denominator, 0) + amount.numerator
    return sum((Fraction(top, bottom) for bottom, top in parts.items()), Fraction(0))


def decimal_text(value: Fraction, places: int = 2) -> str:
    """Write an exact amount for display, rounded half away from zero.

    Parameters
    ----------
    value : Fraction
    places : int
        Decimals shown.

    Returns
    -------
    str
        For example ``"1234.50"``.
    """
    scale: int = 10**places
    scaled = abs(value) * scale
    whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if value < 0 and whole else ""
    if not places:
        return f"{sign}{whole}"
    return f"{sign}{whole // scale}.{whole % scale:0{places}d}"


def round_down(value: Fraction, places: int = 2) -> Fraction:
    """Round toward minus infinity at a number of decimals: the only way a bound is rounded."""
    scale: int = 10**places
    return Fraction(floor_fraction(value * scale), scale)


def round_up(value: float, places: int) -> Fraction:
    """Round toward plus infinity at a number of decimals: the only way a gap is rounded; 0.1 is a tenth."""
    return -round_down(-Fraction(repr(value)), places)
