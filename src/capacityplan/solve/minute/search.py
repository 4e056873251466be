"""Compiled annealing over the order of lots, their earliest starts and their resources.

Every candidate is decoded and charged exactly as the result will be; only the lots from the first
changed turn on are placed again.
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import (
    COUNTERS,
    GROUP_OF,
    IS_PLACED,
    LOT_NODE,
    LOTS,
    MODE_AT,
    MODE_RESOURCE,
    OUT_NEXT,
    OUTCOME_AT,
    PLACED,
    PLACED_WIDTH,
    TAKES,
    Floats,
    Ints,
)
from capacityplan.solve.minute.charge import charged
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.decode import open_floor
from capacityplan.solve.minute.floor import take_back
from capacityplan.solve.minute.place import place

LUCK, VALID, LAST_BUCKET, WIDTH = range(4)
"""Places of the search's whole numbers: random state, turns still decoded, ..."""
CURRENT, BEST = range(2)
"""Places of the search's costs."""
_MATES = 8
_RELOCATE, _BESIDE, _SWAP, _SHIFT, _SWITCH = 25, 45, 60, 80, 88
"""Shares of the moves, cumulated; the rest moves blocks."""
_BACK = 15
"""Share of the moves that take a lot back to where it was at first, where that is told."""
_LONGEST_BLOCK = 6
_MOST_SHIFT = 3


