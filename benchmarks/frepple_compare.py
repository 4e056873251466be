"""Plans of imported frePPLe models beside that system's own plans.

    python benchmarks/frepple_compare.py [--seconds N] DATA...

DATA are folders with a model's tables; what the other system reached is read from the folder
``kpi`` beside them. Every model is imported, planned, and the plan checked against every rule.
"""

from __future__ import annotations

import argparse
import json
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.exchange.frepple import import_frepple
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify.api import check, stock_curves

KPI = {
    "jobshop": ("jobshop_1",),
    "flow_line": ("flow_line_1",),
    "manufacturing_demo": ("mfg_1", "mfg_af0"),
    "demo": ("demo_1",),
    "gen_100x30_l5": ("gen_default_1",),
}
"""Files with the other system's results by model (several: several settings of its own)."""
STOCK_DAYS = 180
Result = dict[str, Any]


def lateness(plant: Plant, plan: Plan) -> Result:
    """Lateness of the source's orders: an order is as late as its last delivery."""
    horizon_end = Timeline.of(plant).horizon_end
    orders = {order.order: order for order in plant.orders if " draws" not in order.order}
    got: dict[str, int] = dict.fromkeys(orders, 0)
    last: dict[str, int] = {}
    for row in plan.deliveries:
        if row.demand in got:
            got[row.demand] += row.quantity
            last[row.demand] = max(last.get(row.demand, 0), row.arrive)
    short = [name for name, order in orders.items() if got[name] < order.quantity]
    ends = {name: horizon_end if name in short else last[name] for name in orders}
    days = [max(0, ends[name] - order.due) / 1440 for name, order in orders.items()]
    return {
        "orders": len(orders),
        "late": sum(day > 0 for day in days),
        "not delivered": len(short),
        "late days": round(sum(days), 2),
        "latest days": round(max(days, default=0), 2),
        "last delivery h": round(max(last.values(), default=0) / 60, 2),
    }


def stock_value(plant: Plant, plan: Plan) -> float:
    """Mean value of unrestricted stock over the first 180 days, from bucket to bucket."""
    timeline = Timeline.of(plant)
    items = {item.item: item for item in plant.items}
    near = [t for t in range(len(timeline)) if int(timeline.ends[t]) <= STOCK_DAYS * 1440]
    days = sum(int(timeline.days[t]) for t in near)
    total = Fraction(0)
    for name, curve in stock_curves(plant, plan).items():
        worth = items[name].unit_value / 10 ** items[name].precision
        total += worth * sum(int(curve.unrestricted[t]) * int(timeline.days[t]) for t in near)
    return round(float(total / days), 1) if days else 0.0


def double_booked(plant: Plant, plan: Plan) -> int:
    """Runs that begin on a single resource before the one before them has ended."""
    single = {row.resource for row in plant.resources if row.capacity == 1}
    by_resource: dict[str, list[tuple[int, int]]] = {}
    for run in plan.runs:
        if run.resource in single:
            by_resource.setdefault(run.resource, []).append((run.setup_start, run.end))
    return sum(b[0] < a[1] for runs in by_resource.values() for a, b in pairwise(sorted(runs)))


def theirs(data: Path) -> list[tuple[str, Result]]:
    """What the other system's plan reaches."""
    out = []
    for name in KPI.get(data.name, ()):
        path = data.parent / "kpi" / f"{name}.json"
        if not path.is_file():
            continue
        found = json.loads(path.read_text(encoding="utf-8"))
        orders = found["orders"]
        result = {
            "orders": orders["n"], "late": orders["late_or_unplanned"], "not delivered": orders["short_n"],
            "late days": orders["total_late_days"], "latest days": orders["max_late_days"],
            "stock value": found["avg_inventory_value_180d"],
        }  # fmt: skip
        out.append((name, result))
    return out


def ours(data: Path, seconds: float) -> Result:
    """Import, plan and check."""
    begun = time.monotonic()
    plant = import_frepple(data).plant
    imported = time.monotonic() - begun
    outcome = solve(plant, Settings(seconds=seconds))
    result: Result = {"import s": round(imported, 2), "solve s": round(outcome.seconds.get("total", 0), 1)}
    if outcome.plan is None:
        return {**result, "status": outcome.status, "failure": outcome.failure}
    verdict = check(plant, outcome.plan)
    certificate = outcome.plan.certificate
    gap = certificate.gap if certificate else None
    return {
        **lateness(plant, outcome.plan), "stock value": stock_value(plant, outcome.plan),
        "double-booked": double_booked(plant, outcome.plan), "violations": len(verdict.violations),
        "cost": round(float(verdict.cost), 2), "gap": gap if gap is None else round(gap, 4), **result,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    for data in options.data:
        columns = [("capacityplan", ours(data, options.seconds)), *theirs(data)]
        print(f"\n{data.name}")
        print(f"{'':16}" + "".join(f"{name:>18}" for name, _ in columns))
        for key in dict.fromkeys(key for _, column in columns for key in column):
            print(f"{key:16}" + "".join(f"{column.get(key, '-')!s:>18}" for _, column in columns))


if __name__ == "__main__":
    main()
