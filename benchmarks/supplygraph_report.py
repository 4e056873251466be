"""The last 28 days of a real factory, planned from what was known before, beside what it did.

    python benchmarks/supplygraph_report.py DATA [--seconds 30] [--dependable 1]

DATA is the folder "Homogenoeus" of the SupplyGraph data set (or a folder above it). As a planner
would, the script plans every week anew: from the history up to that day, a forecast made from it
(profile supplygraph), and the stock and open orders that its own earlier weeks have left. Every
plan is verified by the checker. Seven days of its production are then replayed against the orders
that really came in, and so is the factory's own production. All three begin with the same stock
and the same open orders, serve the oldest orders first, and are measured on the same orders;
those open at the beginning are served but not counted.

``--dependable``: share of the highest sustained output that the lines are planned with.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Order, Plant, Stock
from capacityplan.domain.timeline import Timeline
from capacityplan.exchange.mapping import import_tables, profile_path
from capacityplan.exchange.mapping.profile import read_profile
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify.api import check

WEEK, DAYS = 7, 28
WITHIN = (0, 1, 3, 7)
NOTHING = Fraction(0)
PRODUCTION = "Temporal Data/Unit/Production .csv"
DELIVERIES = "Temporal Data/Unit/Delivery To distributor.csv"
ORDERS = "Temporal Data/Unit/Sales Order.csv"
Flows = dict[str, list[Fraction]]
"""By product: a quantity for every day of the 28."""


@dataclass
class Depot:
    """Stock and open orders of every product, served oldest first, day by day.

    Attributes
    ----------
    within : dict of int to Fraction
        Tonnes served within so many days of the order.
    levels : list of Fraction
        Tonnes in stock at the end of every day.
    missing, unasked : Fraction
        Tonnes that left although no stock or no order was there (only where ``shipped`` is given).
    """

    stock: dict[str, Fraction]
    weight: dict[str, Fraction]
    queues: dict[str, deque[tuple[int, Fraction]]]
    ordered: Fraction = NOTHING
    within: dict[int, Fraction] = field(default_factory=lambda: dict.fromkeys(WITHIN, NOTHING))
    levels: list[Fraction] = field(default_factory=list)
    missing: Fraction = NOTHING
    unasked: Fraction = NOTHING

    @classmethod
    def of(cls, plant: Plant, weight: dict[str, Fraction]) -> Depot:
        """Begin with a plant's stock and open orders."""
        stock = {item.item: NOTHING for item in plant.items}
        stock.update({row.item: Fraction(row.quantity) for row in plant.stock})
        queues = {item: deque([(-1, NOTHING)]) for item in stock}
        for order in plant.orders:
            queues[order.item].append((-1, Fraction(order.quantity)))
        return cls(stock, weight, queues)

    def open_orders(self, item: str) -> Fraction:
        """Ordered and not delivered yet."""
        return sum((quantity for _, quantity in self.queues[item]), NOTHING)

    def live(self, day: int, arrivals: Flows, orders: Flows, shipped: Flows | None) -> None:
        """Live through a day: ``shipped`` is what left; None: as much as there is and is ordered."""
        for item, queue in self.queues.items():
            queue.append((day, orders[item][day]))
            self.ordered += orders[item][day] * self.weight[item]
            self.stock[item] += arrivals[item][day]
            leaves = min(self.stock[item], self.open_orders(item)) if shipped is None else shipped[item][day]
            short = min(self.stock[item], NOTHING)
            self.stock[item] -= leaves
            self.missing += (short - min(self.stock[item], NOTHING)) * self.weight[item]
            self._serve(item, leaves, day)
        self.levels.append(sum((level * self.weight[item] for item, level in self.stock.items()), NOTHING))

    def _serve(self, item: str, leaves: Fraction, day: int) -> None:
        queue = self.queues[item]
        while leaves and queue:
            since, quantity = queue.popleft()
            taken = min(quantity, leaves)
            leaves -= taken
            for days in WITHIN:
                if since >= 0 and day - since <= days:
                    self.within[days] += taken * self.weight[item]
            if quantity > taken:
                queue.appendleft((since, quantity - taken))
        self.unasked += leaves * self.weight[item]

    def line(self, title: str) -> str:
        """One line of the comparison."""
        shares = "  ".join(f"{float(100 * self.within[days] / self.ordered):6.1f} %" for days in WITHIN)
        mean = sum(self.levels, NOTHING) / DAYS
        return f"{title:28}  {shares}  {float(mean):10,.0f}  {float(self.levels[-1]):10,.0f}"


def folder_of(path: Path) -> Path:
    """Find the folder with the tables."""
    return next(
        folder for folder in (path, *sorted(path.rglob("Homogenoeus"))) if (folder / ORDERS).is_file()
    )


