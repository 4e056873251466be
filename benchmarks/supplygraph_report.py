"""The last 28 days of a real factory, planned from what was known before them, beside what it did.

    python benchmarks/supplygraph_report.py DATA [SECONDS]

DATA is the folder "Homogenoeus" of the SupplyGraph data set (or a folder above it). The plan is
made once, from history and a forecast (profile supplygraph), and verified. Then its production is
replayed day by day against the orders that really came in, as the factory's own production is:
both serve the oldest orders first and start with the same stock and the same open orders.
"""

from __future__ import annotations

import csv
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.exchange.mapping import import_tables, profile_path
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify.api import check

DAYS = 28
WITHIN = (0, 1, 3, 7)
PRODUCTION = "Temporal Data/Unit/Production .csv"
DELIVERIES = "Temporal Data/Unit/Delivery To distributor.csv"
ORDERS = "Temporal Data/Unit/Sales Order.csv"
Flows = dict[str, list[Fraction]]
"""By product: a quantity for every day of the 28."""


@dataclass
class Served:
    """What became of the orders of the 28 days, and the stock at the end of every day."""

    ordered: Fraction = Fraction(0)
    within: dict[int, Fraction] = field(default_factory=lambda: dict.fromkeys(WITHIN, Fraction(0)))
    stock: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * DAYS)


def folder_of(path: Path) -> Path:
    """Find the folder with the tables."""
    found = [path, *sorted(path.rglob("Homogenoeus"))]
    return next(folder for folder in found if (folder / ORDERS).is_file())


def flows(path: Path, start: date, items: set[str]) -> Flows:
    """Read a wide table of daily figures from a day on."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if date.fromisoformat(row["Date"][:10]) >= start]
    rows.sort(key=lambda row: row["Date"])
    return {item: [Fraction(row[item]) for row in rows[:DAYS]] for item in items}


def planned(plant: Plant, plan: Plan, items: set[str]) -> Flows:
    """Accepted quantity of every day that the plan makes it available."""
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    done: Flows = {item: [Fraction(0)] * DAYS for item in items}
    ends: dict[str, int] = {}
    for run in plan.runs:
        ends[run.lot] = max(ends.get(run.lot, 0), timeline.bucket_of_end(run.end))
    for tail in plan.bucket_runs:
        ends[tail.lot] = max(ends.get(tail.lot, 0), tail.load[-1][0])
    for lot in plan.lots:
        if ends[lot.lot] < DAYS:
            done[lot.item][ends[lot.lot]] += Fraction(lot.quantity, lookup.scale[lot.item])
    return done


def serve(arrivals: Flows, orders: Flows, stock: dict[str, Fraction], open_: dict[str, Fraction],
          shipped: Flows | None, weight: dict[str, Fraction]) -> Served:  # fmt: skip
    """Serve the oldest orders first from what arrives.

    Parameters
    ----------
    shipped : dict or None
        What really left the factory; None: as much as there is and is ordered.
    """
    out = Served()
    for item, daily in orders.items():
        queue: deque[list] = deque([[-1, open_.get(item, Fraction(0))]])
        level = stock.get(item, Fraction(0))
        out.ordered += sum(daily, Fraction(0)) * weight[item]
        for day in range(DAYS):
            queue.append([day, daily[day]])
            level += arrivals[item][day]
            waiting = sum((quantity for _, quantity in queue), Fraction(0))
            leaves = min(level, waiting) if shipped is None else shipped[item][day]
            level -= leaves
            _ship(queue, leaves, day, weight[item], out)
            out.stock[day] += level * weight[item]
    return out


def _ship(queue: deque[list], leaves: Fraction, day: int, weight: Fraction, out: Served) -> None:
    while leaves > 0 and queue:
        since, quantity = queue[0]
        taken = min(quantity, leaves)
        leaves -= taken
        queue[0][1] -= taken
        if since >= 0:
            for days in WITHIN:
                if day - since <= days:
                    out.within[days] += taken * weight
        if not queue[0][1]:
            queue.popleft()
        elif not taken:
            break


def show(title: str, served: Served) -> None:
    """Print one line of the comparison."""
    shares = "  ".join(f"{float(100 * served.within[days] / served.ordered):6.1f} %" for days in WITHIN)
    mean = sum(served.stock, Fraction(0)) / DAYS
    print(f"{title:28}  {shares}  {float(mean):9,.0f}  {float(served.stock[-1]):9,.0f}")


def main() -> None:
    folder = folder_of(Path(sys.argv[1]))
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    found = import_tables(folder, profile_path("supplygraph"))
    plant = found.plant
    print(found.report.text())
    outcome = solve(plant, Settings(seconds=seconds))
    if outcome.plan is None:
        sys.exit(f"no plan ({outcome.status}) {outcome.failure}")
    verdict = check(plant, outcome.plan)
    gap = outcome.plan.certificate.gap if outcome.plan.certificate else None
    print(f"\nplan: {len(outcome.plan.lots)} lots, {len(verdict.violations)} violations, "
          f"gap {'not known' if gap is None else f'{100 * gap:.2f} %'}")  # fmt: skip
    start = date.fromisoformat(plant.start[:10])
    items = {item.item for item in plant.items}
    worth = {item.item: item.unit_value for item in plant.items}
    weight = {item: value / 150000 for item, value in worth.items()}
    stock = {row.item: Fraction(row.quantity) for row in plant.stock}
    waiting = {row.item: Fraction(row.quantity) for row in plant.orders}
    orders = flows(folder / ORDERS, start, items)
    made = flows(folder / PRODUCTION, start, items)
    mine = planned(plant, outcome.plan, items)
    last = start + timedelta(days=DAYS - 1)
    print(f"\n{start} to {last}, tonnes; orders served within days of the order")
    print(f"{'':28}  " + "  ".join(f"{days:>6} d" for days in WITHIN) + "   mean stock  at the end")
    show("plan, made 28 days ahead", serve(mine, orders, stock, waiting, None, weight))
    delivered = flows(folder / DELIVERIES, start, items)
    show("factory, as it delivered", serve(made, orders, stock, waiting, delivered, weight))
    show("factory's production, at once", serve(made, orders, stock, waiting, None, weight))
    for title, flow in (("plan", mine), ("factory", made), ("orders", orders)):
        tonnes = sum((sum(days, Fraction(0)) * weight[item] for item, days in flow.items()), Fraction(0))
        print(f"{title:8} {float(tonnes):10,.0f} tonnes in 28 days")


if __name__ == "__main__":
    main()
