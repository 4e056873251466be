"""Printed lists, localised headings, nested documents and XML records, ids, ages and updates."""

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from capacityplan.cli.main import cli, main
from capacityplan.domain.plant import Plant, ReceiptKind, StockStatus
from capacityplan.domain.timeline import Clock
from capacityplan.errors import DataError
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.importing import ImportResult, with_ages
from capacityplan.exchange.mapping import import_tables, profile_path
from capacityplan.exchange.mapping.documents import read_documents, read_records

SAP = {
    "materials.csv": """\
;;Materialliste Werk 1000;;;;
;;;;;;
Material;Materialkurztext;BME;Sicherheitsbestand;Standardpreis;Preiseinheit;Planlieferzeit
000000000000001001;Rahmen, rot;ST;10;1.250,50;10;0
FERT-7;Fahrrad;ST;;800,00;1;0
Material;Materialkurztext;BME;Sicherheitsbestand;Standardpreis;Preiseinheit;Planlieferzeit
000000000000002002;Rohr;KG;2,5;4,00;1;12
;;;;2.054,50;;
""",
    "bom.csv": "MATNR;STLAL;BMENG;IDNRK;MENGE;AUSCH\n"
    "FERT-7;1;1,000;1001;1,000;0,00\n1001;01;100;2002;250,5;5,00\n",
    "routing.csv": """\
|Material|Plangruppenzähler|Vorgang|Vorgangskurztext|Arbeitsplatz|Basismenge|Rüsten|Maschine|
---------------------------------------------------------------------------------------
|FERT-7  |1                |0010   |Montage         |MONT01      |1         |15    |12,5    |
|1001    |1                |0010   |Schweissen      |SCHW01      |10        |30    |45,0    |
|1001    |1                |0020   |Lackieren       |LACK01      |10        |20    |25,0    |
---------------------------------------------------------------------------------------
""",
    "work_centers.csv": "Arbeitsplatz;Bezeichnung;Beginn;Ende;Nutzungsgrad\n"
    "SCHW01;Zelle;06:00:00;14:00:00;90\n",
    "stock.csv": "Material,Unrestricted,In Quality Insp.,Blocked\n"
    "1001,25,5,1\n2002,302.35-,0,0\n2002,400.10,0,0\nTotal,122.75,5,1\n",
    "sales_orders.csv": """\
VBELN;POSNR;MATNR;OMENG;EDATU;KUNNR
0000004711;000010;FERT-7;12;20270115;0000100001
0000004711;000020;FERT-7;0;20270120;0000100001
0000004712;000010;FERT-7;30;20270201;0000100002
""",
    "production_orders.csv": "AUFNR,PLNBEZ,GAMNG,GWEMG,GLTRS\n000001000123,1001,50,20,20270108\n",
}


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def imported(folder: Path, system: str, **more: str) -> ImportResult:
    constants = {"start": "2027-01-04", **more}
    return import_tables(folder, profile_path(system), constants)


def notes(found: ImportResult, kind: str) -> list[tuple[str, str, int]]:
    return [(note.table, note.reason, note.rows) for note in found.report.notes if note.kind == kind]


