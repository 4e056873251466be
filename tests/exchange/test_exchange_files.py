"""Files from the world: hostile workbooks, spreadsheet traps, formulas in names, failing disks."""

import csv
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner
from small_instance import write_small

from capacityplan.cli.new import new
from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Item, ItemKind, Order, Plant, SupplierOffer
from capacityplan.errors import DataError, ExitCode, OutputError
from capacityplan.exchange import atomic, read, read_or_raise, read_plan, write, write_plan
from capacityplan.exchange.document import instance_format
from capacityplan.exchange.xlsx_child import MOST_MEMBERS

PAGE = Path(__file__).parents[2] / "docs" / "instance_format.md"


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return read_or_raise(write_small(tmp_path / "small"))


@pytest.fixture
def workbook(plant: Plant, tmp_path: Path) -> Path:
    path = tmp_path / "plant.xlsx"
    write(plant, path)
    return path


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == instance_format()


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"\0" * 30_000_000)


def _large(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(21):
            archive.writestr(f"xl/media/{number}.bin", b"\0" * 10_000_000)


def _many(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(MOST_MEMBERS):
            archive.writestr(f"xl/media/{number}", b"")


def _outside(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil", b"x")


def _macros(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")


def _replace(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    copy = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            target.writestr(member, change(content) if member.filename == part else content)
    copy.replace(path)


def _far_cell(path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    _replace(path, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"</sheetData>", far))


def _wide_cell(path: Path) -> None:
    far = b'<row r="4"><c r="IPSBA4"><v>1</v></c></row></sheetData>'
    _replace(path, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"</sheetData>", far))


def _laughs(path: Path) -> None:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(12))
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + entities + b"]>"
    _replace(path, "xl/workbook.xml", lambda xml: head + xml.split(b"?>", 1)[1].replace(b"items", b"&l12;"))


def _external(path: Path) -> None:
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    _replace(path, "xl/workbook.xml", lambda xml: head + xml.split(b"?>", 1)[1].replace(b"items", b"&e;"))


def _text(path: Path) -> None:
    path.write_text("item,kind\n", encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def _no_book(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def _torn_sheet(path: Path) -> None:
    _replace(path, "xl/worksheets/sheet2.xml", lambda xml: xml[: len(xml) // 2])


HOSTILE = [
    _bomb,
    _large,
    _many,
    _outside,
    _macros,
    _far_cell,
    _wide_cell,
    _laughs,
    _external,
    _text,
    _empty,
    _cut,
    _no_book,
]


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_a_hostile_workbook_is_one_clean_finding(attack: Callable[[Path], None], workbook: Path) -> None:
    attack(workbook)
    begin = time.monotonic()
    found = read(workbook)
    assert found.plant is None
    (finding,) = found.errors
    assert finding.file == "plant.xlsx"
    assert finding.code in {"hostile_file", "too_large", "not_xlsx"}
    assert time.monotonic() - begin < 20


def test_a_cell_that_stands_far_away_is_named(workbook: Path) -> None:
    far = b'<row r="40000"><c r="Z40000"><v>1</v></c></row></sheetData>'
    _replace(workbook, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"</sheetData>", far))
    (finding,) = read(workbook).errors
    assert finding.code == "hostile_file"
    assert "items is nearly empty and reaches to row 40000, column 26" in finding.message


def test_a_torn_sheet_is_never_read_as_a_shorter_one(workbook: Path) -> None:
    _torn_sheet(workbook)
    assert read(workbook).plant is None


def test_a_share_that_is_shown_as_a_percentage_is_the_share(workbook: Path) -> None:
    expected = read(workbook).plant
    book = openpyxl.load_workbook(workbook)
    sheet = book["operations"]
    place = [cell.value for cell in sheet[1]].index("yield_fraction") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, place).number_format = "0%"
    book.save(workbook)
    assert expected is not None
    assert {row.yield_fraction for row in expected.operations} > {Fraction(98, 100)}
    assert read(workbook).plant == expected


def test_errors_and_uncalculated_formulas_are_findings(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book["orders"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("quantity") + 1).value = "=6*2"
    sheet.cell(3, header.index("quantity") + 1).value = "#DIV/0!"
    sheet.cell(3, header.index("quantity") + 1).data_type = "e"
    book.save(workbook)
    errors = read(workbook).errors
    found = {(row.sheet, row.row, row.column, row.value): row.hint for row in errors}
    assert set(found) == {("orders", 2, "quantity", "#FORMULA"), ("orders", 3, "quantity", "#DIV/0!")}
    assert "never calculated" in found["orders", 2, "quantity", "#FORMULA"]


def test_cells_are_read_by_their_contract_not_by_their_looks(workbook: Path, plant: Plant) -> None:
    book = openpyxl.load_workbook(workbook)
    orders = book["orders"]
    header = [cell.value for cell in orders[1]]
    orders.cell(2, header.index("due") + 1).value = date(2027, 1, 8)
    orders.cell(3, header.index("due") + 1).value = datetime(2027, 1, 14, 12)
    orders.cell(2, header.index("quantity") + 1).value = 12.0
    calendars = book["calendars"]
    begin = [cell.value for cell in calendars[1]].index("from") + 1
    calendars.cell(2, begin).value = datetime(2027, 1, 1, 6).time()
    book.save(workbook)
    assert read(workbook).findings == ()
    assert read(workbook).plant == plant


def test_titles_above_the_headings_and_cells_beside_them_are_located(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book["stock"]
    sheet.insert_rows(1, 2)
    sheet.cell(1, 1).value = "Stock of this week"
    beside = book["orders"]
    beside.cell(3, beside.max_column + 2).value = "call Anna"
    book.create_sheet("Sheet1")
    book.save(workbook)
    errors = read(workbook).errors
    found = {(row.sheet, row.row, row.value) for row in errors if row.code == "nameless_column"}
    assert {("orders", 3, "call Anna"), ("stock", 3, "quantity")} <= found
    [unknown] = [row for row in errors if row.code == "unknown_table"]
    assert (unknown.sheet, "take it out" in unknown.hint) == ("Sheet1", True)


def test_empty_rows_above_a_table_do_not_shift_the_count(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book["stock"]
    sheet.insert_rows(3, 4)
    sheet.cell(7, 1).value = "G1"
    book.save(workbook)
    (finding,) = read(workbook).errors
    assert (finding.sheet, finding.row, finding.code) == ("stock", 7, "duplicate_key")


def test_an_unknown_sheet_and_a_missing_head_are_findings(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["orders"].title = "order"
    del book["plant"]
    book.save(workbook)
    found = {(row.sheet, row.code) for row in read(workbook).errors}
    assert {("order", "unknown_table"), ("plant", "missing_table")} <= found


PAYLOADS = [
    f"{lead}{body}"
    for lead in ("=", "+", "-", "@", "\t=", "\r=", "\n=", " =")
    for body in ("1+1", "cmd|'/c calc'!A0", "HYPERLINK(\"http://x\")", "SUM(A1:A9)", "'quoted'")
]  # fmt: skip


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    assert len(PAYLOADS) == 40
    links = ["http://example.org", "mailto:x@example.org", "internal:plant!A1", "'", "''", "'=1", "_x0041_"]
    texts = [*PAYLOADS, *links]
    plant = Plant(
        "=1+1", "2027-01-04T06:00", "UTC", "EUR",
        items=tuple(Item(text, ItemKind.RAW, text, text, family=text, brand=text) for text in texts),
        suppliers=tuple(SupplierOffer(text, text, 1) for text in texts),
        orders=tuple(Order(text, text, 1, 5000, customer=text) for text in texts),
    )  # fmt: skip
    for name in ("plant", "plant.xlsx", "plant.json"):
        write(plant, tmp_path / name)
        assert read(tmp_path / name).plant == plant
    for sheet in openpyxl.load_workbook(tmp_path / "plant.xlsx"):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    for name in ("items", "orders", "suppliers"):
        with (tmp_path / "plant" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert len(cells) > len(texts)
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))] == []


def test_texts_that_no_file_can_hold_are_refused(plant: Plant, tmp_path: Path) -> None:
    long = Plant("p", plant.start, "UTC", "EUR", items=(Item("a", ItemKind.RAW, "x" * 40_000),))
    with pytest.raises(OutputError, match="Excel cannot hold this"):
        write(long, tmp_path / "long.xlsx")
    nul = Plant("p", plant.start, "UTC", "EUR", items=(Item("a\0b", ItemKind.RAW),))
    with pytest.raises(OutputError, match="NUL"):
        write(nul, tmp_path / "nul")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small"]


@pytest.mark.parametrize("name", ["plant", "plant.xlsx", "plant.json"])
def test_a_failing_disk_leaves_what_was_there(
    name: str, plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out" / name
    write(plant, path)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "_sync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write(Plant("other", plant.start, "UTC", "EUR"), path)
    assert read(path).plant == plant
    assert [entry.name for entry in path.parent.iterdir()] == [name]


def test_an_instance_is_replaced_but_other_folders_are_left_alone(plant: Plant, tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    write(plant, folder)
    smaller = Plant("smaller", plant.start, "UTC", "EUR")
    write(smaller, folder)
    assert not (folder / "locks.csv").exists()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"notes\.txt"):
        write(plant, folder)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(OutputError):
        write(plant, tmp_path / "plant" / "notes.txt")


def test_a_workbook_is_pleasant(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
    assert book.sheetnames[:2] == ["plant", "items"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"provenance": 3}', '{"provenanse": {}}'])
def test_a_broken_plan_file_is_a_data_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_plan(path)
    assert caught.value.exit_code == ExitCode.DATA
    assert {row.file for row in caught.value.findings} == {"plan.json"}
    with pytest.raises(DataError):
        read_plan(tmp_path / "absent.json")


def test_a_damaged_plan_names_table_row_and_field(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(Plan(Provenance("p", "h")), path)
    text = path.read_text(encoding="utf-8").replace('"lost":[]', '"lost":[{"demand":"A","quantity":"x"}]')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_plan(path)
    (finding,) = caught.value.findings
    assert (finding.sheet, finding.row, finding.column) == ("lost", 1, "quantity")


def test_new_writes_a_sound_instance_into_an_empty_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    done = CliRunner().invoke(new, [str(folder), "--template", "fitband", "--size", "0.2", "--seed", "3"])
    assert done.exit_code == 0, done.output
    assert read(folder).errors == ()
    again = CliRunner().invoke(new, [str(folder)])
    assert again.exit_code == ExitCode.USAGE
    other = CliRunner().invoke(new, [str(tmp_path / "other"), "--template", "fitbnd"])
    assert (other.exit_code, (tmp_path / "other").exists()) == (ExitCode.USAGE, False)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_file_with_other_separators_has_one_finding_with_a_hint(separator: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    text = (folder / "orders.csv").read_text(encoding="utf-8").replace(",", separator)
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    (finding,) = [row for row in read(folder).errors if row.sheet == "orders"]
    assert (finding.code, finding.row) == ("wrong_separator", 1)
    assert "commas" in finding.hint


@pytest.mark.parametrize("above", ["\n", "\r\n", "\r", "\n\n\n"])
@pytest.mark.parametrize("rest", ["skill,description\nwelding,x\n", "skill\nwelding\n"])
def test_an_empty_line_above_the_header_is_told(above: str, rest: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    (folder / "skills.csv").write_bytes((above + rest).encode())
    (finding,) = read(folder).errors
    assert (finding.code, finding.file, finding.row) == ("empty_header", "skills.csv", 1)


def test_quoted_cells_hold_commas_and_line_breaks(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    text = (folder / "items.csv").read_text(encoding="utf-8")
    quoted = text.replace("desk lamp", '"lamp, ""desk""\r\nwhite"').replace("shade,intermediate", "shade,toy")
    (folder / "items.csv").write_bytes(b"\xef\xbb\xbf" + quoted.replace("\n", "\r\n").encode())
    (finding,) = read(folder).errors
    assert (finding.row, finding.column, finding.value) == (4, "kind", "toy")


def test_the_library_cuts_long_texts_without_a_word(tmp_path: Path) -> None:
    """The trap behind the return codes: were this to change, the guard could go."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        assert book.add_worksheet().write_string(0, 0, "x" * 40_000) == -2


def test_the_folder_of_a_plan_is_told_to_be_no_instance(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.json").write_text("{}")
    (folder / "lots.csv").write_text("lot\n1\n")
    (finding,) = read(folder).errors
    assert (finding.code, finding.file) == ("plan_folder", "plan")
    assert "plan/instance.json" in finding.hint
