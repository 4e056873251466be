"""Small random plants with what cuts of orders, lots and setups live on, drawn feature by feature.

They start from the plants of `small_plants` and add: price tiers with minimums of their own, a second
supplier, suppliers' calendars and validity, several orders in progress at any operation, production
versions, three setup groups, waits, validation and supplier inspections, analysts, shifts of labour,
downtime, months, a change to summer time, proposed promotions, and locks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.marketing import Promotion

DAY = 1440
Feature = Callable[[q.Plant, Random], q.Plant]


def widen(plant: q.Plant, rng: Random) -> q.Plant:
    """Add a few features to a plant."""
    for feature, share in _FEATURES:
        if rng.random() < share:
            plant = feature(plant, rng)
    return plant


def _tiers(plant: q.Plant, rng: Random) -> q.Plant:
    """One or two suppliers with up to three tiers each: all of an order at the tier's price."""
    scale = Lookup(plant).scale["R"]
    rows = []
    for supplier in ["S", "T"][: rng.choice([1, 1, 2])]:
        lead, multiple = rng.choice([0, 0, 1, 2]), rng.choice([0, 0, 2, 3, 5])
        week = rng.choice([None, None, None, 12, 30])
        calendar = "supply" if rng.random() < 0.3 else ""
        price, begins = rng.choice([3, 5, 9]), 0
        for _ in range(rng.choice([1, 2, 3])):
            rows.append(
                q.SupplierOffer(
                    supplier, "R", lead, F(price), begins * scale, rng.choice([0, 0, 4, 9]) * scale,
                    multiple * scale if rng.random() < 0.8 else 0, F(rng.choice([0, 5, 15, 40])),
                    None if week is None else week * scale, calendar,
                    valid_from=rng.choice([None, None, None, None, DAY]),
                    valid_to=rng.choice([None, None, None, None, 3 * DAY]),
                )
            )  # fmt: skip
            begins += rng.choice([5, 8, 12])
            price = max(1, price - rng.choice([0, 1, 2]))
    days = [day for day in range(7) if rng.random() < 0.7] or [2]
    supply = tuple(q.CalendarRow("supply", day, None, 0, DAY) for day in days)
    return replace(_kept(plant), suppliers=tuple(rows), calendars=(*plant.calendars, *supply))


def _kept(plant: q.Plant) -> q.Plant:
    """What is left over is worth nothing, whatever it costs now."""
    return replace(plant, items=tuple(replace(row, salvage_value=F(0)) for row in plant.items))