def test_sap_lists_become_a_plant(tmp_path: Path) -> None:
    found = imported(written(tmp_path, SAP), "sap")
    plant = found.plant
    assert [(item.item, item.kind, item.precision) for item in plant.items] == [
        ("000000000000001001", "intermediate", 0), ("FERT-7", "finished", 0),
        ("000000000000002002", "raw", 3),
    ]  # fmt: skip
    frame, bike, tube = plant.items
    assert (frame.unit_value, frame.safety_stock, bike.unit_value) == (Fraction(2501, 20), 10, 800)
    assert [(row.item, row.component, row.version, row.quantity, row.per_quantity, row.scrap_fraction)
            for row in plant.bill_of_materials] == [
        ("FERT-7", frame.item, "1", 1, 1, 0),
        (frame.item, tube.item, "1", Fraction(501, 2), 100, Fraction(1, 20)),
    ]  # fmt: skip
    assert [(row.item, row.operation, row.run_minutes, row.per_quantity) for row in plant.operations] == [
        ("FERT-7", "10 Montage", 12.5, 1),
        (frame.item, "10 Schweissen", 45, 10), (frame.item, "20 Lackieren", 25, 10),
    ]  # fmt: skip
    assert [(row.resource, row.calendar, row.efficiency) for row in plant.resources] == [
        ("SCHW01", "SCHW01", Fraction(9, 10)), ("MONT01", "standard", 1), ("LACK01", "standard", 1),
    ]  # fmt: skip
    stocks = [(row.item, row.quantity, row.status) for row in plant.stock]
    assert stocks == [
        (frame.item, 25, StockStatus.UNRESTRICTED), (tube.item, 97_750, StockStatus.UNRESTRICTED),
        (frame.item, 1, StockStatus.BLOCKED), (frame.item, 5, StockStatus.IN_INSPECTION),
    ]  # fmt: skip
    assert [(row.order, row.quantity) for row in plant.orders] == [
        ("0000004711/000010", 12),
        ("0000004712/000010", 30),
    ]
    (receipt,) = plant.receipts
    assert (receipt.order, receipt.kind, receipt.quantity) == ("000001000123", ReceiptKind.PRODUCTION, 30)


def test_german_and_english_headings_of_quantities_and_dates_are_known(tmp_path: Path) -> None:
    plain = imported(written(tmp_path / "plain", SAP), "sap").plant
    for quantity in ("Auftragsmenge", "Kumulative Auftragsmenge"):
        lists = {
            **SAP,
            "bom.csv": SAP["bom.csv"].replace("MENGE", "Komponentenmenge"),
            "sales_orders.csv": SAP["sales_orders.csv"]
            .replace("OMENG", quantity)
            .replace("EDATU", "Requested delivery date"),
        }
        found = imported(written(tmp_path / quantity, lists), "sap").plant
        assert found.bill_of_materials == plain.bill_of_materials
        assert found.orders == plain.orders


def test_alternative_items_and_negative_quantities_of_sap_bills(tmp_path: Path) -> None:
    """A group is a group of alternatives within usage probabilities, a negative quantity a by-product."""
    bill = (
        "Material;Base Quantity;Component;Component Quantity;AltItemGroup;Usage Probability\n"
        "FERT-7;1;1001;1;;\n1001;100;2002;250,5;A1;70\n1001;100;3003;200;A1;30\n"
        "1001;100;4004;12,5-;;\n"
    )
    found = imported(written(tmp_path, {**SAP, "bom.csv": bill}), "sap").plant
    lines = [row for row in found.bill_of_materials if row.item.endswith("1001")]
    assert [(row.quantity, row.alternative, row.share, row.by_product) for row in lines] == [
        (Fraction(501, 2), "A1", Fraction(7, 10), False), (200, "A1", Fraction(3, 10), False),
        (Fraction(25, 2), "", 1, True),
    ]  # fmt: skip


def test_what_is_left_out_of_a_list_is_counted(tmp_path: Path) -> None:
    found = imported(written(tmp_path, SAP), "sap")
    assert ("items", "the header, printed again", 1) in notes(found, "ignored")
    assert ("items", "no record, since MATNR is empty, or a total", 1) in notes(found, "ignored")
    assert ("stock_rows", "no record, since MATNR is empty, or a total", 1) in notes(found, "ignored")
    assert ("items", "rows above the header that are titles", 1) in notes(found, "changed")
    assert ("bill_rows", "MATNR is written otherwise than before", 1) in notes(found, "changed")
    count = next(row for row in found.report.tables if row.table == "items")
    assert (count.read, count.used, count.ignored) == (5, 3, 2)


def test_an_id_written_in_two_ways_by_the_material_list_is_refused(tmp_path: Path) -> None:
    files = {**SAP, "materials.csv": "MATNR;MAKTX\n000123;a\nX;b\n123;c\nFERT-7;d\n"}
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, files), "sap")
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row, finding.value) == (
        "id_collision",
        "materials.csv",
        4,
        "123",
    )


