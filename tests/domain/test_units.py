"""Exact numbers."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from capacityplan.units import floor_fraction, floor_product, total


@given(st.lists(st.fractions()))
def test_a_total_is_the_exact_sum(amounts: list[Fraction]) -> None:
    assert total(amounts) == sum(amounts, Fraction(0))


@given(st.integers(0, 10**9), st.fractions(0, 2))
def test_a_product_rounded_down_is_that_of_fractions(quantity: int, factor: Fraction) -> None:
    assert floor_product(quantity, factor) == floor_fraction(quantity * factor)
