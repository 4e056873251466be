"""Load a plant and a plan into tables of SQLite, and teach it exact fractions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

from capacityplan.demand.netting import Demand, net
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime

PLANT_TABLES: dict[str, type] = {
    "items": q.Item, "resources": q.Resource, "changeovers": q.Changeover, "inspection_plan": q.Inspection,
    "suppliers": q.SupplierOffer, "stock": q.Stock, "receipts": q.Receipt, "storages": q.Storage,
    "locks": q.Lock, "downtimes": q.Downtime, "previous_runs": q.PreviousRun,
    "funds": q.Fund, "budgets": q.Budget, "life_cycle": q.LifePhase,
}  # fmt: skip
PLAN_TABLES: dict[str, type] = {
    "lots": p.Lot, "runs": p.Run, "inspections": p.InspectionRun, "bucket_inspections": p.BucketInspection,
    "purchases": p.Purchase, "overtime": p.Overtime, "bucket_overtime": p.BucketOvertime,
    "maintenance": p.Maintenance, "deliveries": p.Delivery, "lost": p.Lost,
}  # fmt: skip
Rows = Iterable[Sequence[Any]]


@lru_cache(maxsize=100_000)
def exact(value: int | str | None) -> Fraction:
    """A number as it is kept in a table: an integer, or text like 2/3."""
    return Fraction(value or 0)


def kept(value: Any) -> Any:
    """A value as it is kept in a table."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return value


class Total:
    """Aggregate: the exact sum."""

    def __init__(self) -> None:
        self.total = Fraction(0)

    def step(self, value: int | str | None) -> None:
        self.total += exact(value)

    def finalize(self) -> str:
        return str(self.total)


def product(*factors: int | str | None) -> str:
    result = Fraction(1)
    for factor in factors:
        result *= exact(factor)
    return str(result)


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "times": (-1, product),
    "plus": (-1, lambda *terms: str(sum((exact(term) for term in terms), Fraction(0)))),
    "over": (2, lambda a, b: str(exact(a) / exact(b))),
    "rounded_down": (1, lambda a: exact(a).__floor__()),
    "rounded_up": (1, lambda a: exact(a).__ceil__()),
    "above": (2, lambda a, b: int(exact(a) > exact(b))),
}


def database(plant: q.Plant, plan: p.Plan) -> sqlite3.Connection:
    """All of a plant and a plan as tables."""
    base = sqlite3.connect(":memory:")
    base.create_aggregate("exact_sum", 1, Total)  # type: ignore[arg-type]
    for name, (arguments, function) in FUNCTIONS.items():
        base.create_function(name, arguments, function, deterministic=True)
    for name, row in PLANT_TABLES.items():
        source = {"inspection_plan": "inspections", "downtimes": "downtime"}.get(name, name)
        _fill(base, name, _names(row), _values(row, getattr(plant, source)))
    for name, row in PLAN_TABLES.items():
        _fill(base, name, _names(row), _values(row, getattr(plan, name)))
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    _settings(base, plant, timeline)
    _routings(base, lookup)
    _tail(base, plan)
    _times(base, plant, plan, timeline, lookup)
    _demand(base, plant, timeline)
    return base


def _names(row: type) -> list[str]:
    return [field.name for field in fields(row)]


def _values(row: type, rows: Iterable[Any]) -> Rows:
    names = _names(row)
    return [tuple(kept(getattr(one, name)) for name in names) for one in rows]


def _fill(base: sqlite3.Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    base.execute(f'CREATE TABLE "{table}" ({names})')
    base.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})', rows)


