"""Ways to spoil a valid plan in one place, each with the rules one of which must say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from capacityplan.domain.plan import BucketOvertime, BucketSetups, InspectionRun, Overtime, Plan
from capacityplan.verify import check

Spoiled = tuple[Plan, set[str]]
Corruptor = Callable[[Any, Plan], Iterator[Spoiled]]
FAR = 10**9


def each(plan: Plan, table: str, edit: Callable[[Any], Any]) -> Iterator[tuple[Any, Plan]]:
    """The plan with each row of a table edited in turn (None: dropped)."""
    rows = getattr(plan, table)
    for index, row in enumerate(rows):
        new = edit(row)
        if new != row:
            changed = (*rows[:index], *(() if new is None else (new,)), *rows[index + 1 :])
            yield row, replace(plan, **{table: changed})


def edits(table: str, rules: str, **changes: Callable[[Any], Any]) -> Corruptor:
    """Change fields of each row of a table."""

    def corrupt(plant: Any, plan: Plan) -> Iterator[Spoiled]:
        def edit(row: Any) -> Any:
            return replace(row, **{name: change(row) for name, change in changes.items()})

        for _, spoiled in each(plan, table, edit):
            yield spoiled, set(rules.split())

    return corrupt


def drops(table: str, rules: str) -> Corruptor:
    def corrupt(plant: Any, plan: Plan) -> Iterator[Spoiled]:
        for _, spoiled in each(plan, table, lambda row: None):
            yield spoiled, set(rules.split())

    return corrupt


def doubles(table: str, rules: str) -> Corruptor:
    def corrupt(plant: Any, plan: Plan) -> Iterator[Spoiled]:
        rows = getattr(plan, table)
        for row in rows:
            yield replace(plan, **{table: (*rows, row)}), set(rules.split())

    return corrupt


def batch_or(rules: str) -> Corruptor:
    """Batch runs are equal in start and end, so a double adds to the batch."""
    return doubles("runs", rules)


def swapped_runs(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """Two runs of different lots change places."""
    for one in plan.runs:
        for two in plan.runs:
            if one.lot < two.lot and one.resource == two.resource:
                first = replace(one, setup_start=two.setup_start, start=two.start, end=two.end)
                second = replace(two, setup_start=one.setup_start, start=one.start, end=one.end)
                rest = tuple(run for run in plan.runs if run not in (one, two))
                wrong = {"run_time", "waits", "changeover", "locks", "material_balance", "quality_hold"}
                yield replace(plan, runs=(*rest, first, second)), wrong


def wrong_ledger(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """A cent more or less, a row gone, a row twice, in a ledger that is stated."""
    rows = check(plant, plan).ledger
    for index, row in enumerate(rows):
        cent = replace(row, amount=row.amount + Fraction(1 if index % 2 else -1, 100))
        yield replace(plan, ledger=(*rows[:index], cent, *rows[index + 1 :])), {"ledger"}
        yield replace(plan, ledger=(*rows[:index], *rows[index + 1 :])), {"ledger"}
        yield replace(plan, ledger=(*rows, row)), {"ledger"}


def wrong_energy(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """Energy of a run at another tariff, an hour more of it, and none at all."""
    rows = check(plant, plan).ledger
    for index, row in enumerate(rows):
        if row.category == "energy":
            dearer = replace(row, rate=row.rate * 2, amount=row.amount * 2)
            more = replace(row, quantity=row.quantity + 1, amount=row.amount + row.rate)
            for wrong in (dearer, more):
                yield replace(plan, ledger=(*rows[:index], wrong, *rows[index + 1 :])), {"ledger"}
    if any(row.category == "energy" for row in rows):
        yield replace(plan, ledger=tuple(row for row in rows if row.category != "energy")), {"ledger"}


def unknown_names(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """Every name in every row, replaced by one that nothing has."""
    named = {"lot", "item", "version", "receipt", "operation", "resource", "object", "inspection", "lab"}
    named |= {"supplier", "downtime", "demand"}
    for table in fields(plan):
        rows = getattr(plan, table.name)
        if not isinstance(rows, tuple) or table.name == "ledger":
            continue
        for name in named:
            if rows and name in {field.name for field in fields(rows[0])}:
                for _, spoiled in each(plan, table.name, lambda row, name=name: replace(row, **{name: "?"})):
                    yield spoiled, {"plan_integrity"}


def not_called_for(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for record in plan.inspections:
        for other in plan.inspections:
            if other.inspection != record.inspection:
                extra = InspectionRun(record.object, other.inspection, other.lab, 6000, 6060)
                yield replace(plan, inspections=(*plan.inspections, extra)), {"inspection"}


def closed_overtime(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for resource in plant.resources:
        extra = Overtime(resource.resource, 600, 660)
        yield replace(plan, overtime=(*plan.overtime, extra)), {"overtime"}
        more = BucketOvertime(resource.resource, 7, 1441)
        yield replace(plan, bucket_overtime=(*plan.bucket_overtime, more)), {"overtime"}


def strange_setups(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for row in plan.bucket_setups:
        others = tuple(one for one in plan.bucket_setups if one is not row)
        for groups in ((), (*row.groups, "g9"), (*row.groups, *row.groups), ("g9",)):
            wrong = replace(row, groups=groups)
            yield replace(plan, bucket_setups=(*others, wrong)), {"setup_state"}
        extra = BucketSetups(row.resource, 9, row.groups)
        yield replace(plan, bucket_setups=(*plan.bucket_setups, extra)), {"setup_state"}


def mixed_levels(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for run in plan.runs:
        if run.operation in ("bake", "pack"):
            for row in plan.bucket_runs:
                if row.operation == run.operation:
                    moved = replace(row, lot=run.lot)
                    yield replace(plan, bucket_runs=(*plan.bucket_runs, moved)), {"plan_integrity"}


DELAYED = "material_balance quality_hold shelf_life plan_integrity demand_fulfilment"


def dearer(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """Orders below the quantity from which on the price is lower."""
    for row in plan.purchases:
        rest = [one for one in plan.purchases if one is not row]
        half = row.quantity // 2
        parts = (replace(row, quantity=half), replace(row, purchase="P1b", quantity=row.quantity - half))
        yield replace(plan, purchases=(*rest, *parts)), {"budgets"}


CORRUPTORS: dict[str, Corruptor] = {
    "unknown names": unknown_names,
    "swapped runs": swapped_runs,
    "wrong ledger": wrong_ledger,
    "wrong energy": wrong_energy,
    "inspection not called for": not_called_for,
    "overtime where none is offered": closed_overtime,
    "strange setup lists": strange_setups,
    "levels mixed": mixed_levels,
    # lots
    "lot dropped": drops("lots", "plan_integrity"),
    "lot twice": doubles("lots", "plan_integrity"),
    "lot larger by one": edits(
        "lots", "lot_size routing plan_integrity", quantity=lambda row: row.quantity + 1
    ),
    "lot smaller by one": edits(
        "lots", "lot_size routing plan_integrity", quantity=lambda row: row.quantity - 1
    ),
    "lot of nothing": edits("lots", "plan_integrity", quantity=lambda row: 0),
    "lot below zero": edits("lots", "plan_integrity", quantity=lambda row: -row.quantity),
    "lot beyond counting": edits("lots", "plan_integrity", quantity=lambda row: 10**18),
    "lot named as stock": edits("lots", "plan_integrity", lot=lambda row: "S1"),
    "lot claims a receipt": edits("lots", "plan_integrity", receipt=lambda row: "PO1"),
    # runs
    "run dropped": drops("runs", "routing rework"),
    "run twice": batch_or("routing rework capacity"),
    "run a minute longer": edits("runs", "run_time", end=lambda row: row.end + 1),
    "run a minute shorter": edits("runs", "run_time", end=lambda row: row.end - 1),
    "run of one more": edits("runs", "routing rework", quantity=lambda row: row.quantity + 1),
    "run of one less": edits("runs", "routing rework", quantity=lambda row: row.quantity - 1),
    "run on the lab": edits("runs", "routing rework", resource=lambda row: "LAB"),
    "run before the horizon": edits("runs", "plan_integrity", setup_start=lambda row: -1),
    "run after the horizon": edits("runs", "plan_integrity", end=lambda row: FAR),
    "run backwards": edits("runs", "plan_integrity", start=lambda row: row.end + 1),
    "run at night": edits(
        "runs",
        "run_time waits frozen_zone locks capacity plan_integrity rework",
        setup_start=lambda row: 30,
        start=lambda row: 30,
        end=lambda row: 30 + row.end - row.start,
    ),
    "run five days later": edits(
        "runs",
        "waits inspection material_balance plan_integrity quality_hold labour",
        setup_start=lambda row: row.setup_start + 7200,
        start=lambda row: row.start + 7200,
        end=lambda row: row.end + 7200,
    ),
    # runs of the tail
    "bucket run dropped": drops("bucket_runs", "routing rework"),
    "bucket run twice": doubles("bucket_runs", "routing rework"),
    "load of a minute more": edits(
        "bucket_runs", "run_time", load=lambda row: (*row.load[:-1], (row.load[-1][0], row.load[-1][1] + 1))
    ),
    "load of a minute less": edits(
        "bucket_runs",
        "run_time plan_integrity",
        load=lambda row: (*row.load[:-1], (row.load[-1][0], row.load[-1][1] - 1)),
    ),
    "load in the window": edits("bucket_runs", "plan_integrity", load=lambda row: ((4, 1),)),
    "load after the horizon": edits("bucket_runs", "plan_integrity", load=lambda row: ((12, 1),)),
    "no load": edits("bucket_runs", "plan_integrity", load=lambda row: ()),
    "load out of order": edits("bucket_runs", "plan_integrity", load=lambda row: ((8, 1), (7, 1))),
    "load on the dock": edits("bucket_runs", "routing rework", resource=lambda row: "DOCK"),
    "bucket run of one more": edits("bucket_runs", "routing rework", quantity=lambda row: row.quantity + 1),
    "load before its time": edits(
        "bucket_runs",
        "throughput_time material_balance setup_state frozen_zone locks rework run_time quality_hold",
        load=lambda row: ((5, sum(minutes for _, minutes in row.load)),),
    ),
    # setups of the tail
    "setups dropped": drops("bucket_setups", "setup_state"),
    "setups twice": doubles("bucket_setups", "setup_state"),
    "setups in the window": edits("bucket_setups", "plan_integrity", bucket=lambda row: 0),
    # inspections
    "inspection dropped": drops("inspections", "inspection"),
    "inspection twice": doubles("inspections", "plan_integrity"),
    "inspection too short": edits("inspections", "inspection", end=lambda row: row.end - 1),
    "inspection too early": edits(
        "inspections", "inspection", start=lambda row: row.start - 1440, end=lambda row: row.end - 1440
    ),
    "inspection a day later": edits(
        "inspections",
        "quality_hold waits rework",
        start=lambda row: row.start + 1440,
        end=lambda row: row.end + 1440,
    ),
    "inspection in the other lab": edits("inspections", "inspection", lab=lambda row: "LAB2"),
    "inspection after the horizon": edits("inspections", "plan_integrity", end=lambda row: FAR),
    "bucket inspection dropped": drops("bucket_inspections", "inspection"),
    "bucket inspection twice": doubles("bucket_inspections", "plan_integrity"),
    "bucket inspection too early": edits("bucket_inspections", "inspection", bucket=lambda row: 5),
    "released a bucket later": edits(
        "bucket_inspections",
        "throughput_time quality_hold rework inspection",
        released=lambda row: row.released + 2,
    ),
    "released before the test": edits(
        "bucket_inspections", "plan_integrity", released=lambda row: row.bucket - 1
    ),
    "bucket inspection in the other lab": edits("bucket_inspections", "inspection", lab=lambda row: "LAB2"),
    # purchases
    "purchase dropped": drops("purchases", "plan_integrity"),
    "purchase twice": doubles("purchases", "plan_integrity"),
    "purchase of one less": edits("purchases", "purchasing", quantity=lambda row: row.quantity - 1),
    "purchase too large": edits("purchases", "supplier_capacity", quantity=lambda row: row.quantity + 150),
    "purchase too small": edits("purchases", "material_balance", quantity=lambda row: 100),
    "purchase in the past": edits("purchases", "purchasing", order_by=lambda row: row.order_by - 1),
    "purchase without lead time": edits("purchases", "purchasing", order_by=lambda row: row.arrives),
    "purchase later": edits("purchases", "inspection", arrives=lambda row: row.arrives + 1),
    # budgets
    "bought above the budget": edits("purchases", "budgets", quantity=lambda row: row.quantity + 50),
    "bought in two dearer orders": dearer,
    "inspected before the reserve is released": edits(
        "bucket_inspections", "budgets", bucket=lambda row: min(row.bucket, 7)
    ),
    # overtime and maintenance
    "overtime at the wrong hour": edits("overtime", "overtime", start=lambda row: row.start - 1),
    "overtime twice": doubles("overtime", "overtime"),
    "overtime before the horizon": edits("overtime", "plan_integrity", start=lambda row: -1),
    "too much bucket overtime": edits("bucket_overtime", "overtime", minutes=lambda row: 121),
    "bucket overtime below zero": edits("bucket_overtime", "plan_integrity", minutes=lambda row: -1),
    "maintenance dropped": drops("maintenance", "downtime"),
    "maintenance twice": doubles("maintenance", "downtime"),
    "maintenance too short": edits("maintenance", "downtime", end=lambda row: row.end - 1),
    "maintenance elsewhere": edits("maintenance", "downtime", resource=lambda row: "OVEN"),
    "maintenance too late": edits("maintenance", "downtime", start=lambda row: 7190, end=lambda row: 7250),
    # deliveries
    "delivery twice": doubles("deliveries", "demand_fulfilment"),
    "delivery of one more": edits("deliveries", "demand_fulfilment", quantity=lambda row: row.quantity + 1),
    "delivery of nothing": edits("deliveries", "plan_integrity", quantity=lambda row: 0),
    "delivery of something else": edits("deliveries", "demand_fulfilment", item=lambda row: "RAW1"),
    "delivery at once": edits(
        "deliveries", DELAYED, ship=lambda row: 0, arrive=lambda row: row.arrive - row.ship
    ),
    "delivery too slow": edits("deliveries", "demand_fulfilment", arrive=lambda row: row.arrive + 1),
    "delivery after the horizon": edits("deliveries", "plan_integrity", arrive=lambda row: FAR),
    "lost more than wanted": edits("lost", "demand_fulfilment", quantity=lambda row: row.quantity + 1),
    "lost twice": doubles("lost", "demand_fulfilment"),
    "lost below zero": edits("lost", "plan_integrity", quantity=lambda row: -1),
}


def _certificates(plan: Plan) -> Iterator[tuple[str, Any]]:
    for table in ("inspections", "bucket_inspections"):
        for row in getattr(plan, table):
            if row.inspection.startswith("C-"):
                yield table, row


def no_certificate(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for table, row in _certificates(plan):
        if row.object == "MO1":
            continue  # What is received may stay on hold.
        rest = tuple(one for one in getattr(plan, table) if one is not row)
        yield replace(plan, **{table: rest}), {"inspection"}


def certificate_before_the_tests(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    for table, row in _certificates(plan):
        if row.object == "F1":
            sooner = replace(row, start=row.start - 1, end=row.end - 1)
        elif row.object == "F2":
            sooner = replace(row, bucket=row.bucket - 1)
        else:
            continue
        rest = tuple(one for one in getattr(plan, table) if one is not row)
        yield replace(plan, **{table: (*rest, sooner)}), {"inspection"}


def shipped_before_the_certificate(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    issued = {"O1": 3893, "O3": 450}

    def sooner(row: Any) -> Any:
        at = issued.get(row.demand)
        return row if at is None else replace(row, ship=at - 1, arrive=at - 1)

    for _, spoiled in each(plan, "deliveries", sooner):
        yield spoiled, {"quality_hold"}


def two_certificates_at_once(plant: Any, plan: Plan) -> Iterator[Spoiled]:
    """Another one is written at the same time, by the same person at the same desk."""

    def at_once(row: Any) -> Any:
        return replace(row, start=431, end=451) if row.object == "MO1" else row

    for _, spoiled in each(plan, "inspections", at_once):
        yield spoiled, {"labour"}
        yield spoiled, {"lab_capacity"}


CERTIFICATE_CORRUPTORS: dict[str, Corruptor] = {
    "no certificate": no_certificate,
    "certificate begun before the tests have ended": certificate_before_the_tests,
    "shipped before the certificate": shipped_before_the_certificate,
    "two certificates at once for one person": two_certificates_at_once,
}
"""What spoils a plan with certificates (`works.with_certificates`)."""
