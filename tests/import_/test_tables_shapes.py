"""Shapes of tables: wide ones, rows below their parents, files and columns that may be missing; the steps."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from paint import ORDERS, PROFILE, exports, text

from capacityplan.cli.main import cli
from capacityplan.domain.plant import Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock
from capacityplan.errors import DataError
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.importing import ImportResult
from capacityplan.exchange.mapping import Habit, import_tables

WIDE = """
[[read]]
table = "outlook"
file = "outlook.csv"
columns = ["Article"]
numbers = ["*"]
unpivot = { keep = ["Article"], name = "begins", value = "quantity", dates = true }
rename = { Article = "article" }
where = "or_else(quantity, 0) > 0"

[[fill]]
table = "projections"
from = "outlook"
columns = { item = "article", from = "begins", to = "begins + 6", quantity = "quantity" }
"""


def imported(folder: Path, profile: str) -> ImportResult:
    (folder / "profile.toml").write_text(profile, encoding="utf-8")
    return import_tables(folder, folder / "profile.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return exports(tmp_path / "exports")


def rows(projections: Projections) -> list[tuple[str, date, date, int]]:
    days = [[date.fromordinal(int(day)) for day in column] for column in (projections.start, projections.end)]
    names = [projections.names[int(code)] for code in projections.item]
    return list(zip(names, *days, [int(quantity) for quantity in projections.quantity], strict=True))


@pytest.mark.parametrize(
    "header",
    [
        ["2027-01-04", "2027-01-11", "2027-01-18"],
        ["04.01.2027", "11.01.2027", "18.01.2027"],
        ["1/4/2027", "1/11/2027", "1/18/2027"],
        ["20270104", "20270111", "20270118"],
        ["2027-W01", "2027-W02", "2027-W03"],
        ["2027W01", "2027W02", "2027W03"],
    ],
)
def test_a_wide_table_of_dates_becomes_projections(folder: Path, header: list[str]) -> None:
    cells = [["Article", *header], ["P1", "100", "", "1.200,0"], ["T2", "0", "40", "50"]]
    (folder / "outlook.csv").write_text(text(cells, ";"), encoding="utf-8")
    found = imported(folder, PROFILE + WIDE)
    weeks = [date(2027, 1, day) for day in (4, 11, 18)]
    ends = [date(2027, 1, day) for day in (10, 17, 24)]
    assert rows(found.plant.projections) == [
        ("P1", weeks[0], ends[0], 100),
        ("P1", weeks[2], ends[2], 1200),
        ("T2", weeks[1], ends[1], 40),
        ("T2", weeks[2], ends[2], 50),
    ]
    (count,) = [row for row in found.report.tables if row.table == "outlook"]
    assert (count.read, count.used, count.ignored) == (6, 4, 2)


@pytest.mark.parametrize(
    ("header", "code", "value"),
    [
        (["2027-01-04", "total"], "not_a_date", "total"),
        (["2027-01-04", "11.01.2027"], "not_a_date", "11.01.2027"),
        (["04/01/2027", "05/01/2027"], "ambiguous_date", "04/01/2027"),
    ],
)
def test_a_wide_table_whose_header_is_no_date_is_refused(
    folder: Path, header: list[str], code: str, value: str
) -> None:
    (folder / "outlook.csv").write_text(text([["Article", *header], ["P1", "1", "2"]]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        imported(folder, PROFILE + WIDE)
    assert (code, "outlook.csv", value) in {(one.code, one.file, one.value) for one in error.value.findings}


def test_ambiguous_dates_and_numbers_are_asked_for(folder: Path) -> None:
    cells = [ORDERS[0], ["4711", "P1", "2.500", "05/01/2027"], ["4712", "T2", "1.234", "06/01/2027"]]
    (folder / "orders.csv").write_text(text(cells, ";"), encoding="utf-8")
    with pytest.raises(DataError) as error:
        imported(folder, PROFILE)
    (found,) = error.value.findings
    assert (found.code, found.row, found.column, found.value) == ("ambiguous_number", 2, "Open", "2.500")
    stated = 'dates = ["Requested"]\ndecimal = ","'
    with pytest.raises(DataError) as error:
        imported(folder, PROFILE.replace('dates = ["Requested"]', stated))
    (found,) = error.value.findings
    assert (found.code, found.row, found.column) == ("ambiguous_date", 2, "Requested")
    for order, first in (("dmy", date(2027, 1, 5)), ("mdy", date(2027, 5, 1))):
        both = f'{stated}\ndate_order = "{order}"'
        profile = PROFILE.replace('dates = ["Requested"]', both).replace("daily = 14", "daily = 160")
        plant = imported(folder, profile).plant
        assert [one.quantity for one in plant.orders] == [2500, 1234]
        clock = Clock(plant.start, plant.timezone)
        # A date alone means the end of its day.
        assert clock.ordinal(plant.orders[0].due) - first.toordinal() == 1


def due_days(plant: Plant) -> list[date]:
    clock = Clock(plant.start, plant.timezone)
    return [clock.local(row.due - 1).date() for row in plant.orders]


def test_dates_with_dots_begin_with_the_day(folder: Path) -> None:
    cells = [ORDERS[0], ["4711", "P1", "2500", "05.01.2027"], ["4712", "T2", "12", "06.01.2027"]]
    (folder / "orders.csv").write_text(text(cells, ";"), encoding="utf-8")
    found = imported(folder, PROFILE)
    assert due_days(found.plant) == [date(2027, 1, 5), date(2027, 1, 6)]
    assert "orders.csv: utf-8, cells separated by ';', decimal mark '.', dates dmy" in found.report.text()


def test_how_numbers_and_dates_are_written_may_be_stated_for_any_profile(folder: Path) -> None:
    cells = [ORDERS[0], ["4711", "P1", "2.500", "01/05/2027"], ["4712", "T2", "1.234", "01/06/2027"]]
    (folder / "orders.csv").write_text(text(cells, ";"), encoding="utf-8")
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    command = ["import", "tables", str(folder), str(folder.parent / "instance"), "--profile",
               str(folder / "profile.toml"), "--decimal", ",", "--date-order", "mdy"]  # fmt: skip
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    plant = read_or_raise(folder.parent / "instance")
    assert due_days(plant) == [date(2027, 1, 5), date(2027, 1, 6)]
    assert [row.quantity for row in plant.orders] == [2500, 1234]
    # What is stated on the command line counts before what the profile states of the file.
    fixed = PROFILE.replace('file = "orders.csv"', 'file = "orders.csv"\ndecimal = "."\ndate_order = "dmy"')
    assert fixed != PROFILE
    (folder / "fixed.toml").write_text(fixed, encoding="utf-8")
    plant = import_tables(folder, folder / "fixed.toml", habit=Habit(",", "mdy")).plant
    assert due_days(plant) == [date(2027, 1, 5), date(2027, 1, 6)]
    assert [row.quantity for row in plant.orders] == [2500, 1234]
    cells = [ORDERS[0], ["4711", "P1", "2,5", "01/05/2027"]]
    (folder / "orders.csv").write_text(text(cells, ";"), encoding="utf-8")
    with pytest.raises(DataError) as error:
        import_tables(folder, folder / "fixed.toml")
    assert [one.hint for one in error.value.findings] == ['state --decimal ","']
    # A column that shows it is read as it shows.
    cells = [ORDERS[0], ["4711", "P1", "2500.0", "31/05/2027"]]
    (folder / "orders.csv").write_text(text(cells, ";"), encoding="utf-8")
    profile = PROFILE.replace("daily = 14", "daily = 160")
    (folder / "profile.toml").write_text(profile, encoding="utf-8")
    plant = import_tables(folder, folder / "profile.toml", habit=Habit(",", "mdy")).plant
    assert due_days(plant) == [date(2027, 5, 31)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234.5", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1234.5-", "-1234.5"),
        ("(1,234.5)", "-1234.5"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("1.2345e3", "1234.5"),
        ("98.5%", "98.5"),
        ("98,5 %", "98.5"),
        ("98.5\u00a0%", "98.5"),
        ("12.5-%", "-12.5"),
        ("-12.5%", "-12.5"),
    ],
)
def test_numbers_in_every_notation(folder: Path, cell: str, value: str) -> None:
    cells = [["Article", "Text", "Value", "Minutes", "Machine"], ["P1", "", cell, "1.5", "M"]]
    (folder / "articles.csv").write_text(text(cells), encoding="utf-8")
    (folder / "orders.csv").write_text(text(ORDERS[:2]), encoding="utf-8")
    profile = PROFILE.replace('unit_value = "value"', 'unit_value = "value + 2000"').replace("2 * value", "1")
    (item,) = imported(folder, profile).plant.items
    assert item.unit_value == 2000 + Fraction(value)


@pytest.mark.parametrize("stated", ["", 'decimal = "."\n'])
def test_percentages_and_numbers_in_one_column_are_asked_for(folder: Path, stated: str) -> None:
    head = ["Article", "Text", "Value", "Minutes", "Machine"]
    cells = [head, ["P1", "", "95%", "1.5", "M"], ["T2", "", "", "1.5", "M"], ["T3", "", "0.95", "1.5", "M"]]
    (folder / "articles.csv").write_text(text(cells), encoding="utf-8")
    assert PROFILE.count('file = "articles.csv"\n') == 1
    with pytest.raises(DataError) as error:
        imported(folder, PROFILE.replace('file = "articles.csv"\n', f'file = "articles.csv"\n{stated}'))
    (found,) = error.value.findings
    assert (found.code, found.row, found.column, found.value) == ("mixed_percent", 4, "Value", "0.95")


def test_rows_below_their_parent_take_over_what_they_leave_out(folder: Path) -> None:
    cells = [
        ["Order", "Requested", "Line", "Article", "Open"],
        ["4711", "2027-01-06", "1", "P1", "100"],
        ["", "", "2", "T2", "200"],
        ["4712", "2027-01-07", "1", "T2", "300"],
    ]
    (folder / "orders.csv").write_text(text(cells), encoding="utf-8")
    profile = PROFILE.replace(
        'dates = ["Requested"]', 'dates = ["Requested"]\nfill_down = ["Order", "Requested"]'
    )
    profile = profile.replace('Order = "order", ', 'Order = "number", Line = "line", ')
    profile = profile.replace('where = "open > 0"', "set = { order = \"number + '/' + line\" }")
    plant = imported(folder, profile).plant
    assert [(one.order, one.item, one.quantity) for one in plant.orders] == [
        ("4711/1", "P1", 100),
        ("4711/2", "T2", 200),
        ("4712/1", "T2", 300),
    ]
    assert plant.orders[0].due == plant.orders[1].due < plant.orders[2].due
    (folder / "orders.csv").write_text(text([cells[0], *cells[2:]]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        imported(folder, profile)
    (found,) = error.value.findings
    assert (found.code, found.file, found.row, found.column) == ("missing_value", "orders.csv", 2, "Order")


def test_a_file_and_a_column_may_be_missing_where_the_profile_says_so(folder: Path) -> None:
    stock = """
