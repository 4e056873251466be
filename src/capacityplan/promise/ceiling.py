"""What a ceiling asks of a plan: what `capacityplan.promise.trials` asks of it, and no more."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from capacityplan.errors import SolverBug
from capacityplan.promise.trials import STEPS, Ground, tops
from capacityplan.solve.ceiling import Ceiling, ceiling
from capacityplan.verify.ceiling import Question

_LOOKED_AT = 10
"""How often the largest uplift that is tried is looked at."""
_DEARER = 10
"""How often a plan may cost what the plan at hand does for the ceiling to hold of it."""


def ceiling_of(ground: Ground, seconds: float) -> Ceiling:
    """Prove an uplift that no plan serves as `Trials` asks for it, whether or not planned lots are moved.

    All of a demand has to be in time, less what is not in the plan as it is though the promotion has
    nothing to do with it. Of what a smaller uplift leaves to other items no more than in the plan as it is.
    By no bucket does less of anything arrive than in the plan as it is.

    Parameters
    ----------
    seconds : float
        Wall time for the solver.
    """
    return ceiling(question_of(ground), seconds)


def question_of(ground: Ground) -> Question:
    """Say what plans a ceiling is about."""
    planned = {name: row.quantity for name, row in ground.current.items()}
    kept = {
        name: planned.get(name, 0)
        for name, row in ground.without.items()
        if planned.get(name, 0) < row.quantity
    }
    arrivals: dict[str, list[tuple[int, int]]] = {}
    for one in sorted(ground.plan.deliveries, key=lambda row: row.arrive):
        bucket = ground.board.timeline.bucket_of_end(one.arrive)
        arrivals.setdefault(one.demand, []).append((bucket, one.quantity))
    return Question(
        ground.plant, ground.plan.choices, ground.promotion.promotion,
        _LOOKED_AT * tops(ground.promotion, ground.planned)[-1], ground.spared, kept, arrivals,
        _DEARER * ground.verdict.cost,
    )  # fmt: skip


def told(found: Ceiling | None, served: Fraction) -> Fraction | None:
    """Return the largest uplift in whole steps that a ceiling leaves, at least what is served.

    Raises
    ------
    SolverBug
        If a verified plan serves more than is proven: the model of the ceiling is wrong.
    """
    if found is None or found.uplift is None:
        return None
    if served > found.uplift:
        raise SolverBug(f"a plan serves {float(served)}, no more than {float(found.uplift)} were proven")
    return max(Fraction(floor(found.uplift * STEPS), STEPS), served)
