"""The files: complete, atomic, and harmless to open."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from report_plants import build, renamed

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import OutputError, VerificationError
from capacityplan.report import write_outputs, write_report
from capacityplan.report.facts import Facts
from capacityplan.report.files import csv_text, write_bytes
from capacityplan.report.table import Column, Kind, Table
from capacityplan.report.tables import contents
from capacityplan.report.workbook import write_workbook

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://attacker.invalid","x")',
    "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", '=IMPORTXML("http://attacker.invalid","//a")',
    "@A1", "=A1", "+A1", "-A1", "=WEBSERVICE(\"http://attacker.invalid\")", "=DDE(\"a\";\"b\";\"c\")",
    "{=1+1}", "==1", "=-1", "http://attacker.invalid", "mailto:a@attacker.invalid", "internal:Sheet1!A1",
    "external:c:\\x.xlsx", "ftp://attacker.invalid", "=\"a\"&\"b\"", "=TRUE", "=1/0", "+49 123", "-5",
    "@home", "= 1", "=\n1", "\t", "\r\n=1", "'=1", "''=1", "=SUM(A1:A9)*cmd|'/c'!A1", "+\u00e9", "-\u20ac",
)  # fmt: skip
TABLES = (
    "schedule", "lots", "inspections", "purchases", "deliveries", "demand", "stock", "load", "ledger", "kpis",
    "times", "margin", "segments", "cash", "quality", "service", "budgets", "funds",
    "launches",
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> tuple[Plant, Plan]:
    return build(lots=44, lines=1, items=6)


@pytest.fixture(scope="module")
def folder(made: tuple[Plant, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan") / "deep" / "er"
    write_outputs(*made, None, out)
    return out


def test_all_files_are_written_and_nothing_else(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    expected = {f"{name}.csv" for name in TABLES} | {"plan.json", "instance.json", "plan.xlsx", "report.html"}
    assert names == expected


def test_plan_and_instance_come_back(folder: Path, made: tuple[Plant, Plan]) -> None:
    assert Plan.from_json((folder / "plan.json").read_bytes()) == made[1]
    assert Plant.from_json((folder / "instance.json").read_bytes()).hash() == made[0].hash()


def test_csv_has_headers_with_units_and_all_rows(folder: Path, made: tuple[Plant, Plan]) -> None:
    rows = list(csv.DictReader(io.StringIO((folder / "ledger.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(made[1].ledger)
    assert sum(float(row["amount [EUR]"]) for row in rows) == pytest.approx(
        float(made[1].certificate.cost), abs=0.005 * len(rows)
    )
    first = next(csv.DictReader(io.StringIO((folder / "schedule.csv").read_text(encoding="utf-8"))))
    assert first["start"] == "2027-03-01T06:00"
    assert int(first["run [min]"]) > 0


def test_workbook_holds_the_tables(folder: Path, made: tuple[Plant, Plan]) -> None:
    book = load_workbook(folder / "plan.xlsx")
    assert book.sheetnames == ["summary", *TABLES, "certificate"]
    schedule = book["schedule"]
    assert schedule.max_row == 1 + len(made[1].runs) + len(made[1].bucket_runs)
    assert schedule.freeze_panes == "A2"
    assert schedule.auto_filter.ref.startswith("A1:")
    assert schedule["B2"].value == datetime(2027, 3, 1, 6, 0)
    total = sum(row[6].value for row in book["ledger"].iter_rows(min_row=2))
    assert total == pytest.approx(float(made[1].certificate.cost))
    summary = {row[0].value: row[1].value for row in book["summary"].iter_rows(max_col=2)}
    assert summary["Cost"] == pytest.approx(float(made[1].certificate.cost))
    assert summary["Gap"] == pytest.approx(0.1)
    figures = {row[0].value: row[1] for row in book["kpis"].iter_rows(min_row=2)}
    assert figures["cost"].value == summary["Cost"]
    assert figures["gap"].number_format == "0.0%"
    assert figures["lots"].value == len(made[1].lots)


def test_no_name_becomes_a_formula_or_a_link(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    assert len(FORMULAS) == 40
    plant, plan = renamed(
        *made, {f"L-{number:05d}": f"{text} {number}" for number, text in enumerate(FORMULAS)}
    )
    hostile = {f"O-{number:05d}": f"{text} order {number}" for number, text in enumerate(FORMULAS)}
    plant, plan = renamed(plant, plan, hostile | {"FG-000": "=1+2", "MIX-00": "@mix", "Shop": "-shop"})
    write_outputs(plant, plan, None, tmp_path)
    cells = 0
    for sheet in load_workbook(tmp_path / "plan.xlsx"):
        for row in sheet.iter_rows():
            for cell in row:
                cells += 1
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
    assert cells > 5000
    for name in TABLES:
        for row in csv.reader(io.StringIO((tmp_path / f"{name}.csv").read_bytes().decode(), newline="")):
            for text in row:
                number = text.lstrip("-").replace(".", "", 1).isdigit()
                assert number or not text.startswith(("=", "+", "-", "@", "\t", "\r", "\0")), (name, text)
    written = {
        row[4] for row in csv.reader(io.StringIO((tmp_path / "schedule.csv").read_text(encoding="utf-8")))
    }
    assert "'=1+1 0" in written


def test_a_negative_number_stays_a_number() -> None:
    table = Table("t", "T", (Column("a", Kind.INTEGER), Column("b")), ((-5, "-5"),))
    assert csv_text(table) == "a,b\r\n-5,'-5\r\n"


def test_a_text_too_long_for_a_cell_is_an_error(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    found = contents(Facts(*made))
    long = Table("long", "Long", (Column("text"),), (("x" * 32_768,),))
    with pytest.raises(OutputError, match="could not be written whole"):
        write_workbook(tmp_path / "plan.xlsx", replace(found, tables={"long": long}))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_an_output_error(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="taken"):
        write_outputs(*made, None, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "schedule.csv"
    write_bytes(target, b"old")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as out:
            out.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"schedule\.csv.*No space left"):
        write_bytes(target, b"a new file")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["schedule.csv"]


def test_nothing_is_written_for_a_plan_that_breaks_a_rule(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    plant, plan = made
    broken = replace(plan, inspections=plan.inspections[1:])
    with pytest.raises(VerificationError, match="inspection"):
        write_outputs(plant, broken, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_reports_by_suffix(made: tuple[Plant, Plan], tmp_path: Path) -> None:
    write_report(*made, tmp_path / "a.xlsx")
    write_report(*made, tmp_path / "a.html")
    assert load_workbook(tmp_path / "a.xlsx").sheetnames[0] == "summary"
    assert (tmp_path / "a.html").read_bytes().startswith(b"<!doctype html>")


def test_json_beside_is_valid(folder: Path) -> None:
    assert json.loads((folder / "plan.json").read_text())["provenance"]["plan_id"] == "try"
