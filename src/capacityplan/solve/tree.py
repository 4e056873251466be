"""The solver's own branch and bound on the relaxation, below the cost of a plan that is known.

What it states as its bound is not re-derivable: `BoundResult.bound`, never ``bound_certified``. It is asked
only on models that are tame: whole numbers and coefficients of few digits, so that its tolerances are far
smaller than what they stand for.

It climbs: it proves that no plan costs less than a target a little above what is proven, then the next
target. Everything that safe arithmetic shows to be 0 in every plan cheaper than the target is taken out
before (`verify.bound.unused`): late and lost demand at deterring prices, and the more lots the nearer the
target is. What is proven holds for plans up to the target: it is the lesser of both. Several small trees
are sooner done than the one below the plan that is known, and what they prove stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from fractions import Fraction

import highspy
import numpy as np

from capacityplan.solve.facility import located, size
from capacityplan.solve.forms import Compact, lean, uncut
from capacityplan.solve.relaxed import engine
from capacityplan.units import round_down
from capacityplan.verify.bound import safe_value, unused
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation

Ceiling = Callable[[], Fraction | None]
"""Cost of the best plan known so far; None where there is none."""
Point = Callable[[Floats], None]
"""Hears of a point of the model (its first columns) that is cheaper than the target."""
Form = Callable[[Relaxation], Relaxation]
"""Makes of a model one that admits as much or more."""
_GAP = 1e-6
_ORDER = "order["
_MARGIN = 1e-7
"""Share of its bound that is taken off for the solver's tolerances."""
_SPARE = 1e-5
"""Share of the target above it up to which points are looked for: a plan that costs as much is one."""
_PLACES = 4
_TELLING = 1e-5
"""Share of the bound by which it rises between two reports."""
_MOST_WHOLE, _MOST_COLUMNS = 2_000, 60_000
_LARGEST, _SMALLEST, _COUNTED = 1e6, 1e-4, 1e4
"""Sizes of coefficients of tame models, and what a whole number is at most in them."""
_MOST_LOCATIONS = 20_000
"""Columns up to which facility location is worth its size."""
_FIRST_STEP = 0.35
"""Share of what is open between bound and plan that a target is above what is proven, to begin with."""
_HIGHEST = 0.03
"""The same as a share of what is proven, at most."""
_RACE_SECONDS = 3.0
"""Seconds that each of two forms has for the first target."""
_LONGER, _MOST_SHARE = 4.0, 0.25
"""How many times longer than the last target the next one may take (each is harder, by a factor), and the
share of the time that is left which it may take in any case."""
_POLL_SECONDS = 0.05
_OUT_OF_TIME = (highspy.HighsModelStatus.kInterrupt, highspy.HighsModelStatus.kTimeLimit)


class _End(Enum):
    """How a tree ends: no plan is below the target, it is out of time, or there is no more to prove."""

    REACHED = auto()
    OPEN = auto()
    EXHAUSTED = auto()


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
    if whole.sum() > _MOST_WHOLE or used.sum() > _MOST_COLUMNS:
        return False
    here = used[model.column]
    value = np.abs(model.value[here & (model.value != 0)])
    counted = model.high[whole].max(initial=0.0) <= _COUNTED
    return bool(counted and value.max(initial=0.0) <= _LARGEST and value.min(initial=1.0) >= _SMALLEST)


def grow(
    model: Relaxation,
    dual: Floats,
    ceiling: Ceiling,
    deadline: float,
    report: Callable[[Fraction], None],
    point: Point,
) -> Fraction | None:
    """Prove a bound up to the best plan, target by target.

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
        Told of points that are cheaper than the target.

    Returns
    -------
    Fraction or None
        None where the model is not tame, or there is no plan.
    """
    if model.integer.sum() > _MOST_WHOLE:
        return None
    while ceiling() is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return _Climb(model, dual, ceiling, deadline, report, point).run()