def _settings(base: sqlite3.Connection, plant: q.Plant, timeline: Timeline) -> None:
    costs = plant.costs
    names = ["W", "H", "frozen", "slushy", "window", "buckets", "within_buckets", *_names(q.Costs)]
    row = [timeline.window_end, timeline.horizon_end, plant.fences.frozen_hours * 60,
           plant.fences.slushy_days * 1440]  # fmt: skip
    row += [timeline.window_buckets, len(timeline), int(plant.horizon.lots_within_buckets)]
    _fill(base, "setting", names, [(*row, *(kept(getattr(costs, name)) for name in _names(q.Costs)))])
    grid = [
        (t, int(timeline.starts[t]), int(timeline.ends[t]), int(timeline.days[t]), int(timeline.first_day[t]))
        for t in range(len(timeline))
    ]
    _fill(base, "bucket", ("t", "begins", "ends", "days", "first_day"), grid)
    lookup = Lookup(plant)
    rates = [(row.item, str(lookup.holding_rate(row.item))) for row in plant.items]
    _fill(base, "holding_rate", ("item", "rate"), rates)


def _routings(base: sqlite3.Connection, lookup: Lookup) -> None:
    names = [name for name in _names(q.Operation) if name not in ("item", "version")]
    steps = [
        (item, version, number, *(kept(getattr(row, name)) for name in names))
        for (item, version), routing in lookup.routings.items()
        for number, row in enumerate(routing, 1)
    ]
    first = [(item, versions[0]) for item, versions in lookup.versions.items()]
    _fill(base, "first_version", ("item", "version"), first)
    spans = [
        (item, version, lookup.made_from(item, version), lookup.made_until(item, version))
        for item, versions in lookup.versions.items()
        for version in versions
    ]
    _fill(base, "span", ("item", "version", "since", "until"), spans)
    # A rework operation has number 0: it belongs to no place in the sequence.
    steps += [
        (item, version, 0, *(kept(getattr(row, name)) for name in names))
        for (item, version, _), row in lookup.rework.items()
    ]
    _fill(base, "step", ("item", "version", "k", *names), steps)
    for table, row_type, found in (
        ("mode", q.OperationResource, lookup.modes),
        ("component", q.BomLine, lookup.components),
    ):
        rest = [name for name in _names(row_type) if name not in ("item", "version", "operation")]
        rows = [
            (*key, *(kept(getattr(row, name)) for name in rest))
            for key, group in found.items()
            for row in group
        ]
        _fill(base, table, ("item", "version", "operation", *rest), rows)
    rest = [name for name in _names(q.BomLine) if name not in ("item", "version", "operation")]
    beside = [
        (*key, *(kept(getattr(row, name)) for name in rest))
        for key, lines in lookup.by_products.items()
        for row in lines
    ]
    _fill(base, "beside", ("item", "version", *rest), beside)
    _helpers(base, lookup)


def _helpers(base: sqlite3.Connection, lookup: Lookup) -> None:
    """Labour and tools of every mode."""
    rows: list[Sequence[Any]] = []
    for key, group in lookup.modes.items():
        for mode in group:
            named = [("labour", mode.labour, mode.labour_units), ("tool", mode.tool, 1)]
            named += [
                (lookup.resources[row.pool].kind.value, row.pool, row.units)
                for row in lookup.plant.operation_pools
                if (row.item, row.version, row.operation, row.resource)
                == (mode.item, mode.version, mode.operation, mode.resource)
            ]
            if mode.skill:
                kind, asked = (
                    ("skilled", f"{mode.labour}/{mode.skill}") if mode.labour else ("skill", mode.skill)
                )
                named.append((kind, asked, mode.labour_units))
            rows += [(*key, mode.resource, *helper) for helper in named if helper[1]]
    _fill(base, "helper", ("item", "version", "operation", "resource", "kind", "pool", "units"), rows)


def _tail(base: sqlite3.Connection, plan: p.Plan) -> None:
    names = ("row", "lot", "operation", "resource")
    runs = [(n, row.lot, row.operation, row.resource, row.quantity) for n, row in enumerate(plan.bucket_runs)]
    _fill(base, "bucket_runs", (*names, "quantity"), runs)
    loads = [
        (n, row.lot, row.operation, row.resource, t, minutes)
        for n, row in enumerate(plan.bucket_runs)
        for t, minutes in row.load
    ]
    _fill(base, "load", (*names, "bucket", "minutes"), loads)
    listed = [
        (row.resource, row.bucket, n, number, group)
        for n, row in enumerate(plan.bucket_setups)
        for number, group in enumerate(row.groups, 1)
    ]
    _fill(base, "stated", ("category", "amount"), [(row.category, str(row.amount)) for row in plan.ledger])
    _fill(base, "listed", ("resource", "bucket", "row", "number", "setup_group"), listed)