@compiled
def luck(r: Ints, below: int) -> int:
    """Return a random whole number from 0 up to ``below``, left out."""
    r[LUCK] = r[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((r[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


@compiled
def _again(
    p: Ints, s: Ints, order: Ints, earliest: Ints, forced: Ints, marks: Ints, width: int, first: int
) -> None:
    """Place all lots from a turn on again; ``marks`` holds the counters before each turn."""
    take_back(p, s, marks[first * COUNTERS : (first + 1) * COUNTERS])
    for k in range(first, len(order)):
        s[s[PLACED] + order[k] * PLACED_WIDTH + IS_PLACED] = 0
    for k in range(first, len(order)):
        for c in range(COUNTERS):
            marks[k * COUNTERS + c] = s[c]
        lot = order[k]
        place(p, s, lot, earliest[lot], forced[lot * width : (lot + 1) * width])


@compiled
def _relocate(trial: Ints, start: int, length: int, to: int) -> int:
    """Move a block of turns so that it begins at ``to``; return the first turn that changed."""
    block = trial[start : start + length].copy()
    if to < start:
        for k in range(start - 1, to - 1, -1):
            trial[k + length] = trial[k]
    else:
        for k in range(start, to):
            trial[k] = trial[k + length]
    for k in range(length):
        trial[to + k] = block[k]
    return min(start, to)


@compiled
def _mate(p: Ints, r: Ints, trial: Ints, place_of: int) -> int:
    """Turn of another lot of the same setup group, or of any lot."""
    group = p[p[GROUP_OF] + p[p[LOT_NODE] + trial[place_of]]]
    other = 0
    for _ in range(_MATES):
        other = luck(r, len(trial))
        if other != place_of and p[p[GROUP_OF] + p[p[LOT_NODE] + trial[other]]] == group:
            break
    return other


@compiled
def _same_day(r: Ints, trial: Ints, earliest: Ints, wanted: int) -> int:
    """Turn of a lot that may start at about the same time."""
    best, away = 0, 1 << 60
    for _ in range(_MATES):
        other = luck(r, len(trial))
        apart = abs(earliest[trial[other]] - wanted)
        if apart < away:
            best, away = other, apart
    return best


@compiled
def _switch(p: Ints, r: Ints, forced: Ints, lot: int) -> None:
    """Name another resource for one operation of a lot, or leave the choice open."""
    node, steps = p[p[LOT_NODE] + lot], 0
    while p[p[TAKES] + node] >= 0:
        node = p[p[OUT_NEXT] + p[p[OUTCOME_AT] + node]]
        steps += 1
    chosen = luck(r, steps)
    node = p[p[LOT_NODE] + lot]
    for _ in range(chosen):
        node = p[p[OUT_NEXT] + p[p[OUTCOME_AT] + node]]
    modes = p[p[MODE_AT] + node + 1] - p[p[MODE_AT] + node]
    mode = luck(r, modes + 1)
    at = lot * r[WIDTH] + min(chosen, r[WIDTH] - 1)
    forced[at] = p[p[MODE_RESOURCE] + p[p[MODE_AT] + node] + mode] if mode < modes else -1


@compiled
def _near(r: Ints, place_of: int, count: int) -> int:
    """Another turn: usually a near one."""
    kind = luck(r, 3)
    reach = 3 if kind == 0 else (count // 8 + 2 if kind == 1 else count)
    return int(min(max(place_of - reach + luck(r, 2 * reach + 1), 0), count - 1))


@compiled
def _back(r: Ints, trial: Ints, earliest: Ints, forced: Ints, home: Ints, place_of: int) -> int:
    """Take a lot back to its first turn, before all that come later; return the first turn touched."""
    lot, lots, width = trial[place_of], len(earliest), r[WIDTH]
    earliest[lot] = home[lot]
    for k in range(width):
        forced[lot * width + k] = home[lots + lot * width + k]
    to = 0
    while to < len(trial) - 1 and (to == place_of or earliest[trial[to]] < home[lot]):
        to += 1
    return _relocate(trial, place_of, 1, to)


@compiled
def _move(p: Ints, r: Ints, trial: Ints, earliest: Ints, forced: Ints, starts: Ints, place_of: int) -> int:
    """Change turns around a lot, its day or one of its resources; return the first turn touched."""
    count = len(trial)
    lot = trial[place_of]
    kind = luck(r, 100)
    if kind < _RELOCATE:
        return _relocate(trial, place_of, 1, _near(r, place_of, count))
    if kind < _BESIDE:
        other = _mate(p, r, trial, place_of)
        earliest[lot] = earliest[trial[other]]
        return _relocate(trial, place_of, 1, other)
    if kind < _SWAP:
        other = _near(r, place_of, count)
        trial[place_of], trial[other] = trial[other], trial[place_of]
        if luck(r, 2) == 0:
            earliest[lot] = earliest[trial[place_of]]
        return int(min(place_of, other))
    if kind < _SHIFT:
        bucket = 0
        while bucket < r[LAST_BUCKET] and starts[bucket + 1] <= earliest[lot]:
            bucket += 1
        bucket += luck(r, 2 * _MOST_SHIFT + 1) - _MOST_SHIFT
        earliest[lot] = starts[min(max(bucket, 0), r[LAST_BUCKET])]
        to = place_of if luck(r, 2) == 0 else _same_day(r, trial, earliest, earliest[lot])
        return _relocate(trial, place_of, 1, to)
    if kind < _SWITCH:
        _switch(p, r, forced, lot)
        return place_of
    length = min(2 + luck(r, _LONGEST_BLOCK - 1), count - place_of)
    return _relocate(trial, place_of, length, min(_near(r, place_of, count), count - length))


@compiled
def _keep(order: Ints, earliest: Ints, forced: Ints, best: Ints) -> None:
    """Write the current turns down."""
    a, b = len(order), len(order) + len(earliest)
    best[:a] = order
    best[a:b] = earliest
    best[b:] = forced


@compiled
def anneal(
    p: Ints, s: Ints, q: Ints, f: Floats, w: Ints, v: Floats, order: Ints, trial: Ints, earliest: Ints,
    forced: Ints, home: Ints, starts: Ints, marks: Ints, best: Ints, r: Ints, h: Floats, count: int,
    hot: float, cold: float,
) -> int:  # fmt: skip
    """Try a number of moves while it cools; return how many were accepted.

    Parameters
    ----------
    p, s, q, f, w, v : flat arrays
        As for `charged`; the state must hold the decoding of ``order`` up to turn ``r[VALID]``.
    order, earliest, forced : int64
        As for `decode`; changed in place.
    home : int64
        Earliest minutes and resources, one array after the other, to which a lot may go back; -1 where
        it has none, empty where no lot has.
    trial, marks : int64
        Scratch room: turns, and counters before each turn.
    starts : (buckets,) int64, minutes
    best : int64
        The best turns found, one array after the other.
    r, h : int64, float64
        The search's numbers and costs.
    count : int
    hot, cold : float
        Temperatures, in money.
    """
    accepted = 0
    before = forced[: r[WIDTH]].copy()
    for step in range(count):
        heat = hot * (cold / hot) ** (step / count)
        trial[:] = order
        place_of = luck(r, len(trial))
        lot = trial[place_of]
        day = earliest[lot]
        for k in range(r[WIDTH]):
            before[k] = forced[lot * r[WIDTH] + k]
        if len(home) > 0 and home[lot] >= 0 and luck(r, 100) < _BACK:
            first = _back(r, trial, earliest, forced, home, place_of)
        else:
            first = _move(p, r, trial, earliest, forced, starts, place_of)
        _again(p, s, trial, earliest, forced, marks, r[WIDTH], min(first, r[VALID]))
        cost = charged(p, s, q, f, w, v)
        if cost <= h[CURRENT] or luck(r, 1 << 29) < (1 << 29) * math.exp((h[CURRENT] - cost) / heat):
            accepted += 1
            order[:] = trial
            h[CURRENT] = cost
            r[VALID] = len(order)
            if cost < h[BEST] - 1e-9:
                h[BEST] = cost
                _keep(order, earliest, forced, best)
        else:
            earliest[lot] = day
            for k in range(r[WIDTH]):
                forced[lot * r[WIDTH] + k] = before[k]
            r[VALID] = min(first, r[VALID])
    return accepted


@compiled
def begun(
    p: Ints, s: Ints, q: Ints, f: Floats, w: Ints, v: Floats, order: Ints, earliest: Ints, forced: Ints,
    marks: Ints, r: Ints,
) -> float:  # fmt: skip
    """Decode turns so that `anneal` can go on from them; return the cost."""
    open_floor(p, s, p[LOTS] - len(order), forced)
    for c in range(COUNTERS):
        marks[c] = s[c]
    _again(p, s, order, earliest, forced, marks, r[WIDTH], 0)
    r[VALID] = len(order)
    return charged(p, s, q, f, w, v)