def test_a_missing_item_quantity_or_date_of_an_order_is_a_finding(tmp_path: Path) -> None:
    orders = "VBELN;POSNR;MATNR;OMENG;EDATU\n1;10;FERT-7;5;20270115\n2;10;;5;20270115\n3;10;FERT-7;5;\n"
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, {**SAP, "sales_orders.csv": orders}), "sap")
    places = {(finding.file, finding.row) for finding in error.value.findings}
    assert ("sales_orders.csv", 4) in places
    # An order line without an item is no total: it is refused too, not left out.
    assert ("sales_orders.csv", 3) in places


def test_a_formula_without_value_is_a_finding(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["Material", "Unrestricted"], ["FERT-7", "=1+1"]):
        sheet.append(row)
    files = {name: text for name, text in SAP.items() if name != "stock.csv"}
    folder = written(tmp_path, files)
    book.save(folder / "stock.xlsx")
    with pytest.raises(DataError) as error:
        imported(folder, "sap")
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row, finding.column) == (
        "formula_without_value", "stock.xlsx", 2, "Unrestricted",
    )  # fmt: skip


BOM = [
    {
        "name": "BOM-BIKE-1", "item": "BIKE", "quantity": 2.0, "is_active": 1, "docstatus": 1,
        "items": [{"item_code": "FRAME", "qty": 2.0}, {"item_code": "TUBE", "qty": 0.5}],
        "operations": [{"operation": "Assemble", "workstation": "Bench", "time_in_mins": 30.0, "idx": 1}],
    },
    {"name": "BOM-BIKE-0", "item": "BIKE", "quantity": 1, "is_active": 0, "docstatus": 1,
     "items": [{"item_code": "FRAME", "qty": 9}], "operations": []},
]  # fmt: skip
ERPNEXT = {
    "Item.json": json.dumps([
        {"item_code": "BIKE", "item_name": "Bike", "stock_uom": "Nos", "valuation_rate": 500.25},
        {"item_code": "FRAME", "item_name": "Frame", "stock_uom": "Nos", "last_purchase_rate": 90,
         "default_supplier": "Acme",
         "lead_time_days": 5, "min_order_qty": 10},
        {"item_code": "TUBE", "item_name": "Tube", "stock_uom": "Meter"},
    ]),
    "BOM.json": json.dumps(BOM),
    "Workstation.json": json.dumps([
        {"workstation_name": "Bench", "hour_rate": 47.0, "holiday_list": "2027",
         "working_hours": [{"start_time": "8:00:00", "end_time": "15:00:00", "enabled": 1}]}]),
    "Holiday List.json": json.dumps([
        {"holiday_list_name": "2027",
         "holidays": [{"holiday_date": "2027-01-10"}, {"holiday_date": "2026-12-25"}]}]),
    "Sales Order.csv": """\
ID,Customer,Status,Artikel-Code (Artikel),Menge (Artikel),Delivered Qty (Items),Lieferdatum (Artikel)
SO-1,Ann,To Deliver,BIKE,10,4,2027-01-15
,,,BIKE,5,0,2027-01-20
SO-2,Ben,Draft,BIKE,7,0,2027-01-20
""",
}  # fmt: skip


def test_erpnext_documents_and_exports_become_a_plant(tmp_path: Path) -> None:
    plant = imported(written(tmp_path, ERPNEXT), "erpnext").plant
    assert [(row.item, row.kind, row.precision, row.unit_value) for row in plant.items] == [
        ("BIKE", "finished", 0, 500.25), ("FRAME", "raw", 0, 90), ("TUBE", "raw", 3, 0),
    ]  # fmt: skip
    lines = [(row.version, row.component, row.quantity, row.per_quantity) for row in plant.bill_of_materials]
    assert lines == [
        ("BOM-BIKE-1", "FRAME", 2, 2), ("BOM-BIKE-1", "TUBE", 0.5, 2),
    ]  # fmt: skip
    assert [(row.operation, row.run_minutes, row.per_quantity) for row in plant.operations] == [
        ("10 Assemble", 30, 2)
    ]
    assert [(row.order, row.quantity) for row in plant.orders] == [("SO-1/2", 6), ("SO-1/3", 5)]
    bench = [row for row in plant.calendars if row.calendar == "Bench"]
    assert {(row.weekday, row.from_minute, row.to_minute) for row in bench if row.date is None} == {
        (day, 480, 900) for day in range(7)
    }
    assert [row.kind for row in bench if row.date is not None] == ["closed"]
    assert {(row.supplier, row.item, row.lead_time_days) for row in plant.suppliers} == {
        ("Acme", "FRAME", 5), ("any supplier", "TUBE", 14),
    }  # fmt: skip


