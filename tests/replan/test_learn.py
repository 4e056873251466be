"""What actuals teach: proposed with shrinkage, decided by people, noted."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from yard import DAY, yard

from capacityplan.cli.learn import learn
from capacityplan.cli.main import main
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import DataError, ExitCode
from capacityplan.exchange import read_or_raise, write, write_plan
from capacityplan.replan.learn import accepted, proposals, strangers

KIND = q.ActualKind
TEST = q.Inspection("final", q.Stage.FINAL, "P", item="A", reject_fraction=F(1, 20))


def actuals(count: int, minutes: int = 120, good: int = 90, rejected: int = 10) -> list[q.Actual]:
    return [
        q.Actual(KIND.RUN, f"L{n}", "A", 200 + n, "make", "M", good, rejected, n, minutes)
        for n in range(count)
    ]


def plan(count: int = 6) -> p.Plan:
    lots = tuple(p.Lot(f"L{n}", "A", 100) for n in range(count))
    bought = tuple(p.Purchase(f"B{n}", "S", "R", 10, 0, DAY) for n in range(count))
    return p.Plan(p.Provenance("yard", ""), lots=lots, purchases=bought)


def told(rows: list[q.Actual], **tables: object) -> dict[tuple[str, str], tuple[str, str, int]]:
    found = proposals(yard(actuals=tuple(rows), **tables), plan())
    return {(row.table, row.column): (row.before, row.after, row.observations) for row in found}


def test_run_times_and_yields_move_by_their_evidence() -> None:
    # 1.2 minutes a unit instead of 1, and a tenth bad: 5 observations weigh as much as the parameter.
    found = told(actuals(5))
    assert found["operations", "run_minutes"] == ("1", "11/10", 5)
    assert found["operations", "yield_fraction"] == ("1", "19/20", 5)
    more = proposals(yard(actuals=tuple(actuals(5))), plan(), prior=0)
    assert {row.column: row.after for row in more} == {"run_minutes": "6/5", "yield_fraction": "9/10"}


def test_little_evidence_and_small_differences_say_nothing() -> None:
    assert told(actuals(2)) == {}
    assert told(actuals(5, minutes=101, good=100, rejected=0)) == {}
    unfinished = [replace(row, finished=False) for row in actuals(5)]
    assert told(unfinished) == {}


def test_rejects_lead_times_and_bias() -> None:
    decided = [
        q.Actual(KIND.DECISION, f"L{n}", "A", 300, "final", quantity=85, rejected=15) for n in range(5)
    ]
    assert told(decided, inspections=(TEST,))["inspections", "reject_fraction"] == ("1/20", "1/10", 5)
    late = [q.Actual(KIND.RECEIPT, f"B{n}", "R", 4 * DAY, quantity=10) for n in range(5)]
    assert told(late)["suppliers", "lead_time_days"] == ("1", "3", 5)
    first = int(Timeline.of(yard()).first_day[0])
    rows = {name: [0] for name in ("stream", "segment", "certainty", "author", "dated")}
    projected = Projections(
        ("", "A"), item=[1], start=[first], end=[first + 3], quantity=[800], weight_millionths=[10**6],
        low=[-1], high=[-1], **rows,
    )  # fmt: skip
    shipped = [q.Actual(KIND.DELIVERY, f"O{n}", "A", n * DAY, quantity=100) for n in range(1, 5)]
    found = told(shipped, projections=projected)
    # 100 a day came where 200 were projected.
    before, after, count = found["projections", "weight"]
    assert (before, count) == ("1", 4)
    assert F(1, 2) < F(after) < F(9, 10)


def test_parts_of_an_operation_are_one_observation_and_repeats_none() -> None:
    # Each lot is confirmed in two halves, the first with 8 of 10 rejects; then the file says it all again.
    halves = [
        part
        for row in actuals(5)
        for part in (
            replace(row, quantity=42, rejected=8, minutes=50, finished=False),
            replace(row, at=row.at + 50, quantity=48, rejected=2, minutes=70),
        )
    ]
    found = told(halves)
    assert found["operations", "run_minutes"] == ("1", "11/10", 5)
    assert found["operations", "yield_fraction"] == ("1", "19/20", 5)
    assert told([*halves, *halves]) == found
    assert told(actuals(2) * 3) == {}


def test_the_last_decision_on_a_lot_counts() -> None:
    rows = [
        q.Actual(KIND.DECISION, f"L{n}", "A", at, "final", quantity=100 - bad, rejected=bad)
        for n in range(5)
        for at, bad in ((400, 15), (300, 95))
    ]
    assert told(rows, inspections=(TEST,))["inspections", "reject_fraction"] == ("1/20", "1/10", 5)


def test_what_arrives_on_its_day_is_in_time() -> None:
    # Planned for the day that begins at minute 1440; it comes in the afternoon, in two parts.
    parts = [
        q.Actual(KIND.RECEIPT, f"B{n}", "R", DAY + minute, quantity=5)
        for n in range(6)
        for minute in (800, 1000)
    ]
    assert told(parts) == {}
    late = [replace(row, at=row.at + DAY) for row in parts]
    assert told(late)["suppliers", "lead_time_days"] == ("1", "2", 6)


def test_what_is_confirmed_of_other_days_teaches_nothing() -> None:
    rows = [replace(row, at=row.at - DAY, start=None) for row in actuals(5)]
    years = [q.Actual(KIND.DELIVERY, "O1", "A", 3000 * DAY, quantity=10)]
    plant = yard(actuals=(*rows, *years))
    assert proposals(plant, plan()) == ()
    before, after = strangers(plant, plan())
    assert before.startswith("5 confirmations are of before")
    assert after == "1 confirmations are of after the horizon: left out (the first: delivery of O1)"
    unknown = yard(actuals=(q.Actual(KIND.RECEIPT, "B99", "R", DAY, quantity=5),))
    assert list(strangers(unknown, plan())) == [
        "1 of 1 receipts are of no purchase of this plan (the first: B99)"
    ]


def test_accepting_changes_the_plant_once() -> None:
    plant = yard(actuals=tuple(actuals(5)))
    (run, share) = proposals(plant, plan())
    changed = accepted(accepted(plant, run), share)
    row = next(one for one in changed.operations if one.operation == "make")
    assert (row.run_minutes, row.yield_fraction) == (F(11, 10), F(19, 20))
    with pytest.raises(ValueError, match="is not 1"):
        accepted(changed, run)


def test_an_instance_without_actuals_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        proposals(yard(), plan())
    (finding,) = error.value.findings
    assert (finding.code, finding.sheet) == ("no_actuals", "actuals")
    write(yard(), tmp_path / "plant")
    write_plan(plan(), tmp_path / "plan.json")
    with pytest.raises(SystemExit) as ended:
        main(["learn", str(tmp_path / "plant"), str(tmp_path / "plan.json")])
    assert ended.value.code == ExitCode.DATA


def test_what_teaches_nothing_is_told_why(tmp_path: Path) -> None:
    write(yard(actuals=tuple(actuals(2))), tmp_path / "plant")
    files = [str(tmp_path / "plant"), str(tmp_path / "plan.json")]
    write_plan(plan(), tmp_path / "plan.json")
    assert "nothing to propose from 2 actuals" in CliRunner().invoke(learn, files).output
    write_plan(plan(1), tmp_path / "plan.json")
    said = CliRunner().invoke(learn, files)
    assert said.exit_code == 0
    assert said.stderr == "note: 1 of 2 confirmed runs are of no lot of this plan (the first: L1)\n"


def test_people_decide_and_it_is_noted(tmp_path: Path) -> None:
    write(yard(actuals=tuple(actuals(5))), tmp_path / "plant")
    write_plan(plan(), tmp_path / "plan.json")
    files = [str(tmp_path / "plant"), str(tmp_path / "plan.json")]
    shown = CliRunner().invoke(learn, [*files, "--json"])
    first, second = json.loads(shown.output)
    assert "run_minutes 1 -> 1.1 (" in CliRunner().invoke(learn, files).output
    assert CliRunner().invoke(learn, [*files, "--accept", first["id"]]).exit_code == 2
    assert CliRunner().invoke(learn, [*files, "--accept", "none", "--by", "ann"]).exit_code == 2
    both = ["--accept", first["id"], "--refuse", first["id"], "--by", "ann"]
    assert "accepted and refused at once" in CliRunner().invoke(learn, [*files, *both]).stderr
    done = CliRunner().invoke(
        learn, [*files, "--accept", first["id"], "--refuse", second["id"], "--by", "ann"]
    )
    assert done.exit_code == 0, done.output
    row = next(one for one in read_or_raise(tmp_path / "plant").operations if one.operation == "make")
    assert (row.run_minutes, row.yield_fraction) == (F(11, 10), F(1))
    # The same actuals teach the same thing once; what was refused may be thought over.
    again = CliRunner().invoke(learn, [*files, "--json"])
    assert [one["column"] for one in json.loads(again.stdout)] == ["yield_fraction"]
    assert again.stderr == "note: 1 accepted before on the same actuals\n"
    more = actuals(6)
    write(replace(read_or_raise(tmp_path / "plant"), actuals=tuple(more)), tmp_path / "plant")
    further = json.loads(CliRunner().invoke(learn, [*files, "--json"]).stdout)
    assert [one["column"] for one in further] == ["run_minutes", "yield_fraction"]
    log = [json.loads(line) for line in (tmp_path / "plant.decisions.jsonl").read_text().splitlines()]
    assert [(one["by"], one["decision"], one["column"]) for one in log] == [
        ("ann", "accepted", "run_minutes"), ("ann", "refused", "yield_fraction"),
    ]  # fmt: skip
