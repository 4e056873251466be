"""Random shops of plain rules for the searches of the minute level, and how their schedules are judged."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q
from capacityplan.domain.plan import Provenance
from capacityplan.solve.settle import settle_once
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule
from capacityplan.verify import Verdict, check

COSTS = q.Costs(holding_rate_per_year=F(0), lateness=q.Lateness.MINUTE)


def limits(work: float) -> Limits:
    return Limits(math.inf, 0, 2, work, lambda: False)


def judged(plant: q.Plant, lots: LotPlan, window: WindowSchedule) -> Verdict:
    return check(plant, settle_once(plant, window, lots, Provenance(plant.name, plant.hash())))


def order(name: str, item: str, quantity: int, due: int, price: int = 10) -> q.Order:
    return q.Order(name, item, quantity, due, late_cost_per_day=F(price), lost_cost=F(100_000))


def shop(seed: int) -> q.Plant:
    """A random shop: alternatives, changeovers, a crew, a tool, breaks, waits, parts, gates."""
    rng = Random(seed)
    machines = [f"M{n}" for n in range(rng.choice([1, 2, 3]))]
    breaks, matrix = rng.random() < 0.4, rng.random() < 0.4
    crew, tool, parts = rng.random() < 0.4, rng.random() < 0.3, rng.random() < 0.5
    calendar = "day" if breaks else ""
    resources = [
        q.Resource(
            name, q.ResourceKind.MACHINE, calendar=calendar, cost_per_hour=F(rng.choice([0, 6])),
            capacity=1 if matrix else rng.choice([1, 1, 2]), changeover_matrix="mx" if matrix else "",
            initial_setup_group=rng.choice(["g0", "g1"]) if matrix else "",
        )
        for name in machines
    ]  # fmt: skip
    resources.append(
        q.Resource("CREW", q.ResourceKind.LABOUR, capacity=2, calendar=rng.choice(["", calendar]))
    )
    resources.append(q.Resource("TOOL", q.ResourceKind.TOOL))
    resources.append(q.Resource("FITTER", q.ResourceKind.LABOUR, capacity=2, cost_per_hour=F(3)))
    items, operations, modes, lines, orders, stock, receipts = [], [], [], [], [], [], []
    for number in range(rng.choice([2, 3])):
        item = f"I{number}"
        items.append(
            q.Item(item, q.ItemKind.FINISHED, max_lot=rng.choice([0, 5]), unit_value=F(rng.choice([0, 3])),
                   setup_group=f"g{number % 2}", phase_in=rng.choice([None, None, 200]))
        )  # fmt: skip
        for step in range(rng.choice([1, 2, 3])):
            name = f"o{step}"
            operations.append(
                q.Operation(item, name, step,
                            run_minutes=F(rng.choice([5, 12])), fixed_minutes=rng.choice([0, 7]),
                            yield_fraction=F(rng.choice([10, 9]), 10), pausable=breaks or rng.random() < 0.5,
                            min_wait_minutes=rng.choice([0, 30]),
                            max_wait_minutes=None if breaks else rng.choice([None, 400]),
                            artwork_approved_on=rng.choice([None, None, None, 333]))
            )  # fmt: skip
            for machine in rng.sample(machines, rng.randint(1, len(machines))):
                modes.append(
                    q.OperationResource(item, name, machine, setup_minutes=rng.choice([0, 10]),
                                        run_minutes=rng.choice([None, F(9)]), labour="CREW" if crew else "",
                                        tool="TOOL" if tool and rng.random() < 0.5 else "")
                )  # fmt: skip
        if parts:
            lines.append(q.BomLine(item, "PART", F(1), operation="o0"))
        orders += [
            order(f"D{number}{k}", item, rng.randint(3, 9), rng.randrange(300, 4000)) for k in range(2)
        ]
    if parts:
        items.append(q.Item("PART", q.ItemKind.RAW))
        stock.append(q.Stock("S", "PART", 12))
        receipts.append(q.Receipt("R", q.ReceiptKind.PURCHASE, "PART", 200, 700))
    spans = [(480, 720), (780, 1020)]
    calendars = [q.CalendarRow("day", day, None, *span) for day in range(7) for span in spans]
    changeovers = [q.Changeover("mx", "g0", "g1", 20, F(5)), q.Changeover("mx", "g1", "g0", 45)]
    return q.Plant(
        f"shop-{seed}", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(8, 0, 0, 8),
        costs=replace(COSTS, holding_rate_per_year=F(1, 5)),
        fences=q.Fences(frozen_hours=rng.choice([0, 0, 3])), items=tuple(items),
        bill_of_materials=tuple(lines), operations=tuple(operations), operation_resources=tuple(modes),
        operation_pools=tuple(
            q.OperationPool(mode.item, mode.operation, mode.resource, "FITTER", units=rng.choice([1, 2]))
            for mode in modes
            if crew and rng.random() < 0.4
        ),
        resources=tuple(resources), calendars=tuple(calendars) if breaks else (),
        changeovers=tuple(changeovers) if matrix else (), stock=tuple(stock), receipts=tuple(receipts),
        orders=tuple(orders),
    )  # fmt: skip