def test_erpnext_work_orders_that_we_created_keep_their_keys(tmp_path: Path) -> None:
    orders = (
        "ID,CapacityPlan Key,Item To Manufacture,Qty To Manufacture,Manufactured Qty,Planned End Date,"
        "Status\n"
        "MFG-WO-1,4c0145-L00166,BIKE,10,4,2027-01-15,In Process\nMFG-WO-2,,BIKE,10,4,2027-01-15,In Process\n"
    )
    plant = imported(written(tmp_path, ERPNEXT | {"Work Order.csv": orders}), "erpnext").plant
    assert [row.order for row in plant.receipts] == ["4c0145-L00166", "MFG-WO-2"]


def test_a_faulty_hour_of_a_workstation_is_told_once(tmp_path: Path) -> None:
    stations = ERPNEXT["Workstation.json"].replace("15:00:00", "15h")
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, ERPNEXT | {"Workstation.json": stations}), "erpnext")
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row, finding.column, finding.value) == (
        "not_a_time", "Workstation.json", 1, "to", "15h",
    )  # fmt: skip


SAGE = {
    "ITM.csv": "ITMREF;DES1AXX;STU;SAFSTO;STDPRI\r\nBIKE;Vélo;UN;5;500,5\r\nTUBE;Tube;KG;;4,25\r\n",
    "BOD.csv": "ITMREF;BOMALT;CPNITMREF;BOMQTY\r\nBIKE;1;TUBE;2,5\r\n",
    "ROO.csv": "ITMREF;ROUALT;OPENUM;WST;SETTIM;OPETIM\r\nBIKE;1;10;W1;15;12,5\r\n",
    "STO.csv": "ITMREF;QTYSTU;STA\r\nTUBE;100,5;A\r\nTUBE;7,0;Q\r\n",
    "SOH.csv": "SOHNUM;SOPLIN;ITMREF;QTYSTU;DLVQTYSTU;DEMDLVDAT\r\nS1;1000;BIKE;10;3;20/01/2027\r\n",
}
NETSUITE = {
    "items.csv": "Name,Display Name,Stock Unit,Standard Cost,Lead Time\n"
    "BIKE,Bike,Each,500.5,0\nTUBE,Tube,Kg,4.25,9\n",
    "bom_revisions.csv": "Assembly Item,Component,Component Quantity,Component Yield\nBIKE,TUBE,2.5,95\n",
    "routings.csv": "Assembly Item,Operation Sequence,Operation Name,"
    "Manufacturing Work Center,Setup Time (Min),Run Rate (Min/Unit)\nBIKE,10,Assemble,W1,15,12.5\n",
    "inventory.csv": "Item,Available,On Hold\nTUBE,100.5,7\n",
    "sales_orders.csv": "Document Number,Line,Item,Quantity,Quantity Fulfilled,Ship Date\n"
    "SO1,1,BIKE,10,3,1/20/2027\n",
}


@pytest.mark.parametrize(("system", "files"), [("sage", SAGE), ("netsuite", NETSUITE)])
def test_sage_and_netsuite_files_become_a_plant(system: str, files: dict[str, str], tmp_path: Path) -> None:
    plant = imported(written(tmp_path, files), system).plant
    assert [(row.item, row.kind, row.unit_value) for row in plant.items] == [
        ("BIKE", "finished", 500.5), ("TUBE", "raw", 4.25),
    ]  # fmt: skip
    assert [(row.component, row.quantity) for row in plant.bill_of_materials] == [("TUBE", 2.5)]
    assert [(row.run_minutes, row.per_quantity) for row in plant.operations] == [(12.5, 1)]
    assert [(row.resource, row.setup_minutes) for row in plant.operation_resources] == [("W1", 15)]
    (order,) = plant.orders
    due = Clock(plant.start, plant.timezone).local(order.due)
    assert (order.quantity, due.isoformat()) == (7, "2027-01-21T00:00:00")
    assert plant.stock[0].quantity == 100_500


