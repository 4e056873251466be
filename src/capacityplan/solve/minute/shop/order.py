"""Compiled search of flow shops: one order of jobs, kept to on all machines.

Where every job takes the same machines in the same order, jobs rarely gain by overtaking each other, and
one order has far fewer neighbours than the sequences of all machines. A move changes a stretch of the
order; jobs in front of it keep their times, and behind it timing ends as soon as it meets the old times.
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.floor import arc, late, timed
from capacityplan.solve.minute.shop.tables import (
    F_MAKESPAN,
    FLOOR,
    JOB_AT,
    JOBS,
    MODE_MACHINE,
    MODE_WORK,
    READY,
    WAIT,
)

KEPT, TRIAL, BEST_ORDER, KEPT_ENDS, TRIAL_ENDS, STAGES, SIMPLE, LOW, HIGH, LUCK = range(10)
"""Header of a state ``o``: jobs in order as kept, as tried, and of the best; their ends by stage (a row of
zeroth jobs first) as kept and as tried; number of stages; whether times are sums of work; first and last
place of the stretch that a move changes; luck. The sums ``w`` of costs by place are kept and tried likewise,
the best cost behind them."""
HEADER = 10


@compiled
def luck(o: Ints, below: int) -> int:
    """Draw a number below another."""
    o[LUCK] = o[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((o[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


@compiled
def _row(g: Ints, c: Shorts, o: Ints, base: int, place: int) -> int:
    """Time the job at a tried place behind the job before, whose ends begin at ``base``; return its end."""
    stages = o[STAGES]
    job = o[o[TRIAL] + place]
    op = g[g[JOB_AT] + job]
    row = o[TRIAL_ENDS] + (place + 1) * stages
    end = g[g[READY] + op]
    if o[SIMPLE] == 1:
        work = g[MODE_WORK] + op
        for k in range(stages):
            end = max(end, o[base + k]) + g[work + k]
            o[row + k] = end
        return int(end)
    before = g[g[JOB_AT] + o[o[TRIAL] + place - 1]] if place > 0 else -1
    for k in range(stages):
        ready = g[g[READY] + op + k]
        if k > 0:
            ready = max(ready, end + g[g[WAIT] + op + k - 1])
        m = g[g[MODE_MACHINE] + op + k]
        other = before + k if before >= 0 else -1
        _, end = timed(g, c, m, op + k, op + k, other, o[base + k], ready)
        o[row + k] = end
    return int(end)


@compiled
def _setups(g: Ints, f: Floats, o: Ints, place: int) -> float:
    """Setups of the job at a tried place."""
    if o[SIMPLE] == 1:
        return 0.0
    op = g[g[JOB_AT] + o[o[TRIAL] + place]]
    before = g[g[JOB_AT] + o[o[TRIAL] + place - 1]] if place > 0 else -1
    total = 0.0
    for k in range(o[STAGES]):
        other = before + k if before >= 0 else -1
        total += arc(g, f, g[g[MODE_MACHINE] + op + k], other, op + k, op + k)
    return total


@compiled
def _met(o: Ints, place: int) -> bool:
    """Whether the job at a place ends at all stages as it did before."""
    old, new = o[KEPT_ENDS] + (place + 1) * o[STAGES], o[TRIAL_ENDS] + (place + 1) * o[STAGES]
    k = o[STAGES] - 1
    while k >= 0 and o[old + k] == o[new + k]:
        k -= 1
    return bool(k < 0)


@compiled
def _tried(g: Ints, f: Floats, c: Shorts, o: Ints, w: Floats, most: float) -> tuple[int, float]:
    """Time the tried order; return the place behind the last one timed, and the cost of all.

    Gives up where the cost exceeds ``most``.
    """
    jobs = g[JOBS]
    price = f[g[F_MAKESPAN]]
    base = o[KEPT_ENDS] + o[LOW] * o[STAGES]
    total = w[o[LOW]]
    last = 0
    for place in range(o[LOW], jobs):
        last = _row(g, c, o, base, place)
        total += late(g, f, o[o[TRIAL] + place], last) + _setups(g, f, o, place)
        w[jobs + 1 + place + 1] = total
        if total > most:
            return place, math.inf
        if place >= o[HIGH] and _met(o, place) and place + 1 < jobs:
            rest = w[jobs] - w[place + 1]
            return place + 1, total + rest + price * o[o[KEPT_ENDS] + (jobs + 1) * o[STAGES] - 1]
        base = o[TRIAL_ENDS] + (place + 1) * o[STAGES]
    return jobs, total + price * last


@compiled
def _accept(g: Ints, o: Ints, w: Floats, timed_to: int) -> None:
    """Keep the tried order."""
    jobs = g[JOBS]
    for place in range(o[LOW], o[HIGH] + 1):
        o[o[KEPT] + place] = o[o[TRIAL] + place]
    for k in range((o[LOW] + 1) * o[STAGES], (timed_to + 1) * o[STAGES]):
        o[o[KEPT_ENDS] + k] = o[o[TRIAL_ENDS] + k]
    change = w[jobs + 1 + timed_to] - w[timed_to]
    for place in range(o[LOW] + 1, timed_to + 1):
        w[place] = w[jobs + 1 + place]
    for place in range(timed_to + 1, jobs + 1):
        w[place] += change


@compiled
def reject(o: Ints) -> None:
    """Take the last move back."""
    for place in range(o[LOW], o[HIGH] + 1):
        o[o[TRIAL] + place] = o[o[KEPT] + place]


@compiled
def propose(g: Ints, o: Ints) -> None:
    """Take a job, or a few that follow each other, elsewhere in the order; or exchange two jobs."""
    jobs = g[JOBS]
    kind = luck(o, 8)
    size = 1 if kind < 6 or jobs < 8 else 2 + luck(o, 2)
    here = luck(o, jobs - size + 1)
    reach = jobs if luck(o, 3) == 0 else max(3, jobs // 8)
    there = min(max(here - reach + luck(o, 2 * reach + 1), 0), jobs - size)
    low, high = min(here, there), max(here, there) + size - 1
    o[LOW], o[HIGH] = low, high
    if kind < 2:
        o[o[TRIAL] + low], o[o[TRIAL] + high] = o[o[KEPT] + high], o[o[KEPT] + low]
        return
    for k in range(size):
        o[o[TRIAL] + there + k] = o[o[KEPT] + here + k]
    if here < there:
        for place in range(here, there):
            o[o[TRIAL] + place] = o[o[KEPT] + place + size]
    else:
        for place in range(there + size, here + size):
            o[o[TRIAL] + place] = o[o[KEPT] + place - size]


@compiled
def begun(g: Ints, f: Floats, c: Shorts, o: Ints, w: Floats) -> float:
    """Time the order that is tried from scratch and keep it; return its cost."""
    for k in range(o[STAGES]):
        o[o[KEPT_ENDS] + k] = g[FLOOR]
        o[o[TRIAL_ENDS] + k] = g[FLOOR]
    o[LOW], o[HIGH] = 0, g[JOBS] - 1
    w[0] = 0.0
    to, total = _tried(g, f, c, o, w, math.inf)
    _accept(g, o, w, to)
    return float(total)


@compiled
def annealed(g: Ints, f: Floats, c: Shorts, o: Ints, w: Floats, count: int, hot: float, cold: float) -> float:
    """Try a number of moves while it cools; return the best cost so far.

    Parameters
    ----------
    g, f, c : flat arrays
        Shop, rates, calendars.
    o, w : flat arrays
        Order and its costs.
    count : int
    hot, cold : float
        Temperatures, in money.
    """
    jobs = g[JOBS]
    now = begun(g, f, c, o, w)
    best = 2 * (jobs + 1)
    for step in range(count):
        heat = hot * (cold / hot) ** (step / count)
        propose(g, o)
        if o[LOW] == o[HIGH]:
            reject(o)
            continue
        most = now - heat * math.log((luck(o, 1 << 29) + 1) / (1 << 29))
        to, total = _tried(g, f, c, o, w, most)
        if total > most:
            reject(o)
            continue
        _accept(g, o, w, to)
        now = total
        if now < w[best] - 1e-6:
            w[best] = now
            for place in range(jobs):
                o[o[BEST_ORDER] + place] = o[o[KEPT] + place]
    return float(w[best])
