"""Lot-sizing benchmarks as plants: what a plan costs there is what the ledger says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction as F
from pathlib import Path

import pytest

from capacityplan.bench import mlclsp, run, trigeiro
from capacityplan.bench.periods import DAYS, MINUTES, Product, Works, objective, plant_of, solves
from capacityplan.domain import plan as p
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError
from capacityplan.solve.bound import certify
from capacityplan.solve.solve import Settings
from capacityplan.verify import check
from capacityplan.verify.api import Verdict

ONE_MACHINE = """\
    2    3
    1
   20
 1.00 1.00  2.  10.
 1.00 2.00  3.   8.
    5    6
    4    0
    7    5
  Bi   hi   su   su
           time cost
"""
"""Two items, three periods of 20: per item unit time, holding, setup time, setup cost."""

LEVELS = """\
N_Product
2
N_Periods
3
N_Resources
2
Cap(R,Cap)
[12,12.5,6]
[100,100,100]
Production_Time
[1.0,0.0]
[0.0,0.5]
Demand
[[8.0,10.0,9.0]]
Setup_Time
[2.0,0.0]
[0.0,0.0]
Setup_Cost
[5.0,0.0]
[0.0,20.0]
Holding_Cost
[2.0,0.5]
Delay_Cost
[7.0,0.0]
Assemble,Component,Quantity
[1,2,2]
Substitution,Product,Cost,Quantity
"""
"""A product that may be late on one machine, two of a component in each on another."""


def judged(
    plant: Plant, made: Mapping[tuple[str, int], int], served: Mapping[tuple[str, int], int], late: int = 0
) -> Verdict:
    """Verdict on the plan that makes quantities by product and period, and delivers by order and period.

    ``late`` units of P001 come from the supplier after the last period.
    """
    modes = {row.item: row for row in plant.operation_resources}
    times = {row.item: row.run_minutes for row in plant.operations}
    scale = {row.item: 10**row.precision for row in plant.items}
    lots, runs = [], []
    for number, ((item, period), quantity) in enumerate(made.items(), start=1):
        name = f"L{number}"
        minutes = modes[item].setup_minutes + math.ceil(quantity * times[item] / scale[item])
        lots.append(p.Lot(name, item, quantity))
        runs.append(p.BucketRun(name, "make", modes[item].resource, quantity, ((period - 1, minutes),)))
    orders = {row.order: row.item for row in plant.orders}
    last = plant.horizon.weekly - 1
    bought = [p.Purchase("S1", "end", "P001", late, 0, last * MINUTES)] if late else []
    return check(
        plant,
        p.Plan(
            p.Provenance(plant.name, ""), lots=tuple(lots), bucket_runs=tuple(runs), purchases=tuple(bought),
            deliveries=tuple(
                p.Delivery(order, orders[order], quantity, period * MINUTES, period * MINUTES)
                for (order, period), quantity in served.items()
            ),
        ),
    )  # fmt: skip


def one_machine(tmp_path: Path) -> Path:
    path = tmp_path / "TINY.DAT"
    path.write_text(ONE_MACHINE)
    return path


def test_the_ledger_of_a_known_plan_is_the_objective(tmp_path: Path) -> None:
    (case,) = trigeiro.read(one_machine(tmp_path), [])
    made = {("P01", 1): 9, ("P02", 1): 6, ("P01", 3): 7, ("P02", 3): 5}
    served = {("P01-001", 1): 5, ("P01-002", 2): 4, ("P01-003", 3): 7, ("P02-001", 1): 6, ("P02-003", 3): 5}
    verdict = judged(case.plant, made, served)
    # The first period is full: 9 + 6 units and setups of 2 + 3. Four setups; 4 units wait a period.
    assert verdict.violations == ()
    assert verdict.cost == 2 * 10 + 2 * 8 + 4 * 1


def test_one_unit_of_time_too_many_is_too_many(tmp_path: Path) -> None:
    (case,) = trigeiro.read(one_machine(tmp_path), [])
    made = {("P01", 1): 10, ("P02", 1): 6, ("P01", 3): 6, ("P02", 3): 5}
    assert {row.rule for row in judged(case.plant, made, {}).violations} == {"capacity"}


def test_the_products_own_plan_is_optimal(tmp_path: Path) -> None:
    (case,) = trigeiro.read(one_machine(tmp_path), [])
    row = run("trigeiro", case, Settings(work=8.0, workers=1))
    # P01 joins periods 1 and 2 (4 < 10); joining all would hold 7 for two periods (14 > 10), P02 likewise.
    assert (row.verified, row.objective) == (True, 40)
    assert row.bound is not None
    assert row.bound <= 40


def levels(tmp_path: Path) -> Plant:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "tiny.txt").write_text(LEVELS)
    (case,) = mlclsp.read(tmp_path, ["class/tiny"])
    return case.plant


def test_backlog_costs_as_much_as_in_the_benchmark(tmp_path: Path) -> None:
    plant = levels(tmp_path)
    # Quantities have two decimals (times are fractional): 8, 10 and 4 units of 27 are made.
    made = {
        ("P002", 1): 3600, ("P001", 1): 1000, ("P001", 2): 800, ("P002", 3): 800, ("P001", 3): 400,
    }  # fmt: skip
    served = {
        ("P001-001", 1): 800, ("P001-002", 2): 1000, ("P001-003", 3): 400, ("P001-003", 4): 500,
    }  # fmt: skip
    verdict = judged(plant, made, served, late=500)
    assert verdict.violations == ()
    setups = 3 * 5 + 2 * 20
    holding = 2 * 2 + 16 * F(1, 2)  # 2 of the product and 16 of the component after the first period
    backlog = 5 * 7  # missing at the end of the last period
    plan = p.Plan(p.Provenance("", ""), ledger=verdict.ledger)
    assert objective(plan) == setups + holding + backlog
    assert verdict.cost == setups + holding + backlog * F(6, 7)


def test_a_lot_that_goes_on_in_the_next_period_is_no_plan_of_the_benchmark() -> None:
    runs = (
        p.BucketRun("L1", "make", "machine", 9, ((0, 5),)),
        p.BucketRun("L2", "make", "machine", 9, ((0, 5), (1, 4))),
    )
    assert [solves(p.Plan(p.Provenance("", ""), bucket_runs=runs[:k])) for k in (1, 2)] == [True, False]


def test_the_bound_does_not_take_a_period_late_for_nothing(tmp_path: Path) -> None:
    (case,) = trigeiro.read(one_machine(tmp_path), [])
    # Were demand served a period late for nothing, a setup of either item would do.
    assert float(certify(case.plant, 5.0).bound or 0) > 10 + 8


def test_capacities_that_no_whole_minute_fits_are_rounded_inward() -> None:
    product = Product("P001", [F(1), F(1)], F(1), F(1), F(1, 3), F(1), "R")
    works = Works("w", [product], {"R": [F(100_000), F(3, 7)]})
    plant = plant_of(works)
    minutes = [row.to_minute - row.from_minute for row in plant.calendars if row.calendar == "R"]
    assert sum(minutes) == 100_000 // 10  # ten units a minute, the second period is less than one
    assert plant.operation_resources[0].setup_minutes == 1
    assert plant.horizon.weekly * DAYS == 14


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("   20\n", ""), "no lot-sizing instance"),
        (lambda text: text.replace("    7    5\n", ""), "no lot-sizing instance"),
        (lambda text: text[:20], "no lot-sizing instance"),
    ],
)
def test_damaged_files_are_findings(tmp_path: Path, damage: object, message: str) -> None:
    path = tmp_path / "BAD.DAT"
    path.write_text(damage(ONE_MACHINE))  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        list(trigeiro.read(path, []))


def test_a_missing_section_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(LEVELS.replace("Demand", "Wishes"))
    with pytest.raises(DataError, match="Demand is missing"):
        list(mlclsp.read(path, []))
