"""Plants with many features at once, through the command line: a plan, no traceback, the right exit.

Each is written as a stranger would, as a folder of tables (every other one as a workbook or JSON),
validated, solved, and its plan checked again with its bound. Features are drawn one by one, so that
hardly two plants have the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from pathlib import Path
from random import Random

from capacityplan.domain import marketing as m
from capacityplan.domain import plant as q
from capacityplan.domain.budgets import Budget
from capacityplan.exchange import write

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "bound"))

import small_plants
from bills import with_bills
from campaigned import with_campaigns
from certified import with_certificates
from skilled import with_skills
from streams import with_streams

DAY = 1440
FIRST = date(2025, 1, 6).toordinal()
KINDS = ("", ".xlsx", "", ".json")
_SLACK = 60.0
"""Seconds for reading, reports and the start of a process beside others."""
_CENT = 0.006
"""What the figures of a result are rounded by."""


def plant(seed: int) -> q.Plant:
    """Draw a plant with a few of everything."""
    rng = Random(seed)
    base = rng.choice([0, small_plants.RICHER, small_plants.WIDER, small_plants.WIDER, small_plants.ENERGY])
    found = small_plants.plant(base + seed)
    for feature, share in (
        (with_bills, 0.3), (with_streams, 0.3), (with_skills, 0.25), (with_campaigns, 0.35), (_sold, 0.5),
        (_marketed, 0.4), (_budgeted, 0.4), (_locked, 0.4), (_outside, 0.3), (_shipped, 0.3), (_upkept, 0.3),
        (with_certificates, 0.3),
    ):  # fmt: skip
        if rng.random() < share:
            found = feature(found, rng)
    return _complete(replace(found, name=f"mixed-{seed}"))


def _complete(plant: q.Plant) -> q.Plant:
    """What a file has to state and a plant in memory need not: calendars, matrices with rows, keys once."""
    always = tuple(q.CalendarRow("always", day, None, 0, DAY) for day in range(7))
    hours = (q.ResourceKind.MACHINE, q.ResourceKind.LABOUR, q.ResourceKind.LAB, q.ResourceKind.SUBCONTRACTOR)
    matrices = {row.matrix for row in plant.changeovers}
    resources = []
    for row in plant.resources:
        if row.kind in hours and not row.calendar:
            row = replace(row, calendar="always")
        if row.changeover_matrix not in matrices:
            row = replace(row, changeover_matrix="", initial_setup_group="")
        resources.append(row)
    tiers = {(row.supplier, row.item, row.from_quantity): row for row in plant.suppliers}
    return replace(
        plant,
        resources=tuple(resources),
        calendars=(*plant.calendars, *always),
        suppliers=tuple(tiers.values()),
    )


def _made(plant: q.Plant) -> list[str]:
    return [row.item for row in plant.items if row.kind is q.ItemKind.FINISHED]


def _sold(plant: q.Plant, rng: Random) -> q.Plant:
    """Customers below others, prices of lateness of theirs, priorities, more orders."""
    customers = (
        *plant.customers, q.Customer("group", priority=2, late_cost_per_day=F(3), lost_cost=F(90)),
        q.Customer("shop", "group", transit_days=rng.choice([0, 2]), service_target=F(9, 10)),
    )  # fmt: skip
    orders = tuple(
        q.Order(f"S{number}", rng.choice(_made(plant)), rng.choice([1, 5, 9]),
                rng.choice([900, DAY, 3 * DAY]), "shop", rng.choice([1, 5, 9]))
        for number in range(rng.choice([1, 4]))
    )  # fmt: skip
    return replace(plant, customers=customers, orders=(*plant.orders, *orders))


def _marketed(plant: q.Plant, rng: Random) -> q.Plant:
    """Approved promotions, prices, events, signals, history."""
    item = rng.choice(_made(plant))
    return replace(
        plant,
        promotions=(
            *plant.promotions,
            m.Promotion("SALE", item, DAY, 3 * DAY, F(1, 2), cost=F(5), dip_fraction=F(1, 10), dip_days=2),
        ),
        prices=(m.Price(item, 0, F(30)), m.Price(item, 2 * DAY, F(25), elasticity=F(-1))),
        market_events=(m.MarketEvent("FAIR", 0, 2 * DAY, F(1, 5), item, probability=F(1, 2)),),
        signals=(m.Signal("HINT", item, FIRST + 1, FIRST + 3, 4),),
        history=tuple(m.History(item, FIRST - day, FIRST - day, 3) for day in range(1, 9)),
    )


def _budgeted(plant: q.Plant, rng: Random) -> q.Plant:
    """Budgets that may be overrun, for a price or not at all."""
    category = rng.choice(["all", "purchase", "overtime", "production"])
    price = rng.choice([F(1, 2), F(2), None])
    limit = F(rng.choice([20, 200])) if price is not None else F(10**6)
    row = Budget("B", FIRST, FIRST + 4, limit, category, reserve=F(15), overrun_cost=price)
    return replace(plant, budgets=(*plant.budgets, row))


def _locked(plant: q.Plant, rng: Random) -> q.Plant:
    """An item that is not started for a while; an order that is kept; a lock that has expired."""
    item = rng.choice(_made(plant))
    rows = [q.Lock("OLD", q.LockKind.ITEM, item, expires=0)]
    if rng.random() < 0.6:
        rows.append(q.Lock("WAIT", q.LockKind.ITEM, item, start=0, end=rng.choice([700, DAY + 300])))
    return replace(plant, locks=(*plant.locks, *rows))


def _outside(plant: q.Plant, rng: Random) -> q.Plant:
    """A subcontractor as a further mode."""
    modes = [row for row in plant.operation_resources if row.operation == "make" and not row.skill]
    if not modes:
        return plant
    mode = replace(
        rng.choice(modes), resource="OUT", setup_minutes=0, labour="", tool="", cost_per_hour=F(90)
    )
    kind = q.ResourceKind.SUBCONTRACTOR
    row = q.Resource("OUT", kind, capacity=rng.choice([1, 3]), cost_per_hour=F(60))
    return replace(
        plant, resources=(*plant.resources, row), operation_resources=(*plant.operation_resources, mode)
    )


def _shipped(plant: q.Plant, rng: Random) -> q.Plant:
    """A dock from which orders leave, a few a day."""
    dock = q.Resource("DOCK", q.ResourceKind.DOCK, capacity=rng.choice([1, 2]))
    orders = tuple(
        replace(row, ship_from="DOCK", min_shipment=rng.choice([0, 1])) if rng.random() < 0.6 else row
        for row in plant.orders
    )
    return replace(plant, resources=(*plant.resources, dock), orders=orders)


def _upkept(plant: q.Plant, rng: Random) -> q.Plant:
    """Maintenance once within some days."""
    end = rng.choice([2 * DAY, 40 * DAY])
    row = q.Downtime("CARE", "M2", flexible_from=rng.choice([0, 600]), flexible_to=end, minutes=120)
    return replace(plant, downtime=(*plant.downtime, row))


def _run(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "capacityplan", *words],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def judged(folder: Path, seed: int, seconds: int) -> tuple[str, list[str]]:
    """What came of a plant (its exit code in words), and what is wrong about it."""
    path = folder / f"mixed-{seed}{KINDS[seed % len(KINDS)]}"
    write(plant(seed), path)
    code, told, error = _run("validate", str(path))
    if code == 3:
        return "refused", [f"refused without a finding: {told}{error}"] if "error" not in told + error else []
    out, wrong, began = folder / f"plan-{seed}", [], time.monotonic()
    code, told, error = _run("solve", str(path), "--out", str(out), "--time-limit", str(seconds), "--json")
    if "Traceback" in error or code == 1:
        wrong.append(f"traceback: {error[-900:]}")
    if time.monotonic() - began > seconds + _SLACK:
        wrong.append(f"took {time.monotonic() - began:.0f} s")
    if code in (4, 5):
        proven = _run("conflict", str(path), "--no-ways")
        wrong += [] if code == 4 and proven[0] == 4 else [f"no plan: {error[-700:]} {proven[1][-300:]}"]
        return {4: "infeasible", 5: "no plan"}[code], wrong
    if code != 0:
        return f"exit {code}", [*wrong, f"exit {code}: {error[-500:]}"]
    result = json.loads(told)
    wrong += [f"candidate not used: {line}" for line in error.splitlines() if line.startswith("candidate")][
        :1
    ]
    wrong += _checked(path, out, result)
    return "planned", wrong


def _checked(path: Path, out: Path, result: dict[str, object]) -> list[str]:
    """Judge the written plan again, and hold its bounds against its cost."""
    code, told, error = _run("check", str(path), str(out / "plan.json"), "--bound", "--json")
    if code != 0:
        return [f"check exits with {code}: {told[-500:]}{error[-500:]}"]
    wrong = []
    cost = result["cost"]
    again = json.loads(told)
    if not result["verified"] or result["violations"]:
        wrong.append("not verified")
    if not isinstance(cost, float) or abs(again["cost"] - cost) > _CENT:
        wrong.append(f"check says {again['cost']}, solve {cost}")
    for name in ("bound", "bound_certified", "unavoidable"):
        bound = result[name]
        if isinstance(bound, float) and isinstance(cost, float) and bound > cost + _CENT:
            wrong.append(f"{name} {bound} above cost {cost}")
    return wrong


def main(folder: Path, count: int | None, first: int = 0, seconds: int = 10) -> bool:
    """Judge plants; true where none shows anything wrong."""
    seen: Counter[str] = Counter()
    faults = 0
    for seed in range(first, first + (count or 60)):
        came, wrong = judged(folder, seed, seconds)
        seen[came] += 1
        real = [line for line in wrong if not line.startswith("candidate")]
        faults += bool(real)
        print(f"mixed-{seed}: {came}" + "".join(f"\n    {line}" for line in wrong), flush=True)
    print(f"{sum(seen.values())} plants: {dict(seen)}, {faults} with something wrong")
    return not faults
