"""Branching on the relaxation's whole numbers, every leaf valued by safe arithmetic.

A solver's own branch and cut reports its bound in floating point, and the brute force over small
plants caught HiGHS 1.14 with a bound above the cost of a plan that it also accepts as a point. So
the solver only proposes multipliers here; what a leaf is worth, `safe_value` says.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, replace
from fractions import Fraction

import highspy
import numpy as np

from capacityplan.verify.bound import safe_value
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation

_WHOLE = 1e-6
_LONGEST_RAY = 40
_TRIES = 8

Change = tuple[int, float, float]
"""A column with its bounds below a node."""


@dataclass(frozen=True, slots=True)
class _Solved:
    """What a node's linear relaxation proves, and the column to branch on (none: whole or unsolved)."""

    value: Fraction
    column: int | None
    at: float


class Branching:
    """Best-first search for a better bound than that of the linear relaxation.

    Parameters
    ----------
    model : Relaxation
    engine : highspy.Highs
        The linear relaxation of the model, best as solved.
    """

    def __init__(self, model: Relaxation, engine: highspy.Highs) -> None:
        self._model = model
        self._engine = engine
        self._changed: dict[int, tuple[float, float]] = {}
        self._gains: dict[int, tuple[float, int]] = {}
        self.nodes = 0

    def bound(self, deadline: float, floor: Fraction, target: Fraction | None) -> Fraction:
        """Branch until the deadline, until the target is reached or until nothing is open.

        Parameters
        ----------
        floor : Fraction
            What is proven for the whole model.
        target : Fraction or None
            Cost of a plan: what is proven to cost as much is not divided further.

        Returns
        -------
        Fraction
            The least value of all leaves.
        """
        closed = self._model.limit if target is None else min(target, self._model.limit)
        least_closed = self._model.limit
        open_nodes: list[tuple[Fraction, int, tuple[Change, ...], _Solved]] = []

        def leaf(changes: tuple[Change, ...], parent: Fraction) -> _Solved:
            nonlocal least_closed
            solved = self._solve(changes, deadline, parent)
            self.nodes += 1
            if solved.column is None or solved.value >= closed:
                least_closed = min(least_closed, solved.value)
            else:
                heapq.heappush(open_nodes, (solved.value, self.nodes, changes, solved))
            return solved

        leaf((), floor)
        while open_nodes and open_nodes[0][0] < least_closed and time.monotonic() < deadline:
            value, _, changes, solved = heapq.heappop(open_nodes)
            assert solved.column is not None
            for change in self._children(changes, solved):
                found = leaf((*changes, change), value)
                self._learn(solved.column, float(found.value - value))
        return min([least_closed, *(one[0] for one in open_nodes)])

    def _children(self, changes: tuple[Change, ...], solved: _Solved) -> tuple[Change, Change]:
        column = solved.column
        assert column is not None
        low, high = dict((c, (a, b)) for c, a, b in changes).get(
            column, (float(self._model.low[column]), float(self._model.high[column]))
        )
        return (column, low, math.floor(solved.at)), (column, math.floor(solved.at) + 1.0, high)

    def _learn(self, column: int, gain: float) -> None:
        total, count = self._gains.get(column, (0.0, 0))
        self._gains[column] = (total + max(gain, 0.0), count + 1)

    def _solve(self, changes: tuple[Change, ...], deadline: float, parent: Fraction) -> _Solved:
        wanted = {column: (low, high) for column, low, high in changes}
        for column in self._changed.keys() - wanted.keys():
            self._engine.changeColBounds(column, self._model.low[column], self._model.high[column])
        for column, (low, high) in wanted.items():
            self._engine.changeColBounds(column, low, high)
        self._changed = wanted
        self._engine.setOptionValue(
            "time_limit", self._engine.getRunTime() + max(deadline - time.monotonic(), 0.01)
        )
        self._engine.run()
        node = self._node(wanted)
        status = self._engine.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return _Solved(max(parent, self._without_point(node)), None, 0.0)
        solution = self._engine.getSolution()
        value = parent
        if solution.dual_valid:
            value = max(parent, safe_value(node, np.array(solution.row_dual)))
        if status != highspy.HighsModelStatus.kOptimal:
            return _Solved(value, None, 0.0)
        return _Solved(value, *self._choose(np.array(solution.col_value)))

    def _node(self, wanted: dict[int, tuple[float, float]]) -> Relaxation:
        low, high = self._model.low.copy(), self._model.high.copy()
        for column, (least, most) in wanted.items():
            low[column], high[column] = least, most
        return replace(self._model, low=low, high=high)

    def _without_point(self, node: Relaxation) -> Fraction:
        """What a ray proves of a node that the solver says has no point: at best the limit."""
        _, found = self._engine.getDualRayExist()
        if not found:
            return -node.limit
        _, _, ray = self._engine.getDualRay()
        best = -node.limit
        for sign in (1.0, -1.0):
            for power in range(0, _LONGEST_RAY, _LONGEST_RAY // _TRIES):
                best = max(best, safe_value(node, np.array(ray) * (sign * 2.0**power)))
        return best

    def _choose(self, values: Floats) -> tuple[int | None, float]:
        """Whole column that is broken and promises most, by what branching on it brought so far."""
        whole = np.flatnonzero(self._model.integer)
        part = values[whole] - np.floor(values[whole])
        broken = np.minimum(part, 1 - part)
        candidates = np.flatnonzero(broken > _WHOLE)
        if not len(candidates):
            return None, 0.0
        known = [total / count for total, count in self._gains.values()]
        usual = sum(known) / len(known) if known else 1.0

        def promise(place: int) -> tuple[float, float]:
            total, count = self._gains.get(int(whole[place]), (usual, 1))
            return total / count * float(broken[place]), float(broken[place])

        best = max(candidates.tolist(), key=promise)
        return int(whole[best]), float(values[whole[best]])
