"""What all ways of searching a plain shop work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.second import Kept
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.search import anneal, restored

_SETUP_HEAT, _LATE_HEAT, _SPAN_HEAT = 1.2, 0.5, 0.3
"""Starting temperatures in mean changeovers, in an operation's mean lateness, in its mean minutes."""
_COOLING = 150.0
_SETUP_COOLING = 40.0
"""The same where changeovers decide: below a thirtieth of one nothing moves any more."""


@dataclass(slots=True)
class Arrays:
    """Everything an annealing works on (as for `search.anneal`)."""

    g: Ints
    s: Ints
    f: Floats
    c: Shorts
    h: Floats
    best: Ints

    def anneal(self, count: int, hot: float, cold: float) -> None:
        """Order all operations by start, so that moves in time are moves in the order; try moves."""
        start, turn = self.table(t.START), self.table(t.TURN)
        order = np.lexsort((turn, start))
        self.table(t.ORDER)[:] = order
        turn[order] = np.arange(len(order))
        anneal(self.g, self.s, self.f, self.c, self.h, self.best, count, hot, cold)

    def table(self, place: int) -> Ints:
        """Table of a state with an entry for each operation."""
        begin = int(self.s[place])
        return self.s[begin : begin + int(self.g[t.OPS])]

    def heats(self) -> tuple[float, float]:
        """Temperatures to begin and to end with."""
        g, f = self.g, self.f
        works = g[g[t.MODE_WORK] : g[t.MODE_WORK] + g[g[t.MODE_AT] + g[t.OPS]]]
        work = float(works.mean())
        changes = g[g[t.CHANGE] : g[t.CHANGE] + g[t.GROUPS] ** 2]
        setup = float(changes.mean()) * float(f[g[t.F_SETUP] : g[t.F_SETUP] + len(works)].mean())
        rate = float(f[g[t.F_LATE] : g[t.F_LATE] + g[t.JOBS]].mean())
        span = _SPAN_HEAT * work * float(f[g[t.F_MAKESPAN]])
        if (hot := _SETUP_HEAT * setup) > span:
            return hot, hot / _SETUP_COOLING
        hot = span or _LATE_HEAT * work * rate or 1.0
        return hot, hot / _COOLING

    def kept(self) -> Kept:
        """Copy the best schedule found."""
        return Kept(float(self.h[t.BEST]), self.best.copy())

    def take(self, kept: Kept) -> None:
        """Go on from a schedule as the best found."""
        self.best[:] = kept.best
        restored(self.g, self.s, self.f, self.c, self.h, self.best)
        self.h[t.BEST] = kept.cost

    def offer(self, best: Ints) -> None:
        """Go on from a schedule if it is better than the best found, else from that."""
        before = self.kept()
        self.best[:] = best
        restored(self.g, self.s, self.f, self.c, self.h, self.best)
        cost = float(self.h[: t.BEST].sum())
        if cost < before.cost:
            self.h[t.BEST] = cost
        else:
            self.take(before)