[[read]]
table = "shelf"
file = "shelf.csv"
optional = true
columns = ["article"]
optional_columns = ["status"]
numbers = ["on_hand"]

[[fill]]
table = "stock"
from = "shelf"
columns = { item = "article", quantity = "on_hand", status = "or_else(status, 'unrestricted')" }
"""
    found = imported(folder, PROFILE + stock)
    assert found.plant.stock == ()
    assert "there is no file shelf.csv" in found.report.text()
    # Case, blanks and underscores of a column's name differ between the exports of one system.
    (folder / "shelf.csv").write_text("ARTICLE,On Hand\nP1,12\n", encoding="utf-8")
    (row,) = imported(folder, PROFILE + stock).plant.stock
    assert (row.item, row.quantity, row.status) == ("P1", 12, "unrestricted")
    (folder / "shelf.csv").write_text("ARTICLE,On Hand,Status\nP1,12,blocked\n", encoding="utf-8")
    (row,) = imported(folder, PROFILE + stock).plant.stock
    assert row.status == "blocked"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell, day if isinstance(cell, date) else None)


ORDER_ROWS: list[list[object]] = [
    ["Order", "Article", "Open", "Requested"],
    ["4711", "P1", 2500, date(2027, 1, 6)],
    ["4712", "T2", 1234, date(2027, 1, 18)],
    ["4713", "T2", 0, date(2027, 1, 19)],
]


def test_a_workbook_is_read_like_a_csv_file(folder: Path) -> None:
    expected = imported(folder, PROFILE).plant
    (folder / "orders.csv").unlink()
    workbook(folder / "book.xlsx", {"Notes": [["any"]], "Orders": [["Order book"], [], *ORDER_ROWS]})
    profile = PROFILE.replace('file = "orders.csv"', 'file = "book.xlsx"\nsheet = "Orders"\nskip = 2')
    assert imported(folder, profile).plant == expected
    with pytest.raises(DataError) as error:
        imported(folder, profile.replace('sheet = "Orders"', 'sheet = "Order"'))
    (found,) = error.value.findings
    assert (found.code, found.file, found.sheet) == ("missing_sheet", "book.xlsx", "Order")
    workbook(
        folder / "book.xlsx", {"Orders": [[], [], *ORDER_ROWS, ["4714", "P1", "many", date(2027, 1, 20)]]}
    )
    with pytest.raises(DataError) as error:
        imported(folder, profile)
    (found,) = error.value.findings
    assert (found.file, found.sheet, found.row, found.column) == ("book.xlsx", "Orders", 7, "Open")
    (folder / "book.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(DataError) as error:
        imported(folder, profile)
    assert error.value.findings[0].file == "book.xlsx"


def test_lines_above_the_header_are_skipped_and_counted(folder: Path) -> None:
    expected = imported(folder, PROFILE).plant
    plain = text(ORDERS, ";")
    (folder / "orders.csv").write_text("sep=;\r\n" + plain, encoding="utf-8", newline="")
    assert imported(folder, PROFILE).plant == expected
    profile = PROFILE.replace('file = "orders.csv"', 'file = "orders.csv"\nskip = 2')
    (folder / "orders.csv").write_text("Order book; open\r\n\r\n" + plain, encoding="utf-8", newline="")
    assert imported(folder, profile).plant == expected
    broken = plain.replace("1234.0", "many")
    (folder / "orders.csv").write_text("Order book; open\r\n\r\n" + broken, encoding="utf-8", newline="")
    with pytest.raises(DataError) as error:
        imported(folder, profile)
    (found,) = error.value.findings
    assert (found.row, found.column, found.value) == (5, "Open", "many")


def test_rows_left_out_on_the_way_are_accounted_for(folder: Path) -> None:
    (folder / "orders.csv").write_text(text([*ORDERS, ["4714", "X9", "5", "2027-01-19"]]), encoding="utf-8")
    profile = PROFILE.replace('on = ["article"] }', 'on = ["article"], missing = "drop" }')
    report = imported(folder, profile).report
    assert "ignored: known_orders: nothing in articles (1 row, for example X9)" in report.text()


HISTORY = """
[[read]]
table = "sales"
file = "sales.csv"
numbers = ["sold"]
dates = ["day"]

