"""Compiled search of shops of stages: jobs listed by one order, stage after stage.

The first stage takes the jobs in that order, each later one as they come from the stage before; each job
goes where it ends first. Such a schedule has no machine wait for a job while another one is there, and one
order has far fewer neighbours than sequences and machines. Only the last end counts.

Sources
-------
Ruiz and Vazquez-Rodriguez 2010 (orders of jobs for hybrid flow shops).
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.order import (
    BEST_ORDER,
    HEADER,
    HIGH,
    KEPT,
    LOW,
    STAGES,
    TRIAL,
    luck,
    propose,
    reject,
)
from capacityplan.solve.minute.shop.tables import (
    FLOOR,
    JOB_AT,
    JOBS,
    MACHINES,
    MODE_AT,
    MODE_MACHINE,
    MODE_WORK,
    READY,
    WAIT,
)

QUEUE, ARRIVED, FREE, MODE_OF, TURN_OF, LEAST = range(HEADER, HEADER + 6)
"""What a state has behind that of an order: jobs as they come to a stage, when they come, from when on
machines are free; modes of operations and their turns; the least last end."""


@compiled
def _queued(g: Ints, o: Ints) -> None:
    """Sort jobs by when they come; those that come together keep their order."""
    for place in range(1, g[JOBS]):
        job = o[o[QUEUE] + place]
        at = o[o[ARRIVED] + job]
        k = place
        while k > 0 and o[o[ARRIVED] + o[o[QUEUE] + k - 1]] > at:
            o[o[QUEUE] + k] = o[o[QUEUE] + k - 1]
            k -= 1
        o[o[QUEUE] + k] = job


@compiled
def listed(g: Ints, o: Ints, order: int) -> int:
    """Schedule the jobs in an order (a place of the header); return the last end."""
    for m in range(g[MACHINES]):
        o[o[FREE] + m] = g[FLOOR]
    for place in range(g[JOBS]):
        job = o[o[order] + place]
        o[o[QUEUE] + place] = job
        o[o[ARRIVED] + job] = 0
    last = 0
    for stage in range(o[STAGES]):
        if stage > 0:
            _queued(g, o)
        for place in range(g[JOBS]):
            job = o[o[QUEUE] + place]
            op = g[g[JOB_AT] + job] + stage
            ready = max(o[o[ARRIVED] + job], g[g[READY] + op])
            best, least = -1, 0
            for mode in range(g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]):
                end = max(o[o[FREE] + g[g[MODE_MACHINE] + mode]], ready) + g[g[MODE_WORK] + mode]
                if best < 0 or end < least:
                    best, least = mode, end
            o[o[FREE] + g[g[MODE_MACHINE] + best]] = least
            o[o[ARRIVED] + job] = least + g[g[WAIT] + op]
            o[o[MODE_OF] + op], o[o[TURN_OF] + op] = best, place
            last = max(last, least)
    return int(last)


@compiled
def listings(g: Ints, o: Ints, count: int, hot: float, cold: float) -> None:
    """Try a number of moves of the order while it cools; temperatures are in minutes."""
    now = listed(g, o, KEPT)
    for step in range(count):
        heat = hot * (cold / hot) ** (step / count)
        propose(g, o)
        if o[LOW] == o[HIGH]:
            reject(o)
            continue
        last = listed(g, o, TRIAL)
        if last > now - heat * math.log((luck(o, 1 << 29) + 1) / (1 << 29)):
            reject(o)
            continue
        now = last
        for place in range(o[LOW], o[HIGH] + 1):
            o[o[KEPT] + place] = o[o[TRIAL] + place]
        if now < o[LEAST]:
            o[LEAST] = now
            for place in range(g[JOBS]):
                o[o[BEST_ORDER] + place] = o[o[KEPT] + place]
