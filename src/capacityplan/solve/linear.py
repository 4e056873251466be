"""Linear relaxations solved with multipliers that safe arithmetic makes much of."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np

from capacityplan.solve.relaxed import PARALLEL, engine
from capacityplan.solve.scaled import Scaled
from capacityplan.verify.bound import safe_value
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation

KEPT = 1e-12
LARGE, HUGE = 10_000, 30_000
"""From so many rows on a round that takes long is solved by the interior-point method, and those after it;
from so many on the first round is already."""
INSIDE, _TRIED = "ipm", 0.25
"""That method, and the share of the time left that the simplex method has before it: where the last round's
basis leads to the next one's, it is by far the faster."""
PRESOLVE, _RULES = "presolve", "presolve_rule_off"
_LOOSE, _LOOSE_HUGE = 5e-4, 5e-3
"""Shares of the optimum that an interior point's reduced costs may lose; a vertex is taken otherwise. On huge
relaxations, where a vertex takes longer than there is time for, the latter."""
_UNDECIDED = (
    highspy.HighsModelStatus.kUnknown,
    highspy.HighsModelStatus.kSolveError,
    highspy.HighsModelStatus.kNotset,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
    highspy.HighsModelStatus.kInfeasible,
)
"""Ends of the interior-point method that the simplex method has to confirm."""
_IGNORED = (1e-4, 1e-5, 1e-6, 1e-7)
_SLIGHT = 1e-7
"""Share of the bound that may be given for fewer multipliers."""


@dataclass(frozen=True, slots=True)
class Linear:
    """How a run of the solver ended.

    Attributes
    ----------
    dual, values : (rows,) and (columns,) float
        Multipliers and point; 0 where there are none.
    """

    engine: highspy.Highs
    dual: Floats
    values: Floats
    optimal: bool
    infeasible: bool


def opened(model: Relaxation, seconds: float) -> highspy.Highs:
    """Give a relaxation to a solver, a large one in units that suit an interior point."""
    return engine(model, seconds) if len(model.row_low) < LARGE else Scaled(model, seconds)


def run(highs: highspy.Highs, model: Relaxation, deadline: float) -> Linear:
    """Solve a relaxation by the method that suits its size, until a deadline."""
    if len(model.row_low) < LARGE:
        use(highs, "choose")
        return _ended(highs, model, deadline)
    if highs.getOptionValue("solver")[1] != INSIDE:
        quick = _quickly(highs, model, deadline)
        if quick is not None:
            return quick
    use(highs, INSIDE)
    found = afresh(highs, model, deadline)
    short = _falls_short(highs, model, found)
    if short and highs.getOptionValue(_RULES)[1] != PARALLEL:
        highs.setOptionValue(_RULES, PARALLEL)
        found = afresh(highs, model, deadline)
        short = _falls_short(highs, model, found)
    if short and time.monotonic() < deadline:
        use(highs, "choose")
        vertex = _ended(highs, model, deadline)
        found = vertex if vertex.optimal or not found.optimal else found
        use(highs, INSIDE)
    return replace(found, dual=_fewer(model, found.dual)) if found.optimal else found


def afresh(highs: highspy.Highs, model: Relaxation, deadline: float) -> Linear:
    """Solve without what the last run left."""
    highs.clearSolver()
    return _ended(highs, model, deadline)


def _quickly(highs: highspy.Highs, model: Relaxation, deadline: float) -> Linear | None:
    """Solve by the simplex method, from the last basis; None where its share of the time is not enough."""
    now = time.monotonic()
    use(highs, "simplex")
    found = _ended(highs, model, now + _TRIED * (deadline - now))
    return found if found.optimal or found.infeasible else None


def _falls_short(highs: highspy.Highs, model: Relaxation, found: Linear) -> bool:
    """Whether the interior-point method came to no verdict, or to reduced costs that prove much less.

    Columns with far bounds: what is off by a trifle at an interior point is charged at the bound.
    """
    if highs.getModelStatus() in _UNDECIDED:
        return True
    if not found.optimal:
        return False
    optimum = float(highs.getInfo().objective_function_value)
    share = _LOOSE if len(model.row_low) < HUGE else _LOOSE_HUGE
    return float(safe_value(model, found.dual)) < optimum - share * abs(optimum)


def _ended(highs: highspy.Highs, model: Relaxation, deadline: float) -> Linear:
    """Run until a deadline; return what was found."""
    # The solver's clock runs on between its runs.
    highs.setOptionValue("time_limit", highs.getRunTime() + max(deadline - time.monotonic(), 0.01))
    highs.run()
    status = highs.getModelStatus()
    solution = highs.getSolution()
    rows, columns = len(model.row_low), len(model.cost)
    dual = np.array(solution.row_dual, dtype=np.float64) if solution.dual_valid else np.zeros(rows)
    values = np.array(solution.col_value, dtype=np.float64) if solution.value_valid else np.zeros(columns)
    # Small multipliers are noise; dropping them keeps the value re-derivable from what is stored.
    dual = np.where(np.abs(dual) > KEPT, dual, 0.0)
    return Linear(
        highs, dual, values, status == highspy.HighsModelStatus.kOptimal,
        status == highspy.HighsModelStatus.kInfeasible,
    )  # fmt: skip


def use(highs: highspy.Highs, solver: str) -> None:
    """Choose the method; what the interior-point method ends with is not made a vertex."""
    highs.setOptionValue("solver", solver)
    highs.setOptionValue("run_crossover", "off" if solver == INSIDE else "on")


def _fewer(model: Relaxation, dual: Floats) -> Floats:
    """Leave out multipliers that add next to nothing: an interior point has them on every row."""
    value = float(safe_value(model, dual))
    for size in _IGNORED:
        fewer = np.where(np.abs(dual) > size, dual, 0.0)
        if float(safe_value(model, fewer)) >= value - _SLIGHT * abs(value):
            return fewer
    return dual
