"""Demand that is served as a plan at hand serves it, and all that a promotion adds, with the uplift open.

Takes the place of `demand` where the largest uplift is asked for. RELAXED (what is late or lost is free to
be so; lots of shipments, docks and remaining life are left out).

Validity. Take a plan of the plant with the promotion at an uplift u. A delivery arrives in the due bucket of
its demand or later, and one that arrives later is not in time; so ``arriving`` columns, by bucket of
shipping, hold all that is in time, and more than what is demanded does not arrive. Rows `in_time`: of each
demand at least its quantity less what is spared is in time; demands of one item, transit and due bucket
are added up. ``later`` is all else that is delivered. What arrives by a bucket in the plan at hand, as far
as the least that is demanded, has been shipped by the last bucket from which it can arrive in it: rows
`shipped` have the running total of an item, which is at least that. Of projections that u changes,
``lifted`` is what is due (`relaxation.lifted`); rows `lift_least`, `lift_total` and `lift_most` bound it.
Where the plan at hand is made for less of one than there is without the promotion,
``min(lifted, kept) - spared`` is asked for (`Wanted`); the minimum is concave in ``lifted``, hence nowhere
below the chord over its range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.demand import shipping
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lifted import Cell, Lifted, Line

RELATION = Relation.RELAXED
UPLIFT = "uplift"
"""What the objective is named by."""
STEPS = 1000
"""Uplifts are told in thousandths of the base."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an uplift asks of a plan.

    Attributes
    ----------
    most : Fraction
        Largest uplift that is looked at.
    spared : mapping of str to int
        Base units of demands that need not be in time: they are not in the plan at hand either.
    kept : mapping of str to int
        Base units of demands of which no more need be in time (less what is spared), because the plan at
        hand is made for so many.
    arrivals : mapping of str to sequence of (bucket, base units)
        What of demands arrives in the plan at hand, first to last: by no bucket is less of it to be there,
        as far as so much is demanded.
    """

    demand: Lifted
    most: Fraction
    spared: Mapping[str, int]
    kept: Mapping[str, int]
    arrivals: Mapping[str, Sequence[tuple[int, int]]]


def build(builder: Builder, grid: Grid, shared: Columns, wanted: Wanted) -> None:
    """Post the demand in time, with the uplift as a column."""
    uplift = int(builder.columns(1, wanted.most)[0])
    builder.charge(UPLIFT, [uplift], -STEPS)
    work = _Demand(builder, grid, shared, wanted, uplift)
    work.fixed()
    for cells in wanted.demand.rows:
        work.lifted(cells)
    for item in dict.fromkeys(row.item for row in grid.demands):
        work.delivered(item)


class _Demand:
    def __init__(self, builder: Builder, grid: Grid, shared: Columns, wanted: Wanted, uplift: int) -> None:
        self._builder, self._grid, self._shared, self._wanted = builder, grid, shared, wanted
        self._uplift = uplift
        self._shipped: dict[str, list[tuple[int, int]]] = {}
        """Bucket and column of what is shipped to be in time, by item."""
        self._least: dict[str, int] = {row.demand: row.quantity for row in wanted.demand.fixed}
        """Least quantity of every demand."""
        for cells in wanted.demand.rows:
            self._least |= {cell.demand.demand: cell.low for cell in cells}

    def fixed(self) -> None:
        """Post what the uplift does not change."""
        sums: dict[tuple[str, int, int], list[int]] = {}
        for row in self._wanted.demand.fixed:
            found = sums.setdefault((row.item, row.transit, row.bucket), [0, 0])
            found[0] += max(row.quantity - self._wanted.spared.get(row.demand, 0), 0)
            found[1] += row.quantity
        for (item, transit, bucket), (least, most) in sums.items():
            base = self._grid.base(item)
            key = f"{item},{transit},{bucket}"
            line = self._builder.rows("in_time", [key], least * base, most * base)
            self._arriving(item, transit, bucket, most * base, line)

    def lifted(self, cells: tuple[Cell, ...]) -> None:
        """Post projections of an item and segment that the uplift changes."""
        builder, base = self._builder, self._grid.base(cells[0].demand.item)
        columns: list[int] = []
        for cell in cells:
            row = cell.demand
            column = int(builder.columns(1, row.quantity * base, low=cell.low * base)[0])
            columns.append(column)
            bounds: list[tuple[str, Line, list[int], bool]] = [
                ("lift_least", cell.least, [column], True),
                ("lift_most", cell.most, [column], False),
                ("lift_total", cell.total_least, list(columns), True),
            ]
            for name, (number, slope), parts, is_least in bounds:
                side = float(number * base)
                low, high = (side, INFINITY) if is_least else (-INFINITY, side)
                line = builder.rows(name, [row.demand], low, high)
                builder.post(line, parts, 1)
                builder.post(line, self._uplift, -slope * base)
            self._in_time(cell, column)

    def _in_time(self, cell: Cell, lifted: int) -> None:
        builder, row, base = self._builder, cell.demand, self._grid.base(cell.demand.item)
        spared, kept = self._wanted.spared.get(row.demand, 0), self._wanted.kept.get(row.demand, row.quantity)
        share, begin = _chord(cell.low, row.quantity, kept)
        least = builder.rows("in_time", [row.demand], (begin - spared) * base, INFINITY)
        most = builder.rows("at_most", [row.demand], -INFINITY, 0)
        shipped = self._arriving(row.item, row.transit, row.bucket, row.quantity * base, least)
        builder.post(least, lifted, -share)
        builder.post(most, shipped, 1)
        builder.post(most, lifted, -1)

    def _arriving(self, item: str, transit: int, arrival: int, most: Fraction, row: Ints) -> list[int]:
        """Ship so that it arrives in a bucket."""
        found = []
        for bucket in shipping(self._grid, arrival, transit):
            column = int(self._builder.columns(1, most)[0])
            self._builder.post(row, column, 1)
            self._shared.outflow(item, bucket, column)
            self._shipped.setdefault(item, []).append((bucket, column))
            found.append(column)
        return found

    def delivered(self, item: str) -> None:
        """Post all else that is delivered of an item; by no bucket less than in the plan at hand."""
        builder, size, most = self._builder, self._grid.size, self._grid.caps.demanded(item)
        later = builder.columns(size, most)
        rows = builder.rows("shipped", [f"{item},{t}" for t in range(size)], 0, 0)
        total = builder.columns(size, most, low=self._shipped_by(item))
        builder.post(rows, total, 1)
        builder.post(rows[1:], total[:-1], -1)
        builder.post(rows, later, -1)
        for bucket in range(size):
            self._shared.outflow(item, bucket, int(later[bucket]))
        for bucket, column in self._shipped.get(item, []):
            builder.post(rows[bucket], column, -1)

    def _shipped_by(self, item: str) -> list[Fraction]:
        """Units that have been shipped by the end of each bucket, if nothing arrives later than it does."""
        grid, base = self._grid, self._grid.base(item)
        total = [Fraction(0)] * grid.size
        for row in grid.demands:
            rest = self._least[row.demand] if row.item == item else 0
            for bucket, quantity in self._wanted.arrivals.get(row.demand, ()) if rest else ():
                units = min(quantity, rest)
                rest -= units
                for t in range(max(shipping(grid, bucket, row.transit), default=grid.size), grid.size):
                    total[t] += units * base
        return total


def _chord(low: int, high: int, kept: int) -> tuple[Fraction, Fraction]:
    """Slope and constant of a line that is nowhere above ``min(x, kept)`` for x in low .. high."""
    ends = min(low, kept), min(high, kept)
    slope = Fraction(ends[1] - ends[0], high - low) if high > low else Fraction(0)
    return slope, ends[0] - slope * low