def _times(
    base: sqlite3.Connection, plant: q.Plant, plan: p.Plan, timeline: Timeline, lookup: Lookup
) -> None:
    times = WorkingTime(plant, timeline)
    regular: list[tuple[Any, ...]] = []
    offered: list[tuple[Any, ...]] = []
    working: list[tuple[Any, ...]] = []
    for row in plant.resources:
        name = row.resource
        possible = times.overtime(name).intervals()
        own = [(one.start, one.end) for one in plan.overtime if one.resource == name]
        opened = [(max(a, s), min(b, e), c) for a, b, c in possible for s, e in own]
        holes = [(one.start, one.end) for one in plan.maintenance if one.resource == name]
        whole: Steps = times.regular(name).union(one for one in opened if one[1] > one[0]).without(holes)
        regular += [(name, *step) for step in times.regular(name).intervals()]
        offered += [(name, *step) for step in possible]
        working += [(name, *step) for step in whole.intervals()]
    for table, found in (("regular", regular), ("offered", offered), ("working", working)):
        _fill(base, table, ("resource", "begins", "ends", "capacity"), found)
        base.execute(f"CREATE INDEX {table}_resource ON {table} (resource, begins)")
    _fill(base, "kwh", ("begins", "ends", "price"), _kwh(plant, times, timeline.horizon_end))
    _able(base, plant, {"regular": regular, "offered": offered, "working": working}, timeline.horizon_end)
    calendars = {(row.calendar,) for row in plant.suppliers if row.calendar}
    open_days = [
        (name, day)
        for (name,) in calendars
        for a, b, _ in times.calendar(name, q.CalendarKind.WORK, 1).intervals()
        for day in range(timeline.clock.ordinal(a), timeline.clock.ordinal(b - 1) + 1)
    ]
    _fill(base, "open_day", ("calendar", "day"), open_days)
    days = {minute: timeline.clock.ordinal(minute) for minute in _minutes(plan)}
    _fill(base, "day_of", ("minute", "day"), days.items())
    _weeks(base, timeline)
    _docks(base, plant, plan, timeline, times)
    groups = [(row.item, lookup.setup_group(row.item)) for row in plant.items]
    _fill(base, "group_of", ("item", "setup_group"), groups)
    _fill(base, "scale", ("item", "scale"), lookup.scale.items())


def _kwh(plant: q.Plant, times: WorkingTime, end: int) -> list[tuple[int, int, str]]:
    """Prices of a kWh from border to border of all tariffs."""
    far, own = 10**9, plant.costs.energy_cost_per_kwh
    rows = [
        (a, b, row.cost_per_kwh)
        for row in plant.tariffs
        for a, b, _ in times.calendar(row.calendar, q.CalendarKind.WORK, 1).intervals()
    ]
    edges = sorted({-far, 0, end, far, *(edge for a, b, _ in rows for edge in (a, b))})
    return [
        (a, b, str(max((price for c, d, price in rows if c <= a and b <= d), default=own)))
        for a, b in pairwise(edges)
    ]


