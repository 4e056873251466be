"""A plant of one machine and one item, open all day, to add one feature at a time to.

Monday 2025-01-06 00:00 UTC; four days, two of them to the minute (W = 2880), then a week.
"""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

from benchmarks.second_checker.compare import differences

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check

DAY = 1440
ITEM = q.Item("A", q.ItemKind.FINISHED)
MAKE = q.Operation("A", "make", 10, run_minutes=F(1))
MODE = q.OperationResource("A", "make", "M")
M = q.Resource("M", q.ResourceKind.MACHINE)
LAB = q.Resource("LAB", q.ResourceKind.LAB)


def plant(**tables: Any) -> q.Plant:
    default: dict[str, Any] = {
        "horizon": q.Horizon(daily=4, weekly=1, schedule_days=2),
        "items": (ITEM,),
        "operations": (MAKE,),
        "operation_resources": (MODE,),
        "resources": (M,),
    }
    return q.Plant("tiny", "2025-01-06T00:00:00", "UTC", "EUR", **(default | tables))


def plan(**tables: Any) -> p.Plan:
    return p.Plan(p.Provenance("tiny", ""), **tables)


def broken(plant: q.Plant, plan: p.Plan) -> list[tuple[str, tuple[str, ...], str, str]]:
    """Violations as (rule, subjects, found, required), where the second checker breaks the same rules."""
    assert not differences(plant, plan)
    return [(one.rule, one.subjects, one.found, one.required) for one in check(plant, plan).violations]


def lot(name: str, start: int, quantity: int = 10, setup: int = 0, item: str = "A") -> dict[str, Any]:
    """Lot and run of the one operation."""
    run = p.Run(name, "make", "M", quantity, start - setup, start, start + quantity)
    return {"lots": (p.Lot(name, item, quantity),), "runs": (run,)}


def join(*parts: dict[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for part in parts:
        for name, rows in part.items():
            tables[name] = (*tables.get(name, ()), *rows)
    return tables
