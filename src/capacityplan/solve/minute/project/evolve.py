"""Compiled search of projects: lists of operations that are crossed, changed and justified.

Two individuals are crossed by taking the operations of a stretch of time from one and the order of all
others from the other; the child is justified and takes the place of the worse of two.

Sources
-------
Hartmann 1998 (crossing lists at two points); Valls, Ballestin and Quintanilla 2008 (double justification of
every child).
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import Floats, Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.project.passes import cost, forward, in_order, justified
from capacityplan.solve.minute.project.tables import (
    AFTER,
    AFTER_AT,
    BEFORE,
    BEFORE_AT,
    BEGIN,
    KEY,
    LIST,
    LUCK,
    MARK,
    MODE,
    MODE_AT,
    OPS,
    RANK,
    WANTED,
)

_SWAPS = 40
"""One operation in so many changes places with the next one."""
_SWITCHES = 60
"""One operation in so many takes another mode, or whichever ends first."""


@compiled
def luck(s: Ints, below: int) -> int:
    """Draw a number below another."""
    s[LUCK] = s[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((s[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


@compiled
def _listed(g: Ints, s: Ints) -> None:
    """List the operations by their keys, none before what it waits for."""
    ops = g[OPS]
    for op in range(ops):
        s[s[MARK] + op] = g[g[BEFORE_AT] + op + 1] - g[g[BEFORE_AT] + op]
    for place in range(ops):
        best = -1
        for op in range(ops):
            if s[s[MARK] + op] == 0 and (best < 0 or s[s[KEY] + op] < s[s[KEY] + best]):
                best = op
        s[s[LIST] + place] = best
        s[s[MARK] + best] = -1
        _freed(g, s, best)


@compiled
def _freed(g: Ints, s: Ints, op: int) -> None:
    for k in range(g[g[AFTER_AT] + op], g[g[AFTER_AT] + op + 1]):
        s[s[MARK] + g[g[AFTER] + k]] -= 1


@compiled
def _kept(g: Ints, s: Ints, f: Floats, h: Floats, best: Ints) -> float:
    """Cost of the schedule, which is written down where it is the best."""
    total = cost(g, s, f)
    if total < h[0] - 1e-6:
        h[0] = total
        for op in range(g[OPS]):
            best[2 * op], best[2 * op + 1] = s[s[MODE] + op], s[s[BEGIN] + op]
    return total


@compiled
def _decoded(g: Ints, s: Ints, f: Floats, h: Floats, best: Ints) -> float:
    """Schedule the list and justify it; return the cost."""
    forward(g, s)
    _kept(g, s, f, h, best)
    in_order(g, s)
    justified(g, s)
    return _kept(g, s, f, h, best)


@compiled
def _stored(g: Ints, s: Ints, crowd: Ints, place: int) -> None:
    """Take the list and the modes as an individual."""
    ops = g[OPS]
    row = 2 * ops * place
    for k in range(ops):
        crowd[row + k] = s[s[LIST] + k]
        crowd[row + ops + k] = s[s[MODE] + k]


@compiled
def peopled(
    g: Ints, s: Ints, f: Floats, h: Floats, best: Ints, crowd: Ints, costs: Floats, given: bool
) -> None:
    """Make individuals by urgency with ever more chance, the first as written down where it is given.

    Parameters
    ----------
    g, s, f, h, best, crowd, costs
        As for `evolve`.
    """
    ops, people = g[OPS], len(costs)
    span = 1
    for op in range(ops):
        span = max(span, g[g[RANK] + op])
    for one in range(people):
        for op in range(ops):
            noise = luck(s, 1 + span * one // people)
            s[s[KEY] + op] = best[2 * op + 1] if given and one == 0 else g[g[RANK] + op] + noise
            s[s[WANTED] + op] = best[2 * op] if given and one == 0 else -1
        _listed(g, s)
        costs[one] = _decoded(g, s, f, h, best)
        _stored(g, s, crowd, one)


@compiled
def _crossed(g: Ints, s: Ints, crowd: Ints, one: int, other: int) -> None:
    """List operations as in one individual, those of a stretch as in another."""
    ops = g[OPS]
    a, b = 2 * ops * one, 2 * ops * other
    first = luck(s, ops + 1)
    second = luck(s, ops + 1)
    if first > second:
        first, second = second, first
    for op in range(ops):
        s[s[MARK] + op] = 0
    place = 0
    for k in range(first):
        op = crowd[a + k]
        s[s[MARK] + op] = 1
        s[s[WANTED] + op] = crowd[a + ops + op]
        s[s[LIST] + place] = op
        place += 1
    k = 0
    while place < second:
        op = crowd[b + k]
        k += 1
        if s[s[MARK] + op] == 0:
            s[s[MARK] + op] = 1
            s[s[WANTED] + op] = crowd[b + ops + op]
            s[s[LIST] + place] = op
            place += 1
    for k in range(first, ops):
        op = crowd[a + k]
        if s[s[MARK] + op] == 0:
            s[s[WANTED] + op] = crowd[a + ops + op]
            s[s[LIST] + place] = op
            place += 1


@compiled
def _follows(g: Ints, op: int, before: int) -> bool:
    """Whether an operation waits for another one itself."""
    k, behind = g[g[BEFORE_AT] + op], g[g[BEFORE_AT] + op + 1]
    while k < behind and g[g[BEFORE] + k] != before:
        k += 1
    return bool(k < behind)


@compiled
def _changed(g: Ints, s: Ints) -> None:
    """Exchange some neighbours of the list, and modes of some operations."""
    for place in range(g[OPS] - 1):
        a, b = s[s[LIST] + place], s[s[LIST] + place + 1]
        if luck(s, _SWAPS) == 0 and not _follows(g, b, a):
            s[s[LIST] + place], s[s[LIST] + place + 1] = b, a
        modes = g[g[MODE_AT] + a + 1] - g[g[MODE_AT] + a]
        if modes > 1 and luck(s, _SWITCHES) == 0:
            mode = luck(s, 2 * modes)
            s[s[WANTED] + a] = g[g[MODE_AT] + a] + mode if mode < modes else -1


@compiled
def evolve(
    g: Ints, s: Ints, f: Floats, h: Floats, best: Ints, crowd: Ints, costs: Floats, count: int
) -> None:
    """Make a number of children.

    Parameters
    ----------
    g, s, f : flat arrays
        Project, state, rates.
    h : (1,) float64
        Cost of the best schedule.
    best : (2 x operations,) int64
        Modes and begins of the best schedule.
    crowd : int64
        Individuals: operations in order, then their modes.
    costs : (individuals,) float64
    count : int
    """
    people = len(costs)
    for _ in range(count):
        one, other = luck(s, people), luck(s, people - 1)
        if other >= one:
            other += 1
        _crossed(g, s, crowd, one, other)
        _changed(g, s)
        total = _decoded(g, s, f, h, best)
        worse = one if costs[one] >= costs[other] else other
        if total <= costs[worse]:
            costs[worse] = total
            _stored(g, s, crowd, worse)
