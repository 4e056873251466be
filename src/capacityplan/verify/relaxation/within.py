"""Lots that are made within a bucket: what is made of one needs its setup in the same bucket.

RELAXED (minutes are the least of what a lot takes).

Validity. Where every operation ends in the bucket in which it begins, all minutes of the k lots that end
an operation on a mode in bucket t, their setups included, are worked in t: they are at most what the
resource can work in it. With k >= 1 that is at most k times as much, with k = 0 nothing is made:

    per * units + (fixed + setup - room[t]) * lots <= 0
"""

from __future__ import annotations

from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.capacity import room, within_buckets
from capacityplan.verify.relaxation.columns import Columns, StepColumns
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Tie what is made in a bucket to the lots of the bucket."""
    if within_buckets(grid):
        for block in shared.steps:
            if not block.step.operation.batch_size:
                _tie(builder, grid, block)


def _tie(builder: Builder, grid: Grid, block: StepColumns) -> None:
    mode, step = block.mode, block.step
    fixed, per = grid.work(block.chain.item, step.operation, mode)
    if not per:
        return
    setup = 0 if grid.lookup.resources[mode.resource].setup_in_breaks else mode.setup_minutes
    keys = [f"{block.chain.name}/{step.operation.operation}/{mode.resource},{t}" for t in range(grid.size)]
    rows = builder.rows("within", keys, -INFINITY, 0)
    builder.post(rows, block.units, per * step.enter.low)
    by_lots = fixed - per * step.enter.loss + setup
    builder.post(rows, block.lots, float(by_lots) - room(grid, mode.resource))
