"""What a plan's certificate states, held against what the checker computes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from capacityplan.domain.plan import Certificate
from capacityplan.units import decimal_text
from capacityplan.verify.bound import Derived

_NEAR = 1e-9
"""Gaps are stored as floating-point numbers."""
_CENT = Fraction(1, 100)
"""Bounds are rounded down by less: what a plan costs above one by less is no saving, in any share."""


def gap(cost: Fraction, bound: Fraction | None) -> float | None:
    """Return how much cheaper than a cost a plan may be, as a share of it."""
    return None if bound is None else float((cost - bound) / max(abs(cost), Fraction(1)))


def controllable(cost: Fraction, bound: Fraction | None, unavoidable: Fraction | None) -> float | None:
    """Return the same as a share of what planning can change; 0 where that is less than a cent."""
    if bound is None or unavoidable is None:
        return None
    return 0.0 if cost - bound < _CENT else float((cost - bound) / (cost - unavoidable))


def faults(stated: Certificate, cost: Fraction | None, derived: Derived | None) -> Iterator[str]:
    """Yield what a certificate states and does not hold.

    Parameters
    ----------
    stated : Certificate
    cost : Fraction or None
        What the checker charges the plan; None: it breaks rules, so that no bound holds for it.
    derived : Derived or None
        What its multipliers prove; None: proofs are not looked at.
    """
    for name, value, right in (
        ("a gap", stated.gap, gap(stated.cost, stated.bound)),
        (
            "a controllable gap",
            stated.gap_controllable,
            controllable(stated.cost, stated.bound, stated.unavoidable),
        ),
    ):
        if value is not None and (right is None or abs(value - right) > _NEAR):
            yield f"the certificate states {name} of {value:.4f} that is not that of its cost and bound"
    if cost is not None and stated.bound is not None and stated.bound > cost:
        yield f"the certificate states a bound of {decimal_text(stated.bound)} above the plan's cost"
    if derived is None:
        return
    for name, claim, proven in (
        ("a bound", stated.bound_certified, derived.bound),
        ("an unavoidable cost", stated.unavoidable, derived.unavoidable),
    ):
        if claim is not None and claim > proven:
            yield f"the certificate states {name} of {decimal_text(claim)} that its multipliers do not prove"
    if cost is not None and cost < derived.bound:
        yield "the plan costs less than the bound"
