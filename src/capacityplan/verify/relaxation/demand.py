"""Demand: every unit is delivered in some bucket, or lost; lateness at its exact price.

RELAXED (lots of shipments, docks, smallest shipments and remaining life are left out).

Validity. Take a plan. For an order, y[t, b] is what it ships in bucket b to arrive in bucket t, in
units; the pair is offered for every b that a shipment arriving in t can have. Its late cost in
bucket mode is the sum, over buckets from its due bucket to before t, of days_late times the rate,
which is what the ledger charges a unit that is undelivered at these buckets' ends. To the minute
the ledger charges arrive - due, and arrive > start of t: the model charges start of t - due. What
is lost or never delivered is `lost`: the ledger charges the lost rate, and lateness on top for
what is not given up. Deliveries before the due bucket break the rule. Hence row `order`.

Projections of an item with equal rates and transit are one class, each due at the end of its
bucket. fresh[t] is what is due in t and undelivered at its end (not late), old[t] what was due
before: charged for all days of t (to the minute: minutes of t / 1440, since what is delivered
later has waited all of t). lost[t] is what is given up of demand due in t. Row `backlog` is the
count of the open quantity; what is open at the end is charged the lost rate.

What must have left by the end of a bucket (`Debt`) is what costs more if it leaves later: lateness by the
bucket is charged from the bucket after the due one on, and a row that counted what may still wait for
nothing would ask for nothing. Of an order it is all, once no later shipment arrives while lateness is
free. Of a class, with T the last bucket in which no shipment after l arrives, it is what was due before
T, less what of that is given up (up to the bucket before T) and open at the end of T (`old`); once T is
the last bucket, where what is open is lost, it is all that was due, less all given up and open.
"""

from __future__ import annotations

from fractions import Fraction

from capacityplan.demand.netting import Demand
from capacityplan.domain.plant import Lateness
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import Builder, Relation
from capacityplan.verify.relaxation.columns import Columns, Debt
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED

