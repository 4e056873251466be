"""Compiled search of a plain shop: a dispatched start, then annealing over machine sequences.

A move takes operations out of their places and puts them elsewhere. Its change of runs and setups is
known at once; a move that would be refused even if nothing were late any more costs no timing.
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.floor import (
    at,
    fixed_cost,
    late_cost,
    ready_at,
    settled,
    span_cost,
    timed,
    unflagged,
    unmoved,
    untimed,
)
from capacityplan.solve.minute.shop.moves import chosen, lucky, proposed
from capacityplan.solve.minute.shop.tables import (
    BEST,
    DUE,
    END,
    F_LATE,
    FIRST,
    FIXED,
    JOB_AT,
    JOB_OF,
    JOBS,
    LATE,
    LENGTH,
    MACHINES,
    MODE,
    MODE_AT,
    MODE_MACHINE,
    MODE_WORK,
    OPS,
    ORDER,
    PATH,
    PENDING,
    PLACE,
    REST,
    ROOM,
    SEQUENCE,
    SPAN,
    START,
    TURN,
    UNDONE,
    WAITING,
)


@compiled
def _open(g: Ints, s: Ints) -> None:
    """Nothing has to be timed again."""
    s[FIRST], s[PENDING] = g[OPS], 0
    for op in range(g[OPS]):
        s[s[WAITING] + op] = 0


@compiled
def dispatched(g: Ints, s: Ints, f: Floats, c: Shorts, h: Floats, by_setup: float, by_slack: float) -> None:
    """Sequence every operation, one after the other, by start, setup and urgency.

    ``by_setup`` weighs setup and idle minutes, ``by_slack`` the minutes a job could still wait.
    """
    for m in range(g[MACHINES]):
        s[s[LENGTH] + m] = 0
    for job in range(g[JOBS]):
        s[s[PATH] + job] = g[g[JOB_AT] + job]
    _open(g, s)
    for turn in range(g[OPS]):
        best, chosen, least = -1, -1, 0.0
        first, last = 0, 0
        for job in range(g[JOBS]):
            op = s[s[PATH] + job]
            if op >= g[g[JOB_AT] + job + 1]:
                continue
            ready = ready_at(g, s, op)
            mode, start, end = _soonest(g, s, c, op, ready)
            score = _score(g, s, f, job, op, start, end, g[g[MODE_WORK] + mode], by_setup, by_slack)
            if best < 0 or score < least:
                best, chosen, least, first, last = op, mode, score, start, end
        m = g[g[MODE_MACHINE] + chosen]
        place = s[s[LENGTH] + m]
        s[s[SEQUENCE] + m * s[ROOM] + place] = best
        s[s[LENGTH] + m] += 1
        s[s[PLACE] + best], s[s[MODE] + best] = place, chosen
        s[s[START] + best], s[s[END] + best] = first, last
        s[s[ORDER] + turn], s[s[TURN] + best] = best, turn
        s[s[PATH] + g[g[JOB_OF] + best]] += 1
    h[FIXED], h[LATE], h[SPAN] = fixed_cost(g, s, f), late_cost(g, s, f), span_cost(g, s, f)


@compiled
def _soonest(g: Ints, s: Ints, c: Shorts, op: int, ready: int) -> tuple[int, int, int]:
    """Mode on which an operation would end first behind what is sequenced, with its times."""
    best, first, last = -1, 0, 0
    for mode in range(g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]):
        m = g[g[MODE_MACHINE] + mode]
        before = at(g, s, m, s[s[LENGTH] + m] - 1)
        free = s[s[END] + before] if before >= 0 else 0
        start, end = timed(g, c, m, mode, op, before, free, ready)
        if best < 0 or end < last:
            best, first, last = mode, start, end
    return best, first, last


@compiled
def _score(
    g: Ints, s: Ints, f: Floats, job: int, op: int, start: int, end: int, work: int, by_setup: float,
    by_slack: float,
) -> float:  # fmt: skip
    rest = g[g[REST] + op]
    weight = f[g[F_LATE] + job]
    if weight > 0.0:
        slack = max(0, g[g[DUE] + job] - rest - end)
        return float(start + by_setup * (end - start - work) + (by_slack * slack + work) / weight)
    return float(start - by_slack * 10.0 * rest)


@compiled
def keep(g: Ints, s: Ints, best: Ints) -> None:
    """Write down machine sequences and modes."""
    k = 0
    for m in range(g[MACHINES]):
        for place in range(s[s[LENGTH] + m]):
            op = at(g, s, m, place)
            best[k], best[k + 1] = op, s[s[MODE] + op]
            k += 2


@compiled
def anneal(
    g: Ints, s: Ints, f: Floats, c: Shorts, h: Floats, best: Ints, count: int, hot: float, cold: float
) -> None:
    """Try a number of moves while it cools.

    Parameters
    ----------
    g, s, f, c : flat arrays
        Shop, state, rates, calendars.
    h : (4,) float64
        Costs of the state and the best.
    best : int64
        Operations and their modes, machine by machine, of the best state found.
    count : int
    hot, cold : float
        Temperatures, in money.
    """
    for step in range(count):
        heat = hot * (cold / hot) ** (step / count)
        now = h[FIXED] + h[LATE] + h[SPAN]
        most = now - heat * math.log((lucky(s, 1 << 29) + 1) / (1 << 29))
        change = proposed(g, s, f, chosen(g, s, f, h))
        if s[UNDONE] == 0:
            continue
        if h[FIXED] + change > most:
            unflagged(s)
            unmoved(g, s)
            continue
        behind = settled(g, s, f, c, most + 4.0 * heat - h[FIXED] - change - h[LATE])
        last = span_cost(g, s, f)
        total = h[FIXED] + change + h[LATE] + behind + last
        if total > most:
            untimed(s)
            unmoved(g, s)
            continue
        h[FIXED] += change
        h[LATE] += behind
        h[SPAN] = last
        if total < h[BEST] - 1e-6:
            h[BEST] = total
            keep(g, s, best)


@compiled
def restored(g: Ints, s: Ints, f: Floats, c: Shorts, h: Floats, best: Ints) -> None:
    """Sequence and time the operations as written down."""
    for m in range(g[MACHINES]):
        s[s[LENGTH] + m] = 0
    for k in range(g[OPS]):
        op, mode = best[2 * k], best[2 * k + 1]
        m = g[g[MODE_MACHINE] + mode]
        place = s[s[LENGTH] + m]
        s[s[SEQUENCE] + m * s[ROOM] + place] = op
        s[s[LENGTH] + m] += 1
        s[s[PLACE] + op], s[s[MODE] + op] = place, mode
    _open(g, s)
    # An operation is timed once those before it in its job and on its machine are.
    for op in range(g[OPS]):
        s[s[START] + op], s[s[END] + op] = -1, -1
    left = g[OPS]
    while left > 0:
        before = left
        for m in range(g[MACHINES]):
            for place in range(s[s[LENGTH] + m]):
                op = at(g, s, m, place)
                if s[s[END] + op] >= 0:
                    continue
                first = g[g[JOB_AT] + g[g[JOB_OF] + op]] == op
                if not first and s[s[END] + op - 1] < 0:
                    break
                last = at(g, s, m, place - 1)
                free = s[s[END] + last] if last >= 0 else 0
                start, end = timed(g, c, m, s[s[MODE] + op], op, last, free, ready_at(g, s, op))
                s[s[START] + op], s[s[END] + op] = start, end
                s[s[ORDER] + g[OPS] - left], s[s[TURN] + op] = op, g[OPS] - left
                left -= 1
        if left == before:
            break
    h[FIXED], h[LATE], h[SPAN] = fixed_cost(g, s, f), late_cost(g, s, f), span_cost(g, s, f)
