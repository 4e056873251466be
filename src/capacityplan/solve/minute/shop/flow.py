"""Flow shops as objects: whether a shop is one, and the search of one order of jobs for all machines."""

from __future__ import annotations

import numpy as np

from capacityplan.solve.minute.arrays import Ints, packed
from capacityplan.solve.minute.shop import order as o
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays

_HEAT = 5.0
"""Starting temperature in an operation's mean lateness (in its mean minutes, where the makespan counts)."""
_COOLING = 30.0


def is_flow(g: Ints) -> bool:
    """Whether every job takes the same machines, two or more, in the same order without alternatives."""
    ops, jobs = int(g[t.OPS]), int(g[t.JOBS])
    stages = ops // jobs
    if stages < 2 or stages * jobs != ops or jobs < 2 or g[g[t.MODE_AT] + ops] != ops:
        return False
    if np.any(np.diff(_table(g, t.JOB_AT, jobs + 1)) != stages):
        return False
    route = _table(g, t.MODE_MACHINE, ops).reshape(jobs, stages)
    return bool(np.all(route == route[0])) and len(set(route[0].tolist())) == stages


def _table(g: Ints, place: int, size: int) -> Ints:
    begin = int(g[place])
    return g[begin : begin + size]


def _is_simple(g: Ints, stages: int) -> bool:
    """Whether times are sums of work: no calendars, setups, waits, or releases of later steps."""
    ops, machines = int(g[t.OPS]), int(g[t.MACHINES])
    always = np.all(_table(g, t.CALENDAR, machines) < 0) and np.all(_table(g, t.MATRIX, machines) < 0)
    free = not np.any(_table(g, t.MODE_SETUP, ops)) and not np.any(_table(g, t.WAIT, ops))
    return bool(always and free) and not np.any(_table(g, t.READY, ops).reshape(-1, stages)[:, 1:])


class Flow:
    """Search of a flow shop by one order of jobs, from the best schedule known.

    Parameters
    ----------
    arrays : Arrays
        Those of a shop that `is_flow`.
    seed : int
    """

    def __init__(self, arrays: Arrays, seed: int) -> None:
        self._arrays = arrays
        g = arrays.g
        jobs = int(g[t.JOBS])
        self._stages = int(g[t.OPS]) // jobs
        orders, ends = np.zeros(jobs, dtype=np.int64), np.zeros((jobs + 1) * self._stages, dtype=np.int64)
        self._o = packed({
            o.KEPT: orders, o.TRIAL: orders, o.BEST_ORDER: orders, o.KEPT_ENDS: ends, o.TRIAL_ENDS: ends,
            o.STAGES: self._stages, o.SIMPLE: int(_is_simple(g, self._stages)), o.LOW: 0, o.HIGH: 0,
            o.LUCK: 2 * seed + 1,
        })  # fmt: skip
        self._w = np.zeros(2 * (jobs + 1) + 1)
        self._w[-1] = np.inf
        self._begin()

    def _begin(self) -> None:
        """Take the best of some orders: by due dates, by urgency, by the starts of the best schedule."""
        g = self._arrays.g
        work = _table(g, t.MODE_WORK, int(g[t.OPS])).reshape(-1, self._stages).sum(axis=1)
        due = _table(g, t.DUE, len(work))
        starts = self._arrays.table(t.START).reshape(-1, self._stages)
        for key in (due, due - work, starts[:, 0], starts[:, -1]):
            order = np.argsort(key, kind="stable")
            self._table(o.TRIAL)[:] = order
            cost = o.begun(g, self._arrays.f, self._arrays.c, self._o, self._w)
            if cost < self._w[-1]:
                self._w[-1] = cost
                self._table(o.BEST_ORDER)[:] = order
        self._table(o.TRIAL)[:] = self._table(o.BEST_ORDER)

    def _table(self, place: int) -> Ints:
        return _table(self._o, place, int(self._arrays.g[t.JOBS]))

    def anneal(self, count: int, hot: float, cold: float) -> None:
        """Try moves while it cools."""
        o.annealed(self._arrays.g, self._arrays.f, self._arrays.c, self._o, self._w, count, hot, cold)

    def heats(self) -> tuple[float, float]:
        """Temperatures to begin and to end with."""
        g, f = self._arrays.g, self._arrays.f
        work = float(_table(g, t.MODE_WORK, int(g[t.OPS])).mean())
        rate = float(f[g[t.F_LATE] : g[t.F_LATE] + g[t.JOBS]].mean()) + float(f[g[t.F_MAKESPAN]])
        hot = _HEAT * work * rate or 1.0
        return hot, hot / _COOLING

    def write_down(self) -> None:
        """Offer the best order, kept to on all machines, as the best schedule."""
        g, order = self._arrays.g, self._table(o.BEST_ORDER)
        route = _table(g, t.MODE_MACHINE, self._stages)
        ops = [g[g[t.JOB_AT] + order] + int(stage) for stage in np.argsort(route)]
        self._arrays.offer(np.repeat(np.concatenate(ops), 2))