STOCKS = {
    "sap": (SAP, "stock.csv", "Material,Unrestricted\n2002,{a}\n2002,{b}\n"),
    "sage": (SAGE, "STO.csv", "ITMREF;QTYSTU;STA\nTUBE;{a};A\nTUBE;{b};A\n"),
    "netsuite": (NETSUITE, "inventory.csv", "Item,Available\nTUBE,{a}\nTUBE,{b}\n"),
    "erpnext": (ERPNEXT, "Bin.csv", "item_code,actual_qty\nTUBE,{a}\nTUBE,{b}\n"),
}


@pytest.mark.parametrize("system", sorted(STOCKS))
def test_stock_below_zero_counts_against_the_other_stock_of_the_item(system: str, tmp_path: Path) -> None:
    files, name, text = STOCKS[system]
    without = {one: told for one, told in files.items() if one.partition(".")[0] != name.partition(".")[0]}

    def found(first: str, second: str) -> tuple[list[int], list[tuple[str, str, int]]]:
        folder = written(tmp_path / first, without | {name: text.format(a=first, b=second)})
        result = imported(folder, system)
        return [row.quantity for row in result.plant.stock], notes(result, "ignored")

    below = ("stock_not_below_zero", "only where quantity >= 0", 1)
    stock, ignored = found("100.5", "-30.5")
    assert stock in ([70], [70_000])
    assert below not in ignored
    stock, ignored = found("10.5", "-30.5")
    assert stock == []
    assert below in ignored


def test_a_stranger_s_sage_files(tmp_path: Path) -> None:
    """French headings, Windows-1252, semicolons in a text, firm orders as words, rows without quantity."""
    files = SAGE | {
        "ITM.csv": "Article;Désignation;Unité de stock;Coût standard\r\n"
        'BIKE;"Vélo; rouge";UN;1.500,5\r\nTUBE;Tube;KG;4,25\r\n',
        "MFG.csv": "WO no.;Product;Planned quantity;Completed quantity;End date;Status\r\n"
        "OF1;BIKE;30;5;15/01/2027;Firm\r\nOF2;BIKE;30;;15/01/2027;Planned\r\nOF3;BIKE;20;;18/01/2027;Ferme\r\n",
    }
    folder = written(tmp_path / "export", files)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="cp1252")
    plant = imported(folder, "sage").plant
    assert next((row.description, row.unit_value) for row in plant.items) == ("Vélo; rouge", 1500.5)
    assert [(row.order, row.quantity) for row in plant.receipts] == [("OF1", 25), ("OF3", 20)]
    empty = files | {
        "POH.csv": "POHNUM;ITMREF;QTYSTU;EXTRCPDAT\r\nACH1;TUBE;;15/01/2027\r\n",
        "MFG.csv": "MFGNUM;ITMREF;EXTQTY;ENDDAT;MFGSTA\r\nOF1;BIKE;;15/01/2027;1\r\n",
    }
    with pytest.raises(DataError) as error:
        imported(written(tmp_path / "empty", empty), "sage")
    assert [(one.code, one.column) for one in error.value.findings] == [("missing_value", "quantity")] * 2


def test_files_that_nothing_reads_are_told(tmp_path: Path) -> None:
    files = {"SOHH.csv": SAGE["SOH.csv"], "mfg.csv": "MFGNUM;ITMREF;EXTQTY;ENDDAT\r\n", "note.txt": "hello"}
    found = imported(written(tmp_path, SAGE | files), "sage")
    unread = "the profile reads no file of this name"
    assert [note for note in notes(found, "default") if note[1] == unread] == [("SOHH.csv", unread, 1)]