def flows(path: Path, start: date, items: list[str]) -> Flows:
    """Read a wide table of daily figures from a day on."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if date.fromisoformat(row["Date"][:10]) >= start]
    rows.sort(key=lambda row: row["Date"])
    return {item: [Fraction(row[item]) for row in rows[:DAYS]] for item in items}


def made_by(plant: Plant, plan: Plan) -> Flows:
    """Quantity that a plan completes on every day."""
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    done: Flows = {item.item: [NOTHING] * len(timeline) for item in plant.items}
    ends: dict[str, int] = {}
    for run in plan.runs:
        ends[run.lot] = max(ends.get(run.lot, 0), timeline.bucket_of_end(run.end))
    for tail in plan.bucket_runs:
        ends[tail.lot] = max(ends.get(tail.lot, 0), tail.load[-1][0])
    for lot in plan.lots:
        done[lot.item][ends[lot.lot]] += Fraction(lot.quantity, lookup.scale[lot.item])
    return done


def continued(plant: Plant, depot: Depot) -> Plant:
    """The plant with the stock and open orders that the plans so far have left."""
    items = [item.item for item in plant.items if item.item in depot.stock]
    stock = [
        Stock(f"S{n}", item, int(depot.stock[item])) for n, item in enumerate(items) if depot.stock[item] >= 1
    ]
    orders = [Order(f"open {item}", item, int(depot.open_orders(item)), 0)
              for item in items if depot.open_orders(item) >= 1]  # fmt: skip
    return replace(plant, stock=tuple(stock), orders=tuple(orders))


def planned(plant: Plant, seconds: float) -> Flows:
    """Plan, verify, and say what is made on every day."""
    outcome = solve(plant, Settings(seconds=seconds))
    if outcome.plan is None:
        sys.exit(f"no plan ({outcome.status}) {outcome.failure}")
    verdict = check(plant, outcome.plan)
    certificate = outcome.plan.certificate
    gap = certificate.gap if certificate else None
    shown = "not known" if gap is None else f"{100 * gap:.2f} %"
    print(
        f"plan from {plant.start[:10]}: {len(outcome.plan.lots)} lots, {len(verdict.violations)} violations, "
        f"gap {shown}, in time of the forecast {float(100 * verdict.on_time_share):.1f} %"
    )
    if verdict.violations:
        sys.exit("the plan breaks rules")
    return made_by(plant, outcome.plan)


def tonnes(flow: Flows, weight: dict[str, Fraction], first: int) -> Fraction:
    """Tonnes of all products in the seven days from a day on."""
    return sum(
        (sum(days[first : first + WEEK], NOTHING) * weight[item] for item, days in flow.items()), NOTHING
    )


def unplanned(folder: Path, start: date, items: list[str]) -> None:
    """Say what was ordered of products that the factory had never made before."""
    with (folder / ORDERS).open(encoding="utf-8-sig", newline="") as file:
        products = [name for name in (next(csv.reader(file)))[1:] if name not in items]
    ordered = {item: sum(days) for item, days in flows(folder / ORDERS, start, products).items()}
    wanted = [item for item, cases in ordered.items() if cases]
    print(f"not planned: {len(products)} products never made before; of {len(wanted)} of them "
          f"{float(sum(ordered.values())):,.0f} cases were ordered in the {DAYS} days")  # fmt: skip


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plan the SupplyGraph factory's last 28 days, week by week.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--dependable", default="1.0")
    return parser.parse_args()


def main() -> None:
    given = options()
    folder, profile = folder_of(given.data), profile_path("supplygraph")
    constants = {"dependable": given.dependable}
    found = import_tables(folder, profile, constants)
    print(found.report.text(), end="\n\n")
    start = date.fromisoformat(found.plant.start[:10])
    items = [item.item for item in found.plant.items]
    worth = int(str(read_profile(profile, {}).constants["worth_of_tonne"]))
    weight = {item.item: item.unit_value / worth for item in found.plant.items}
    unplanned(folder, start, items)
    orders, made, delivered = (
        flows(folder / name, start, items) for name in (ORDERS, PRODUCTION, DELIVERIES)
    )
    mine: Flows = {item: [] for item in items}
    depot, factory, at_once = (Depot.of(found.plant, weight) for _ in range(3))
    for week in range(DAYS // WEEK):
        today = start + timedelta(days=week * WEEK)
        plant = import_tables(folder, profile, {**constants, "start": today.isoformat()}).plant
        output = planned(continued(plant, depot), given.seconds)
        for item in items:
            mine[item] += output.get(item, [NOTHING] * WEEK)[:WEEK]
        for day in range(week * WEEK, (week + 1) * WEEK):
            depot.live(day, mine, orders, None)
            factory.live(day, made, orders, delivered)
            at_once.live(day, made, orders, None)
    print(f"\n{start} to {start + timedelta(days=DAYS - 1)}, tonnes; share of orders served within days")
    print(f"{'':28}  " + "  ".join(f"{days:>6} d" for days in WITHIN) + "  mean stock  at the end")
    print(depot.line("planned every week"))
    print(at_once.line("factory, delivering at once"))
    print(factory.line("factory, as it delivered"))
    print(f"the factory delivered {float(factory.missing):,.0f} tonnes more than its stock in this account, "
          f"and {float(factory.unasked):,.0f} tonnes without an open order")  # fmt: skip
    for title, flow in (("planned", mine), ("factory", made), ("orders", orders)):
        weeks = [tonnes(flow, weight, WEEK * n) for n in range(DAYS // WEEK)]
        shown = " + ".join(f"{float(week):,.0f}" for week in weeks)
        print(f"{title:8} {shown} = {float(sum(weeks, NOTHING)):,.0f} tonnes, week by week")


if __name__ == "__main__":
    main()
