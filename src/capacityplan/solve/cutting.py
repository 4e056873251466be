"""Rounds of cuts: what a solution of a relaxation breaks is added, what it does not need is dropped."""

from __future__ import annotations

import highspy
import numpy as np

from capacityplan.solve.separation import Point, Separator
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation, extended
from capacityplan.verify.relaxation.rounding import Cut

_EACH, _ROUND = 60, 3000
"""Most cuts of an echelon and of all in a round, besides those that matter whatever their norm."""
_IDLE, _KEPT = 1e-7, 3
"""A cut without a multiplier is kept for so many rounds."""


class Cutting:
    """A linear relaxation that is cut in rounds: cuts that a solution does not need are dropped again.

    Parameters
    ----------
    model : Relaxation
    engine : highspy.Highs
        Its linear relaxation, solved.
    """

    def __init__(self, model: Relaxation, engine: highspy.Highs) -> None:
        self._model, self.engine = model, engine
        self._separators = [Separator(one) for one in (*model.echelons, *model.views)]
        self._cuts: list[Cut] = []
        self._rounds = np.zeros(0, dtype=np.int64)

    @property
    def extended(self) -> Relaxation:
        """The model with its cuts, rows in the order of the engine."""
        return extended(self._model, self._cuts)

    def add(self) -> int:
        """Drop cuts without a multiplier, add those that the engine's solution breaks; return how many."""
        solution = self.engine.getSolution()
        values = np.array(solution.col_value, dtype=np.float64)
        self._drop(np.array(solution.row_dual, dtype=np.float64))
        kept = {cut.name for cut in self._cuts}
        points = [Point(each, values) for each in self._separators]
        broken = (one for point in points for one in point.deepest(_EACH))
        found = [one for one in broken if one.cut.name not in kept]
        found.sort(key=lambda one: (-one.depth, one.cut.name))
        lacking = (one for point in points for one in point.lacking())
        cuts = {one.cut.name: one.cut for one in (*lacking, *found[:_ROUND]) if one.cut.name not in kept}
        return self.place(list(cuts.values()))

    def place(self, cuts: list[Cut]) -> int:
        """Add cuts; return how many."""
        if not cuts:
            return 0
        begin = np.cumsum([0, *(len(cut.columns) for cut in cuts[:-1])])
        columns = np.concatenate([np.array(cut.columns) for cut in cuts])
        values = np.concatenate([np.array([float(one) for one in cut.values]) for cut in cuts])
        self.engine.addRows(
            len(cuts), np.array([float(cut.low) for cut in cuts]), np.full(len(cuts), highspy.kHighsInf),
            len(columns), begin.astype(np.int32), columns.astype(np.int32), values,
        )  # fmt: skip
        self._cuts += cuts
        self._rounds = np.concatenate([self._rounds, np.zeros(len(cuts), dtype=np.int64)])
        return len(cuts)

    def _drop(self, dual: Floats) -> None:
        first = len(self._model.row_low)
        needed = np.abs(dual[first:]) >= _IDLE
        self._rounds = np.where(needed, 0, self._rounds + 1)
        idle = np.flatnonzero(self._rounds > _KEPT)
        if len(idle):
            self.engine.deleteRows(len(idle), (idle + first).astype(np.int32))
            gone = set(idle.tolist())
            self._cuts = [cut for number, cut in enumerate(self._cuts) if number not in gone]
            self._rounds = np.delete(self._rounds, idle)
