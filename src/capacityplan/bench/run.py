"""Runs one case through the product's own pipeline and compares with what is known."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.bench.case import Case
from capacityplan.solve.solve import Settings, solve


@dataclass(frozen=True, slots=True)
class Row:
    """A result. Objective and bounds are in the benchmark's own units, gaps are shares.

    Attributes
    ----------
    objective, bound, gap : float or None
        None where there is no verified plan (or no bound).
    gap_to_best_known : float or None
        How far the objective lies above the best known upper bound.
    seconds : float
        Wall time.
    verified : bool
        Whether the plan passed the checker and keeps the benchmark's own conditions.
    """

    family: str
    instance: str
    objective: float | None
    bound: float | None
    gap: float | None
    best_known_lower: float | None
    best_known_upper: float | None
    gap_to_best_known: float | None
    seconds: float
    verified: bool


def run(family: str, case: Case, settings: Settings) -> Row:
    """Plan a case and measure the plan."""
    began = time.monotonic()
    outcome = solve(case.plant, settings)
    seconds = time.monotonic() - began
    # A row says nothing of candidates that an engine's bug or the checker took away.
    for told in (outcome.failure, *outcome.rejected):
        if told:
            print(f"{family} {case.instance}: {told}", file=sys.stderr)
    plan = outcome.plan
    if plan is None or plan.certificate is None or not case.solves(plan):
        return Row(
            family, case.instance, None, None, None, case.best_known_lower, case.best_known_upper, None,
            round(seconds, 2), False,
        )  # fmt: skip
    objective = case.objective(plan)
    cost_bound = plan.certificate.bound
    bound = None if cost_bound is None else cost_bound / case.cost_per_unit
    return Row(
        family,
        case.instance,
        float(objective),
        None if bound is None else float(bound),
        None if bound is None else _relative(objective, bound),
        case.best_known_lower,
        case.best_known_upper,
        None if case.best_known_upper is None else _above(objective, case.best_known_upper),
        round(seconds, 2),
        plan.certificate.verified,
    )


def _relative(objective: Fraction, bound: Fraction) -> float:
    return float((objective - bound) / max(abs(objective), Fraction(1)))


def _above(objective: Fraction, best: float) -> float:
    return (float(objective) - best) / max(abs(best), 1.0)