def test_a_key_that_is_there_twice_is_shown_where_it_stands(tmp_path: Path) -> None:
    header, row, _ = SAGE["SOH.csv"].split("\r\n")
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, SAGE | {"SOH.csv": "\r\n".join([header, row, row])}), "sage")
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row) == ("duplicate_key", "SOH.csv", 3)
    assert finding.message == "the same key stands in an earlier row already"


def test_our_own_sage_orders_come_back_under_their_keys(tmp_path: Path) -> None:
    # As export writes them: mfg.csv, which the profile calls MFG.csv; firm orders have the status 1.
    orders = (
        "GIMP;MFGFCY;MFGNUM;MFGSTA;ITMREF;UOM;EXTQTY;STRDAT;ENDDAT;BOMALT;ROUNUM;ROUALT\r\n"
        "C;F1;74148f-L00001;1;BIKE;UN;12;20270110;20270111;1;BIKE;1\r\n"
        "C;F1;74148f-L00002;2;BIKE;UN;12;20270110;20270111;1;BIKE;1\r\n"
    )
    lower = {name.lower(): text for name, text in SAGE.items()} | {"mfg.csv": orders}
    plant = imported(written(tmp_path, lower), "sage").plant
    assert [(row.order, row.quantity) for row in plant.receipts] == [("74148f-L00001", 12)]
    assert [row.item for row in plant.items] == ["BIKE", "TUBE"]


@pytest.mark.parametrize("name", ["Bike", "bike", " BIKE"])
def test_an_item_that_differs_in_case_only_is_the_same(name: str, tmp_path: Path) -> None:
    orders = NETSUITE["sales_orders.csv"].replace("BIKE", name)
    found = imported(written(tmp_path, NETSUITE | {"sales_orders.csv": orders}), "netsuite")
    assert [row.item for row in found.plant.items] == ["BIKE", "TUBE"]
    assert [row.item for row in found.plant.orders] == ["BIKE"]
    changes = [row for row in notes(found, "changed") if "written otherwise" in row[1]]
    assert len(changes) == (name.strip() != "BIKE")


def test_items_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    items = NETSUITE["items.csv"] + "Bike,Another,Each,4,1\n"
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, NETSUITE | {"items.csv": items}), "netsuite")
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row, finding.column, finding.value) == (
        "id_collision", "items.csv", 4, "Name", "Bike",
    )  # fmt: skip


@pytest.mark.parametrize(("cell", "scrap"), [("95", "0.05"), ("95 %", "0.05"), ("100", "0")])
def test_a_component_yield_is_a_percentage(cell: str, scrap: str, tmp_path: Path) -> None:
    bom = NETSUITE["bom_revisions.csv"].replace("2.5,95", f"2.5,{cell}")
    plant = imported(written(tmp_path, NETSUITE | {"bom_revisions.csv": bom}), "netsuite").plant
    assert [row.scrap_fraction for row in plant.bill_of_materials] == [Fraction(scrap)]


def test_a_component_yield_of_a_workbook_is_what_it_shows_or_asked_for(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Assembly Item", "Component", "Component Quantity", "Component Yield"],
        ["BIKE", "TUBE", 2.5, 0.95],
    ):
        sheet.append(row)
    folder = written(tmp_path, {name: text for name, text in NETSUITE.items() if "bom" not in name})
    profile = profile_path("netsuite").read_text(encoding="utf-8")
    own = folder / "own.toml"
    own.write_text(profile.replace('"bom_revisions.csv"', '"bom_revisions.xlsx"'), encoding="utf-8")
    book.save(folder / "bom_revisions.xlsx")
    with pytest.raises(DataError) as error:
        import_tables(folder, own, {"start": "2027-01-04"})
    (finding,) = error.value.findings
    assert (finding.code, finding.file, finding.row, finding.column, finding.value) == (
        "ambiguous_percent", "bom_revisions.xlsx", 2, "Component Yield", "0.95",
    )  # fmt: skip
    sheet["D2"].number_format = "0%"
    book.save(folder / "bom_revisions.xlsx")
    (line,) = import_tables(folder, own, {"start": "2027-01-04"}).plant.bill_of_materials
    assert line.scrap_fraction == Fraction(5, 100)


