"""The solver's own branch and bound on the relaxation, below the cost of a plan that is known.

What it states as its bound is not re-derivable: `BoundResult.bound`, never ``bound_certified``. It is asked
only on models that are tame: whole numbers and coefficients of few digits, so that its tolerances are far
smaller than what they stand for. Everything that safe arithmetic shows to be 0 in every plan cheaper than
the one known is taken out before (`verify.bound.unused`): late and lost demand at deterring prices most of
all. What is proven then holds for plans up to that cost: it is the lesser of both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial

import highspy
import numpy as np

from capacityplan.solve.facility import located, size, uncut
from capacityplan.solve.relaxed import DOMINATED, PARALLEL, engine
from capacityplan.units import round_down
from capacityplan.verify.bound import unused
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation

Ceiling = Callable[[], Fraction | None]
"""Cost of the best plan known so far; None where there is none."""
Point = Callable[[Floats], None]
"""Hears of a point of the model (its first columns) that is cheaper than all plans known."""
_GAP = 1e-6
_ORDER = "order["
_MARGIN = 1e-7
"""Share of its bound that is taken off for the solver's tolerances."""
_SPARE = 1e-5
"""Share of the ceiling above it up to which points are looked for: that of the plan that is known is one."""
_PLACES = 4
_TELLING = 1e-5
"""Share of the bound by which it rises between two reports."""
_MOST_WHOLE, _MOST_COLUMNS = 2_000, 60_000
_LARGEST, _SMALLEST, _COUNTED = 1e6, 1e-4, 1e4
"""Sizes of coefficients of tame models, and what a whole number is at most in them."""
_MOST_LOCATIONS = 20_000
"""Columns up to which facility location is worth its size."""
_PLAIN_SHARE = 0.45
"""Share of the time for the model as it is, before it is located: the smaller one is closed sooner."""
_RESTARTS, _RESTART_GAP, _RESTART_SHARE = 3, 0.5, 0.4
"""How often the tree is begun at most, what a cheaper plan has to leave of the gap for it, and until when."""
_POLL_SECONDS = 0.05


def narrowed(model: Relaxation, dual: Floats, ceiling: Fraction) -> Relaxation:
    """Take out of a model what no plan uses that costs at most a ceiling."""
    high = np.where(unused(model, _leaning(model, dual), ceiling), 0.0, model.high)
    return replace(model, high=_followed(model, high))


def _leaning(model: Relaxation, dual: Floats) -> Floats:
    """Lower the multipliers of orders until no delivery has a negative reduced cost.

    As much can be delivered as is ordered, so what the multiplier gives up the deliveries gain: they
    prove no less, and what it costs to give demand up is told apart from what it costs to serve it.
    """
    orders = np.array([name.startswith(_ORDER) for name in model.row_names], dtype=np.bool_)
    weights = np.bincount(model.column, weights=model.value * dual[model.row], minlength=len(model.cost))
    reduced = model.cost - weights
    least = np.zeros(len(dual))
    here = orders[model.row] & (model.value == 1.0)
    np.minimum.at(least, model.row[here], reduced[model.column[here]])
    return dual + least


def _followed(model: Relaxation, high: Floats) -> Floats:
    """Bounds of columns that equal a sum of others: 0 where all of these are."""
    sums = np.flatnonzero((model.row_low == 0) & (model.row_high == 0))
    inside = np.zeros(len(model.row_low), dtype=np.bool_)
    inside[sums] = True
    here = inside[model.row] & (model.value != 0)
    row, column = model.row[here], model.column[here]
    while True:
        live = (high > 0) | (model.low < 0)
        count = np.bincount(row[live[column]], minlength=len(inside))
        alone = live[column] & (count[row] == 1) & (model.low[column] == 0)
        if not alone.any():
            return high
        high = high.copy()
        high[column[alone]] = 0.0


def is_tame(model: Relaxation) -> bool:
    """Whether the model is small and its numbers are of a size that the solver's tolerances suit."""
    used = model.high > model.low
    whole = model.integer & used
    if not whole.any() or whole.sum() > _MOST_WHOLE or used.sum() > _MOST_COLUMNS:
        return False
    here = used[model.column]
    value = np.abs(model.value[here & (model.value != 0)])
    if model.high[whole].max() > _COUNTED or not len(value):
        return False
    return bool(value.max() <= _LARGEST and value.min() >= _SMALLEST)


