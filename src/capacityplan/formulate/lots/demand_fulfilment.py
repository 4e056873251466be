"""Demand is delivered, late or lost, never before its due bucket.

Formulation: open[c,t] = open[c,t-1] + due - given_up - delivered >= 0;
late[c,t] >= open[c,t] - due[c,t] costs the bucket's days, what falls due in the bucket its days
after the due date; what is open at the end is lost.
Relation: EXACT for classes of equal prices (oldest first is best), single deliveries left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid

Ints = npt.NDArray[np.int64]
_MARGIN = 0.2
"""Days of lateness that demand open at the end of its due bucket is taken to cost at least: the
ledger forgives that bucket, but a schedule that relies on it has no margin left."""


def applies(grid: Grid) -> bool:
    """Only where there is demand within the horizon."""
    return len(grid.classes) > 0


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Create deliveries, open and lost demand of every class from its first due bucket."""
    classes, days = grid.classes, grid.timeline.days.astype(float)
    due = classes.quantity > 0
    first = np.argmax(due, axis=1)
    live = np.arange(grid.buckets)[None, :] >= first[:, None]
    row, bucket = np.nonzero(live)
    if not len(row):
        return
    place = np.full(live.shape, -1, dtype=np.int64)
    place[row, bucket] = np.arange(len(row))
    wanted = classes.quantity[row, bucket]
    partial = np.maximum(classes.partial[row, bucket], _MARGIN) * classes.late[row]
    opened = builder.columns(len(row), cost=np.minimum(partial, days[bucket] * classes.late[row]))
    builder.charge(opened[bucket == grid.buckets - 1], classes.lost[row[bucket == grid.buckets - 1]])
    extra = np.maximum(days[bucket] * classes.late[row] - partial, 0.0)
    overdue = builder.columns(len(row), cost=extra)
    more = builder.rows(len(row), low=-wanted)
    builder.post(more, overdue, 1.0)
    builder.post(more, opened, -1.0)
    given_up = builder.columns(len(row), high=wanted, cost=classes.lost[row])
    ship = _ship_bucket(grid)[row, bucket]
    delivered = builder.columns(len(row), high=np.where(ship >= 0, np.inf, 0.0))
    balance = builder.rows(len(row), wanted, wanted)
    for column, sign in ((opened, 1.0), (given_up, 1.0), (delivered, 1.0)):
        builder.post(balance, column, sign)
    later = bucket > first[row]
    before = place[row[later], bucket[later] - 1]
    builder.post(balance[later], opened[before], -1.0)
    shipped = ship >= 0
    builder.post(x.stock_row[classes.item[row[shipped]], ship[shipped]], delivered[shipped], -1.0)


def _ship_bucket(grid: Grid) -> Ints:
    """Latest bucket in which a delivery arriving in a bucket can leave; -1: none."""
    timeline = grid.timeline
    out = np.empty((len(grid.classes), grid.buckets), dtype=np.int64)
    for index, transit in enumerate(grid.classes.transit.tolist()):
        leave = timeline.ends - transit
        out[index] = np.where(leave > 0, np.searchsorted(timeline.ends, leave, side="left"), -1)
    return out
