"""Hold: deliveries and components need stock that is released, when they are taken.

RELAXED (releases as early, uses as late and as small as the rules allow).

Validity. free[i, t] counts what can be released by the end of bucket t at the earliest, less what
must have been taken by then: deliveries at shipping, components at the latest start of their
operation and by the least of their envelope, expiry. In every plan unrestricted stock at a bucket's
end is at least 0 and at most this count, so the count is at least 0. Earliest release: an object
that is complete in bucket t and subject to an inspection is released after its lab minutes and its
wait, and one with a certificate after the minutes of that on top; the bucket of that minute is at least
earliest_release(t), both to the minute and by the tail's rule.
"""

from __future__ import annotations

from capacityplan.verify.relaxation.builder import Builder, Relation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the count of free stock."""
    for item in grid.items:
        free = builder.columns(grid.size, grid.caps.total(item))
        shared.free_stock[item] = free
        builder.post(shared.free[item], free, 1)
        builder.post(shared.free[item][1:], free[:-1], -1)
