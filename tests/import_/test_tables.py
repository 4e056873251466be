"""Tables in several dialects become the same plant; whatever is wrong is found where it stands."""

import codecs
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from paint import ARTICLES, ORDERS, PROFILE, exports, german, text

from capacityplan.cli.main import cli, main
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.mapping import import_tables

DIALECTS = {
    "comma, point, utf-8 with mark": (lambda cells: cells, ",", "utf-8-sig"),
    "semicolon, decimal comma, windows": (german, ";", "cp1252"),
    "tab, decimal comma, utf-16": (german, "\t", "utf-16"),
    "bar, point, utf-8": (lambda cells: cells, "|", "utf-8"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return exports(tmp_path / "exports")


def run(folder: Path, *options: str) -> Result:
    instance = folder.parent / "paint"
    profile = str(folder / "profile.toml")
    return CliRunner().invoke(
        cli, ["import", "tables", str(folder), str(instance), "--profile", profile, *options]
    )


def findings(folder: Path, *options: str) -> tuple[Finding, ...]:
    """Findings of an import that must fail, writing nothing."""
    before = sorted(folder.parent.rglob("*"))
    result = run(folder, *options)
    assert isinstance(result.exception, DataError), result.output
    assert sorted(folder.parent.rglob("*")) == before
    return result.exception.findings


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_the_same_plant(folder: Path, dialect: str) -> None:
    expected = import_tables(folder, folder / "profile.toml").plant
    change, separator, encoding = DIALECTS[dialect]
    for name, cells in (("articles.csv", ARTICLES), ("orders.csv", ORDERS)):
        (folder / name).write_bytes(text(change(cells), separator).encode(encoding))
    result = run(folder)
    assert result.exit_code == 0, result.exception
    assert read_or_raise(folder.parent / "paint") == expected
    assert [item.description for item in expected.items] == ["Primer, white", "Top coat für außen"]
    assert [float(item.unit_value) for item in expected.items] == [12.5, 1014]
    assert [(order.order, order.quantity) for order in expected.orders] == [("4711", 2500), ("4712", 1234)]


def test_the_report_accounts_for_every_row(folder: Path) -> None:
    report = import_tables(folder, folder / "profile.toml").report
    assert [(row.table, row.read, row.used, row.ignored) for row in report.tables] == [
        ("articles", 2, 2, 0),
        ("order_book", 3, 2, 1),
    ]
    assert "ignored: order_book: only where open > 0 (1 row)" in report.text()
    assert "into orders: 2 rows, quantity 3734 in all" in report.text()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    result = run(folder, "--dry-run")
    assert result.exit_code == 0
    assert "order_book" in result.output
    assert "nothing was written" in result.output
    assert sorted(path.name for path in folder.parent.iterdir()) == ["exports"]


@pytest.mark.parametrize("suffix", ["", ".xlsx", ".json"])
def test_every_form_of_instance_is_written(folder: Path, suffix: str) -> None:
    instance = folder.parent / f"plant{suffix}"
    profile = str(folder / "profile.toml")
    result = CliRunner().invoke(cli, ["import", "tables", str(folder), str(instance), "--profile", profile])
    assert result.exit_code == 0, result.exception
    assert read_or_raise(instance) == import_tables(folder, folder / "profile.toml").plant


def test_a_constant_can_be_set(folder: Path) -> None:
    assert run(folder, "--set", "start=2027-01-05").exit_code == 0
    assert read_or_raise(folder.parent / "paint").start == "2027-01-05T06:00"
    (found,) = findings(folder, "--set", "stert=2027-01-05")
    assert (found.code, found.value, found.hint) == ("unknown_constant", "stert", "did you mean 'start'?")
    (found,) = findings(folder, "--set", "start=tomorrow")
    assert (found.code, found.column, found.value) == ("unreadable_constant", "constants.start", "tomorrow")
    assert run(folder, "--set", "start").exit_code == 2


def test_tables_need_a_profile_and_an_unknown_one_is_named(folder: Path) -> None:
    arguments = ["import", "tables", str(folder), str(folder.parent / "paint")]
    assert CliRunner().invoke(cli, arguments).exit_code == 2
    result = CliRunner().invoke(cli, [*arguments, "--profile", "suplygraph"])
    assert isinstance(result.exception, DataError)
    (found,) = result.exception.findings
    assert (found.code, found.hint) == ("missing_file", "did you mean 'supplygraph'?")


def test_a_foreign_folder_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = folder.parent / "paint"
    instance.mkdir()
    (instance / "letters.txt").write_text("mine")
    with pytest.raises(SystemExit) as done:
        main(["import", "tables", str(folder), str(instance), "--profile", str(folder / "profile.toml")])
    assert done.value.code == 8
    assert "letters.txt" in capsys.readouterr().err
    assert [path.name for path in instance.iterdir()] == ["letters.txt"]


def test_the_command_shows_findings_and_exits_with_3(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "orders.csv").write_text(text([*ORDERS[:2], ["4712", "T2", "12x", "2027-01-18"]]))
    with pytest.raises(SystemExit) as done:
        main(["import", "tables", str(folder), str(folder.parent / "paint"),
              "--profile", str(folder / "profile.toml")])  # fmt: skip
    assert done.value.code == 3
    assert "orders.csv, row 3, column Open" in capsys.readouterr().err


Cells = list[list[str]]


def _with(cells: Cells, row: int, column: int, value: str) -> Cells:
    changed = [list(line) for line in cells]
    changed[row - 1][column] = value
    return changed


TABLE_FAULTS: dict[str, tuple[str, Cells, tuple[str, int | None, str, str]]] = {
    "a text for a number": ("orders.csv", _with(ORDERS, 3, 2, "many"), ("not_a_number", 3, "Open", "many")),
    "two decimal marks": (
        "articles.csv",
        _with(ARTICLES, 3, 2, "12,5"),
        ("not_a_number", 3, "Value", "12,5"),
    ),
    "no date": ("orders.csv", _with(ORDERS, 4, 3, "soon"), ("not_a_date", 4, "Requested", "soon")),
    "a day that does not exist": (
        "orders.csv",
        _with(ORDERS, 3, 3, "2027-02-30"),
        ("not_a_date", 3, "Requested", "2027-02-30"),
    ),
    "two orders of date": (
        "orders.csv",
        _with(ORDERS, 2, 3, "06.01.2027"),
        ("not_a_date", 3, "Requested", "2027-01-18"),
    ),
    "a column missing": (
        "articles.csv",
        [row[:-1] for row in ARTICLES],
        ("missing_column", None, "Machine", ""),
    ),
    "a column twice": (
        "articles.csv",
        [[*row, row[0]] for row in ARTICLES],
        ("repeated_column", None, "Article", ""),
    ),
    "a column without name": (
        "articles.csv",
        [[*ARTICLES[0], ""], [*ARTICLES[1], ""], [*ARTICLES[2], "?"]],
        ("unnamed_column", 3, "", "?"),
    ),
    "a cell too many": ("orders.csv", [*ORDERS[:2], [*ORDERS[2], "?"]], ("ragged_row", 3, "", "")),
    "a cell too few": ("orders.csv", [*ORDERS[:3], ORDERS[3][:2]], ("ragged_row", 4, "", "")),
    "an unknown article": ("orders.csv", _with(ORDERS, 3, 1, "X9"), ("no_partner", 3, "", "")),
    "an order without number": ("orders.csv", _with(ORDERS, 2, 0, ""), ("missing_value", 2, "order", "")),
    "an order twice": ("orders.csv", _with(ORDERS, 3, 0, "4711"), ("duplicate_key", 3, "order", "4711")),
    "a quantity finer than its unit": (
        "orders.csv",
        _with(ORDERS, 3, 2, "12.5"),
        ("not_representable", 3, "quantity", "12.5"),
    ),
    "a negative value": (
        "articles.csv",
        _with(ARTICLES, 2, 2, "12.50-"),
        ("out_of_range", 2, "unit_value", "-12.5"),
    ),
    "no number where one is compared": (
        "orders.csv",
        _with(ORDERS, 2, 2, ""),
        ("formula_failed", 2, "", "open > 0"),
    ),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_a_damaged_table_is_found_where_it_is_damaged(folder: Path, fault: str) -> None:
    file, cells, expected = TABLE_FAULTS[fault]
    (folder / file).write_text(text(cells), encoding="utf-8", newline="")
    found = findings(folder)
    assert {one.file for one in found} == {file}
    assert expected in {(one.code, one.row, one.column, one.value) for one in found}
    assert all(one.expected or one.hint or one.code == "repeated_column" for one in found)


BYTE_FAULTS: dict[str, tuple[bytes, str, int]] = {
    "empty": (b"", "empty_file", 1),
    "blank lines only": (b"\r\n\r\n", "empty_file", 1),
    "a character outside the encoding": (
        codecs.BOM_UTF8 + b"Order,Article\r\n1,\xff\r\n",
        "wrong_encoding",
        2,
    ),
    "a character that windows does not have": (b"Order,Article\n1,\xe9\n2,\x81\n", "wrong_encoding", 3),
    "a NUL character": (b"Order,Article\r\n1,\x00\r\n", "control_character", 2),
    "a quote left open": (b'Order,Article,Open,Requested\r\n4711,P1,"2500,2027-01-06\r\n', "ragged_row", 2),
    "a workbook with the wrong ending": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "control_character", 1),
}


@pytest.mark.parametrize("fault", BYTE_FAULTS)
def test_a_file_that_is_no_table_is_refused(folder: Path, fault: str) -> None:
    data, code, row = BYTE_FAULTS[fault]
    (folder / "orders.csv").write_bytes(data)
    (found,) = findings(folder)
    assert (found.code, found.file, found.row) == (code, "orders.csv", row)


def test_findings_of_all_files_come_at_once(folder: Path) -> None:
    (folder / "articles.csv").write_text(text(_with(ARTICLES, 2, 2, "much")))
    (folder / "orders.csv").write_text(text(_with(_with(ORDERS, 3, 2, "many"), 3, 3, "soon")))
    places = {(one.file, one.row, one.column) for one in findings(folder)}
    assert {("articles.csv", 2, "Value"), ("orders.csv", 3, "Open")} <= places


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "orders.csv").unlink()
    (found,) = findings(folder)
    assert (found.code, found.file) == ("unreadable_file", "orders.csv")


Change = Callable[[str], str]


def _swap(old: str, new: str) -> Change:
    def change(profile: str) -> str:
        assert old in profile
        return profile.replace(old, new, 1)

    return change


PROFILE_FAULTS: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "no TOML": (_swap("[plant]", "[plant"), ("not_toml", "", "")),
    "an unknown key": (
        _swap('currency = "EUR"', 'curency = "EUR"'),
        ("unknown_key", "plant.curency", "curency"),
    ),
    "an unknown table of the profile": (
        _swap("[constants]", "[constant]"),
        ("unknown_key", "constant", "constant"),
    ),
    "an unknown key of a file": (
        _swap("columns = [", "colums = ["),
        ("unknown_key", "[[read]] 1.colums", "colums"),
    ),
    "an unknown key of a step": (
        _swap('group = { by = ["machine"] }', 'group = { by = ["machine"], sort = "up" }'),
        ("unknown_key", "[[make]] 1.group.sort", "sort"),
    ),
    "an unknown setting": (_swap("daily = 14", "dayly = 14"), ("unknown_key", "horizon.dayly", "14")),
    "a head left out": (_swap('timezone = "Europe/Berlin"', ""), ("missing_value", "plant.timezone", "")),
    "an unknown time zone": (
        _swap("Europe/Berlin", "Europe/Burlin"),
        ("unknown_timezone", "timezone", "Europe/Burlin"),
    ),
    "a word of the wrong kind": (
        _swap('file = "articles.csv"', "file = 7"),
        ("wrong_value", "[[read]] 1.file", "7"),
    ),
    "a list that is none": (
        _swap('numbers = ["Open"]', 'numbers = "Open"'),
        ("wrong_value", "[[read]] 2.numbers", "Open"),
    ),
    "no such decimal mark": (
        _swap('dates = ["Requested"]', 'dates = ["Requested"]\ndecimal = "x"'),
        ("wrong_value", "[[read]] 2.decimal", "x"),
    ),
    "no such encoding": (
        _swap('dates = ["Requested"]', 'dates = ["Requested"]\nencoding = "klingon"'),
        ("wrong_value", "[[read]] 2.encoding", "klingon"),
    ),
    "no source": (_swap('from = "articles"\ngroup', "group"), ("wrong_value", "[[make]] 1", "")),
    "an unknown source": (
        _swap('from = "articles"\ngroup', 'from = "artikles"\ngroup'),
        ("unknown_table", "[[make]] 1.from", "artikles"),
    ),
    "an unknown table joined": (
        _swap('join = [{ table = "articles"', 'join = [{ table = "goods"'),
        ("unknown_table", "[[make]] 3.join", "goods"),
    ),
    "an unknown column joined": (
        _swap('on = ["article"]', 'on = ["item"]'),
        ("unknown_column", "[[make]] 3.join", "item"),
    ),
    "an unknown column grouped": (
        _swap('by = ["machine"]', 'by = ["line"]'),
        ("unknown_column", "[[make]] 1.group", "line"),
    ),
    "an unknown way to aggregate": (
        _swap('by = ["machine"] }', 'by = ["machine"], columns = { most = "most value" } }'),
        ("unknown_word", "[[make]] 1.group", "most value"),
    ),
    "an aggregate of texts": (
        _swap('by = ["machine"] }', 'by = ["machine"], columns = { all = "sum text" } }'),
        ("formula_failed", "", "text"),
    ),
    "a column renamed that is not there": (
        _swap('Text = "text"', 'Txt = "text"'),
        ("missing_column", "Txt", ""),
    ),
    "two columns of one name": (
        _swap('Text = "text"', 'Text = "value"'),
        ("repeated_column", "[[read]] 1.rename", "value"),
    ),
    "a table that instances do not have": (
        _swap('table = "orders"', 'table = "order"'),
        ("unknown_table", "[[fill]] 6.table", "order"),
    ),
    "a column that instances do not have": (
        _swap("unit_value", "unitvalue"),
        ("unknown_column", "[[fill]] 1.columns", "unitvalue"),
    ),
    "no formula": (_swap('"open > 0"', '"open >"'), ("unreadable_formula", "[[read]] 2.where", "open >")),
    "an unknown column in a formula": (
        _swap('"open > 0"', '"opem > 0"'),
        ("unreadable_formula", "[[read]] 2.where", "opem > 0"),
    ),
    "a function as a column": (
        _swap('"open > 0"', '"open > abs"'),
        ("unreadable_formula", "[[read]] 2.where", "open > abs"),
    ),
    "an unknown function": (
        _swap('"2 * value"', '"open(value)"'),
        ("unreadable_formula", "[[fill]] 1.columns.price", "open(value)"),
    ),
    "an attribute": (
        _swap('"2 * value"', '"value.real"'),
        ("unreadable_formula", "[[fill]] 1.columns.price", "value.real"),
    ),
    "a formula that divides by nothing": (
        _swap('"2 * value"', '"value / 0"'),
        ("formula_failed", "", "value / 0"),
    ),
    "a formula of two kinds": (
        _swap('"2 * value"', '"text + value"'),
        ("formula_failed", "", "text + value"),
    ),
    "a formula without end": (
        _swap('"2 * value"', f'"{"(" * 300}"'),
        ("unreadable_formula", "[[fill]] 1.columns.price", "(" * 300),
    ),
    "a table left empty": (
        _swap('[[fill]]\ntable = "items"', '[[fill]]\ntable = "items"\nwhere = "False"'),
        ("unknown_id", "item", "P1"),
    ),
}


@pytest.mark.parametrize("fault", PROFILE_FAULTS)
def test_a_faulty_profile_is_refused(folder: Path, fault: str) -> None:
    change, expected = PROFILE_FAULTS[fault]
    (folder / "profile.toml").write_text(change(PROFILE), encoding="utf-8")
    found = findings(folder)
    assert expected in {(one.code, one.column, one.value) for one in found}
    assert {one.file for one in found} <= {"profile.toml", "articles.csv", "orders.csv"}


@pytest.mark.parametrize("seed", range(150))
def test_no_damage_ends_in_a_traceback(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = folder / rng.choice(["profile.toml", "articles.csv", "orders.csv"])
    data = bytearray(path.read_bytes())
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(data))
        sign = rng.choice([*string.printable.encode(), 0, 0x81, 0xFF])
        if rng.random() < 0.4:
            del data[place : place + rng.randrange(1, 9)]
        elif rng.random() < 0.5:
            data.insert(place, sign)
        else:
            data[place] = sign
    path.write_bytes(bytes(data))
    result = run(folder)
    assert result.exit_code == 0 or isinstance(result.exception, DataError), result.exc_info
    if isinstance(result.exception, DataError):
        assert result.exception.findings
        assert not (folder.parent / "paint").exists()