class _Climb:
    """Targets one above the other, each proven on the form of the model that does it soonest.

    Parameters
    ----------
    model, dual, ceiling, deadline, report, point
        As of `grow`.
    """

    def __init__(
        self, model: Relaxation, dual: Floats, ceiling: Ceiling, deadline: float,
        report: Callable[[Fraction], None], point: Point,
    ) -> None:  # fmt: skip
        self._model, self._dual, self._ceiling, self._deadline = model, dual, ceiling, deadline
        self._report, self._point = report, point
        self._forms: list[Form] = [lean, uncut]
        if size(model) <= _MOST_LOCATIONS:
            self._forms.insert(1, located)
        self._least = safe_value(model, dual)
        self._proven: Fraction | None = None
        self._raced = False

    def run(self) -> Fraction | None:
        """Climb until the best plan is reached or the time is over; return what is proven."""
        step, seconds, last = None, _RACE_SECONDS, None
        while self._forms and (cost := self._ceiling()) is not None:
            left, open_ = self._deadline - time.monotonic(), cost - self._least
            if left <= 0 or open_ <= abs(cost) * Fraction(_GAP):
                break
            if step is None or cost != last:
                step, last = self._step(open_, step), cost
            target = min(self._least + step, cost)
            narrow = narrowed(self._model, self._dual, target)
            if not is_tame(narrow):
                break
            if not self._raced and left > 4 * seconds:
                took = self._race(narrow, target, seconds)
            else:
                # A last tree that is begun anew would come to less than one that goes on.
                took, _ = self._grown(self._forms[0], narrow, target, seconds if left > 2 * seconds else left)
            if took is None:
                step, seconds = step / 2, seconds * 2
            else:
                seconds = max(took * _LONGER, (self._deadline - time.monotonic()) * _MOST_SHARE)
        return self._proven

    def _step(self, open_: Fraction, before: Fraction | None) -> Fraction:
        """How far above what is proven the next target is: a plan that was found first may be very dear."""
        steps = [open_ * Fraction(_FIRST_STEP), abs(self._least) * Fraction(_HIGHEST), before]
        return min(step for step in steps if step)

    def _race(self, narrow: Relaxation, target: Fraction, seconds: float) -> float | None:
        """Try two forms; put that first which reaches the target sooner, or else comes nearer to it.

        Only the former says which form is to be kept: some rise late.
        """
        floor = self._least
        ranks: dict[Form, tuple[float, Fraction]] = {}
        raced, others = self._forms[:2], self._forms[2:]
        for form in raced:
            took, bound = self._grown(form, narrow, target, seconds, floor)
            ranks[form] = (np.inf if took is None else took, -bound)
            seconds = min(seconds, took or seconds)
        raced = [form for form in raced if form in self._forms]
        self._forms = [*sorted(raced, key=lambda form: ranks[form]), *others]
        self._raced = self._least >= target
        return seconds if self._raced else None

    def _grown(
        self, form: Form, narrow: Relaxation, target: Fraction, seconds: float, floor: Fraction | None = None
    ) -> tuple[float | None, Fraction]:
        """Grow a tree; return the seconds in which it reached the target (None: not), and its bound."""
        began = time.monotonic()
        tree = Tree(form(narrow), target, self._told, self._point, self._least if floor is None else floor)
        ended = tree.run(min(began + seconds, self._deadline), self._ceiling)
        if ended is _End.EXHAUSTED:
            self._forms.remove(form)
        self._told(tree.proven)
        return time.monotonic() - began if ended is _End.REACHED else None, tree.proven

    def _told(self, value: Fraction) -> None:
        if value > self._least:
            self._least = self._proven = value
            self._report(value)


class Tree:
    """Branch and bound by HiGHS below a target, without its search for points.

    Attributes
    ----------
    target : Fraction
        What the model was narrowed for.
    proven : Fraction
        What all plans cost at least: never above the target.
    """

    def __init__(
        self,
        model: Relaxation,
        target: Fraction,
        report: Callable[[Fraction], None],
        point: Point,
        proven: Fraction,
    ) -> None:
        self._compact = Compact.of(model)
        self.target, self.proven = target, proven
        self._report, self._point = report, point

    def run(self, deadline: float, ceiling: Ceiling) -> _End:
        """Branch until a deadline; say whether the target is reached or a point below it is the cheapest."""
        model, before = self._compact.model, self.proven
        highs = engine(model, deadline - time.monotonic())
        whole = np.flatnonzero(model.integer).astype(np.int32)
        kind = np.full(len(whole), highspy.HighsVarType.kInteger.value, dtype=np.uint8)
        highs.changeColsIntegrality(len(whole), whole, kind)
        highs.setOptionValue("mip_rel_gap", _GAP)
        highs.setOptionValue("mip_heuristic_effort", 0.0)
        # The presolve of 1.14 loses optima (HiGHS issues 3043, 3073, 3094): a bound would be too high.
        highs.setOptionValue("presolve", "off")
        # Nodes above it need not be looked at: a bound is stated up to the target.
        above = float(self.target) + abs(float(self.target)) * _SPARE + _SPARE
        highs.setOptionValue("objective_bound", above - self._compact.offset)

        def watch(event: highspy.HighsCallbackEvent) -> None:
            self._take(float(event.data_out.mip_dual_bound), _TELLING)
            if self.proven >= self.target or time.monotonic() >= deadline:
                event.interrupt()

        def improved(event: highspy.HighsCallbackEvent) -> None:
            self._point(self._compact.whole(np.array(event.data_out.mip_solution, dtype=np.float64)))

        highs.cbMipInterrupt += watch
        highs.cbMipImprovingSolution += improved
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            known = ceiling()
            if known is not None and known <= self.target:
                # The plan that is known is a point below that: the solver errs, and nothing it said counts.
                self.proven = before
                return _End.EXHAUSTED
            self.proven = self.target
            return _End.REACHED
        self._take(float(highs.getInfo().mip_dual_bound), 0.0)
        if self.proven >= self.target:
            return _End.REACHED
        return _End.OPEN if status in _OUT_OF_TIME else _End.EXHAUSTED

    def _take(self, value: float, rise: float) -> None:
        """Keep what the solver states, where it is higher by a share."""
        if np.isnan(value) or value == -np.inf:
            return
        value += self._compact.offset
        least = self.target
        if np.isfinite(value):
            least = min(round_down(Fraction(value - abs(value) * _MARGIN), _PLACES), least)
        if least > self.proven + abs(self.proven) * Fraction(rise):
            self.proven = least
            self._report(least)
