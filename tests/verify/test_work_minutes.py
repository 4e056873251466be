"""Minutes of runs: whole numbers against exact ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.units import ceil_fraction
from capacityplan.verify.facts import run_minutes, work_minutes

POSITIVE = st.fractions(Fraction(1, 500), 50)


@given(
    st.fractions(0, 50), POSITIVE, st.integers(0, 90), st.none() | st.fractions(0, 50), POSITIVE,
    st.integers(0, 10**6), st.sampled_from([1, 10, 1000]), st.sampled_from([0, 0, 40]),
)  # fmt: skip
def test_minutes_of_a_run_are_its_work_rounded_up(
    per: Fraction, many: Fraction, fixed: int, own: Fraction | None, efficiency: Fraction, quantity: int,
    scale: int, batch: int,
) -> None:  # fmt: skip
    step = Operation(
        "A", "mix", 10, fixed_minutes=fixed, run_minutes=per, per_quantity=many, batch_size=batch
    )
    mode = OperationResource("A", "mix", "M", run_minutes=own)
    exact = work_minutes(step, mode, efficiency, quantity, scale)
    assert run_minutes(step, mode, efficiency, quantity, scale) == ceil_fraction(exact)
