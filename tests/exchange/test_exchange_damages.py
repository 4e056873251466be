"""Damaged instances: every damage ends in findings at the right place, never in a traceback."""

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from damages import CODE_OF, CROSS, ROW_OF, STRUCTURE, Damage, cell_damages, damaged, last_row
from small_instance import HEAD, write_small
from small_instance import TABLES as TEXTS

from capacityplan.cli.validate import validate
from capacityplan.errors import ExitCode, Finding
from capacityplan.exchange import read, write
from capacityplan.exchange.tables import TABLES, UNSUPPORTED_TABLES

CELLS = tuple(cell_damages())
CASCADES = {"duplicate_key", "reserved_name", "unknown_id", "wrong_kind"}
"""A name changed into another one is also missed elsewhere."""


def place(finding: Finding) -> tuple[str, str, int | None, str, str]:
    return finding.file, finding.sheet, finding.row, finding.column, finding.code


def test_the_small_instance_is_sound_and_damages_are_many(tmp_path: Path) -> None:
    assert read(write_small(tmp_path / "plant")).findings == ()
    assert set(TEXTS) == {table.name for table in TABLES}
    assert len({damage.name for damage in (*CELLS, *CROSS)}) >= 600


@pytest.mark.parametrize("damage", [*CELLS, *CROSS], ids=lambda damage: damage.name)
def test_a_damaged_cell_is_named(damage: Damage, tmp_path: Path) -> None:
    found = read(damaged(tmp_path / "plant", damage))
    assert found.plant is None
    wanted = (f"{damage.table}.csv", damage.table, damage.row, damage.column, damage.code)
    places = [place(finding) for finding in found.errors]
    assert wanted in places
    if damage.code not in CASCADES:
        assert places == [wanted]
    hit = found.errors[places.index(wanted)]
    assert hit.message
    if damage.cell and damage.code not in ("out_of_range", "cyclic_bill"):
        assert damage.cell == hit.value or hit.value