HOURS = (
    ("8:00 AM", "4:30 PM", (480, 990)), ("06:00:00", "22:00:00", (360, 1320)), ("0600", "2400", (360, 1440)),
    ("060000", "140000", (360, 840)), ("12:15 a.m.", "12:00 pm", (15, 720)), ("6", "14", (360, 840)),
)  # fmt: skip


@pytest.mark.parametrize(("begin", "end", "told"), HOURS)
def test_hours_of_work_centers_are_read_as_they_are_written(
    begin: str, end: str, told: tuple[int, int], tmp_path: Path
) -> None:
    more = {"work_centers.csv": f"Name,Start Time,End Time\nW1,{begin},{end}\n"}
    plant = imported(written(tmp_path, NETSUITE | more), "netsuite").plant
    hours = {(row.from_minute, row.to_minute) for row in plant.calendars if row.calendar == "W1"}
    assert hours == {told}


@pytest.mark.parametrize("end", ["25:00", "14:00 PM", "16:75", "late"])
def test_hours_that_cannot_be_read_are_findings(end: str, tmp_path: Path) -> None:
    more = {"work_centers.csv": f"Name,Start Time,End Time\nW1,06:00,{end}\n"}
    with pytest.raises(DataError) as error:
        imported(written(tmp_path, NETSUITE | more), "netsuite")
    assert {(row.file, row.row) for row in error.value.findings} == {("work_centers.csv", 2)}


@pytest.mark.parametrize("word", ["Total - Huber AG", "Overall Total", "Sous-total", "Total: 2 rows"])
def test_rows_that_sum_up_a_group_are_left_out(word: str, tmp_path: Path) -> None:
    more = {
        "items.csv": f"{NETSUITE['items.csv']}{word},,,504.75,9\n",
        "sales_orders.csv": f"{NETSUITE['sales_orders.csv']}{word},,,10,3,\n",
    }
    plant = imported(written(tmp_path, NETSUITE | more), "netsuite").plant
    assert [row.item for row in plant.items] == ["BIKE", "TUBE"]
    assert len(plant.orders) == 1


def test_documents_must_be_a_list() -> None:
    assert read_documents(b'{"data": [{"a": 1.50}]}', "x.json").rows == [["1.50"]]
    for text in (b"[1]", b'"a"', b"{", b"[NaN]", b"\xff"):
        with pytest.raises(DataError):
            read_documents(text, "x.json")


RECORDS = """<?xml version="1.0"?><odoo><data>
<record id="a" model="m"><field name="ref" ref="mod.x"/><field name="n">5</field>
<field name="day" eval="(DateTime.today() + relativedelta(weeks=1, days=-2)).strftime('%Y')"/>
<field name="odd" eval="env['x'].search([])"/>
<field name="lines" model="line" eval="[(0, 0, {'p': ref('q'), 'n': -2.50, 'w': other()}),
(6, 0, [ref('z')])]"/>
</record></data></odoo>"""


def test_records_are_read_with_references_days_and_what_they_hold(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "a.xml").write_text(RECORDS)
    rows = read_records(tmp_path, "*.xml", "m", date(2027, 1, 4))
    assert dict(zip(rows.header, rows.rows[0], strict=True)) == {
        "id": "a", "ref": "mod.x", "n": "5", "day": "2027-01-09", "odd": "",
    }  # fmt: skip
    lines = read_records(tmp_path, "*.xml", "line", date(2027, 1, 4))
    found = dict(zip(lines.header, lines.rows[0], strict=True))
    assert (found["p"], found["n"], found["w"], found["parent"]) == ("q", "-2.5", "", "a")
    assert len(lines.rows) == 1


def test_a_record_with_a_known_id_changes_it(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "a.xml").write_text(RECORDS)
    (tmp_path / "b.xml").write_text(
        '<odoo><record id="a" model="m"><field name="n">7</field></record></odoo>'
    )
    rows = read_records(tmp_path, "*.xml", "m", date(2027, 1, 4))
    found = [dict(zip(rows.header, row, strict=True)) for row in rows.rows]
    assert [(row["id"], row["ref"], row["n"]) for row in found] == [("a", "mod.x", "7")]


