"""Plan and actual on the command line and in the report."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from report_plants import build

from capacityplan.cli.report import report
from capacityplan.cli.show import show
from capacityplan.cli.variance import variance
from capacityplan.domain import plant as q
from capacityplan.domain.timeline import Timeline
from capacityplan.exchange import read_or_raise, write
from capacityplan.report import write_outputs
from capacityplan.report.review import REVIEW

PARTS = ("volume", "mix", "efficiency", "price", "other")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan in ``plan``, and in ``told`` its plant with what happened: all runs a tenth slower."""
    folder = tmp_path_factory.mktemp("review")
    plant, plan = build(lots=12, lines=2, items=4)
    write_outputs(plant, plan, None, folder / "plan")
    items = {row.lot: row.item for row in plan.lots}
    actuals = tuple(
        q.Actual(
            q.ActualKind.RUN, row.lot, items[row.lot], row.end, row.operation, row.resource, row.quantity, 0,
            row.start, (row.end - row.start) * 11 // 10,
        )
        for row in plan.runs
    )  # fmt: skip
    write(replace(plant, actuals=actuals), folder / "told")
    return folder


def test_complaints_reach_every_place(place: Path) -> None:
    plant, plan = build(lots=12, lines=2, items=4)
    lot = min(plan.lots, key=lambda row: row.lot)
    day = Timeline.of(plant).clock.ordinal(0)
    told = (
        q.Complaint("K1", q.ComplaintKind.COMPLAINT, day, lot.item, 2, lot=lot.lot, cost=Fraction(15, 2)),
        q.Complaint("K2", q.ComplaintKind.RETURN, day, lot.item, 3, lot=lot.lot, cost=Fraction(5)),
    )
    made = read_or_raise(place / "told")
    write(replace(made, complaints=told), place / "back")
    found = json.loads(
        CliRunner().invoke(variance, [str(place / "back"), str(place / "plan"), "--json"]).output
    )
    item, whole = found["complaints"]
    assert (item["item"], item["complaints"]) == (lot.item, "1")
    assert (item["returned"], item["cost [EUR]"]) == ("3.00", "12.50")
    assert (whole["item"], whole["cost [EUR]"]) == ("together", "12.50")
    scores = {row["lot"]: row for row in found["lot_scores"]}
    assert set(scores) == {row.lot for row in plan.runs}
    assert next(iter(scores)) == lot.lot
    assert scores[lot.lot]["came back"] == "3.00"
    out = place / "back.xlsx"
    arguments = [str(place / "back"), str(place / "plan"), "--out", str(out)]
    done = CliRunner().invoke(report, arguments)
    assert done.exit_code == 0, done.output
    book = load_workbook(out)
    assert {"complaints", "lot_scores"} <= set(book.sheetnames)
    spent = [row for row in book["quality"].iter_rows(values_only=True) if row[0] == "external failure"]
    assert [row[2] for row in spent] == [12.5]


def test_a_late_complaint_does_not_lengthen_the_period(place: Path) -> None:
    plant, plan = build(lots=12, lines=2, items=4)
    day, item = Timeline.of(plant).clock.ordinal(0), plan.lots[0].item
    told = tuple(
        q.Complaint(f"K{number}", q.ComplaintKind.COMPLAINT, day + later, item, 2, cost=Fraction(5))
        for number, later in enumerate((0, 400, 401))
    )
    write(replace(read_or_raise(place / "told"), complaints=told), place / "late")

    def asked(folder: str, *options: str) -> tuple[str, dict[str, list[dict[str, str]]]]:
        words = [str(place / folder), str(place / "plan"), *options]
        run = CliRunner()
        return run.invoke(variance, words).output, json.loads(run.invoke(variance, [*words, "--json"]).output)

    before, after = asked("told"), asked("late")
    assert after[1]["variance"] == before[1]["variance"]
    assert after[1]["complaints"][-1]["complaints"] == "1"
    assert "(2 of later days left out)" in after[0]
    assert "left out" not in asked("late", "--to", date.fromordinal(day + 401).isoformat())[0]


def test_the_command_compares_and_its_table_adds_up(place: Path) -> None:
    files = [str(place / "told"), str(place / "plan"), "--baseline", str(place / "plan")]
    done = CliRunner().invoke(variance, files)
    assert done.exit_code == 0, done.output
    assert "Machine time" in done.output
    found = json.loads(CliRunner().invoke(variance, [*files, "--json"]).output)
    assert set(found) == set(REVIEW)
    rows = {row["category"]: row for row in found["variance"]}
    machine = {name.partition(" [")[0]: Decimal(value) for name, value in rows["Machine time"].items()
               if value and name != "category"}  # fmt: skip
    assert machine["efficiency"] > 0
    assert sum(machine[name] for name in PARTS) == machine["difference"]
    assert machine["difference"] == machine["actual"] - machine["planned"]
    lines = [row for row in found["variance_lines"] if row["category"] == "production"]
    total = sum((Decimal(row["difference [EUR]"]) for row in lines), Decimal(0))
    assert total == machine["difference"]
    figures = {row["figure"]: row for row in found["period"]}
    assert figures["adherence"]["actual"] == "100.00"
    assert figures["spent"]["baseline"] == figures["spent"]["plan"] != figures["spent"]["actual"]


def test_the_report_has_a_section_only_where_something_is_known(place: Path, tmp_path: Path) -> None:
    for source, there in (("told", True), ("plan/instance.json", False)):
        out = tmp_path / "report.html"
        done = CliRunner().invoke(report, [str(place / source), str(place / "plan"), "--out", str(out)])
        assert done.exit_code == 0, done.output
        data = re.search(
            r'<script type="application/json" id="data">(.*?)</script>', out.read_text("utf-8"), re.DOTALL
        )
        assert data is not None
        assert bool(json.loads(data[1])["review"]) == there


def test_show_has_its_tables(place: Path) -> None:
    named = ["--instance", str(place / "told")]
    assert "efficiency" in CliRunner().invoke(show, [str(place / "plan"), "variance", *named]).output
    bare = CliRunner().invoke(show, [str(place / "plan"), "variance"])
    assert bare.exit_code == 2
    assert "holds no actuals" in bare.output


def test_nothing_to_compare_and_days_the_wrong_way_round(place: Path) -> None:
    bare = CliRunner().invoke(variance, [str(place / "plan/instance.json"), str(place / "plan")])
    assert bare.exit_code == 2
    early = CliRunner().invoke(variance, [str(place / "told"), str(place / "plan"), "--to", "2000-01-01"])
    assert early.exit_code == 2
    assert "ends before it begins" in early.output
