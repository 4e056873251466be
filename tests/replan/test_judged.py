"""Scenarios judged afterwards: the one whose demand and supply were nearest to what happened."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from yard import DAY, yard

from capacityplan.cli.close import close
from capacityplan.cli.cycles import cycles
from capacityplan.cli.variance import variance
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.exchange import write
from capacityplan.report import write_outputs
from capacityplan.verify.case import Case
from capacityplan.verify.kpis import Nearness, nearest, nearness
from capacityplan.verify.kpis.judged import what_happened, what_is_planned

KIND = q.ActualKind
FIRST = 739257  # Monday, 2025-01-06


def planned(quantity: int) -> tuple[q.Plant, p.Plan]:
    """So much of A ordered for, made on and delivered on Monday."""
    plant = yard(orders=(q.Order("O1", "A", quantity, DAY),))
    pack = p.Run("L", "pack", "P", quantity, quantity, quantity, 2 * quantity)
    plan = p.Plan(
        p.Provenance("yard", ""), lots=(p.Lot("L", "A", quantity),),
        runs=(p.Run("L", "make", "M", quantity, 0, 0, quantity), pack),
        deliveries=(p.Delivery("O1", "A", quantity, DAY, DAY),),
    )  # fmt: skip
    return plant, plan


def told(sold: int, packed: int) -> q.Plant:
    """What was sold in the week, and what came off the last operation; the first one counts for nothing."""
    plant, _ = planned(100)
    return replace(
        plant,
        history=(q.History("A", FIRST, FIRST + 6, sold), q.History("A", FIRST, FIRST, 9, stream="sales")),
        actuals=(
            q.Actual(KIND.RUN, "L", "A", 300, "make", "M", 999, 0, 0, 100),
            q.Actual(KIND.RUN, "L", "A", 600, "pack", "P", packed, 0, 300, 100),
        ),
    )  # fmt: skip


def off(sold: int, packed: int, quantity: int) -> Nearness:
    case, foreseen = Case(*planned(100)), Case(*planned(quantity))
    return nearness(str(quantity), case, told(sold, packed), foreseen, FIRST, FIRST + 6)


def test_the_nearest_is_the_one_that_was_least_off() -> None:
    rows = [off(140, 120, quantity) for quantity in (100, 150, 60)]
    assert [(row.demand, row.supply) for row in rows] == [
        (F(40, 140), F(20, 120)), (F(10, 140), F(30, 120)), (F(80, 140), F(60, 120)),
    ]  # fmt: skip
    best = nearest(rows)
    assert best is not None
    assert best.name == "150"
    assert best.off == (F(10, 140) + F(30, 120)) / 2


def test_equal_scenarios_leave_the_first() -> None:
    rows = [off(125, 125, quantity) for quantity in (100, 150)]
    assert rows[0].off == rows[1].off
    assert nearest(rows) is rows[0]
    assert nearest([]) is None


def test_items_weigh_by_their_value_and_days_by_their_share() -> None:
    case = Case(*planned(100))
    bought = q.Actual(KIND.RECEIPT, "P1", "R", 300, quantity=50)
    plant = replace(told(70, 100), actuals=(*told(70, 100).actuals, bought))
    real = what_happened(case, plant, FIRST, FIRST + 2)
    assert real.demand == {"A": 30}
    assert real.supply == {"A": 100, "R": 50}
    # 50 of R at 1 that nobody planned, over 100 of A at 10 and these 50.
    assert nearness("x", case, plant, case, FIRST, FIRST + 2).supply == F(50, 1050)
    assert what_is_planned(case, FIRST + 1, FIRST + 6).demand == {"A": 0}


def test_without_sales_deliveries_tell_the_demand_and_what_is_unknown_is_not_judged() -> None:
    case = Case(*planned(100))
    alone = q.Actual(KIND.DELIVERY, "O1", "A", 900, quantity=80)
    plant = replace(planned(100)[0], actuals=(alone,))
    row = nearness("x", case, plant, case, FIRST, FIRST + 6)
    assert (row.demand, row.supply, row.off) == (F(20, 80), None, F(1, 4))
    nothing = nearness("x", case, planned(100)[0], case, FIRST, FIRST + 6)
    assert nothing.off is None
    assert nearest([nothing]) is None


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The plan, what was told, and the plans of two scenarios."""
    write_outputs(*planned(100), None, tmp_path / "plan")
    write(told(140, 120), tmp_path / "told")
    for name, quantity in (("boom", 150), ("slump", 60)):
        write_outputs(*planned(quantity), None, tmp_path / "scenarios" / name)
    return tmp_path


def arguments(place: Path) -> list[str]:
    return [str(place / "told"), str(place / "plan"), "--to", "2025-01-12", "--scenarios",
            str(place / "scenarios")]  # fmt: skip


def test_the_scenarios_stand_beside_the_plan(place: Path) -> None:
    done = CliRunner().invoke(variance, [*arguments(place), "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.output)["scenarios"]
    assert [(row["scenario"], row["nearest"]) for row in rows] == [
        ("the plan", ""), ("boom", "yes"), ("slump", ""),
    ]  # fmt: skip
    plain = CliRunner().invoke(variance, [*arguments(place)[:4], "--json"])
    assert "scenarios" not in json.loads(plain.output)
    (place / "empty").mkdir()
    none = CliRunner().invoke(variance, [*arguments(place)[:-1], str(place / "empty")])
    assert none.exit_code == 2


def test_a_closed_period_keeps_which_was_nearest(place: Path) -> None:
    log = str(place / "closed.jsonl")
    done = CliRunner().invoke(close, [*arguments(place), "--cycle", "W2", "--by", "ann", "--log", log])
    assert done.exit_code == 0, done.output
    record = json.loads((place / "closed.jsonl").read_text())
    assert [row["scenario"] for row in record["scenarios"] if row["nearest"]] == ["boom"]
    shown = CliRunner().invoke(cycles, [log], env={"COLUMNS": "200"})
    assert "Which scenario came nearest" in shown.output
    assert any("boom" in line and "yes" in line for line in shown.output.splitlines())