def test_records_without_an_id_stand_alone(tmp_path: Path) -> None:
    from datetime import date

    one = '<record model="m"><field name="lines" model="line" eval="[(0, 0, {\'n\': 1})]"/></record>'
    (tmp_path / "a.xml").write_text(f"<odoo>{one}{one}</odoo>")
    assert len(read_records(tmp_path, "a.xml", "m", date(2027, 1, 4)).rows) == 2
    assert len(read_records(tmp_path, "a.xml", "line", date(2027, 1, 4)).rows) == 2


@pytest.mark.parametrize("text", ["<odoo>", '<!DOCTYPE a [<!ENTITY x "y">]><odoo>&x;</odoo>'])
def test_broken_or_hostile_records_are_refused(text: str, tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(DataError):
        read_records(tmp_path, "a.xml", "m", date(2027, 1, 4))


def test_an_update_takes_new_rows_and_says_what_is_different(tmp_path: Path) -> None:
    folder = written(tmp_path / "exports", SAP)
    instance = tmp_path / "plant"
    arguments = ["import", "sap", str(folder), str(instance)]
    assert CliRunner().invoke(cli, [*arguments, "--set", "start=2027-01-04"]).exit_code == 0
    before = read_or_raise(instance)
    written(folder, {
        "stock.csv": "Material,Unrestricted\n1001,30\n",
        "sales_orders.csv": "VBELN;POSNR;MATNR;OMENG;EDATU;KUNNR\n"
        "0000004712;000010;FERT-7;25;20270201;0000100002\n0000004713;000010;FERT-7;8;20270205;0000100002\n",
    })  # fmt: skip
    done = CliRunner().invoke(
        cli,
        [
            *arguments,
            "--update",
            "--only",
            "orders",
            "--set",
            "start=2027-01-05",
            "--json",
            str(tmp_path / "r.json"),
        ],
    )
    assert done.exit_code == 0, done.output
    assert (
        "orders: 1 new, 1 changed, 1 removed (new 0000004713/000010; changed 0000004712/000010" in done.output
    )
    after = read_or_raise(instance)
    assert after.start == "2027-01-05T00:00"
    assert [(row.order, row.quantity) for row in after.orders] == [
        ("0000004712/000010", 25),
        ("0000004713/000010", 8),
    ]
    assert [replace(row, available=None) for row in after.stock] == [
        replace(row, available=None) for row in before.stock
    ]
    assert _moment(after, after.receipts[0].due) == _moment(before, before.receipts[0].due)
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["differences"][0]["table"] == "orders"
    assert {row["table"] for row in told["tables"]} >= {"items", "sales"}


def _moment(plant: Plant, minute: int) -> object:
    return Clock(plant.start, plant.timezone).local(minute)


def test_only_needs_update_and_update_an_instance(tmp_path: Path) -> None:
    folder = written(tmp_path / "exports", SAP)
    arguments = ["import", "sap", str(folder), str(tmp_path / "plant")]
    assert CliRunner().invoke(cli, [*arguments, "--only", "stock"]).exit_code == 2
    with pytest.raises(SystemExit) as code:
        main([*arguments, "--update"])
    assert code.value.code == 3


def test_old_files_are_told(tmp_path: Path) -> None:
    found = imported(written(tmp_path, SAP), "sap")
    moment = (tmp_path / "materials.csv").stat().st_mtime
    os.utime(tmp_path / "stock.csv", (moment - 3 * 86_400, moment - 3 * 86_400))
    ages = {age.file: (age.days, age.stale) for age in with_ages(found.report, tmp_path, 2, moment).ages}
    assert ages["stock.csv"] == ("3.0", True)
    assert ages["materials.csv"] == ("0.0", False)
    assert "data age: stock.csv: 3.0 days old, too old" in with_ages(found.report, tmp_path, 2, moment).text()