def grow(
    model: Relaxation,
    dual: Floats,
    ceiling: Ceiling,
    deadline: float,
    report: Callable[[Fraction], None],
    point: Point,
) -> Fraction | None:
    """Prove a bound below the best plan, anew when a much cheaper one is found.

    Parameters
    ----------
    model : Relaxation
        With its cuts.
    dual : (rows,) float
        Multipliers that prove its linear bound.
    ceiling : callable
        Waited for, where the model is of a size to be branched on.
    deadline : float
    report : callable
        Told of better bounds.
    point : callable
        Told of cheaper points.

    Returns
    -------
    Fraction or None
        None where the model is not tame, or there is no plan.
    """
    if model.integer.sum() > _MOST_WHOLE:
        return None
    while ceiling() is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    best: Fraction | None = None
    forms = [uncut] if size(model) > _MOST_LOCATIONS else [uncut, located]
    begun = time.monotonic()
    ends = [begun + (deadline - begun) * _PLAIN_SHARE] * (len(forms) - 1) + [deadline]
    for form, end in zip(forms, ends, strict=True):
        best, closed = _grown(form, model, dual, ceiling, end, report, point, best)
        if closed:
            break
    return best


def _grown(
    form: Callable[[Relaxation], Relaxation], model: Relaxation, dual: Floats, ceiling: Ceiling,
    deadline: float, report: Callable[[Fraction], None], point: Point, best: Fraction | None,
) -> tuple[Fraction | None, bool]:  # fmt: skip
    """Branch on a form of the model; return what is proven, and whether nothing is left to branch on."""
    for attempt in range(_RESTARTS):
        cost = ceiling()
        if cost is None or time.monotonic() >= deadline:
            break
        narrow = narrowed(model, dual, cost)
        if not is_tame(narrow):
            return best, True
        tree = Tree(form(narrow), cost, report, point, best)
        begun, last = time.monotonic(), attempt == _RESTARTS - 1
        until = begun if last else begun + (deadline - begun) * _RESTART_SHARE
        closed = tree.run(deadline, partial(_much_cheaper, ceiling, tree, until))
        best = tree.proven
        if closed:
            return best, True
    return best, False


def _much_cheaper(ceiling: Ceiling, tree: Tree, until: float) -> bool:
    """Whether a plan was found in time that leaves much less of the gap."""
    cost = ceiling()
    if cost is None or tree.proven is None or time.monotonic() > until:
        return False
    return cost - tree.proven < (tree.ceiling - tree.proven) * Fraction(_RESTART_GAP)


class Tree:
    """Branch and bound by HiGHS below what a plan costs, without its search for points.

    Attributes
    ----------
    ceiling : Fraction
        What the model was narrowed for.
    proven : Fraction or None
        What all plans cost at least.
    """

    def __init__(
        self,
        model: Relaxation,
        ceiling: Fraction,
        report: Callable[[Fraction], None],
        point: Point,
        proven: Fraction | None = None,
    ) -> None:
        self._model = model
        self.ceiling, self.proven = ceiling, proven
        self._report, self._point = report, point

    def run(self, deadline: float, stop: Callable[[], bool] = lambda: False) -> bool:
        """Branch until a deadline or a stop; return whether nothing is left to branch on."""
        highs, before = engine(self._model, deadline - time.monotonic()), self.proven
        whole = np.flatnonzero(self._model.integer).astype(np.int32)
        kind = np.full(len(whole), highspy.HighsVarType.kInteger.value, dtype=np.uint8)
        highs.changeColsIntegrality(len(whole), whole, kind)
        highs.setOptionValue("mip_rel_gap", _GAP)
        highs.setOptionValue("mip_heuristic_effort", 0.0)
        highs.setOptionValue("presolve_rule_off", PARALLEL | DOMINATED)
        # Nodes above it need not be looked at: a bound is stated up to the ceiling.
        highs.setOptionValue(
            "objective_bound", float(self.ceiling) + abs(float(self.ceiling)) * _SPARE + _SPARE
        )

        def watch(event: highspy.HighsCallbackEvent) -> None:
            self._take(float(event.data_out.mip_dual_bound), _TELLING)
            if stop():
                event.interrupt()

        def improved(event: highspy.HighsCallbackEvent) -> None:
            self._point(np.array(event.data_out.mip_solution, dtype=np.float64))

        highs.cbMipInterrupt += watch
        highs.cbMipImprovingSolution += improved
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            # The plan that is known is a point below that: the solver errs, and nothing it said counts.
            self.proven = before
            return True
        self._take(float(highs.getInfo().mip_dual_bound), 0.0)
        return bool(status == highspy.HighsModelStatus.kOptimal)

    def _take(self, value: float, rise: float) -> None:
        """Keep what the solver states, where it is higher by a share."""
        if np.isnan(value) or value == -np.inf:
            return
        least = self.ceiling
        if np.isfinite(value):
            least = min(round_down(Fraction(value - abs(value) * _MARGIN), _PLACES), least)
        if self.proven is None or least > self.proven + abs(self.proven) * Fraction(rise):
            self.proven = least
            self._report(least)
