"""What a plan costs, row by row and exactly (docs/model.md, section 8)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from operator import attrgetter

import numpy as np

from capacityplan.demand.choice import changes, options
from capacityplan.demand.netting import Demand
from capacityplan.domain.plan import BucketInspection, Delivery, InspectionRun, LedgerRow
from capacityplan.domain.plant import Lateness, OperationResource, ResourceKind
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR
from capacityplan.verify.budgets import overruns
from capacityplan.verify.case import Case
from capacityplan.verify.changes import change_rows
from capacityplan.verify.facts import Work

_NOTHING = LedgerRow("", "", 0, Fraction(0), Fraction(0), Fraction(0))
_ORDER = attrgetter("category", "object", "bucket", "quantity", "rate")


def ledger(case: Case) -> tuple[LedgerRow, ...]:
    """Charge a plan.

    Parameters
    ----------
    case : Case
        Of a plan whose references are in order.

    Returns
    -------
    tuple of LedgerRow
        By category, object and bucket; in every row the amount is quantity times rate, and no
        amount is 0.
    """
    rows = [
        *_purchases(case),
        *_runs(case),
        *_tail_runs(case),
        *_overtime(case),
        *_inspections(case),
        *_stock(case),
        *_storage(case),
        *_service(case),
        *_makespan(case),
        *_choices(case),
        *change_rows(case),
    ]
    rows = [row for row in rows if row is not _NOTHING]
    rows += overruns(case.plant, case.timeline, rows)
    return tuple(sorted((row for row in rows if row.amount), key=_ORDER))


def _row(category: str, name: str, bucket: int, quantity: Fraction | int, rate: Fraction) -> LedgerRow:
    # Many rows charge nothing and are left out in the end: none is made for them.
    if not quantity or not rate:
        return _NOTHING
    units = Fraction(quantity) if isinstance(quantity, int) else quantity
    return LedgerRow(category, name, bucket, units, rate, units * rate)


def _purchases(case: Case) -> Iterator[LedgerRow]:
    for row in case.plan.purchases:
        tier = case.tier(row)
        if tier is not None:
            bucket = case.timeline.bucket_of_start(row.arrives)
            units = Fraction(row.quantity, case.lookup.scale[row.item])
            yield _row("purchase", row.purchase, bucket, units, tier.price)
            yield _row("ordering", row.purchase, bucket, 1, tier.order_cost)


def _runs(case: Case) -> Iterator[LedgerRow]:
    """Runs to the minute; a batch is booked once."""
    for resource, sequence in case.occupations.items():
        for one in sequence:
            work = one.charged
            yield from _work(case, work, work.last, work.minutes, one.setup_minutes, (one.start, one.end))
            bucket = case.timeline.bucket_of_start(one.start)
            minutes, cost = one.changeover if one.changeover is not None else (0, Fraction(0))
            minutes += work.setup_minutes
            in_breaks = case.lookup.resources[resource].setup_in_breaks
            span = one.setup_start, one.start
            yield from _energy(case, resource, work.name, bucket, minutes, span, in_breaks)
            yield _row("setup", work.name, bucket, minutes, case.minute_rates[resource])
            yield _row("setup", work.name, bucket, 1, cost + work.setup_cost)


def _tail_runs(case: Case) -> Iterator[LedgerRow]:
    """Runs of the tail; their changeovers are booked on the resource."""
    for row, work in case.bucket_works:
        if not work.operation.batch_size:
            yield from _work(case, work, work.last, work.minutes, work.setup_minutes)
            yield from _energy(case, row.resource, work.name, work.first, work.setup_minutes)
            yield _row("setup", work.name, work.first, work.setup_minutes, case.minute_rates[row.resource])
            yield _row("setup", work.name, work.first, 1, work.setup_cost)
    for batch in case.tail_batches:
        yield from _work(case, batch.members[0], batch.bucket, batch.minutes, 0)
    for change in case.tail_changeovers:
        if change.cost is not None:
            minutes, cost = change.cost
            yield from _energy(case, change.resource, change.resource, change.bucket, minutes)
            yield _row("setup", change.resource, change.bucket, minutes, case.minute_rates[change.resource])
            yield _row("setup", change.resource, change.bucket, 1, cost)


def _work(
    case: Case, work: Work, bucket: int, minutes: int, setup: int, span: tuple[int, int] | None = None
) -> Iterator[LedgerRow]:
    """Machine, energy and labour of a run."""
    resource = case.lookup.resources[work.row.resource]
    mode: OperationResource | None = work.mode
    rate = case.minute_rates[work.row.resource]
    if mode is not None and mode.cost_per_hour is not None:
        rate = mode.cost_per_hour / MINUTES_PER_HOUR
    outside = resource.kind is ResourceKind.SUBCONTRACTOR
    category = "subcontracting" if outside else "production"
    yield _row("rework" if work.rework else category, work.name, bucket, minutes, rate)
    yield from _energy(case, work.row.resource, work.name, bucket, minutes, span)
    for pool, units in case.lookup.labour(mode) if mode is not None else ():
        worked = (setup + minutes) * units
        yield _row("rework" if work.rework else "labour", work.name, bucket, worked, case.minute_rates[pool])


def _energy(
    case: Case, resource: str, name: str, bucket: int, minutes: int, span: tuple[int, int] | None = None,
    in_breaks: bool = False,
) -> Iterator[LedgerRow]:  # fmt: skip
    """What a machine draws in minutes of run or setup, in kWh: a row for every price of its span.

    Without a span (in the tail) it is at the mean price of the machine's working minutes in the bucket.
    """
    power = case.lookup.power(case.lookup.resources[resource])
    if not power or not minutes:
        return
    drawn = minutes * power / MINUTES_PER_HOUR
    if span is None:
        begin, end = int(case.timeline.starts[bucket]), int(case.timeline.ends[bucket])
        prices = case.kwh_prices(resource, begin, end)
        yield _row("energy", name, bucket, drawn, sum((rate * share for rate, share in prices), Fraction(0)))
        return
    for rate, share in case.kwh_prices(resource, *span, in_breaks):
        yield _row("energy", name, bucket, drawn * share, rate)


def _overtime(case: Case) -> Iterator[LedgerRow]:
    opened: dict[tuple[str, int], int] = {}
    timeline = case.timeline
    for row in case.plan.overtime:
        for bucket in range(timeline.bucket_of_start(row.start), timeline.bucket_of_end(row.end) + 1):
            inside = min(row.end, int(timeline.ends[bucket])) - max(row.start, int(timeline.starts[bucket]))
            opened[row.resource, bucket] = opened.get((row.resource, bucket), 0) + inside
    for extra in case.plan.bucket_overtime:
        place = (extra.resource, extra.bucket)
        opened[place] = opened.get(place, 0) + extra.minutes
    for (resource, bucket), minutes in opened.items():
        rate = case.lookup.resources[resource].overtime_cost_per_hour / MINUTES_PER_HOUR
        yield _row("overtime", resource, bucket, minutes, rate)


def _inspections(case: Case) -> Iterator[LedgerRow]:
    records: list[InspectionRun | BucketInspection] = [*case.plan.inspections, *case.plan.bucket_inspections]
    for record in records:
        row = case.lookup.inspection_rows[record.inspection]
        name = f"{record.object}/{record.inspection}"
        if isinstance(record, InspectionRun):
            bucket = case.timeline.bucket_of_end(record.end)
        else:
            bucket = record.bucket
        yield _row("inspection", name, bucket, 1, row.cost_per_lot)
        yield _row("inspection", name, bucket, row.lab_minutes * row.slots, case.minute_rates[row.lab])
        if row.analysts and row.labour:
            yield _row(
                "inspection", name, bucket, row.lab_minutes * row.analysts, case.minute_rates[row.labour]
            )


def _stock(case: Case) -> Iterator[LedgerRow]:
    """Holding, hold, safety stock, overstock by bucket, and the value left at the end."""
    costs, days = case.plant.costs, case.timeline.days.tolist()
    for item, row in case.lookup.items.items():
        scale, rate = case.lookup.scale[item], case.lookup.holding_rate(item)
        free, hold, wip = (
            table[item].tolist() for table in (case.stocks.unrestricted, case.stocks.hold, case.stocks.wip)
        )
        short = row.unit_value * costs.safety_stock_rate_per_day
        over = row.unit_value * costs.overstock_rate_per_day
        safety = case.lookup.safety_stocks(item, case.timeline).tolist()
        watched = any(safety)
        for bucket, length in enumerate(days):
            # Most buckets of a long horizon hold nothing of most items: no arithmetic for them.
            if not (watched or free[bucket] or hold[bucket] or wip[bucket]):
                continue
            unit_days = Fraction(length, scale)
            yield _row("holding", item, bucket, (free[bucket] + wip[bucket]) * unit_days, rate)
            if hold[bucket]:
                yield _row("hold", item, bucket, hold[bucket] * unit_days, rate)
            missing = safety[bucket] - free[bucket]
            if missing > 0:
                yield _row("safety_stock", item, bucket, missing * unit_days, short)
            if row.max_stock is not None:
                excess = max(0, free[bucket] + hold[bucket] - row.max_stock)
                yield _row("overstock", item, bucket, excess * unit_days, over)
        left = Fraction(free[-1] + hold[-1], scale)
        yield _row("salvage", item, len(days) - 1, left, -row.salvage_value)


def _storage(case: Case) -> Iterator[LedgerRow]:
    for row in case.plant.storages:
        for bucket, units in enumerate(case.stored(row.storage)):
            quantity = units * int(case.timeline.days[bucket])
            yield _row("storage", row.storage, bucket, quantity, row.cost_per_unit_day)


def _service(case: Case) -> Iterator[LedgerRow]:
    """Demand that is late or lost."""
    by_minute = case.plant.costs.lateness is Lateness.MINUTE
    last = len(case.timeline) - 1
    for name, demand in case.demand.items():
        rows, gave_up = case.deliveries.get(name, []), case.given_up.get(name, 0)
        scale = case.lookup.scale[demand.item]
        still_open = max(0, demand.quantity - gave_up - sum(row.quantity for row in rows))
        if by_minute:
            yield from _late_by_minute(case, demand, rows, gave_up)
        else:
            for bucket, late in case.late.get(name, ()):
                yield _row("late", name, bucket, Fraction(late, scale), demand.late_rate)
        for bucket, gone in ((demand.bucket, gave_up), (last, still_open)):
            if gone:
                yield _row("lost", name, bucket, Fraction(gone, scale), demand.lost_rate)


def _late_by_minute(case: Case, demand: Demand, rows: list[Delivery], lost: int) -> Iterator[LedgerRow]:
    """Delivered quantity from due instant to arrival; what is never delivered, until the end."""
    per_day = MINUTES_PER_DAY * case.lookup.scale[demand.item]
    for row in rows:
        late = max(0, row.arrive - demand.due) * row.quantity
        bucket = case.timeline.bucket_of_end(row.arrive)
        yield _row("late", demand.demand, bucket, Fraction(late, per_day), demand.late_rate)
    still_open = max(0, demand.quantity - lost - sum(row.quantity for row in rows))
    late = max(0, case.timeline.horizon_end - demand.due) * still_open
    yield _row("late", demand.demand, len(case.timeline) - 1, Fraction(late, per_day), demand.late_rate)


def _makespan(case: Case) -> Iterator[LedgerRow]:
    rate = case.plant.costs.makespan_cost_per_minute
    last = max((work.ends for work in case.flow.works), default=0)
    bucket = max((work.last for work in case.flow.works), default=0)
    yield _row("makespan", "plant", bucket, last, rate)


def _choices(case: Case) -> Iterator[LedgerRow]:
    """Campaigns that the plan chose, and what the demand they change brings or takes."""
    choices = case.plan.choices
    if not choices:
        return
    for option in options(case.stated):
        if option.choice in choices:
            begun = int(np.searchsorted(case.timeline.first_day, option.day, side="right"))
            yield _row("promotion", option.choice, max(begun - 1, 0), 1, option.cost)
    delivered: dict[str, int] = {}
    for row in case.plan.deliveries:
        delivered[row.demand] = delivered.get(row.demand, 0) + row.quantity
    for change in changes(case.stated, choices, case.timeline):
        more = min(change.quantity, max(0, delivered.get(change.demand, 0) - change.before))
        units = Fraction(more, case.lookup.scale[change.item])
        yield _row("revenue", change.demand, change.bucket, units, -change.price)
