"""frePPLe models: what each trap of its format becomes, and bad input found where it stands."""

from __future__ import annotations

import csv
import random
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from pathlib import Path

import openpyxl
import pytest
from bakery import Model, bakery, rows, write
from click.testing import CliRunner

from capacityplan.cli.main import cli, main
from capacityplan.domain.plant import CalendarKind, Plant, ReceiptKind, ResourceKind
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.frepple import import_frepple
from capacityplan.exchange.mapping import Habit
from capacityplan.solve.solve import Settings, solve

DAY = 1440


@pytest.fixture
def model() -> Model:
    return bakery()


def imported(model: Model, folder: Path) -> Plant:
    return import_frepple(write(model, folder / "model")).plant


def findings(model: Model, folder: Path) -> tuple[Finding, ...]:
    with pytest.raises(DataError) as caught:
        imported(model, folder)
    return caught.value.findings


def test_the_command_writes_an_instance_that_can_be_read(model: Model, tmp_path: Path) -> None:
    source, target = write(model, tmp_path / "model"), tmp_path / "plant"
    result = CliRunner().invoke(cli, ["import", "frepple", str(source), str(target)])
    assert result.exit_code == 0, result.output
    assert "read" in result.output
    assert read_or_raise(target) == import_frepple(source).plant


def test_item_and_location_together_are_what_is_stocked(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert [item.item for item in plant.items] == [
        "bread@bakery", "bread@shop", "cake", "dough", "flour", "rye",
    ]  # fmt: skip
    assert [(row.item, row.quantity) for row in plant.stock] == [("flour", 205), ("bread@shop", 3)]
    flour = next(item for item in plant.items if item.item == "flour")
    assert (flour.precision, flour.safety_stock) == (1, 50)
    assert plant.currency == "EUR"


def test_negative_quantities_consume_and_positive_produce(model: Model, tmp_path: Path) -> None:
    lines = {
        (row.item, row.version, row.component): row.quantity
        for row in imported(model, tmp_path).bill_of_materials
    }
    assert lines["bread@bakery", "", "dough"] == F(1, 2)
    assert ("bread@bakery", "", "bread@bakery") not in lines
    for row in model["operationmaterial"]:
        if row["operation_id"] == "bake":
            row["quantity"] = "4"
    lines = {
        (row.item, row.version, row.component): row.quantity
        for row in imported(model, tmp_path).bill_of_materials
    }
    assert lines["bread@bakery", "", "dough"] == F(1, 8)


def test_a_missing_producer_row_means_one_unit(model: Model, tmp_path: Path) -> None:
    model["operationmaterial"] = [row for row in model["operationmaterial"] if row["operation_id"] != "bake"]
    plant = imported(model, tmp_path)
    assert next(row.quantity for row in plant.bill_of_materials if row.item == "bread@bakery") == F(1, 2)


def test_routing_steps_come_in_order_of_their_priority(model: Model, tmp_path: Path) -> None:
    steps = [row for row in imported(model, tmp_path).operations if row.item == "bread@bakery"]
    assert [(row.operation, row.fixed_minutes, row.run_minutes, row.min_wait_minutes) for row in steps] == [
        ("shape", 10, F(2), 30), ("bake", 20, F(1), 0),
    ]  # fmt: skip
    bread = next(item for item in imported(model, tmp_path).items if item.item == "bread@bakery")
    assert (bread.min_lot, bread.lot_multiple) == (10, 5)


def test_alternatives_become_versions_in_order_of_priority(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert [row.version for row in plant.operations if row.item == "cake"] == ["bake cake", "old cake"]
    assert [row.preference for row in plant.operation_resources if row.item == "cake"] == [0, 1]
    grain = {row.version: row.component for row in plant.bill_of_materials if row.item == "dough"}
    assert list(grain.values()) == ["flour", "rye"]


def test_a_pool_stands_for_those_who_have_the_skill(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    shapers = [row.resource for row in plant.operation_resources if row.operation == "shape"]
    assert shapers == ["bob", "ann"]
    assert {row.resource for row in plant.resources}.isdisjoint({"people", "cleo"})
    for row in model["operationresource"]:
        row["skill_id"] = ""
    everybody = {
        row.resource for row in imported(model, tmp_path).operation_resources if row.operation == "shape"
    }
    assert everybody == {"ann", "bob", "cleo"}


def test_calendars_hold_by_lowest_priority_number_weekday_and_hour(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    working = WorkingTime(plant, Timeline.of(plant))
    mixer = working.regular("mixer")
    monday, wednesday, saturday = 0, 2 * DAY, 5 * DAY
    assert mixer.open_minutes(monday, monday + DAY) == 8 * 60
    assert mixer.open_minutes(monday, monday + 360) == 0
    assert mixer.open_minutes(wednesday, wednesday + DAY) == 0
    assert mixer.open_minutes(saturday, saturday + 2 * DAY) == 0
    oven = working.regular("oven")
    assert oven.capacity_minutes(monday, monday + DAY) == 2 * 8 * 60
    assert oven.capacity_minutes(4 * DAY, 5 * DAY) == 8 * 60
    closed = [
        row.date for row in plant.calendars if row.calendar == "shift" and row.kind is CalendarKind.CLOSED
    ]
    assert closed == [date(2025, 1, 8).toordinal()]


def test_transports_and_suppliers_may_name_a_group(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    ship = next(row for row in plant.operations if row.item == "bread@shop")
    assert (ship.operation, ship.fixed_minutes) == ("Ship from bakery to shop", 240)
    kinds = {row.resource: row.kind for row in plant.resources}
    assert kinds["Transport bakery - shop"] is ResourceKind.SUBCONTRACTOR
    model["itemsupplier"] += rows("""
        item_id | supplier_id | location_id | leadtime | cost | sizeminimum | sizemultiple
        goods   | mill        |             | 3 days   | 8    |             |
    """)
    offers = {(row.item, row.price) for row in imported(model, tmp_path).suppliers}
    assert {("bread@shop", 8), ("bread@bakery", 8), ("cake", 8)} <= offers


def test_suppliers_have_lead_times_lots_and_prices(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert {(o.item, o.lead_time_days, o.price, o.min_order, o.order_multiple) for o in plant.suppliers} == {
        ("flour", 2, F(2, 5), 500, 250), ("rye", 2, F(3, 5), 0, 0),
    }  # fmt: skip


def test_only_open_orders_and_quotes_are_demand(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert {(row.order, row.quantity, row.due, row.min_shipment) for row in plant.orders} == {
        ("D1", 40, 3 * DAY + 720, 10), ("D2", 10, 4 * DAY + 720, 0), ("D5", 2, 7 * DAY + 720, 0),
    }  # fmt: skip


def test_the_net_forecast_of_leaves_is_due_in_the_middle_of_its_period(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert len(plant.projections) == 1
    assert list(plant.projections.quantity) == [14]
    assert date.fromordinal(int(plant.projections.end[0])) == date(2025, 1, 16)


def test_confirmed_orders_are_receipts_and_proposed_ones_are_not(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    assert [(row.order, row.kind, row.quantity, row.due) for row in plant.receipts] == [
        ("P1", ReceiptKind.PURCHASE, 600, DAY + 480)
    ]


def test_what_only_the_invented_supplier_delivers_is_left_out(model: Model, tmp_path: Path) -> None:
    found = import_frepple(write(model, tmp_path / "model"))
    assert all(row.component != "magic" for row in found.plant.bill_of_materials)
    assert "a component that nobody supplies is left out" in found.report.text()


def test_the_account_leaves_no_row_out(model: Model, tmp_path: Path) -> None:
    text = import_frepple(write(model, tmp_path / "model")).report.text()
    for table, found in model.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{table} "))
        read, used, ignored = (int(cell) for cell in line.split()[1:])
        assert (read, used + ignored) == (len(found), len(found)), line


def test_the_model_is_planned_and_verified(model: Model, tmp_path: Path) -> None:
    plant = imported(model, tmp_path)
    outcome = solve(plant, Settings(work=2.0))
    assert outcome.plan is not None, outcome.rejected
    assert outcome.verdict is not None
    assert not outcome.verdict.violations
    assert {row.demand for row in outcome.plan.deliveries} >= {"D1", "D2", "D5"}


FAULTS = [
    ("demand", "quantity", "many", "not_a_number"),
    ("demand", "quantity", "1e9999999", "not_a_number"),
    ("demand", "due", "soon", "not_a_date"),
    ("demand", "due", "", "missing_value"),
    ("demand", "due", "9999-12-31 23:59:59-05", "not_a_date"),
    ("demand", "due", "2925-01-10 00:00:00", "too_far"),
    ("demand", "item_id", "brot", "unknown_id"),
    ("demand", "name", "D5", "duplicate_key"),
    ("buffer", "onhand", "-3", "negative"),
    ("item", "cost", "2,50 EUR", "not_a_number"),
    ("item", "owner_id", "bread", "cycle"),
    ("calendarbucket", "starttime", "6 o'clock", "not_a_time"),
    ("calendarbucket", "priority", "high", "not_a_number"),
    ("calendarbucket", "calendar_id", "nights", "unknown_id"),
    ("operation", "duration", "a while", "not_a_duration"),
    ("operation", "duration", "99999999 days", "not_a_duration"),
    ("operation", "duration_per", "-00:01:00", "not_a_duration"),
    ("operationmaterial", "item_id", "yeast", "unknown_id"),
    ("operationresource", "resource_id", "grill", "unknown_id"),
    ("resource", "maximum", "one", "not_a_number"),
    ("itemsupplier", "leadtime", "2 moons", "not_a_duration"),
    ("itemdistribution", "leadtime", "1:2", "not_a_duration"),
    ("operationplan", "enddate", "then", "not_a_date"),
]


@pytest.mark.parametrize(("table", "column", "value", "code"), FAULTS)
def test_a_fault_is_found_where_it_stands(
    model: Model, tmp_path: Path, table: str, column: str, value: str, code: str
) -> None:
    model[table][0][column] = value
    if code == "cycle":
        model[table][1]["owner_id"] = "goods"
    found = [row for row in findings(model, tmp_path) if row.code == code]
    places = {(row.file, row.row, row.column) for row in found}
    line = 6 if code == "duplicate_key" else 2
    assert (f"{table}.csv", line, column.removesuffix("_id")) in places
    assert all(row.expected for row in found)


def test_all_faults_are_shown_at_once_and_the_command_ends_with_3(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model["demand"][0]["quantity"] = "many"
    model["operation"][1]["duration"] = "a while"
    source = write(model, tmp_path / "model")
    with pytest.raises(SystemExit) as exit_:
        main(["import", "frepple", str(source), str(tmp_path / "plant")])
    assert exit_.value.code == 3
    told = capsys.readouterr().err
    assert "demand.csv, sheet demand, row 2, column quantity" in told
    assert "operation.csv, sheet operation, row 3, column duration" in told
    assert not (tmp_path / "plant").exists()


def test_files_that_are_no_tables_are_findings(model: Model, tmp_path: Path) -> None:
    source = write(model, tmp_path / "model")
    (source / "demand.csv").write_bytes(b"name,item\n\xff\xfe\x00bad\n")
    (source / "buffer.csv").write_text("item,onhand\nflour,1,2\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        import_frepple(source)
    assert {(row.code, row.file) for row in caught.value.findings} == {
        ("control_character", "demand.csv"), ("ragged_row", "buffer.csv"),
    }  # fmt: skip
    (source / "item.csv").unlink()
    (source / "demand.csv").unlink()
    (source / "buffer.csv").unlink()
    with pytest.raises(DataError) as caught:
        import_frepple(source)
    assert caught.value.findings[0].code == "missing_table"


def _written(
    folder: Path, to: Path, encoding: str, separator: str, date: str, mark: str = ",", names: str = ""
) -> Path:
    """Write a model's tables as another country's system would."""
    to.mkdir()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [[_as_written(cell, date, mark) for cell in row] for row in csv.reader(file)]
        if names:
            cells[0] = [name.removesuffix("_id").replace("duration_per", names) for name in cells[0]]
        with (to / path.name).open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows(cells)
    return to


def _as_written(cell: str, date: str, mark: str) -> str:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(.*)", cell)
    if found:
        return date.format(y=found[1], m=found[2], d=found[3]) + found[4]
    return cell.replace(".", mark) if re.fullmatch(r"-?\d+\.\d+", cell) else cell


@pytest.mark.parametrize(
    ("encoding", "separator", "date", "names"),
    [
        ("utf-16", ";", "{d}.{m}.{y}", ""),
        ("cp1252", "\t", "{d}.{m}.{y}", "Duration per unit"),
        ("utf-8-sig", "|", "{y}-{m}-{d}", ""),
    ],
)
def test_other_dialects_give_the_same_plant(
    model: Model, tmp_path: Path, encoding: str, separator: str, date: str, names: str
) -> None:
    model["buffer"][0]["onhand"] = "20.5"
    source = write(model, tmp_path / "model")
    other = _written(source, tmp_path / "other", encoding, separator, date, names=names)
    plain, found = import_frepple(source), import_frepple(other)
    assert replace(found.plant, name=plain.plant.name) == plain.plant
    marks = {row.file: (row.separator, row.decimal) for row in found.report.dialects}
    assert marks["buffer.csv"] == (separator, ",")


def test_dates_with_slashes_need_the_order_that_the_file_does_not_show(model: Model, tmp_path: Path) -> None:
    source = write(model, tmp_path / "model")
    other = _written(source, tmp_path / "other", "utf-8", ",", "{m}/{d}/{y}", ".")
    start = other / "common_parameter.csv"
    start.write_bytes((source / "common_parameter.csv").read_bytes())
    with pytest.raises(DataError) as caught:
        import_frepple(other)
    assert {row.code for row in caught.value.findings} == {"ambiguous_date"}
    assert all("--date-order" in row.hint for row in caught.value.findings)
    done = CliRunner().invoke(
        cli, ["import", "frepple", str(other), str(tmp_path / "plant"), "--date-order", "mdy"]
    )
    assert done.exit_code == 0, done.output
    assert replace(read_or_raise(tmp_path / "plant"), name="") == replace(
        import_frepple(source).plant, name=""
    )


def test_a_number_that_can_be_read_in_two_ways_is_a_finding(model: Model, tmp_path: Path) -> None:
    for row in model["buffer"]:
        row["onhand"] = "1,500"
    source = write(model, tmp_path / "model")
    with pytest.raises(DataError) as caught:
        import_frepple(source)
    [finding] = caught.value.findings
    assert (finding.code, finding.file, finding.row, finding.column) == (
        "ambiguous_number", "buffer.csv", 2, "onhand",
    )  # fmt: skip
    for mark, kilograms in ((",", F(3, 2)), (".", F(1500))):
        plant = import_frepple(source, Habit(decimal=mark)).plant
        scale = {row.item: 10**row.precision for row in plant.items}
        assert {F(row.quantity, scale[row.item]) for row in plant.stock if row.item == "flour"} == {kilograms}


def test_tables_may_be_workbooks_and_stand_once(model: Model, tmp_path: Path) -> None:
    source = write(model, tmp_path / "model")
    plain = import_frepple(source).plant
    with (source / "demand.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    book.save(source / "Sales order.xlsx")
    with pytest.raises(DataError, match=r"the table stands in Sales order\.xlsx too"):
        import_frepple(source)
    (source / "demand.csv").unlink()
    assert import_frepple(source).plant == plain
    book.active["A2"] = None
    book.save(source / "Sales order.xlsx")
    with pytest.raises(DataError) as caught:
        import_frepple(source)
    assert {(row.file, row.row) for row in caught.value.findings} == {("Sales order.xlsx", 2)}


def test_a_model_without_a_start_is_a_finding(model: Model, tmp_path: Path) -> None:
    model["common_parameter"] = model["common_parameter"][1:]
    assert [row.code for row in findings(model, tmp_path)] == ["no_start"]


@pytest.mark.parametrize("seed", range(150))
def test_damaged_models_end_in_findings_or_a_plant_never_in_a_traceback(
    model: Model, tmp_path: Path, seed: int
) -> None:
    luck = random.Random(seed)
    for _ in range(luck.choice([1, 1, 3])):
        table = luck.choice([name for name in model if model[name]])
        row = luck.choice(model[table])
        column = luck.choice(list(row))
        other = luck.choice(luck.choice([name for name in model.values() if name]))
        row[column] = luck.choice(["", "x", "-1", "0", "1e400", "nan", "99999999999999", *other.values()])
    found: tuple[Finding, ...] = ()
    items: tuple[object, ...] = ()
    try:
        items = imported(model, tmp_path).items
    except DataError as error:
        found = error.findings
    assert bool(found) != bool(items)