def _begun(plant: q.Plant, rng: Random) -> q.Plant:
    """Orders in progress at any operation of any item, some of it done, some on a stated resource."""
    lookup, rows = Lookup(plant), []
    for number in range(rng.choice([1, 2, 3])):
        item, version = rng.choice(list(lookup.routings))
        step = rng.choice(lookup.routings[item, version])
        quantity = rng.choice([1, 3, 6, 11])
        modes = lookup.modes[item, version, step.operation]
        rows.append(
            q.Receipt(
                f"BEGUN-{number}", q.ReceiptKind.PRODUCTION, item, quantity, rng.choice([0, DAY, 3 * DAY]),
                version=version, operation=step.operation, done_quantity=rng.choice([0, 0, quantity // 2]),
                resource=rng.choice(["", rng.choice(modes).resource]),
            )
        )  # fmt: skip
    return replace(plant, receipts=(*plant.receipts, *rows))


def _versions(plant: q.Plant, rng: Random) -> q.Plant:
    """A second production version of A: other minutes, other machine, another bill."""
    steps = [row for row in plant.operations if row.item == "A" and row.sequence != 90]
    modes = [row for row in plant.operation_resources if row.item == "A" and row.operation != "again"]
    lines = [row for row in plant.bill_of_materials if row.item == "A"]
    if any(row.rework_operation for row in plant.inspections):
        return plant
    factor = rng.choice([F(1, 2), F(1), F(2)])
    other = F(rng.choice([1, 2]), 2)
    return replace(
        _kept(plant),
        operations=(
            *(row for row in plant.operations if row.item != "A"),
            *(replace(row, version="one") for row in steps),
            *(replace(row, version="two", run_minutes=row.run_minutes * factor) for row in steps),
        ),
        operation_resources=(
            *(row for row in plant.operation_resources if row.item != "A"),
            *(replace(row, version=version) for row in modes for version in ("one", "two")),
        ),
        bill_of_materials=(
            *(row for row in plant.bill_of_materials if row.item != "A"),
            *(replace(row, version="one") for row in lines),
            *(replace(row, version="two", quantity=row.quantity * other) for row in lines),
        ),
        receipts=tuple(
            replace(row, version="one") if row.item == "A" and row.operation else row
            for row in plant.receipts
        ),
    )  # fmt: skip


def _groups(plant: q.Plant, rng: Random) -> q.Plant:
    """Three setup groups with prices of their own; what is cheap into one is dear into another."""
    items = tuple(
        replace(row, setup_group=rng.choice(["gA", "gB", "gC"])) if row.setup_group else row
        for row in plant.items
    )
    groups = ("gA", "gB", "gC")
    changes = tuple(
        q.Changeover("three", one, other, rng.choice([0, 30, 240]), F(rng.choice([0, 10, 60, 150])))
        for one in groups
        for other in groups
        if one != other or rng.random() < 0.2
    )
    resources = tuple(
        replace(row, changeover_matrix="three", initial_setup_group=rng.choice(["", *groups]))
        if row.kind is q.ResourceKind.MACHINE and row.capacity == 1 and rng.random() < 0.7
        else replace(row, changeover_matrix="", initial_setup_group="")
        for row in plant.resources
    )
    return replace(plant, items=items, changeovers=changes, resources=resources)


def _sizes(plant: q.Plant, rng: Random) -> q.Plant:
    """Lots that are large or whole numbers of something, for components too."""
    limits = [(7, 0, 0), (0, 3, 9), (4, 4, 4), (6, 2, 0), (0, 0, 3), (12, 0, 0)]
    items = []
    for row in plant.items:
        if row.kind is not q.ItemKind.RAW and rng.random() < 0.6:
            least, multiple, most = rng.choice(limits)
            row = replace(row, min_lot=least, lot_multiple=multiple, max_lot=most)
        items.append(row)
    return replace(plant, items=tuple(items))


def _waits(plant: q.Plant, rng: Random) -> q.Plant:
    """Minutes that lots wait before their last operation, at least and sometimes at most."""
    least = rng.choice([60, 600, 1500])
    most = rng.choice([None, least + 700])
    last = {row.item: row.sequence for row in plant.operations if row.operation == "finish"}
    rows = tuple(
        replace(row, min_wait_minutes=least, max_wait_minutes=most)
        if row.item in last and row.operation == "make" else row
        for row in plant.operations
    )  # fmt: skip
    return replace(plant, operations=rows)


def _tests(plant: q.Plant, rng: Random) -> q.Plant:
    """Rows of validation, of components, of one supplier, with analysts, of every second lot."""
    rows, made = [], {row.item for row in plant.items}
    analysts = rng.choice([0, 1])
    if rng.random() < 0.4:
        rows.append(q.Inspection("V-A", q.Stage.VALIDATION, "LAB", item="A", lab_minutes=120,
                                 wait_minutes=rng.choice([0, 900]), cost_per_lot=F(20)))  # fmt: skip
    if "C" in made and rng.random() < 0.6:
        rows.append(q.Inspection(
            "F-C", q.Stage.FINAL, "LAB", item="C", lab_minutes=rng.choice([20, 500]),
            every_lots=rng.choice([1, 2]), sample_quantity=1, destructive=rng.random() < 0.5,
            wait_minutes=rng.choice([0, 1440]), reject_fraction=rng.choice([F(0), F(1, 4)]),
            cost_per_lot=F(rng.choice([0, 9])),
        ))  # fmt: skip
    if rng.random() < 0.5:
        rows.append(q.Inspection(
            "I-S", q.Stage.INCOMING, "LAB", item="R", supplier=rng.choice(["S", "S", "T"]), lab_minutes=60,
            sample_quantity=2, destructive=True, every_lots=rng.choice([1, 1, 3]),
            reject_fraction=rng.choice([F(0), F(1, 10)]), cost_per_lot=F(rng.choice([0, 25])),
        ))  # fmt: skip
    old = tuple(
        replace(row, analysts=analysts, labour="CREW" if analysts else "") for row in plant.inspections
    )
    suppliers = {row.supplier for row in plant.suppliers}
    kept = [row for row in rows if not row.supplier or row.supplier in suppliers]
    return replace(plant, inspections=(*old, *kept))


def _final_rework(plant: q.Plant, rng: Random) -> q.Plant:
    """Rejects of finished lots are worked again, on the machine that made them."""
    if any(row.version for row in plant.operations) or any(row.rework_operation for row in plant.inspections):
        return plant
    row = q.Inspection(
        "I-final-again", q.Stage.FINAL, "LAB", item="A", lab_minutes=rng.choice([20, 200]),
        every_lots=rng.choice([1, 1, 2]), sample_quantity=1, destructive=rng.random() < 0.5,
        reject_fraction=F(1, rng.choice([2, 3])), rework_operation="again",
    )  # fmt: skip
    again = q.Operation("A", "again", 90, run_minutes=F(rng.choice([10, 90])),
                        yield_fraction=rng.choice([F(1), F(1, 2)]))  # fmt: skip
    mode = q.OperationResource("A", "again", "M2", cost_per_hour=F(rng.choice([6, 60])),
                               labour=rng.choice(["", "CREW"]))  # fmt: skip
    return replace(
        plant,
        inspections=(*plant.inspections, row), operations=(*plant.operations, again),
        operation_resources=(*plant.operation_resources, mode),
    )  # fmt: skip


def _shifts(plant: q.Plant, rng: Random) -> q.Plant:
    """Labour by shifts of different size, two of it for some runs; the machine stands still for a while."""
    people = tuple(
        q.CalendarRow("shifts", day, None, begin, end, size)
        for day in range(7)
        for begin, end, size in ((0, 720, 2), (720, DAY, 1))
    )
    resources = tuple(
        replace(row, calendar="shifts", capacity=2) if row.resource == "CREW" else row
        for row in plant.resources
    )
    modes = tuple(
        replace(row, labour="CREW", labour_units=rng.choice([1, 2])) if rng.random() < 0.4 else row
        for row in plant.operation_resources
    )
    down: tuple[q.Downtime, ...] = ()
    if rng.random() < 0.5:
        down = (q.Downtime("D", "M1", rng.choice([300, DAY - 60]), DAY + 200),)
    found = replace(
        plant, calendars=(*plant.calendars, *people), resources=resources, operation_resources=modes,
        downtime=down,
    )  # fmt: skip
    return _helpers(found, rng) if rng.random() < 0.4 else found


def _helpers(plant: q.Plant, rng: Random) -> q.Plant:
    """Further pools of some modes: fitters, one or two at a time, and a jig."""
    rows = tuple(
        q.OperationPool(row.item, row.operation, row.resource, pool, row.version, units)
        for row in plant.operation_resources
        for pool, units in (("FITTER", rng.choice([1, 2])), ("JIG", 1))
        if rng.random() < 0.5
    )
    pools = (
        q.Resource("FITTER", q.ResourceKind.LABOUR, capacity=2, calendar="shifts", cost_per_hour=F(12)),
        q.Resource("JIG", q.ResourceKind.TOOL),
    )
    return replace(plant, resources=(*plant.resources, *pools), operation_pools=rows)


def _shelves(plant: q.Plant, rng: Random) -> q.Plant:
    """Short lives, lives that must remain at delivery, tight storage, dear stock."""
    items = tuple(
        replace(
            row, shelf_life_days=rng.choice([None, 1, 2, 3, 6]),
            storage="STORE" if row.item == "A" and rng.random() < 0.3 else "",
            max_stock=rng.choice([None, 5, 6]) if row.kind is q.ItemKind.FINISHED else None,
            safety_stock=rng.choice([0, 5]) * 10**row.precision,
            holding_cost_per_day=rng.choice([None, F(0), F(1, 3), F(4)]),
        )
        for row in plant.items
    )  # fmt: skip
    items = tuple(
        replace(row, min_remaining_life_days=rng.choice([0, 1]))
        if (row.shelf_life_days or 0) > 1 and row.kind is q.ItemKind.FINISHED else row
        for row in items
    )  # fmt: skip
    return replace(plant, items=items)


def _calendar(plant: q.Plant, rng: Random) -> q.Plant:
    """More weeks, a month, a longer window; a change to summer time in the first days."""
    days = plant.horizon.daily
    horizon = replace(
        plant.horizon,
        weekly=rng.choice([0, 1, 2]),
        monthly=rng.choice([0, 0, 1]),
        schedule_days=rng.choice([1, days, days]),
    )
    if rng.random() < 0.5 and not len(plant.projections):
        return replace(plant, horizon=horizon, start="2025-03-29T06:00:00", timezone="Europe/Berlin")
    return replace(plant, horizon=horizon)


def _proposal(plant: q.Plant, rng: Random) -> q.Plant:
    """A promotion that the plan may choose."""
    if not len(plant.projections):
        return plant
    row = Promotion("PUSH", "A", 0, 4 * DAY, F(rng.choice([1, 2]), 2), cost=F(rng.choice([0, 5, 40])),
                    dip_fraction=rng.choice([F(0), F(1, 5)]), dip_days=2, status="proposed")  # fmt: skip
    return replace(plant, promotions=(row,))


def _orders(plant: q.Plant, rng: Random) -> q.Plant:
    """Smallest shipments, and many small orders of one day."""
    orders = [replace(row, min_shipment=min(row.quantity, rng.choice([0, 2, 3]))) for row in plant.orders]
    due = rng.choice([DAY, 2 * DAY, 4 * DAY])
    orders += [
        q.Order(f"SMALL-{n}", "A", rng.choice([1, 2]), due, late_cost_per_day=F(n), lost_cost=F(30 + n))
        for n in range(rng.choice([0, 3]))
    ]
    return replace(plant, orders=tuple(orders))


_FEATURES: tuple[tuple[Feature, float], ...] = (
    (_calendar, 0.35), (_groups, 0.4), (_sizes, 0.4), (_versions, 0.2), (_tiers, 0.6), (_waits, 0.3),
    (_shifts, 0.3), (_tests, 0.4), (_final_rework, 0.2), (_shelves, 0.3), (_begun, 0.4), (_proposal, 0.2),
    (_orders, 0.3),
)  # fmt: skip
