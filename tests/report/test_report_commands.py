"""The commands `show` and `report`, and the record of a solve."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from report_plants import build

from capacityplan import __version__
from capacityplan.cli.main import main
from capacityplan.cli.report import report
from capacityplan.cli.show import TABLES, show
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import VerificationError
from capacityplan.report import write_outputs
from capacityplan.report.result import result_record
from capacityplan.report.review import REVIEW
from capacityplan.solve.solve import Outcome, Settings
from capacityplan.verify import check

made = pytest.fixture(scope="module")(lambda: build(lots=24, lines=2, items=6))


@pytest.fixture(scope="module")
def folder(made: tuple[Plant, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan")
    write_outputs(*made, None, out)
    return out


@pytest.mark.parametrize("table", [name for name in TABLES if name not in REVIEW])
def test_show_prints_every_table(table: str, folder: Path) -> None:
    done = CliRunner().invoke(show, [str(folder), table], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    records = json.loads(CliRunner().invoke(show, [str(folder), table, "--json"]).output)
    first = {"kpis": "cost", "certificate": "verified"}.get(table)
    if first is not None:
        assert first in done.output
        assert next(iter(records[0].values())) == first
    else:
        # The plant of these tests has no budgets, funds and launches; other tests show ones that have.
        assert bool(records) == (table not in ("budgets", "funds", "launches"))
        assert all(any(str(cell) for cell in row.values()) for row in records)
        assert len(done.output.splitlines()) >= min(len(records), 40)
    assert ("more rows" in done.output) == (len(records) > 40)


def test_show_puts_late_demand_first(folder: Path) -> None:
    done = CliRunner().invoke(show, [str(folder), "demand"], env={"COLUMNS": "200"})
    assert done.output.index(" late ") < done.output.index("on time")


def test_show_needs_the_instance(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "plan.json"
    alone.write_bytes((folder / "plan.json").read_bytes())
    done = CliRunner().invoke(show, [str(alone)])
    assert done.exit_code == 2
    assert "--instance" in done.output
    named = CliRunner().invoke(show, [str(alone), "--instance", str(folder / "instance.json")])
    assert named.exit_code == 0


def test_report_writes_by_suffix(folder: Path, tmp_path: Path) -> None:
    for name, magic in (("a.html", b"<!doctype html>"), ("a.xlsx", b"PK")):
        done = CliRunner().invoke(
            report, [str(folder / "instance.json"), str(folder), "--out", str(tmp_path / name)]
        )
        assert done.exit_code == 0, done.output
        assert (tmp_path / name).read_bytes().startswith(magic)
    wrong = CliRunner().invoke(report, [str(folder / "instance.json"), str(folder), "--out", "a.pdf"])
    assert wrong.exit_code == 2


def test_a_plan_for_other_data_is_refused_and_says_so(
    made: tuple[Plant, Plan], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant, _ = made
    first, *rest = plant.orders
    later = replace(plant, orders=(replace(first, quantity=first.quantity + 1000), *rest))
    for name, changed, told in (
        ("later.json", later, "the plan was made from other data than this instance (hash differs)"),
        ("other.json", replace(later, name="other"), "the plan was made for plant "),
    ):
        (tmp_path / name).write_bytes(changed.to_json())
        with pytest.raises(SystemExit) as ended:
            main(["show", str(folder), "--instance", str(tmp_path / name)])
        assert ended.value.code == 6
        assert f"note: {told}" in capsys.readouterr().err


def test_report_refuses_a_plan_that_breaks_a_rule(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    plant, plan = made
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(replace(plan, runs=plan.runs[1:]).to_json())
    done = CliRunner().invoke(report, [str(tmp_path / "instance.json"), str(tmp_path)])
    assert isinstance(done.exception, VerificationError)
    assert not (tmp_path / "report.html").exists()


def test_result_of_a_plan(made: tuple[Plant, Plan]) -> None:
    plant, plan = made
    verdict = check(plant, plan)
    outcome = Outcome("feasible", plan, verdict, {"read": 0.1234, "total": 2.0}, 321)
    record = result_record(plant, outcome, Settings(seed=7, workers=1))
    assert list(record) == [
        "status", "verified", "violations", "cost", "bound", "bound_certified", "unavoidable", "gap",
        "gap_controllable", "currency", "counts", "service", "seconds", "peak_memory_mb", "plant_hash",
        "seed", "workers", "version",
    ]  # fmt: skip
    assert record["verified"] is True
    assert record["violations"] == 0
    assert abs(record["cost"] - float(verdict.cost)) <= 0.005
    assert record["bound"] <= plan.certificate.bound
    assert record["counts"] == {
        "items": 7, "demands": 24, "lots": 30, "operations": 90, "inspections": 30, "purchases": 1,
        "resources": 8, "buckets": 32,
    }  # fmt: skip
    assert record["service"]["on_time"] == round(float(verdict.on_time_share), 6)
    assert record["service"]["lost_quantity"] == 100.0
    assert record["seconds"]["read"] == 0.123
    assert record["seconds"]["plan"] is None
    assert (record["plant_hash"], record["seed"], record["version"]) == (plant.hash(), 7, __version__)
    assert json.loads(json.dumps(record)) == record


def test_result_without_a_plan_knows_nothing(made: tuple[Plant, Plan]) -> None:
    record = result_record(made[0], Outcome("no_plan", None, None), Settings())
    assert record["verified"] is False
    unknown = ("violations", "cost", "bound", "bound_certified", "unavoidable", "gap", "gap_controllable")
    assert [record[name] for name in unknown] == [None] * 7
    assert record["counts"]["lots"] is None
    assert record["counts"]["demands"] == 24
    assert record["service"]["on_time"] is None


def test_tables_in_a_pipe_are_whole_and_in_a_narrow_terminal_folded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = CliRunner().invoke(show, [str(folder), "schedule", "--all"], env={"COLUMNS": "40"}).output
    records = json.loads(CliRunner().invoke(show, [str(folder), "schedule", "--json"]).output)
    assert all(row["start"] in told and row["lot"] in told for row in records)
    monkeypatch.setenv("FORCE_COLOR", "1")
    narrow = CliRunner().invoke(show, [str(folder), "schedule", "--all"], env={"COLUMNS": "60"}).output
    assert "…" not in told + narrow
    assert max(len(line) for line in told.splitlines()) > 60