Class = tuple[str, Fraction, Fraction, int]


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post orders one by one and projections by class."""
    classes: dict[Class, dict[int, Fraction]] = {}
    for row in grid.demands:
        units = Fraction(row.quantity, grid.lookup.scale[row.item])
        if not units:
            continue
        if row.is_order:
            _order(builder, grid, shared, row, units)
        else:
            due = classes.setdefault((row.item, row.late_rate, row.lost_rate, row.transit), {})
            due[row.bucket] = due.get(row.bucket, Fraction(0)) + units
    for number, (key, due) in enumerate(classes.items()):
        _class(builder, grid, shared, number, key, due)


def shipping(grid: Grid, arrival: int, transit: int) -> range:
    """Buckets in which a shipment that arrives in a bucket may leave."""
    clock = grid.timeline
    first = clock.bucket_of_end(max(grid.starts[arrival] + 1 - transit, 0))
    last = clock.bucket_of_end(max(grid.ends[arrival] - transit, 0))
    return range(first, min(last, grid.size - 1) + 1)


def _late(grid: Grid, row: Demand, arrival: int) -> Fraction:
    """Least lateness charged to a unit of an order that arrives in a bucket."""
    if grid.plant.costs.lateness is Lateness.MINUTE:
        return row.late_rate * Fraction(max(grid.starts[arrival] - row.due, 0), MINUTES_PER_DAY)
    days = sum(grid.timeline.days_late(row.due, t) for t in range(row.bucket, arrival))
    return row.late_rate * days


def _order(builder: Builder, grid: Grid, shared: Columns, row: Demand, units: Fraction) -> None:
    line = builder.rows("order", [row.demand], units, units)
    shipped: list[tuple[int, int]] = []
    grain = grid.base(row.item)
    lost = builder.columns(1, units, grain=grain)
    builder.post(line, lost, 1)
    builder.charge("lost", lost, row.lost_rate)
    _may_leave(grid, shared, row.item, row.bucket, row.transit, units)
    for arrival in range(row.bucket, grid.size):
        late = _late(grid, row, arrival)
        for bucket in shipping(grid, arrival, row.transit):
            column = builder.columns(1, units, grain=grain)
            builder.post(line, column, 1)
            builder.charge("late", column, late)
            shared.outflow(row.item, bucket, int(column[0]))
            shipped.append((bucket, int(column[0])))
    unpunished = [t for t in range(row.bucket, grid.size) if not _late(grid, row, t)]
    latest = max(shipping(grid, unpunished[-1], row.transit), default=grid.size)
    due = tuple(units if t >= latest else Fraction(0) for t in range(grid.size))
    later = tuple(tuple(column for at, column in shipped if at > t) for t in range(grid.size))
    shared.debts.setdefault(row.item, []).append(Debt(due, later, ((int(lost[0]),),) * grid.size))


def _class(
    builder: Builder, grid: Grid, shared: Columns, number: int, key: Class, due: dict[int, Fraction]
) -> None:
    item, late_rate, lost_rate, transit = key
    total = sum(due.values(), Fraction(0))
    first = min(due)
    buckets = range(first, grid.size)
    wanted = [due.get(t, Fraction(0)) for t in buckets]
    rows = builder.rows("backlog", [f"{item},{number},{t}" for t in buckets], wanted, wanted)
    fresh = builder.columns(len(buckets), wanted)
    old = builder.columns(len(buckets), total)
    lost = builder.columns(len(buckets), wanted)
    for open_quantity in (fresh, old):
        builder.post(rows, open_quantity, 1)
        builder.post(rows[1:], open_quantity[:-1], -1)
        builder.charge("lost", open_quantity[-1:], lost_rate)
    builder.post(rows, lost, 1)
    builder.charge("lost", lost, lost_rate)
    builder.charge("late", old, [late_rate * _length(grid, t) for t in buckets])
    # Nothing is old in the class's first bucket.
    none = builder.rows("none_old", [f"{item},{number}"], 0, 0)
    builder.post(none, old[:1], 1)
    for place, arrival in enumerate(buckets):
        _may_leave(grid, shared, item, arrival, transit, wanted[place])
        for bucket in shipping(grid, arrival, transit):
            column = builder.columns(1, total)
            builder.post(rows[place], column, 1)
            shared.outflow(item, bucket, int(column[0]))
    given_up = builder.columns(len(buckets), total)
    rows = builder.rows("given_up", [f"{item},{number},{t}" for t in buckets], 0, 0)
    builder.post(rows, given_up, 1)
    builder.post(rows[1:], given_up[:-1], -1)
    builder.post(rows, lost, -1)
    shared.debts.setdefault(item, []).append(_debt(grid, buckets, transit, wanted, fresh, old, given_up))


def _may_leave(grid: Grid, shared: Columns, item: str, due: int, transit: int, units: Fraction) -> None:
    """Say from when on what is due in a bucket may be delivered."""
    shared.may_draw(item, shipping(grid, due, transit).start, units)


def _debt(
    grid: Grid, buckets: range, transit: int, wanted: list[Fraction], fresh: Ints, old: Ints, given_up: Ints
) -> Debt:
    """Demand of a class that costs more if it leaves after a bucket."""
    due: list[Fraction] = []
    later: list[tuple[int, ...]] = []
    lost: list[tuple[int, ...]] = []
    place = 0
    for t in range(grid.size):
        while place < len(buckets) and max(shipping(grid, buckets[place], transit), default=grid.size) <= t:
            place += 1
        # The last bucket that no later shipment reaches, and how many of the class's buckets count.
        at = place - 1
        counted = place if place == len(buckets) else at
        due.append(sum(wanted[: max(counted, 0)], Fraction(0)))
        if counted <= 0:
            later.append(())
            lost.append(())
            continue
        later.append((int(fresh[at]), int(old[at])) if counted == place else (int(old[at]),))
        lost.append((int(given_up[counted - 1]),))
    return Debt(tuple(due), tuple(later), tuple(lost))


def _length(grid: Grid, bucket: int) -> Fraction:
    """Days that a bucket adds to the lateness of what was due before it."""
    if grid.plant.costs.lateness is Lateness.MINUTE:
        return Fraction(grid.ends[bucket] - grid.starts[bucket], MINUTES_PER_DAY)
    return Fraction(grid.days[bucket])
