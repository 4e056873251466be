"""Tabu search of a plain shop as an object: whether only the last end counts, and what is remembered."""

from __future__ import annotations

import numpy as np

from capacityplan.solve.minute.arrays import NEVER, Floats, Ints, packed
from capacityplan.solve.minute.shop import critical as k
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays

_PATIENCE = 4000
"""Steps without a better end before it goes back to the best."""


def only_the_end_counts(g: Ints, f: Floats) -> bool:
    """Whether a shop without breaks costs what its last end costs and nothing else."""
    calendars = g[g[t.CALENDAR] : g[t.CALENDAR] + g[t.MACHINES]]
    return bool(np.all(calendars < 0)) and float(f[g[t.F_MAKESPAN]]) > 0 and np.count_nonzero(f) == 1


class Path:
    """Search around the path that decides the last end.

    Parameters
    ----------
    arrays : Arrays
        Those of a shop in which `only_the_end_counts`.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        ops = np.zeros(int(arrays.g[t.OPS]), dtype=np.int64)
        move = np.zeros(k.SLOT, dtype=np.int64)
        self._k = packed({
            k.TAIL: ops, k.STRETCH: ops, k.STARTS: ops, k.MEMORY: np.zeros(k.MEMORY_SIZE, dtype=np.int64),
            k.TURNS: 0, k.STALE: 0, k.WILD: 0, k.LAST: 0, k.LEAST: NEVER, k.MOVE: move, k.FORBIDDEN: move,
        })  # fmt: skip

    def search(self, count: int, *_: float) -> None:
        """Make a number of steps; temperatures mean nothing to it."""
        a = self._arrays
        k.searched(a.g, a.s, a.f, a.c, a.h, a.best, self._k, count, _PATIENCE)
