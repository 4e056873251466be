"""A promise uses transfer batches: the new lot passes on to its next machine while the rest is run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.promise import Answer, Request, promise
from capacityplan.verify import check

DAY = 1440


def line(overlap: int) -> q.Plant:
    """Two machines, one by day and one around the clock, lots of a hundred pieces."""
    return q.Plant(
        "line", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(10, 2, 0, 10),
        items=(q.Item("A", q.ItemKind.FINISHED, price=F(20), unit_value=F(9)),),
        operations=(
            q.Operation("A", "cut", 10, run_minutes=F(6), overlap_quantity=overlap, min_wait_minutes=30),
            q.Operation("A", "sew", 20, run_minutes=F(8)),
        ),
        operation_resources=(q.OperationResource("A", "cut", "C"), q.OperationResource("A", "sew", "S", "")),
        resources=(
            q.Resource("C", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(30)),
            q.Resource("S", q.ResourceKind.MACHINE, cost_per_hour=F(30)),
        ),
        calendars=tuple(q.CalendarRow("day", day, None, 480, 960) for day in range(7)),
    )  # fmt: skip


def answered(plant: q.Plant) -> Answer:
    found = promise(plant, p.Plan(p.Provenance(plant.name, "")), Request("A", 100, None, order="NEW"))
    assert found.answer is not None
    assert check(found.answer.plant, found.answer.plan).violations == ()
    return found.answer


@pytest.mark.parametrize("size", [1, 10])
def test_a_lot_that_overlaps_is_promised_earlier(size: int) -> None:
    whole, passed = answered(line(0)), answered(line(size))
    ends = [max(run.end for run in one.plan.runs) for one in (whole, passed)]
    # Cut in 600 minutes from 480 on, 480 of them on the first day, the rest until 2040; sewn in 800.
    assert ends[0] == DAY + 480 + 120 + 30 + 800
    assert ends[1] < ends[0] - 600
    cut, sew = sorted(passed.plan.runs, key=lambda run: run.start)
    assert sew.start < cut.end < sew.end


def test_a_minute_earlier_would_run_short() -> None:
    found = answered(line(10))
    runs = tuple(
        replace(run, setup_start=run.start - 1, start=run.start - 1, end=run.end - 1)
        if run.operation == "sew"
        else run
        for run in found.plan.runs
    )
    rules = {one.rule for one in check(found.plant, replace(found.plan, runs=runs)).violations}
    assert "waits" in rules
