"""Exports: what is written, that it is written once and in whole, and that it reads back as the plan."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from export_plants import SETTINGS, renamed, with_progress
from icalendar import Calendar
from openpyxl import load_workbook

from capacityplan.cli.export import SYSTEMS as OFFERED
from capacityplan.cli.main import cli
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError, OutputError, VerificationError
from capacityplan.exchange import write, write_plan
from capacityplan.outbound import SYSTEMS, export
from capacityplan.outbound.orders import orders_of

Made = tuple[Plant, Plan]
EVIL = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.invalid")')


@pytest.fixture(scope="module")
def made() -> Made:
    return with_progress()


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def rows(folder: Path, name: str, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text()), delimiter=separator))


def test_the_command_line_offers_every_system() -> None:
    assert OFFERED == SYSTEMS
    assert set(SETTINGS) == set(SYSTEMS) - {"tables"}


@pytest.mark.parametrize("system", SETTINGS)
@pytest.mark.parametrize("workbook", [False, True])
def test_exporting_twice_gives_the_same_bytes(
    system: str, workbook: bool, made: Made, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        export(system, *made, tmp_path / folder, SETTINGS[system], workbook=workbook)
    export(system, *made, tmp_path / "a", SETTINGS[system], workbook=workbook)
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("system", ["sap", "odoo", "erpnext", "dynamics", "sage"])
def test_a_published_plan_exported_again_has_nothing_to_do(system: str, made: Made, tmp_path: Path) -> None:
    first = export(system, *made, tmp_path / "first", SETTINGS[system])
    assert first.counts == {"create": 10, "change": 1, "cancel": 0, "same": 0, "past": 0}
    again = export(system, *made, tmp_path / "again", SETTINGS[system], published=tmp_path / "first")
    assert again.counts == {"create": 0, "change": 0, "cancel": 0, "same": 11, "past": 0}
    tables = [file for file in (tmp_path / "again").iterdir() if file.suffix == ".csv"]
    assert tables
    assert all(len(file.read_text().splitlines()) == 1 for file in tables)


def test_what_one_system_got_is_not_taken_for_what_another_has(made: Made, tmp_path: Path) -> None:
    export("odoo", *made, tmp_path / "odoo")
    with pytest.raises(DataError) as refused:
        export("sap", *made, tmp_path / "sap", SETTINGS["sap"], published=tmp_path / "odoo")
    (finding,) = refused.value.findings
    assert (finding.code, finding.value, finding.expected) == ("other_system", "odoo", "sap")
    assert not (tmp_path / "sap").exists()


def test_the_published_plan_itself_serves_as_well_as_its_export(made: Made, tmp_path: Path) -> None:
    write(made[0], tmp_path / "instance.json")
    write_plan(made[1], tmp_path / "plan.json")
    for published in (tmp_path, tmp_path / "plan.json"):
        again = export("odoo", *made, tmp_path / "out", published=published)
        assert (again.counts["same"], again.counts["create"]) == (11, 0)
    (tmp_path / "instance.json").unlink()
    with pytest.raises(DataError, match="instance of the published plan"):
        export("odoo", *made, tmp_path / "out", published=tmp_path)


def test_a_dropped_lot_is_cancelled_and_a_moved_one_changed(made: Made, tmp_path: Path) -> None:
    plant, plan = made
    export("odoo", plant, plan, tmp_path / "out")
    # The last planned lot of the window goes, with what was delivered from it given up.
    gone = next(
        lot for lot in reversed(plan.lots) if any(run.lot == lot.lot for run in plan.runs) and not lot.receipt
    )
    rest = replace(
        plan,
        lots=tuple(lot for lot in plan.lots if lot != gone),
        runs=tuple(run for run in plan.runs if run.lot != gone.lot),
        deliveries=(), lost=(),
    )  # fmt: skip
    found = export(
        "odoo", plant, rest, tmp_path / "next", published=tmp_path / "out", verdict=_trusted(plant, plan)
    )
    assert found.counts == {"create": 0, "change": 0, "cancel": 1, "same": 10, "past": 0}
    assert rows(tmp_path / "next", "mrp.production.cancel.csv") == [
        {"id": f"capacityplan.mo_try-{gone.lot}", "product_id": gone.item, "product_qty": "100"}
    ]
    assert rows(tmp_path / "next", "mrp.production.csv") == []


def _trusted(plant: Plant, plan: Plan):  # type: ignore[no-untyped-def]
    from capacityplan.verify import check

    return check(plant, plan)


def test_an_unverified_plan_is_refused_and_nothing_is_written(made: Made, tmp_path: Path) -> None:
    plant, plan = made
    late = replace(plan, runs=tuple(replace(run, end=run.end - 1) for run in plan.runs))
    with pytest.raises(VerificationError):
        export("sap", plant, late, tmp_path / "out", SETTINGS["sap"])
    assert list(tmp_path.iterdir()) == []


def test_settings_are_asked_for_and_must_be_known(made: Made, tmp_path: Path) -> None:
    with pytest.raises(DataError) as missing:
        export("erpnext", *made, tmp_path / "out", {"company": "Try"})
    assert [(row.code, row.column) for row in missing.value.findings] == [
        ("missing_setting", "warehouse"), ("missing_setting", "wip_warehouse"),
    ]  # fmt: skip
    with pytest.raises(DataError, match="did you mean 'plant'"):
        export("sap", *made, tmp_path / "out", {"plant": "1000", "plnt": "1"})
    with pytest.raises(DataError, match="no setting"):
        export("ical", *made, tmp_path / "out", {"plant": "1000"})


def test_a_folder_with_other_files_is_left_alone(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export("odoo", *made, out)
    (out / "notes.txt").write_text("mine")
    before = content(out)
    with pytest.raises(OutputError, match=r"notes\.txt"):
        export("odoo", *made, out)
    assert content(out) == before
    (out / "notes.txt").unlink()
    export("suppliers", *made, out)
    assert set(content(out)) == {"changes.csv", "supplier_schedule.csv", "export.json"}


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("system", ["sap", "odoo", "erpnext", "dynamics", "sage", "suppliers"])
def test_no_cell_is_a_formula(system: str, name: str, made: Made, tmp_path: Path) -> None:
    plant, plan = renamed(*made, "FG-001", name, name)
    settings = SETTINGS[system] | ({"plant": name} if system == "sap" else {})
    export(system, plant, plan, tmp_path / "csv", settings)
    seen = 0
    for file in (tmp_path / "csv").glob("*.csv"):
        separator = ";" if ";" in file.read_text().splitlines()[0] else ","
        for row in csv.reader(io.StringIO(file.read_text(), newline=""), delimiter=separator):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
            seen += sum(cell == f"'{name}" for cell in row)
    assert seen or system == "suppliers"
    export(system, plant, plan, tmp_path / "xlsx", settings, workbook=True)
    for file in (tmp_path / "xlsx").glob("*.xlsx"):
        for line in load_workbook(file).active.iter_rows():
            assert not any(cell.data_type == "f" or cell.hyperlink for cell in line)


def test_b2mml_says_every_operation_and_material(made: Made, tmp_path: Path) -> None:
    export("b2mml", *made, tmp_path / "out")
    space = {"b": "http://www.mesa.org/xml/B2MML"}
    root = ElementTree.parse(tmp_path / "out" / "operations_schedule.xml").getroot()
    assert root.tag == f"{{{space['b']}}}OperationsSchedule"
    orders = [order for order in orders_of(*made) if order.kind != "purchase"]
    requests = root.findall("b:OperationsRequest", space)
    assert [one.findtext("b:ID", "", space) for one in requests] == [order.key for order in orders]
    for request, order in zip(requests, orders, strict=True):
        segments = request.findall("b:SegmentRequirement", space)
        assert [
            (
                one.findtext("b:ProcessSegmentID", "", space),
                one.findtext("b:EquipmentRequirement/b:EquipmentID", "", space),
            )
            for one in segments
        ] == [(step.operation, step.resource) for step in order.steps]
        made_here = [one for one in segments[-1].findall("b:MaterialRequirement", space)][-1]
        assert made_here.findtext("b:MaterialUse", "", space) == "Produced"
        assert made_here.findtext("b:Quantity/b:QuantityString", "", space) == str(order.quantity)
    assert root.findtext("b:StartTime", "", space) == "2027-03-01T06:00:00+01:00"


def test_calendars_hold_every_run_of_their_resource(made: Made, tmp_path: Path) -> None:
    found = export("ical", *made, tmp_path / "out")
    told = set()
    shifts = {f"shifts.{row.calendar}.ics" for row in made[0].calendars}
    assert shifts <= set(found.files)
    for name in set(found.files) - shifts:
        if name.endswith(".ics"):
            calendar = Calendar.from_ical((tmp_path / "out" / name).read_text())
            for event in calendar.walk("VEVENT"):
                local = [event[key].dt.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
                         for key in ("dtstart", "dtend")]  # fmt: skip
                told.add((str(event["location"]), *local))
    assert told == {
        (step.resource, step.start, step.end)
        for order in orders_of(*made) for step in order.steps if step.to_the_minute
    }  # fmt: skip


def test_a_layout_of_ones_own(made: Made, tmp_path: Path) -> None:
    layout = tmp_path / "mine.toml"
    layout.write_text(
        'title = "Recording"\n[settings]\nuser = ""\n[[file]]\nname = "orders.txt.csv"\nrows = "production"\n'
        'separator = "\\t"\ndecimal = ","\ndates = "%d.%m.%Y"\nwhere = "quantity > 50"\n'
        '[file.columns]\nMaterial = "item"\nMenge = "quantity / 8"\nEnde = "end_day"\nWer = "user"\n'
    )
    export("tables", *made, tmp_path / "out", {"user": "ann"}, layout=layout)
    first = rows(tmp_path / "out", "orders.txt.csv", "\t")[0]
    assert first == {"Material": "FG-000", "Menge": "12,5", "Ende": "01.03.2027", "Wer": "ann"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title = 1", "string_type"),
        ('title = "x"\nfile = []\nspeed = 1', "extra_forbidden"),
        ('title = "x"\n[[file]]\nname = "a.csv"\nrows = "production"', "value_error"),
        (
            'title = "x"\n[[file]]\nname = "a.csv"\nrows = "production"\ncolumns = { A = "itm" }',
            "unreadable_formula",
        ),
        (
            'title = "x"\n[[file]]\nname = "../a.csv"\nrows = "production"\ncolumns = { A = "item" }',
            "string_pattern_mismatch",
        ),
        ("title =", "not_toml"),
    ],
)
def test_a_broken_layout_is_a_finding(text: str, code: str, made: Made, tmp_path: Path) -> None:
    layout = tmp_path / "mine.toml"
    layout.write_text(text)
    with pytest.raises(DataError) as error:
        export("tables", *made, tmp_path / "out", layout=layout)
    assert code in {row.code for row in error.value.findings}
    assert not (tmp_path / "out").exists()


def test_the_command_writes_tells_and_refuses(made: Made, tmp_path: Path) -> None:
    write(made[0], tmp_path / "plant")
    write_plan(made[1], tmp_path / "plan.json")
    where = [str(tmp_path / "plant"), str(tmp_path / "plan.json"), str(tmp_path / "out")]
    done = CliRunner().invoke(cli, ["export", "sap", *where, "--set", "plant=1000"])
    assert done.exit_code == 0, done.output
    assert "10 create, 1 change, 0 cancel" in done.output
    manifest = json.loads((tmp_path / "out" / "export.json").read_text())
    assert set(manifest["files"]) == set(content(tmp_path / "out"))
    assert CliRunner().invoke(cli, ["export", "sap", *where, "--set", "plant"]).exit_code == 2
    assert CliRunner().invoke(cli, ["export", "tables", *where]).exit_code == 2
