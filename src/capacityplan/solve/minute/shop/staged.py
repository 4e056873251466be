"""Shops of stages as objects: whether a shop is one, and the search of one order of jobs for its list.

Sources
-------
Palmer 1965 (jobs whose work grows along the stages go first).
"""

from __future__ import annotations

import numpy as np

from capacityplan.solve.minute.arrays import NEVER, Ints, packed
from capacityplan.solve.minute.shop import listing as li
from capacityplan.solve.minute.shop import order as o
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays

_HEAT, _COOLING = 0.05, 30.0
"""Starting temperature in an operation's mean minutes."""


def is_staged(g: Ints) -> bool:
    """Whether every job takes the same stages of machines, one after the other, without setups."""
    ops, jobs = int(g[t.OPS]), int(g[t.JOBS])
    stages = ops // jobs
    if stages < 2 or stages * jobs != ops or np.any(np.diff(_table(g, t.JOB_AT, jobs + 1)) != stages):
        return False
    at, machine = _table(g, t.MODE_AT, ops + 1), _table(g, t.MODE_MACHINE, int(g[g[t.MODE_AT] + ops]))
    if np.any(_table(g, t.MATRIX, int(g[t.MACHINES])) >= 0) or np.any(_table(g, t.MODE_SETUP, len(machine))):
        return False
    able = [frozenset(machine[at[op] : at[op + 1]].tolist()) for op in range(ops)]
    first = able[:stages]
    apart = len(frozenset().union(*first)) == sum(len(row) for row in first)
    return apart and all(row == first[op % stages] for op, row in enumerate(able))


def _table(g: Ints, place: int, size: int) -> Ints:
    begin = int(g[place])
    return g[begin : begin + size]


class Staged:
    """Search of one order of jobs by which stages are listed, from the best schedule known.

    Parameters
    ----------
    arrays : Arrays
        Those of a shop that `is_staged` and in which only the last end counts.
    seed : int
    """

    def __init__(self, arrays: Arrays, seed: int) -> None:
        self._arrays = arrays
        g = arrays.g
        jobs, ops = int(g[t.JOBS]), int(g[t.OPS])
        self._stages = ops // jobs
        order, none = np.arange(jobs), np.zeros(0, dtype=np.int64)
        by_op = np.zeros(ops, dtype=np.int64)
        self._o = packed({
            o.KEPT: order, o.TRIAL: order, o.BEST_ORDER: order, o.KEPT_ENDS: none, o.TRIAL_ENDS: none,
            o.STAGES: self._stages, o.SIMPLE: 1, o.LOW: 0, o.HIGH: 0, o.LUCK: 2 * seed + 1,
            li.QUEUE: order, li.ARRIVED: order, li.FREE: np.zeros(int(g[t.MACHINES]), dtype=np.int64),
            li.MODE_OF: by_op, li.TURN_OF: by_op, li.LEAST: NEVER,
        })  # fmt: skip
        self._begin()

    def _begin(self) -> None:
        """Take the better of two orders: by the best schedule's starts, by how work grows on the way."""
        g = self._arrays.g
        jobs, ops = int(g[t.JOBS]), int(g[t.OPS])
        starts = self._arrays.table(t.START).reshape(jobs, self._stages)[:, 0]
        first = _table(g, t.MODE_AT, ops)
        work = _table(g, t.MODE_WORK, int(g[g[t.MODE_AT] + ops]))[first].reshape(jobs, self._stages)
        growth = work @ (2 * np.arange(self._stages) - self._stages + 1)
        best = NEVER
        for key in (starts, -growth):
            _table(self._o, o.TRIAL, jobs)[:] = np.argsort(key, kind="stable")
            if (last := li.listed(g, self._o, o.TRIAL)) < best:
                best = last
                _table(self._o, o.KEPT, jobs)[:] = _table(self._o, o.TRIAL, jobs)
        for place in (o.TRIAL, o.BEST_ORDER):
            _table(self._o, place, jobs)[:] = _table(self._o, o.KEPT, jobs)

    def anneal(self, count: int, hot: float, cold: float) -> None:
        """Try moves while it cools."""
        li.listings(self._arrays.g, self._o, count, hot, cold)

    def heats(self) -> tuple[float, float]:
        """Temperatures to begin and to end with, in minutes."""
        g = self._arrays.g
        hot = _HEAT * float(_table(g, t.MODE_WORK, int(g[g[t.MODE_AT] + g[t.OPS]])).mean()) or 1.0
        return hot, hot / _COOLING

    def write_down(self) -> None:
        """Offer the schedule of the best order as the best."""
        g = self._arrays.g
        li.listed(g, self._o, o.BEST_ORDER)
        ops = int(g[t.OPS])
        mode, turn = _table(self._o, li.MODE_OF, ops), _table(self._o, li.TURN_OF, ops)
        machine = _table(g, t.MODE_MACHINE, int(g[g[t.MODE_AT] + ops]))[mode]
        by_machine = np.lexsort((turn, machine))
        self._arrays.offer(np.stack([by_machine, mode[by_machine]], axis=1).ravel())