@pytest.mark.parametrize("kind", STRUCTURE)
@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_a_damaged_file_is_named(table: str, kind: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    content = STRUCTURE[kind](TEXTS[table])
    (folder / f"{table}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read(folder)
    assert found.plant is None
    hits = [finding for finding in found.errors if finding.code == CODE_OF.get(kind, kind)]
    assert {(hit.file, hit.sheet, hit.row) for hit in hits} == {
        (f"{table}.csv", table, ROW_OF.get(kind, last_row(table)))
    }
    assert len(found.errors) == len(hits)


@pytest.mark.parametrize("table", [table for table in TABLES if table.needed], ids=lambda table: table.name)
def test_a_missing_table_is_named(table, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    (folder / f"{table.name}.csv").unlink()
    assert ("missing_table", table.name) in {(row.code, row.sheet) for row in read(folder).errors}


@pytest.mark.parametrize(
    ("table", "column"), [(table.name, c.name) for table in TABLES for c in table.columns if c.required]
)
def test_a_missing_column_is_named(table: str, column: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    lines = [line.split(",") for line in TEXTS[table].splitlines()]
    at = lines[0].index(column)
    text = "\n".join(",".join(line[:at] + line[at + 1 :]) for line in lines)
    (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    errors = read(folder).errors
    assert [place(row) for row in errors] == [(f"{table}.csv", table, 1, column, "missing_column")]


@pytest.mark.parametrize("name", UNSUPPORTED_TABLES)
def test_tables_this_version_cannot_plan_with_may_only_be_empty(name: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    file = folder / f"{name}.csv"
    file.write_text("item,from\n", encoding="utf-8")
    assert read(folder).plant is not None
    file.write_text("item,from\n\nlamp,2027-01-01\n", encoding="utf-8")
    assert [place(row) for row in read(folder).errors] == [(f"{name}.csv", name, 3, "", "not_supported")]


def test_orders_that_ask_for_a_quality_class_are_kept_and_told_of(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    head, first, *rows = TEXTS["orders"].splitlines()
    text = "\n".join([f"{head},quality_class", f"{first},", *(f"{row},first" for row in rows)])
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    found = read(folder)
    assert found.plant is not None
    assert [row.quality_class for row in found.plant.orders] == ["", "first"]
    (told,) = (row for row in found.findings if row.code == "quality_class_not_planned")
    assert (told.severity, told.row, told.message.split()[0]) == ("warning", 3, "1")


@pytest.mark.parametrize(
    ("table", "row", "column", "stated", "overdue"),
    [
        ("downtime", 4, "run_hours_before", "37.5,100/3", "37.5,38"),
        ("resources", 4, "campaign_hours_before", "12.5,45,10/3", "12.5,45,13"),
    ],
)
def test_overdue_maintenance_is_told_of(
    table: str, row: int, column: str, stated: str, overdue: str, tmp_path: Path
) -> None:
    # It happens that a machine runs on: the night that finds it must plan, and say so.
    folder = write_small(tmp_path / "plant")
    assert stated in TEXTS[table]
    (folder / f"{table}.csv").write_text(TEXTS[table].replace(stated, overdue), encoding="utf-8")
    found = read(folder)
    assert found.plant is not None
    (told,) = (one for one in found.findings if one.code == "overdue_maintenance")
    assert (told.severity, told.file, told.row, told.column, told.value) == (
        "warning", f"{table}.csv", row, column, overdue.rpartition(",")[2],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["item.csv", "Orders.csv", "ressources.csv"])
def test_an_unknown_table_has_a_hint(name: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    (finding,) = read(folder).errors
    assert (finding.code, finding.file) == ("unknown_table", name)
    assert finding.hint.startswith("did you mean")


@pytest.mark.parametrize("name", ["items.xlsx", "orders.tsv", "stock.CSV"])
def test_a_table_in_another_format_is_not_overlooked(name: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    (folder / name).write_text("x", encoding="utf-8")
    assert [(row.code, row.file) for row in read(folder).errors] == [("unknown_file", name)]


HEADS = [
    ("daily = 7", "daily = 0", 8, "horizon.daily", "out_of_range"),
    ("daily = 7", "daily = 2", 11, "horizon.schedule_days", "out_of_range"),
    ("daily = 7", "daly = 7", 8, "horizon.daly", "unknown_key"),
    ("weekly = 2", "weekly = 2.5", 9, "horizon.weekly", "not_whole"),
    ("schedule_days = 3", "schedule_days = 8", 11, "horizon.schedule_days", "out_of_range"),
    ("Europe/Berlin", "Europe/Berlinn", 4, "timezone", "unknown_timezone"),
    ("2027-01-04T06:00", "04.01.2027", 3, "start", "not_a_date"),
    ("2027-01-04T06:00", "2027-01-04T06:00+01:00", 3, "start", "not_a_date"),
    ("2027-01-04T06:00", "2027-03-28T02:30", 3, "start", "not_a_date"),
    ('"EUR"', '"euro"', 5, "currency", "not_a_currency"),
    ('"1.0"', '"9.0"', 1, "format", "unknown_format"),
    ('name = "workshop"', 'name = ""', 2, "name", "missing_value"),
    ("rate_per_year = 0.2", "rate_per_year = -0.2", 14, "costs.holding_rate_per_year", "out_of_range"),
    ("rate_per_year = 0.2", "rate_per_year = [1]", 14, "costs.holding_rate_per_year", "not_a_number"),
    ('"bucket"', '"buckets"', 15, "costs.lateness", "unknown_word"),
    ('"1/1000"', '"1/0"', 18, "solve.gap", "not_a_number"),
    ("[solve]", "[solver]", 18, "solver.gap", "unknown_key"),
    ("[solve]", "[solve", 17, "", "not_toml"),
]


@pytest.mark.parametrize(("old", "new", "row", "key", "code"), HEADS)
def test_a_damaged_setting_is_named(
    old: str, new: str, row: int, key: str, code: str, tmp_path: Path
) -> None:
    folder = write_small(tmp_path / "plant")
    assert old in HEAD
    (folder / "plant.toml").write_text(HEAD.replace(old, new), encoding="utf-8")
    assert ("plant.toml", "plant", row, key, code) in [place(finding) for finding in read(folder).errors]


def test_a_folder_without_head_and_a_path_without_instance_are_findings(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    (folder / "plant.toml").unlink()
    assert [row.code for row in read(folder).errors] == ["missing_file"]
    assert [row.code for row in read(tmp_path / "nothing").errors] == ["missing_file"]
    other = tmp_path / "notes.txt"
    other.write_text("hello", encoding="utf-8")
    assert [row.code for row in read(other).errors] == ["unknown_file"]


def test_a_missing_changeover_pair_is_an_error(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    lines = TEXTS["changeovers"].splitlines()[:-1]
    (folder / "changeovers.csv").write_text("\n".join(lines), encoding="utf-8")
    (finding,) = read(folder).errors
    assert place(finding) == ("resources.csv", "resources", 4, "changeover_matrix", "missing_changeover")
    assert "red to white" in finding.message


def test_an_operation_without_resource_and_a_demand_without_source_are_errors(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    modes = [line for line in TEXTS["operation_resources"].splitlines() if "cure" not in line]
    (folder / "operation_resources.csv").write_text("\n".join(modes), encoding="utf-8")
    (folder / "operation_pools.csv").unlink()
    (finding,) = read(folder).errors
    assert place(finding) == ("operations.csv", "operations", 3, "operation", "operation_without_resource")
    items = TEXTS["items"] + "vase,finished,,pcs,0,5,,0,0,0,0,,,,0,,,,0,,,\n"
    (folder / "items.csv").write_text(items, encoding="utf-8")
    write_orders = TEXTS["orders"] + "A3,vase,1,2027-01-08,acme,1,,,,0,\n"
    (folder / "orders.csv").write_text(write_orders, encoding="utf-8")
    assert ("items.csv", "items", 8, "item", "no_source") in [place(row) for row in read(folder).errors]


def test_all_findings_of_a_run_are_shown_at_once(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    for table, old, new in (
        ("items", "pcs,0,20", "pcs,zero,20"),
        ("orders", "A1,lamp,12", "A1,lamp,12a"),
        ("orders", "2027-01-14T12:00", "14.01."),
        ("resources", "oven,machine", "oven,machinery"),
    ):
        (folder / f"{table}.csv").write_text(
            (folder / f"{table}.csv").read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
        )
    found = {(row.sheet, row.row, row.column) for row in read(folder).errors}
    assert found == {
        ("items", 2, "precision"), ("orders", 2, "quantity"), ("orders", 3, "due"),
        ("resources", 3, "kind"),
    }  # fmt: skip


def test_blank_rows_keep_the_count_and_warnings_do_not_block(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    text = TEXTS["orders"].replace("\nA2", "\n\n\nA2").replace("2027-01-14T12:00", "2027-01-01")
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    found = read(folder)
    assert found.plant is not None
    assert [(place(row), row.severity) for row in found.findings] == [
        (("orders.csv", "orders", 5, "due", "due_before_start"), "warning")
    ]


def _workbook_damage(damage: Damage, path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book[damage.table]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(damage.row, header.index(damage.column) + 1).value = damage.cell
    book.save(path)


@pytest.mark.parametrize("quantity", ["12", "12.5", "0.25", "1e-3"])
def test_what_was_paid_for_a_quantity_names_its_item(quantity: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    with (folder / "spending.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"purchase,2027-01-07,10,,,{quantity}\n")
    wanted = ("spending.csv", "spending", 4, "item", "missing_value")
    assert [place(finding) for finding in read(folder).errors] == [wanted]


SOME = [next(d for d in CELLS if d.table == table.name and d.cell) for table in TABLES]


@pytest.mark.parametrize("damage", SOME, ids=lambda damage: damage.name)
def test_a_damaged_cell_of_a_workbook_is_named(damage: Damage, tmp_path: Path) -> None:
    plant = read(write_small(tmp_path / "plant")).plant
    assert plant is not None
    path = tmp_path / "plant.xlsx"
    write(plant, path)
    _workbook_damage(damage, path)
    found = read(path)
    wanted = ("plant.xlsx", damage.table, damage.row, damage.column, damage.code)
    assert wanted in [place(finding) for finding in found.errors]


JSON_DAMAGES = [
    ("items", 0, "kind", "toy", "enum"),
    ("items", 0, "item", "", "missing_value"),
    ("items", 1, "precision", 10, "out_of_range"),
    ("items", 1, "precision", 1.5, "int_from_float"),
    ("orders", 1, "quantity", -4, "out_of_range"),
    ("orders", 1, "quantity", "four", "int_parsing"),
    ("orders", 0, "item", "lmap", "unknown_id"),
    ("orders", 0, "due", 10**12, "out_of_range"),
    ("operations", 1, "yield_fraction", "3/2", "out_of_range"),
    ("resources", 2, "capacity", 2, "group_with_matrix"),
    ("calendars", 0, "weekday", 9, "out_of_range"),
    ("calendars", 0, "to", 9999, "out_of_range"),
    ("promotions", 0, "status", "maybe", "unknown_word"),
    ("locks", 0, "object", "nothing", "unreadable_object"),
    ("stock", 0, "colour", "red", "unexpected_keyword_argument"),
    ("suppliers", 0, "price", "1e", ""),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "code"), JSON_DAMAGES)
def test_a_damaged_value_of_a_document_is_named(
    table: str, row: int, column: str, value: object, code: str, tmp_path: Path
) -> None:
    plant = read(write_small(tmp_path / "plant")).plant
    assert plant is not None
    document = json.loads(plant.to_json())
    document[table][row]["to_minute" if column == "to" else column] = value
    path = tmp_path / "plant.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    errors = read(path).errors
    hits = [error for error in errors if (error.sheet, error.row, error.column) == (table, row + 1, column)]
    assert hits
    assert not code or code in {hit.code for hit in hits}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 1}', "null", "\x00", '{"a":' * 2000])
def test_a_file_that_is_no_document_is_a_finding(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plant.json"
    path.write_text(text, encoding="utf-8")
    found = read(path)
    assert found.plant is None
    assert {row.file for row in found.errors} == {"plant.json"}


def test_projections_of_a_document_are_checked(tmp_path: Path) -> None:
    plant = read(write_small(tmp_path / "plant")).plant
    assert plant is not None
    for column, value, code in (
        ("quantity", -1, "out_of_range"),
        ("item", 99, "value_error"),
        ("end", 10, "dates_out_of_order"),
        ("start", 10**9, "out_of_range"),
    ):
        document = json.loads(plant.to_json())
        document["projections"][column][1] = value
        path = tmp_path / "plant.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert code in {row.code for row in read(path).errors if row.sheet == "projections"}


def test_validate_exits_3_and_writes_all_findings(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    sound = CliRunner().invoke(validate, [str(folder)])
    assert (sound.exit_code, "sound" in sound.output) == (ExitCode.VERIFIED, True)
    (folder / "orders.csv").write_text(TEXTS["orders"].replace(",12,", ",[b]12,"), encoding="utf-8")
    report = tmp_path / "findings.json"
    broken = CliRunner().invoke(validate, [str(folder), "--json", str(report)])
    assert broken.exit_code == ExitCode.DATA
    assert "orders.csv, sheet orders, row 2, column quantity" in broken.output
    assert "[b]12" in broken.output
    document = json.loads(report.read_text(encoding="utf-8"))
    assert (document["valid"], document["errors"]) == (False, 1)
    assert document["findings"][0]["column"] == "quantity"
