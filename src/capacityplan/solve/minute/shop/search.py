"""Compiled search of a plain shop: a dispatched start, then annealing over machine sequences.

A move takes operations out of their places and puts them elsewhere. Its change of runs and setups is
known at once; a move that would be refused even if nothing were late any more costs no timing.
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.floor import (
    arc,
    at,
    fits,
    fixed_cost,
    gain,
    late_cost,
    moved,
    ready_at,
    settled,
    span_cost,
    timed,
    unflagged,
    unmoved,
    untimed,
)
from capacityplan.solve.minute.shop.tables import (
    DUE,
    END,
    F_LATE,
    F_MAKESPAN,
    FIRST,
    JOB_AT,
    JOB_OF,
    JOBS,
    LENGTH,
    LUCK,
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
    START,
    TURN,
    UNDONE,
    WAIT,
    WAITING,
)

FIXED, LATE, SPAN, BEST = range(4)
"""Places of the costs ``h``: runs and setups, lateness, makespan, and the best sum so far."""
_TRIES = 6
_LONGEST_BLOCK = 4


@compiled
def lucky(s: Ints, below: int) -> int:
    """Return a number from 0 to below another, by chance."""
    s[LUCK] = s[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((s[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


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
def _place_for(g: Ints, s: Ints, n: int, minute: int) -> int:
    """Place in a machine's sequence at which operations begin at or after a minute."""
    low, high = 0, s[s[LENGTH] + n]
    row = s[SEQUENCE] + n * s[ROOM]
    while low < high:
        middle = (low + high) // 2
        if s[s[START] + s[row + middle]] < minute:
            low = middle + 1
        else:
            high = middle
    return int(low)


@compiled
def _relocation(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Move an operation to the cheapest of a few places near its time."""
    modes = g[g[MODE_AT] + op + 1] - g[g[MODE_AT] + op]
    old = s[s[MODE] + op]
    mode = old
    if modes > 1 and lucky(s, 3) > 0:
        mode = g[g[MODE_AT] + op] + lucky(s, modes)
    n = g[g[MODE_MACHINE] + mode]
    length = s[s[LENGTH] + n] - (1 if n == g[g[MODE_MACHINE] + old] else 0)
    kind = lucky(s, 4)
    reach = 2 if kind == 0 else (8 if kind == 1 else (30 if kind == 2 else length))
    tries = 1 + lucky(s, _TRIES)
    middle = _place_for(g, s, n, s[s[START] + op])
    best, least = -1, 0.0
    for _ in range(tries):
        place = min(max(middle - reach + lucky(s, 2 * reach + 1), 0), length)
        if (mode == old and place == s[s[PLACE] + op]) or not fits(g, s, op, n, place):
            continue
        cost = gain(g, s, f, op, mode, place)
        if best < 0 or cost < least:
            best, least = place, cost
    if best < 0:
        return 0.0
    return moved(g, s, f, op, mode, best)


@compiled
def _swap(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Exchange two operations of a machine."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    length = s[s[LENGTH] + m]
    reach = 3 if lucky(s, 2) == 0 else 20
    other = min(max(here - reach + lucky(s, 2 * reach + 1), 0), length - 1)
    low, high = min(here, other), max(here, other)
    if low == high:
        return 0.0
    a, b = at(g, s, m, low), at(g, s, m, high)
    if not fits(g, s, b, m, low):
        return 0.0
    total = moved(g, s, f, b, s[s[MODE] + b], low)
    if high > low + 1 and fits(g, s, a, m, high):
        total += moved(g, s, f, a, s[s[MODE] + a], high)
    return total


@compiled
def _block(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Move a few operations of a machine that follow each other."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    length = s[s[LENGTH] + m]
    size = min(2 + lucky(s, _LONGEST_BLOCK - 1), length - here)
    reach = 4 if lucky(s, 2) == 0 else 25
    to = min(max(here - reach + lucky(s, 2 * reach + 1), 0), length - size)
    total = 0.0
    for k in range(size):
        one = at(g, s, m, here + k) if to < here else at(g, s, m, here)
        place = to + k if to < here else to + size - 1
        if to == here or not fits(g, s, one, m, place):
            return total
        total += moved(g, s, f, one, s[s[MODE] + one], place)
    return total


@compiled
def _exchange(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Exchange two operations of two machines."""
    other = lucky(s, g[OPS])
    m, n = g[g[MODE_MACHINE] + s[s[MODE] + op]], g[g[MODE_MACHINE] + s[s[MODE] + other]]
    mine, its = -1, -1
    for mode in range(g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]):
        if g[g[MODE_MACHINE] + mode] == n:
            mine = mode
    for mode in range(g[g[MODE_AT] + other], g[g[MODE_AT] + other + 1]):
        if g[g[MODE_MACHINE] + mode] == m:
            its = mode
    if m == n or mine < 0 or its < 0:
        return 0.0
    here, there = s[s[PLACE] + op], s[s[PLACE] + other]
    if not fits(g, s, op, n, there):
        return 0.0
    total = moved(g, s, f, op, mine, there)
    if fits(g, s, other, m, here):
        total += moved(g, s, f, other, its, here)
    return total


@compiled
def _critical(g: Ints, s: Ints) -> int:
    """Choose an operation on a path that decides the last end."""
    op = -1
    for m in range(g[MACHINES]):
        last = at(g, s, m, s[s[LENGTH] + m] - 1)
        if last >= 0 and (op < 0 or s[s[END] + last] > s[s[END] + op]):
            op = last
    count = 0
    while op >= 0 and count < g[OPS]:
        s[s[PATH] + count] = op
        count += 1
        m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
        before = at(g, s, m, s[s[PLACE] + op] - 1)
        first = g[g[JOB_AT] + g[g[JOB_OF] + op]] == op
        by_job = not first and s[s[END] + op - 1] + g[g[WAIT] + op - 1] >= s[s[START] + op]
        by_machine = before >= 0 and s[s[END] + before] > (0 if first else s[s[END] + op - 1])
        op = op - 1 if by_job and (not by_machine or lucky(s, 2) == 0) else before
    return int(s[s[PATH] + lucky(s, count)])


@compiled
def _chosen(g: Ints, s: Ints, f: Floats, h: Floats) -> int:
    """Choose an operation: on a critical path, late, or set up for, more often than another."""
    if f[g[F_MAKESPAN]] > 0.0 and lucky(s, 10) > 0:
        return _critical(g, s)
    op = lucky(s, g[OPS])
    kind = lucky(s, 4)
    for _ in range(4):
        job = g[g[JOB_OF] + op]
        if kind == 0 and h[LATE] > 0.0:
            if s[s[END] + g[g[JOB_AT] + job + 1] - 1] > g[g[DUE] + job]:
                break
        elif kind == 1:
            m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
            if arc(g, f, m, at(g, s, m, s[s[PLACE] + op] - 1), op, s[s[MODE] + op]) > 0.0:
                break
        else:
            break
        op = lucky(s, g[OPS])
    return op


@compiled
def _proposed(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Make a move around an operation; return the change of runs and setups."""
    s[UNDONE] = 0
    kind = lucky(s, 100)
    if kind < 60:
        return _relocation(g, s, f, op)
    if kind < 75:
        return _swap(g, s, f, op)
    if kind < 90:
        return _block(g, s, f, op)
    return _exchange(g, s, f, op)


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
        change = _proposed(g, s, f, _chosen(g, s, f, h))
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
