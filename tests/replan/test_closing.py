"""Closing periods: kept for good, once, and compared from cycle to cycle."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from yard import DAY, yard

from capacityplan.cli.close import close
from capacityplan.cli.cycles import cycles
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.errors import DataError
from capacityplan.exchange import write, write_plan
from capacityplan.replan.closing import closed_periods, cycles_table

KIND = q.ActualKind
FIRST = 739257  # 2025-01-06


def plan() -> p.Plan:
    """One lot of A, made and packed on the first day."""
    return p.Plan(
        p.Provenance("yard", ""),
        lots=(p.Lot("L", "A", 100),),
        runs=(p.Run("L", "make", "M", 100, 0, 0, 100), p.Run("L", "pack", "P", 100, 100, 100, 200)),
        deliveries=(p.Delivery("O1", "A", 100, DAY, DAY),),
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The first week with all runs slow; the second table has only one of them, and quick."""
    targets = (q.Target(q.TargetFigure.ADHERENCE, FIRST, FIRST + 90, F(9, 10)),)
    orders = (q.Order("O1", "A", 100, DAY),)
    slow = (
        q.Actual(KIND.RUN, "L", "A", 120, "make", "M", 100, 0, 0, 120),
        q.Actual(KIND.RUN, "L", "A", 2 * DAY, "pack", "P", 100, 0, 0, 120),
    )
    quick = (
        q.Actual(KIND.RUN, "L", "A", 90, "make", "M", 100, 0, 0, 80),
        q.Actual(KIND.RUN, "L", "A", 190, "pack", "P", 100, 0, 90, 100),
    )
    for name, actuals in (("slow", slow), ("quick", quick)):
        write(yard(actuals=actuals, targets=targets, orders=orders), tmp_path / name)
    write_plan(plan(), tmp_path / "plan.json")
    return tmp_path


def closed(place: Path, name: str, cycle: str) -> str:
    arguments = [str(place / name), str(place / "plan.json"), "--to", "2025-01-12"]
    arguments += ["--cycle", cycle, "--by", "ann", "--log", str(place / "closed.jsonl")]
    done = CliRunner().invoke(close, arguments)
    return f"{done.exit_code} {done.output}"


def test_two_cycles_side_by_side(place: Path) -> None:
    assert "0 W1" in closed(place, "slow", "W1")
    assert "0 W2" in closed(place, "quick", "W2")
    first, second = closed_periods(place / "closed.jsonl")
    assert (first["by"], first["from"], first["to"]) == ("ann", "2025-01-06", "2025-01-12")
    assert first["figures"]["adherence"]["meets"] is False
    # 200 minutes at 0.10 EUR planned, 240 and 180 minutes used.
    assert first["variance"]["production"]["efficiency"] == "4"
    assert second["variance"]["production"]["efficiency"] == "-2"
    table = cycles_table([first, second])
    rows = {(row[0], row[2]): row for row in table.rows}
    assert rows["W1", "adherence"][5:8] == (50, 90, "no")
    assert rows["W2", "adherence"][5:] == (100, 90, "yes", 50, "better", 50, "better")
    assert rows["W2", "spent"][8:] == (-6, "better", -6, "better")
    assert [rows["W2", name][3] for name in ("spent", "run hours", "adherence")] == ["EUR", "h", "%"]
    shown = CliRunner().invoke(cycles, [str(place / "closed.jsonl")])
    assert "better" in shown.output
    as_json = CliRunner().invoke(cycles, [str(place / "closed.jsonl"), "--json"])
    assert [row["cycle"] for row in json.loads(as_json.output)] == ["W1", "W2"]


def test_the_trend_is_the_line_through_all_periods(place: Path) -> None:
    for name, cycle in (("slow", "W1"), ("quick", "W2"), ("slow", "W3"), ("quick", "W4")):
        assert closed(place, name, cycle).startswith("0 ")
    records = closed_periods(place / "closed.jsonl")
    rows = {(row[0], row[2]): row for row in cycles_table(records).rows}
    # 50, 100, 50, 100 %: the line rises by (-1.5 x 50 - 0.5 x 100 + 0.5 x 50 + 1.5 x 100) / 5 = 10 a cycle.
    assert rows["W1", "adherence"][8:] == (None, "", None, "")
    assert rows["W3", "adherence"][8:] == (-50, "worse", 0, "same")
    assert rows["W4", "adherence"][8:] == (50, "better", 10, "better")
    # The lot took two days in slow weeks, 190 minutes in quick ones.
    assert rows["W1", "lead time"][5] == 2
    assert rows["W2", "lead time"][5] == F("0.13")
    assert rows["W2", "lead time"][8:10] == (F("-1.87"), "better")
    assert rows["W4", "right first time"][5:8] == (100, None, "")


def test_market_share_over_closed_periods(place: Path) -> None:
    """The market bought 1,000 in four weeks, 250 of it in each; of A went 50, and then 100 units at 2."""
    item = replace(yard().items[0], price=F(2), family="F")
    market = (q.Market(FIRST, FIRST + 27, F(1000), "F"),)
    goal = (q.Target(q.TargetFigure.MARKET_SHARE, FIRST, FIRST + 90, F(1, 2)),)
    for name, units in (("few", 50), ("many", 100)):
        sold = (q.Actual(KIND.DELIVERY, "O1", "A", 100, quantity=units),)
        orders = (q.Order("O1", "A", 100, DAY),)
        plant = yard(actuals=sold, orders=orders, market=market, targets=goal)
        items = tuple(item if row.item == "A" else row for row in plant.items)
        write(replace(plant, items=items), place / name)
    assert "missed: market_share" in closed(place, "few", "W1")
    assert closed(place, "many", "W2").startswith("0 ")
    rows = {(row[0], row[2]): row for row in cycles_table(closed_periods(place / "closed.jsonl")).rows}
    # 100 and 200 of 250; the plan sells all 100 units.
    assert rows["W1", "market share"][4:8] == (80, 40, 50, "no")
    assert rows["W2", "market share"][5:] == (80, 50, "yes", 40, "better", 40, "better")


def test_a_cycle_is_closed_once(place: Path) -> None:
    closed(place, "slow", "W1")
    assert closed(place, "quick", "W1").startswith("2 ")
    assert len(closed_periods(place / "closed.jsonl")) == 1


def test_a_period_of_which_nothing_is_planned_is_not_closed(place: Path) -> None:
    arguments = [str(place / "slow"), str(place / "plan.json"), "--from", "2031-01-01", "--to", "2031-03-31"]
    arguments += ["--cycle", "Q1", "--by", "ann", "--log", str(place / "closed.jsonl")]
    done = CliRunner().invoke(close, arguments)
    assert done.exit_code == 2
    assert (
        "nothing is planned in the period, 2031-01-01 to 2031-03-31: the plan covers 2025-01-06 to"
        in done.output
    )
    assert not (place / "closed.jsonl").exists()


def test_a_changed_log_is_refused(place: Path) -> None:
    log = place / "closed.jsonl"
    for cycle in ("W1", "W2"):
        closed(place, "slow", cycle)
    log.write_text(log.read_text().replace('"by": "ann"', '"by": "bob"', 1))
    for row, text in ((2, log.read_text()), (1, "nonsense\n")):
        log.write_text(text)
        with pytest.raises(DataError) as caught:
            closed_periods(log)
        assert [(one.code, one.row) for one in caught.value.findings] == [("broken_log", row)]
