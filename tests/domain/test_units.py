"""Exact numbers."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from capacityplan.units import total


@given(st.lists(st.fractions()))
def test_a_total_is_the_exact_sum(amounts: list[Fraction]) -> None:
    assert total(amounts) == sum(amounts, Fraction(0))
