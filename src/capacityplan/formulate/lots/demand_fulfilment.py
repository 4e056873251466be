"""Demand is delivered, late or lost, never before its due bucket.

Formulation: open[c,t] = open[c,t-1] + due - given_up - delivered >= 0;
late[c,t] >= open[c,t] - due[c,t] costs the bucket's days, what falls due in the bucket its days
after the due date (lateness by the minute: the days of the bucket after); what is open at the end is lost.
Relation: EXACT for classes of equal prices (oldest first is best), single deliveries left out.
"""

from __future__ import annotations

import numpy as np

from capacityplan.domain.plant import Lateness
from capacityplan.formulate.builder import Builder, Floats, Ints
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid

_MARGIN = 0.2
"""Days of lateness that demand open at the end of its due bucket is taken to cost at least: the
ledger forgives that bucket, but a schedule that relies on it has no margin left."""
_RELUCTANCE = 0.01
"""The same where nothing is scheduled: of plans that cost the same, the one that is on time."""


def applies(grid: Grid) -> bool:
    """Only where there is demand within the horizon."""
    return len(grid.classes) > 0


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Create deliveries, open and lost demand of every class from its first due bucket."""
    classes = grid.classes
    due = classes.quantity > 0
    first = np.argmax(due, axis=1)
    live = np.arange(grid.buckets)[None, :] >= first[:, None]
    row, bucket = np.nonzero(live)
    if not len(row):
        return
    place = np.full(live.shape, -1, dtype=np.int64)
    place[row, bucket] = np.arange(len(row))
    wanted = classes.quantity[row, bucket]
    at_once, overdue_days = days_charged(grid, row, bucket)
    opened = builder.columns(len(row), cost=at_once * classes.late[row])
    builder.charge(opened[bucket == grid.buckets - 1], classes.lost[row[bucket == grid.buckets - 1]])
    overdue = builder.columns(len(row), cost=(overdue_days - at_once) * classes.late[row])
    more = builder.rows(len(row), low=-wanted)
    builder.post(more, overdue, 1.0)
    builder.post(more, opened, -1.0)
    given_up = builder.columns(len(row), high=wanted, cost=classes.lost[row])
    balance = builder.rows(len(row), wanted, wanted)
    for column in (opened, given_up):
        builder.post(balance, column, 1.0)
    later = bucket > first[row]
    before = place[row[later], bucket[later] - 1]
    builder.post(balance[later], opened[before], -1.0)
    for column in (opened, overdue, given_up):
        builder.hurts(column, bucket, classes.item[row])
    served, arrives, ships, delivered = x.delivered.T
    builder.post(balance[place[served, arrives]], delivered, 1.0)
    builder.post(x.stock_row[classes.item[served], ships], delivered, -1.0)


def days_charged(grid: Grid, row: Ints, bucket: Ints) -> tuple[Floats, Floats]:
    """Days charged for what is open at a bucket's end: newly due, and due before.

    By the minute, what is open waits for the next bucket's end at least (from the due instant to the
    end of its own bucket it waits in any case).
    """
    days = grid.timeline.days.astype(float)
    if grid.plant.costs.lateness is Lateness.MINUTE:
        following = np.append(days[1:], 0.0)[bucket]
        return following, following
    overdue = days[bucket]
    margin = _MARGIN if grid.timeline.window_buckets else _RELUCTANCE
    newly = np.minimum(np.maximum(grid.classes.partial[row, bucket], margin), overdue)
    return newly, overdue
