"""Small random plants whose plans run, set up, inspect and hold across bucket and window borders.

Monday 2025-01-06 00:00 UTC; two or three days and a week, one or two days of them to the minute.
Each feature is drawn on its own, so that a few hundred seeds cover their combinations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from random import Random
from typing import Any

from bills import with_bills
from campaigned import with_campaigns
from certified import with_certificates
from identical import with_copies
from learning_plants import with_learning
from skilled import with_skills
from streams import line, with_streams
from wider_plants import widen

from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections

DAY = 1440
WEEK_DAYS = range(7)


RICHER = 1000
"""From this seed on plants have projections, more buckets, more demand and rework."""
WIDER = 100_000
"""From this seed on plants have the features of `wider_plants` as well."""
ENERGY = 10_000_000
"""From this seed on plants are those from seed 0 on, with energy that costs money."""
BILLS = 20_000_000
"""From this seed on plants are those from seed 0 on, with the bills of `bills`."""
STREAMS = 30_000_000
"""From this seed on plants are those from seed 0 on, with the overlaps of `streams`."""
LINES = 31_000_000
"""From this seed on plants are lines of `streams` on which everything depends on overlaps."""


SKILLS = 40_000_000
"""From this seed on plants are those from seed 0 on, with the skills of `skilled`."""
CAMPAIGNS = 50_000_000
"""From this seed on plants are those from seed 0 on, with the campaigns of `campaigned`."""
IDENTICAL = 60_000_000
"""From this seed on plants are those from seed 0 on, with the machines of `identical`."""


PHASES = 70_000_000
"""From this seed on plants are those from seed 0 on, with safety stocks that change by phases of life."""


TARIFFS = 80_000_000
"""From this seed on plants are those from seed 0 on, with energy at prices by time of use."""


CERTIFIED = 90_000_000
"""From this seed on plants are those from seed 0 on, with the certificates of `certified`."""


LEARNING = 100_000_000
"""From this seed on plants are those from seed 0 on, with the curves of `learning_plants`."""


def plant(seed: int) -> q.Plant:
    """Draw a plant."""
    if LINES <= seed < SKILLS:
        return line(Random(seed))
    for first, change in _CHANGED:
        if seed >= first:
            return change(plant(seed - first), Random(seed))
    found = _Draw(Random(seed)).plant(seed)
    if seed < RICHER:
        return found
    found = _richer(found, Random(seed))
    return found if seed < WIDER else widen(found, Random(seed + 1))


def _richer(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw demand that takes several lots, orders and setups, by projections too; and rework."""
    made = [row.item for row in plant.items if row.kind is q.ItemKind.FINISHED]
    daily = rng.choice([3, 4, 5])
    orders = tuple(
        q.Order(
            f"N{number}", rng.choice(made), rng.choice([1, 2, 4, 7]),
            rng.randrange(0, (daily + 7) * DAY, DAY // 2),
            late_cost_per_day=F(rng.choice([0, 1, 5])), lost_cost=F(rng.choice([15, 60, 200])),
        )
        for number in range(rng.choice([1, 2, 3, 4]))
    )  # fmt: skip
    first = date(2025, 1, 6).toordinal()
    begun = [first + rng.randrange(daily + 5) for _ in range(rng.choice([0, 1, 1, 2]))]
    rows = len(begun)
    names = ["", *made]
    projections = Projections(
        names, item=[1 + rng.randrange(len(made)) for _ in begun], start=begun,
        end=[min(day + rng.choice([0, 1, 4]), first + daily + 6) for day in begun],
        quantity=[rng.choice([2, 3, 6, 9]) for _ in begun], weight_millionths=[10**6] * rows,
        low=[-1] * rows, high=[-1] * rows,
        **{name: [0] * rows for name in ("stream", "segment", "certainty", "author", "dated")},
    )  # fmt: skip
    costs = replace(
        plant.costs, late_rate_per_day=F(rng.choice([0, 1, 3]), 10), lost_rate=F(rng.choice([1, 4]))
    )
    found = replace(
        plant,
        horizon=replace(plant.horizon, daily=daily), orders=(*plant.orders, *orders), projections=projections,
        costs=costs,
    )  # fmt: skip
    return _with_rework(found, rng) if rng.random() < 0.3 else found


def _with_tariffs(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw one or two tariffs, cheaper or dearer than the plant's own, some of them at the same time."""
    hours = [(0, 360), (1320, 360), (420, 720), (600, 1200), (0, 1440)]
    plant = _with_energy(plant, rng)
    rows, tariffs = list(plant.calendars), []
    for name in ("t1", "t2")[: rng.choice([1, 2])]:
        begins, ends = rng.choice(hours)
        days = rng.sample(WEEK_DAYS, rng.choice([2, 5, 7]))
        rows += [q.CalendarRow(name, day, None, begins, ends) for day in days]
        tariffs.append(q.Tariff(name, F(rng.choice([0, 1, 2, 8]), 4)))
    return replace(plant, calendars=tuple(rows), tariffs=tuple(tariffs))


def _with_phases(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw phases of life, some before the start, in the middle of a week or after the horizon."""
    first = date(2025, 1, 6).toordinal()
    phases = tuple(
        q.LifePhase(row.item, day, "growth", F(rng.choice([1, 1, 2])),
                    rng.choice([None, 0, 2, 6]) if not row.precision else rng.choice([None, 0, 450]))
        for row in plant.items
        for day in sorted(rng.sample(range(first - 3, first + 14), rng.choice([0, 1, 2, 3])))
    )  # fmt: skip
    return replace(plant, life_cycle=phases)


def _with_energy(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw a tariff, and what machines draw: as dear as their hours, or dearer."""
    machine = q.ResourceKind.MACHINE
    return replace(
        plant,
        costs=replace(plant.costs, energy_cost_per_kwh=F(rng.choice([1, 3, 9]), 4)),
        resources=tuple(
            replace(row, energy_kw=F(rng.choice([0, 8, 25, 80]))) if row.kind is machine else row
            for row in plant.resources
        ),
    )


def _with_rework(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw a row of every lot whose rejects are worked again on a bench."""
    row = q.Inspection(
        "I-again", q.Stage.IN_PROCESS, "LAB", item="A", operation="make", lab_minutes=rng.choice([20, 300]),
        sample_quantity=1, destructive=rng.random() < 0.5, reject_fraction=F(1, rng.choice([3, 5])),
        rework_operation="again",
    )  # fmt: skip
    again = q.Operation(
        "A", "again", 90, run_minutes=F(rng.choice([10, 50])), fixed_minutes=rng.choice([0, 15]),
        yield_fraction=rng.choice([F(1), F(1, 2)]),
    )  # fmt: skip
    bench = q.Resource("BENCH", q.ResourceKind.MACHINE, cost_per_hour=F(rng.choice([6, 60])))
    return replace(
        plant,
        inspections=(*plant.inspections, row), operations=(*plant.operations, again),
        operation_resources=(*plant.operation_resources, q.OperationResource("A", "again", "BENCH")),
        resources=(*plant.resources, bench),
    )  # fmt: skip


_CHANGED: tuple[tuple[int, Callable[[q.Plant, Random], q.Plant]], ...] = (
    (LEARNING, with_learning), (CERTIFIED, with_certificates), (TARIFFS, _with_tariffs),
    (PHASES, _with_phases), (IDENTICAL, with_copies), (CAMPAIGNS, with_campaigns), (SKILLS, with_skills),
    (STREAMS, with_streams), (BILLS, with_bills), (ENERGY, _with_energy),
)  # fmt: skip
"""What is done to the plants from seed 0 on, by first seed."""


class _Draw:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.tables: dict[str, Any] = {}

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def add(self, table: str, *rows: Any) -> None:
        self.tables[table] = (*self.tables.get(table, ()), *rows)

    def plant(self, seed: int) -> q.Plant:
        rng = self.rng
        daily = rng.choice([2, 3])
        horizon = q.Horizon(daily=daily, weekly=1, schedule_days=rng.choice([1, 2]))
        self._machines()
        self._items()
        self._material()
        self._inspections()
        self._demand(daily)
        self._stock(daily)
        costs = q.Costs(
            lateness=q.Lateness.MINUTE if self.chance(0.2) else q.Lateness.BUCKET,
            makespan_cost_per_minute=F(1, 100) if self.chance(0.1) else F(0),
            overstock_rate_per_day=F(1, 20) if self.chance(0.3) else F(0),
        )
        fences = q.Fences(frozen_hours=rng.choice([0, 0, 0, 6]))
        start = "2025-01-06T00:00:00" if self.chance(0.8) else "2025-01-06T07:30:00"
        return q.Plant(
            f"small-{seed}", start, "UTC", "EUR", horizon=horizon, costs=costs, fences=fences, **self.tables
        )

    def _machines(self) -> None:
        rng = self.rng
        self.calendar = rng.choice(["", "", "day", "two"])
        if self.calendar == "day":
            self.add("calendars", *(q.CalendarRow("day", d, None, 480, 960) for d in WEEK_DAYS))
        elif self.calendar == "two":
            self.add("calendars", *(q.CalendarRow("two", d, None, 360, 1320) for d in WEEK_DAYS))
        overtime = bool(self.calendar) and self.chance(0.6)
        if overtime:
            kind = q.CalendarKind.OVERTIME
            self.add(
                "calendars", *(q.CalendarRow("late", d, None, 1320, 1440, None, kind) for d in WEEK_DAYS)
            )
        self.matrix = "mx" if self.chance(0.5) else ""
        self.add(
            "resources",
            q.Resource(
                "M1", q.ResourceKind.MACHINE, calendar=self.calendar,
                cost_per_hour=F(rng.choice([0, 6, 30])),
                overtime_calendar="late" if overtime else "", overtime_cost_per_hour=F(rng.choice([10, 60])),
                max_overtime_hours_per_week=F(3) if self.chance(0.3) else None,
                changeover_matrix=self.matrix,
                initial_setup_group=rng.choice(["gA", "gB", ""]) if self.matrix else "",
                setup_in_breaks=self.chance(0.2),
            ),
            q.Resource("M2", q.ResourceKind.MACHINE, capacity=rng.choice([1, 1, 2]), cost_per_hour=F(12)),
            q.Resource("CREW", q.ResourceKind.LABOUR, calendar=self.calendar if self.chance(0.4) else "",
                       cost_per_hour=F(18)),
            q.Resource("LAB", q.ResourceKind.LAB, calendar=rng.choice(["", self.calendar]),
                       cost_per_hour=F(6)),
        )  # fmt: skip
        if self.matrix:
            for before in ("gA", "gB"):
                after = "gB" if before == "gA" else "gA"
                self.add("changeovers", q.Changeover("mx", before, after, rng.choice([0, 60, 300]),
                                                     F(rng.choice([0, 20, 100]))))  # fmt: skip

    def _items(self) -> None:
        rng = self.rng
        self.made = ["A", "B"] if self.chance(0.5) else ["A"]
        self.two_levels = self.chance(0.5)
        for item in self.made:
            limits = rng.choice([(0, 0, 0), (2, 0, 10), (5, 5, 15), (4, 0, 4)])
            self.add(
                "items",
                q.Item(
                    item, q.ItemKind.FINISHED, unit_value=F(10), price=F(rng.choice([20, 40])),
                    holding_cost_per_day=F(rng.choice([0, 1, 10]), 10),
                    min_lot=limits[0], lot_multiple=limits[1], max_lot=limits[2],
                    safety_stock=rng.choice([0, 0, 3]), max_stock=rng.choice([None, 4]),
                    shelf_life_days=rng.choice([None, None, 2, 4]),
                    setup_group=f"g{item}", salvage_value=F(rng.choice([0, 0, 2])),
                    storage="STORE" if self.chance(0.3) else "",
                    phase_in=rng.choice([None, None, None, 900]),
                ),
            )  # fmt: skip
            self._routing(item)
        self.add("storages", q.Storage("STORE", F(rng.choice([8, 1000])), "", F(1, 10)))
        if self.two_levels:
            self.add("items", q.Item("C", q.ItemKind.INTERMEDIATE, unit_value=F(4), setup_group="gB",
                                     holding_cost_per_day=F(1, 5), max_lot=rng.choice([0, 12])))  # fmt: skip
            self.add("operations", q.Operation("C", "form", 10, run_minutes=F(rng.choice([10, 60])),
                                               yield_fraction=rng.choice([F(1), F(9, 10)])))  # fmt: skip
            self.add("operation_resources", q.OperationResource("C", "form", "M2", setup_minutes=20))

    def _routing(self, item: str) -> None:
        rng = self.rng
        # Up to 36 hours for a lot on a machine that has 24 a day at most.
        minutes = F(rng.choice([5, 60, 144, 216]))
        share = rng.choice([F(1), F(1), F(4, 5)])
        self.add(
            "operations",
            q.Operation(
                item, "make", 10, run_minutes=minutes, yield_fraction=share,
                fixed_minutes=rng.choice([0, 0, 120]), pausable=not self.calendar or self.chance(0.7),
            ),
        )  # fmt: skip
        self.add(
            "operation_resources",
            q.OperationResource(
                item, "make", "M1", setup_minutes=rng.choice([0, 30, 200]),
                setup_cost=F(rng.choice([0, 0, 40])),
                labour="CREW" if self.chance(0.3) else "",
            ),
        )  # fmt: skip
        if self.chance(0.25):
            self.add("operation_resources", q.OperationResource(item, "make", "M2", cost_per_hour=F(40)))
        if self.chance(0.35):
            batch = self.chance(0.4)
            self.add(
                "operations",
                q.Operation(
                    item, "finish", 20, run_minutes=F(0) if batch else F(rng.choice([0, 10, 90])),
                    fixed_minutes=rng.choice([240, 1000]) if batch else 0, batch_size=20 if batch else 0,
                ),
            )  # fmt: skip
            self.add("operation_resources", q.OperationResource(item, "finish", rng.choice(["M1", "M2"])))

    def _material(self) -> None:
        rng = self.rng
        precision = rng.choice([0, 0, 2])
        self.add("items", q.Item("R", q.ItemKind.RAW, unit_value=F(3), precision=precision,
                                 holding_cost_per_day=F(rng.choice([0, 1]), 20),
                                 shelf_life_days=rng.choice([None, None, 3]),
                                 safety_stock=rng.choice([0, 0, 4 * 10**precision])))  # fmt: skip
        scale = 10**precision
        multiple = rng.choice([0, 0, 5 * scale])
        common: dict[str, Any] = {
            "lead_time_days": rng.choice([0, 0, 1, 2]), "order_multiple": multiple,
            "capacity_per_week": rng.choice([None, None, 20 * scale]),
        }  # fmt: skip
        self.add("suppliers", q.SupplierOffer("S", "R", price=F(3), order_cost=F(rng.choice([0, 15])),
                                              min_order=rng.choice([0, 10 * scale]), **common))  # fmt: skip
        if self.chance(0.4):
            self.add("suppliers", q.SupplierOffer("S", "R", price=F(2), from_quantity=15 * scale,
                                                  order_cost=F(15), **common))  # fmt: skip
        for item in self.made:
            need = rng.choice([F(1), F(2), F(1, 3)])
            parent = "C" if self.two_levels else item
            if self.two_levels:
                self.add("bill_of_materials", q.BomLine(item, "C", F(1)))
            if not self.two_levels or item == "A":
                scrap = rng.choice([F(0), F(0), F(1, 10)])
                if self.chance(0.2):
                    self.add("bill_of_materials", q.BomLine(parent, "R", need, valid_to=DAY))
                    self.add("bill_of_materials", q.BomLine(parent, "R", need * 2, valid_from=DAY))
                else:
                    self.add("bill_of_materials", q.BomLine(parent, "R", need, scrap_fraction=scrap))

    def _inspections(self) -> None:
        rng = self.rng
        for stage, item, operation in (
            (q.Stage.FINAL, "A", ""), (q.Stage.FINAL, "B", ""), (q.Stage.INCOMING, "R", ""),
            (q.Stage.IN_PROCESS, "A", "make"),
        ):  # fmt: skip
            if item not in ("R", *self.made) or not self.chance(0.35):
                continue
            self.add(
                "inspections",
                q.Inspection(
                    f"I-{stage.value}-{item}", stage, "LAB", item=item, operation=operation,
                    lab_minutes=rng.choice([30, 400, 1000]), wait_minutes=rng.choice([0, 0, 600, 1440]),
                    every_lots=rng.choice([1, 1, 2]), sample_quantity=1, destructive=self.chance(0.4),
                    reject_fraction=rng.choice([F(0), F(0), F(1, 5)]), cost_per_lot=F(rng.choice([0, 12])),
                ),
            )  # fmt: skip

    def _demand(self, daily: int) -> None:
        rng = self.rng
        self.add("customers", q.Customer("near"), q.Customer("far", transit_days=1))
        for number in range(rng.choice([1, 2, 3])):
            due = rng.choice([0, DAY // 2, DAY, 2 * DAY, daily * DAY, (daily + 3) * DAY])
            self.add(
                "orders",
                q.Order(
                    f"O{number}", rng.choice(self.made), rng.choice([2, 3, 8, 10]), due,
                    customer=rng.choice(["near", "near", "far"]),
                    late_cost_per_day=F(rng.choice([0, 1, 5])), lost_cost=F(rng.choice([15, 60, 200])),
                ),
            )  # fmt: skip

    def _stock(self, daily: int) -> None:
        rng = self.rng
        if self.chance(0.4):
            self.add("stock", q.Stock("ST-R", "R", 5, available=rng.choice([None, 700])))
        if self.chance(0.3):
            status = rng.choice([q.StockStatus.UNRESTRICTED, q.StockStatus.IN_INSPECTION])
            self.add("stock", q.Stock("ST-A", "A", 4, status, expires=rng.choice([None, DAY])))
        if self.chance(0.25):
            self.add("receipts", q.Receipt("RC-R", q.ReceiptKind.PURCHASE, "R", 6, rng.choice([-60, DAY])))
        if self.chance(0.2):
            self.add("receipts", q.Receipt("RC-A", q.ReceiptKind.PRODUCTION, "A", 3, rng.choice([0, 1500])))
        if self.chance(0.2):
            last = [row.operation for row in self.tables["operations"] if row.item == "A"][-1]
            done = rng.choice([0, 1])
            self.add("receipts", q.Receipt("WIP-A", q.ReceiptKind.PRODUCTION, "A", 4, DAY, operation=last,
                                           done_quantity=done))  # fmt: skip


def long_lot() -> q.Plant:
    """One lot of 36 hours on a machine that has 24 hours a day, due at the end of the second day."""
    return q.Plant(
        "long-lot", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(2, 1, 0, 1),
        items=(q.Item("A", q.ItemKind.FINISHED, min_lot=10, max_lot=10, holding_cost_per_day=F(1)),),
        operations=(q.Operation("A", "make", 10, run_minutes=F(216)),),
        operation_resources=(q.OperationResource("A", "make", "M1"),),
        resources=(q.Resource("M1", q.ResourceKind.MACHINE, cost_per_hour=F(1)),),
        orders=(q.Order("O", "A", 10, 2 * DAY, late_cost_per_day=F(100), lost_cost=F(1000)),),
    )  # fmt: skip


def repriced(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw other prices for everything: the same plans are valid, others are cheapest."""

    def money(*choices: int) -> F:
        return F(rng.choice(choices), 10)

    return replace(
        plant,
        items=tuple(
            replace(
                row, unit_value=money(0, 10, 200), holding_cost_per_day=money(0, 1, 30),
                salvage_value=F(0) if row.kind is q.ItemKind.RAW else money(0, 0, 30),
            )
            for row in plant.items
        ),
        orders=tuple(
            replace(row, late_cost_per_day=money(0, 5, 300), lost_cost=money(0, 300, 9000))
            for row in plant.orders
        ),
        resources=tuple(
            replace(
                row, cost_per_hour=money(0, 10, 400), overtime_cost_per_hour=money(0, 50, 900)
            )
            for row in plant.resources
        ),
        changeovers=tuple(replace(row, cost=money(0, 100, 2000)) for row in plant.changeovers),
        suppliers=tuple(
            replace(row, price=money(1, 20, 90), order_cost=money(0, 100, 900)) for row in plant.suppliers
        ),
        inspections=tuple(replace(row, cost_per_lot=money(0, 50, 700)) for row in plant.inspections),
    )  # fmt: skip
