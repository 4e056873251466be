"""Money spent on purchases, orders, overtime and inspections stays within budgets.

Formulation: sum of amounts by the days of their bucket in the budget's period <= what is granted of limit and
reserve - spent + overrun; what of it lies before the reserve is released <= granted limit - spent + overrun.
Relation: RELAXED (other categories of the ledger are not counted; the checker counts them all).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacityplan.domain.plant import Budget, Inspection
from capacityplan.formulate.builder import Builder, Floats, Ints
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.process import inspection_cost
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.budgets import days_within, grants, reserve_day

_STRICT = 1e3
"""Money per unit of money beyond a budget that must be kept: the model stays feasible."""
Spending = tuple[str, Ints, Ints, Floats]
"""Category, buckets, columns, money per unit."""


def applies(grid: Grid) -> bool:
    """Only where there are budgets."""
    return bool(grid.plant.budgets)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Post every budget's spending in its period, and before its reserve is released."""
    spendings = [*_purchases(grid, x), *_overtime(grid, x), _inspections(grid, x)]
    for grant in grants(grid.plant.funds, grid.plant.budgets):
        budget, released = grant.budget, reserve_day(grant.budget)
        over = builder.columns(1, cost=_STRICT if budget.overrun_cost is None else float(budget.overrun_cost))
        for last, most in ((budget.end, grant.total), (released - 1, grant.limit)):
            days = days_within(grid.timeline, budget.start, min(last, budget.end))
            if any(days):
                room = float(most - budget.spent) - _bought(grid, budget, min(last, budget.end))
                row = builder.rows(1, high=room)
                builder.post(row, over, -1.0)
                _post(builder, row, budget, spendings, np.array(days) / grid.timeline.days)


def _post(builder: Builder, row: Ints, budget: Budget, spendings: list[Spending], share: Floats) -> None:
    for category, buckets, columns, money in spendings:
        if budget.category in ("all", category):
            live = share[buckets] > 0
            builder.post(row[0], columns[live], (money * share[buckets])[live])


def _purchases(grid: Grid, x: Variables) -> Iterator[Spending]:
    rows = [grid.arrivals[arrival] for arrival in x.tiers[:, 0].tolist()]
    offers = [row.tiers[tier].offer for row, tier in zip(rows, x.tiers[:, 1].tolist(), strict=True)]
    bucket = np.array([row.bucket for row in rows], dtype=np.int64)
    price = np.array([grid.per_unit(offer.price, grid.items[offer.item]) for offer in offers])
    yield "purchase", bucket, x.bought, price
    live = x.ordered >= 0
    cost = np.array([float(offer.order_cost) for offer in offers])
    yield "ordering", bucket[live], x.ordered[live], cost[live]


def _overtime(grid: Grid, x: Variables) -> Iterator[Spending]:
    resource, bucket = np.nonzero(x.opened >= 0)
    rate = np.array(
        [float(row.overtime_cost_per_hour) / MINUTES_PER_HOUR for row in grid.lookup.resources.values()]
    )
    yield "overtime", bucket, x.opened[resource, bucket], rate[resource]


def _inspections(grid: Grid, x: Variables) -> Spending:
    """Inspections of lots and purchases, in the bucket in which they are estimated to take place."""
    found: list[tuple[int, int, float]] = []
    for index, start in enumerate(grid.starts):
        process = grid.processes[start.process]
        for phase, passage in zip(process.phases, start.flow.passages, strict=True):
            found += [(passage.inspected, int(x.lots[index]), _cost(grid, row)) for row in phase.inspections]
        flow = start.flow
        found += [
            (flow.released if row.is_last else flow.inspected, int(x.lots[index]), _cost(grid, row))
            for row in process.final
        ]
    for position, arrival in enumerate(x.tiers[:, 0].tolist()):
        bought = grid.arrivals[arrival]
        found += [
            (bought.released if row.is_last else bought.inspected, int(x.ordered[position]), _cost(grid, row))
            for row in bought.inspections
        ]
    found = [row for row in found if row[1] >= 0 and row[0] < grid.buckets]
    bucket, column, money = zip(*found, strict=True) if found else ((), (), ())
    return (
        "inspection", np.array(bucket, dtype=np.int64), np.array(column, dtype=np.int64),
        np.array(money, dtype=np.float64),
    )  # fmt: skip


def _cost(grid: Grid, row: Inspection) -> float:
    return inspection_cost(grid.lookup, row) / row.every_lots


def _bought(grid: Grid, budget: Budget, last: int) -> float:
    """Money for what is ordered already and arrives in a budget's period, by the Monday of its week."""
    if budget.category not in ("all", "purchase"):
        return 0.0
    spent = 0.0
    for (supplier, item, week), quantity in grid.facts.bought.items():
        if budget.start <= week * 7 + 1 <= last:
            offers = [row for row in grid.lookup.offers[supplier, item] if row.from_quantity <= quantity]
            if offers:
                price = max(offers, key=lambda row: row.from_quantity).price
                spent += float(price) * quantity / grid.lookup.scale[item]
    return spent