def _able(
    base: sqlite3.Connection, plant: q.Plant, profiles: dict[str, list[tuple[Any, ...]]], end: int
) -> None:
    """Who can do work that asks for skills, by set of skills; of named labour, its time with the skill."""
    alone = sorted({row.skill for row in plant.operation_resources if row.skill and not row.labour})
    sets = [found for size in range(1, len(alone) + 1) for found in combinations(alone, size)]
    asked = {(row.labour, row.skill) for row in (*plant.operation_resources, *plant.inspections)}
    rows: list[tuple[Any, ...]] = []

    def add(pool: str, source: str, labour: str | None, skills: tuple[str, ...]) -> None:
        for name, begins, ends, capacity in profiles[source]:
            spans = [(row.valid_from or 0, end if row.valid_to is None else row.valid_to)
                     for row in plant.skills if row.resource == name and row.skill in skills]  # fmt: skip
            edges = sorted({begins, ends, *(e for span in spans for e in span if begins < e < ends)})
            rows.extend(
                (pool, source, name, a, b, capacity)
                for a, b in pairwise(edges)
                if labour in (None, name) and any(c <= a and b <= d for c, d in spans)
            )

    for number, skills in enumerate(sets):
        add(str(number), "regular", None, skills)
    for labour, skill in sorted(pair for pair in asked if all(pair)):
        for source in profiles:
            add(f"{labour}/{skill}", source, labour, (skill,))
    _fill(base, "able", ("pool", "source", "resource", "begins", "ends", "capacity"), rows)
    members = [(str(number), skill) for number, skills in enumerate(sets) for skill in skills]
    _fill(base, "skill_set", ("pool", "skill"), members)


def _weeks(base: sqlite3.Connection, timeline: Timeline) -> None:
    """ISO weeks as minutes, and how many days of each bucket lie in each."""
    days = [
        (t, (day - 1) // 7)
        for t in range(len(timeline))
        for day in range(int(timeline.first_day[t]), int(timeline.first_day[t] + timeline.days[t]))
    ]
    weeks = sorted({week for _, week in days})
    midnight = timeline.clock.midnight
    _fill(
        base, "week", ("week", "begins", "ends"),
        [(week, midnight(week * 7 + 1), midnight(week * 7 + 8)) for week in weeks],
    )  # fmt: skip
    counted = [(t, week, days.count((t, week))) for t, week in sorted(set(days))]
    _fill(base, "week_days", ("t", "week", "days"), counted)


def _docks(
    base: sqlite3.Connection, plant: q.Plant, plan: p.Plan, timeline: Timeline, times: WorkingTime
) -> None:
    """Where shipments are counted (a day, in the tail a bucket), and how many a dock has room for there."""

    def place(minute: int) -> str:
        t = timeline.bucket_of_end(minute)
        tail = t >= timeline.window_buckets
        return f"bucket {t}" if tail else f"day {timeline.clock.ordinal(max(minute - 1, 0))}"

    ships = {row.ship for row in plan.deliveries if row.ship <= timeline.horizon_end}
    _fill(base, "ship_place", ("minute", "place"), [(minute, place(minute)) for minute in ships])
    room: list[tuple[str, str, int]] = []
    for dock in (row for row in plant.resources if row.kind is q.ResourceKind.DOCK):
        steps = times.regular(dock.resource)
        for t in range(len(timeline)):
            first, days = int(timeline.first_day[t]), int(timeline.days[t])
            spans = [
                (max(timeline.clock.midnight(day), 0), timeline.clock.midnight(day + 1))
                for day in range(first, first + days)
            ]
            open_days = sum(1 for a, b in spans if steps.open_minutes(a, b))
            tail = t >= timeline.window_buckets
            name = f"bucket {t}" if tail else f"day {first}"
            room.append((dock.resource, name, dock.capacity * open_days))
    _fill(base, "dock_room", ("dock", "place", "room"), room)


def _minutes(plan: p.Plan) -> set[int]:
    far = 10**8
    found = {row.arrives for row in plan.purchases} | {row.ship for row in plan.deliveries}
    return {minute for minute in found if -far < minute < far}


def _demand(base: sqlite3.Connection, plant: q.Plant, timeline: Timeline) -> None:
    found = net(plant, timeline)
    _fill(base, "demand", _names(Demand), _values(Demand, found))
    late = [
        (row.demand, t, days)
        for row in found
        for t in range(len(timeline))
        if (days := timeline.days_late(row.due, t))
    ]
    _fill(base, "late_days", ("demand", "t", "days"), late)