[[make]]
table = "levels"
from = "sales"
running = { by = ["article"], date = "day", value = "sold", days = 7, into = "week" }
group = { by = ["article"], columns = { best = "max week", days = "count sold", mean = "mean sold" } }

[[make]]
table = "outlook"
from = "sales"
forecast = { by = ["article"], date = "day", value = "sold", from = "start", weeks = 2, days = 14 }

[[fill]]
table = "projections"
from = "outlook"
where = "sold > 0"
columns = { item = "article", from = "day", to = "day", quantity = "sold" }

[[fill]]
table = "stock"
from = "levels"
columns = { item = "article", quantity = "best" }
"""


def test_a_forecast_uses_only_what_was_known_before_its_first_day(folder: Path) -> None:
    sold = {"2026-12-21": 10, "2026-12-28": 20, "2027-01-02": 6, "2027-01-03": 8, "2027-01-04": 5000}
    cells = [["article", "day", "sold"], *[["P1", day, str(quantity)] for day, quantity in sold.items()]]
    (folder / "sales.csv").write_text(text(cells), encoding="utf-8")
    plant = imported(folder, PROFILE + HISTORY).plant
    # The mean of two Mondays is 15; a Saturday and a Sunday had no row the week before, so half of theirs.
    expected = [(4, 15), (9, 3), (10, 4), (11, 15), (16, 3), (17, 4)]
    assert [(day.day, quantity) for _, day, _, quantity in rows(plant.projections)] == expected
    # The best seven days in a row do not reach back to the eighth.
    (row,) = plant.stock
    assert row.quantity == 6 + 8 + 5000


HEAD: list[object] = ["Article", "Text", "Value", "Minutes", "Machine"]
VALUES = PROFILE.replace('unit_value = "value"', 'unit_value = "value + 2000"').replace("2 * value", "1")


def articles_book(folder: Path, values: list[object], formats: list[str]) -> str:
    """Write the articles as a workbook whose values have number formats; the profile that reads it."""
    (folder / "articles.csv").unlink(missing_ok=True)
    (folder / "orders.csv").write_text(text(ORDERS[:1]), encoding="utf-8")
    with xlsxwriter.Workbook(str(folder / "articles.xlsx")) as book:
        sheet = book.add_worksheet("Articles")
        sheet.write_row(0, 0, HEAD)
        for row, (value, form) in enumerate(zip(values, formats, strict=True), start=1):
            sheet.write_row(row, 0, [f"P{row}", "", "", 1.5, "M"])
            sheet.write(row, 2, value, book.add_format({"num_format": form}) if form else None)
    return VALUES.replace('file = "articles.csv"', 'file = "articles.xlsx"')


@pytest.mark.parametrize("form", ["0%", "0.00%", "0.0 %", "[Red]0%;-0%", '0.0"of "%'])
def test_a_percentage_of_a_workbook_is_what_it_shows(folder: Path, form: str) -> None:
    profile = articles_book(folder, [0.95, 1, 0.005], [form, form, form])
    plant = imported(folder, profile).plant
    assert [item.unit_value - 2000 for item in plant.items] == [95, 100, Fraction(1, 2)]


@pytest.mark.parametrize("form", ["0.00", "@", '0.0" %"', "0.0\\%"])
def test_a_written_percent_sign_is_no_percentage(folder: Path, form: str) -> None:
    plant = imported(folder, articles_book(folder, [0.95], [form])).plant
    assert [item.unit_value - 2000 for item in plant.items] == [Fraction(95, 100)]


def test_a_percentage_beside_a_number_of_a_workbook_is_asked_for(folder: Path) -> None:
    profile = articles_book(folder, [0.95, 0.9], ["0%", "0.00"])
    with pytest.raises(DataError) as error:
        imported(folder, profile)
    (found,) = error.value.findings
    assert (found.code, found.file, found.row, found.column, found.value) == (
        "mixed_percent", "articles.xlsx", 3, "Value", "0.9",
    )  # fmt: skip


def test_numbers_of_a_workbook_have_a_point_whatever_its_texts_have(folder: Path) -> None:
    profile = articles_book(folder, [1.234, 2.5], ["", ""])
    for stated in ("", 'decimal = ","\n'):
        own = profile.replace('file = "articles.xlsx"\n', f'file = "articles.xlsx"\n{stated}')
        found = [item.unit_value - 2000 for item in imported(folder, own).plant.items]
        assert found == [Fraction(1234, 1000), Fraction(5, 2)]
    with pytest.raises(DataError) as error:
        imported(folder, articles_book(folder, [1.234, "2,5"], ["", ""]))
    (found_,) = error.value.findings
    assert (found_.code, found_.row, found_.column, found_.value) == (
        "mixed_decimal_mark", 2, "Value", "1.234",
    )  # fmt: skip
    texts = articles_book(folder, ["1.234,5", "2,5", 7], ["", "", ""])
    assert [item.unit_value - 2000 for item in imported(folder, texts).plant.items] == [
        Fraction(12345, 10), Fraction(5, 2), 7,
    ]  # fmt: skip


def test_columns_that_hold_something_and_are_not_read_are_told(folder: Path) -> None:
    """A heading that the profile does not know is left out: the report must show it."""
    beside = [["Remark", "Zone", "Empty"], *(["call", "north", ""] for _ in ORDERS[1:])]
    cells = [[*row, *more] for row, more in zip(ORDERS, beside, strict=True)]
    (folder / "orders.csv").write_text(text(cells), encoding="utf-8")
    told = imported(folder, PROFILE).report
    assert "unread: orders.csv: columns Remark, Zone" in told.text().splitlines()
    used = PROFILE.replace('where = "open > 0"', "where = \"Zone == 'north' and open > 0\"")
    assert used != PROFILE
    assert "unread: orders.csv: columns Remark" in imported(folder, used).report.text().splitlines()


def test_columns_that_another_table_takes_from_the_same_file_are_read(folder: Path) -> None:
    cells = [[*row, remark] for row, remark in zip(ORDERS, ["Remark", *"abcdefgh"], strict=False)]
    (folder / "orders.csv").write_text(text(cells), encoding="utf-8")
    assert "unread: orders.csv: columns Remark" in imported(folder, PROFILE).report.text()
    twice = (
        PROFILE
        + """
[[read]]
table = "remarks"
file = "orders.csv"
columns = ["Order", "Remark"]
"""
    )
    assert "unread" not in imported(folder, twice).report.text()


def test_a_number_that_begins_with_a_nought_shows_its_decimal_mark(folder: Path) -> None:
    """0,250 is a quarter: no digits are grouped behind a nought."""
    (folder / "shares.csv").write_text("Article;Share\n100;0,250\n200;1,500\n", encoding="utf-8")
    profile = (
        PROFILE
        + """
[[read]]
table = "shares"
file = "shares.csv"
numbers = ["Share"]
"""
    )
    marks = {row.file: row.decimal for row in imported(folder, profile).report.dialects}
    assert marks["shares.csv"] == ","
