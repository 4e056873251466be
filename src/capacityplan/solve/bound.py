"""The certified bound: HiGHS solves the relaxation, safe arithmetic turns its duals into a bound."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import Plant
from capacityplan.solve import unit_lots
from capacityplan.solve.branch import Branching
from capacityplan.solve.cutting import Cutting
from capacityplan.solve.linear import (
    HUGE,
    INSIDE,
    KEPT,
    LARGE,
    PRESOLVE,
    Linear,
    afresh,
    opened,
    run,
    use,
)
from capacityplan.solve.seeding import seeds, whole_lots
from capacityplan.solve.tree import Ceiling, grow
from capacityplan.units import round_down
from capacityplan.verify import unavoidable
from capacityplan.verify.bound import safe_value
from capacityplan.verify.relaxation import build, echelon
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation, without
from capacityplan.verify.relaxation.rounding import Cut

_PLACES = 4
_VAST = 100_000
"""From so many rows on the model is solved first without what only cuts need, in half of the time."""
_PATIENCE, _LEAST_GAIN = 2, 1e-5
"""Cutting ends when so many rounds together raise the bound by less than this share."""
_SEEDING = 0.1
"""Share of the time left that looking for cuts to begin with may take."""
_BRANCHED = "branching, every leaf by safe arithmetic"
_DYNAMIC = "dynamic programming over unit lots"
_TREE = "branch and bound of the solver"
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class BoundResult:
    """What is proven about the cost of every plan.

    Attributes
    ----------
    bound_certified : Fraction or None
        Re-derivable from ``multipliers`` without a solver (`capacityplan.verify.bound.evaluate`).
    bound : Fraction or None
        The best bound: the certified one, or what branching adds to it (``method`` says how: every leaf by
        the same safe arithmetic, but the leaves are not stored; or the solver's own).
    unavoidable : Fraction or None
        What the time-free model proves.
    multipliers : tuple of (row name, float)
    parts : tuple of (category, money)
        How the relaxation's optimum is made up by ledger category.
    method : str
    seconds : float
    infeasible : bool
        Whether the solver found that no plan exists at all.
    lots : tuple of (item, bucket of release)
        Lots of a point of the model that costs less than the plans known, for a search to try.
    """

    bound_certified: Fraction | None
    bound: Fraction | None
    unavoidable: Fraction | None
    multipliers: tuple[tuple[str, float], ...]
    parts: tuple[tuple[str, Fraction], ...]
    method: str
    seconds: float
    infeasible: bool = False
    lots: tuple[tuple[str, int], ...] = ()


def certify(
    plant: Plant,
    seconds: float,
    *,
    search: bool = True,
    ceiling: Ceiling | None = None,
    report: Callable[[BoundResult], None] | None = None,
) -> BoundResult:
    """Prove a lower bound on the cost of every plan of a plant.

    Parameters
    ----------
    plant : Plant
    seconds : float
        Wall time for everything.
    search : bool
        Whether to branch on the model's integers in what is left after the linear relaxation
        (the result then depends on the clock).
    ceiling : callable, optional
        Cost of a plan that the checker accepts: cutting and branching stop when the bound has come to it,
        and on small models the solver branches below it, after waiting for one.
    report : callable, optional
        Told of the linear relaxation's result as soon as it is there.

    Returns
    -------
    BoundResult
    """
    began = time.monotonic()
    deadline = began + seconds
    told = report or _unheard
    base = _unavoidable(plant, deadline, began)
    told(base)
    model = build(plant)
    first = _core_bound(plant, model, base, deadline, began) if len(model.row_low) >= _VAST else base
    told(first)
    cutting = Cutting(model, opened(model, deadline - time.monotonic()))
    if search:
        cutting.place(_seeds(plant, model, deadline))
    main, found = _linear_bound(plant, cutting, base, deadline, began)
    assert found.bound is not None
    assert first.bound is not None
    if first.bound > found.bound:
        found = replace(first, infeasible=found.infeasible)
    told(found)
    if (exact := unit_lots.solved(plant)) is not None:
        return _better(found, exact.cost, _DYNAMIC, began)
    if not search or not main.optimal:
        return found
    found, solved = _cut(cutting, found, began, deadline, ceiling or _unknown, told)
    return _branched(cutting, found, began, deadline, ceiling, told) if solved else found


def _branched(
    cutting: Cutting, found: BoundResult, began: float, deadline: float, ceiling: Ceiling | None,
    told: Callable[[BoundResult], None],
) -> BoundResult:  # fmt: skip
    """Branch in the time that is left: the solver below a plan that is known, else leaf by leaf."""
    assert found.bound is not None
    extended = cutting.extended
    stored = dict(found.multipliers)
    dual = np.array([stored.get(name, 0.0) for name in extended.row_names])

    def proves(value: Fraction) -> None:
        nonlocal found
        found = _better(found, value, _TREE, began)
        told(found)

    def meets(values: Floats) -> None:
        nonlocal found
        found = replace(found, lots=_lots(extended, values))
        told(found)

    proven = grow(extended, dual, ceiling, deadline, proves, meets) if ceiling is not None else None
    if proven is not None:
        return _better(found, proven, _TREE, began)
    use(cutting.engine, "choose")
    target = ceiling() if ceiling is not None else None
    value = Branching(extended, cutting.engine).bound(deadline, found.bound, target)
    return _better(found, value, _BRANCHED, began)


def _lots(model: Relaxation, values: Floats) -> tuple[tuple[str, int], ...]:
    """Lots of a point, by item and bucket of release."""
    return tuple(
        (echelon.item, source.bucket)
        for echelon in model.echelons
        for source in echelon.sources
        if any(values[list(count.columns)].sum() > _HALF for count in source.counts)
    )


def _seeds(plant: Plant, model: Relaxation, deadline: float) -> list[Cut]:
    """Cuts to begin with on a large model."""
    if len(model.row_low) < LARGE:
        return []
    now = time.monotonic()
    return [*whole_lots(model), *seeds(plant, model, now + _SEEDING * (deadline - now))]


def _unknown() -> None:
    """Say that no plan is known."""


def _unheard(_: BoundResult) -> None:
    """Tell nobody."""


def _better(found: BoundResult, value: Fraction, method: str, began: float) -> BoundResult:
    """Take a bound that is not re-derivable where it is higher."""
    if found.bound is not None and value <= found.bound:
        return found
    return replace(found, bound=round_down(value, _PLACES), method=method, seconds=time.monotonic() - began)


def _cut(
    cutting: Cutting, found: BoundResult, began: float, deadline: float, ceiling: Ceiling,
    told: Callable[[BoundResult], None],
) -> tuple[BoundResult, bool]:  # fmt: skip
    """Add cuts in rounds while they help; return the best result and whether there is time to go on."""
    base = tuple(pair for pair in found.multipliers if pair[0].startswith(unavoidable.ROW))
    gains = deque([1.0] * _PATIENCE, maxlen=_PATIENCE)
    longest = 0.0
    while sum(gains) > _LEAST_GAIN and time.monotonic() + longest < deadline:
        cost = ceiling()
        if cost is not None and found.bound_certified is not None and found.bound_certified >= cost:
            break
        if not cutting.add():
            return found, True
        model = cutting.extended
        started = time.monotonic()
        main = run(cutting.engine, model, deadline)
        longest = max(longest, time.monotonic() - started)
        value = safe_value(model, main.dual)
        before = float(found.bound_certified or 0)
        gains.append(max(float(value) - before, 0.0) / max(abs(before), 1.0))
        if found.bound_certified is None or value > found.bound_certified:
            found = replace(
                found, bound_certified=value, bound=value, multipliers=(*_named(model, main.dual), *base),
                parts=_parts(model, main.values) if main.optimal else found.parts,
                method="linear relaxation with cuts", seconds=time.monotonic() - began,
            )  # fmt: skip
            told(found)
        if not main.optimal:
            return found, False
    return found, time.monotonic() + longest < deadline


def _unavoidable(plant: Plant, deadline: float, began: float) -> BoundResult:
    """What the time-free model proves, at once."""
    base = unavoidable.build(plant)
    dual = run(opened(base, deadline - time.monotonic()), base, deadline).dual
    floor = safe_value(base, dual)
    return BoundResult(
        floor, floor, floor, _named(base, dual), (), "time-free model", time.monotonic() - began
    )


def _core_bound(
    plant: Plant, model: Relaxation, base: BoundResult, deadline: float, began: float
) -> BoundResult:
    """Solve the relaxation without cuts and what they are made of."""
    core = without(model, echelon.ROWS)
    return _linear_bound(
        plant, Cutting(core, opened(core, deadline - time.monotonic())), base, deadline, began
    )[1]


def _linear_bound(
    plant: Plant, cutting: Cutting, base: BoundResult, deadline: float, began: float
) -> tuple[Linear, BoundResult]:
    """Solve the relaxation with the cuts that it begins with."""
    model, highs = cutting.extended, cutting.engine
    if len(model.row_low) >= HUGE or any(row.changeover_matrix for row in plant.resources):
        use(highs, INSIDE)
    main = run(highs, model, deadline)
    if main.infeasible:
        # Not at a presolve's word: it has erred.
        highs.setOptionValue(PRESOLVE, "off")
        main = afresh(highs, model, deadline)
        highs.setOptionValue(PRESOLVE, "choose")
    value = safe_value(model, main.dual)
    parts = _parts(model, main.values) if main.optimal else ()
    if base.bound is not None and base.bound >= value:
        return main, replace(base, parts=parts, infeasible=main.infeasible)
    method = "linear relaxation" if main.optimal else "linear relaxation, cut short"
    multipliers = (*_named(model, main.dual), *base.multipliers)
    seconds = time.monotonic() - began
    return main, BoundResult(
        value, value, base.unavoidable, multipliers, parts, method, seconds, main.infeasible
    )


def _named(model: Relaxation, dual: Floats) -> tuple[tuple[str, float], ...]:
    kept = np.flatnonzero(np.abs(dual) > KEPT)
    return tuple((model.row_names[row], float(dual[row])) for row in kept.tolist())


def _parts(model: Relaxation, values: Floats) -> tuple[tuple[str, Fraction], ...]:
    """Money by ledger category at the relaxation's optimum."""
    return tuple(
        (category, round_down(Fraction(float(np.dot(values[columns], money)))))
        for category, columns, money in model.charges
    )
