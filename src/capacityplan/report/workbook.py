"""The plan as a workbook: a summary and one filterable sheet per table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter

from capacityplan.errors import OutputError
from capacityplan.exchange.atomic import write_file
from capacityplan.exchange.texts import quote
from capacityplan.report.money import CATEGORY_TEXT
from capacityplan.report.table import Column, Kind, Table, Value, text
from capacityplan.report.tables import Contents

_FORMATS = {
    Kind.INTEGER: "#,##0",
    Kind.QUANTITY: "#,##0.######",
    Kind.MONEY: "#,##0.00",
    Kind.RATE: "#,##0.00####",
    Kind.SHARE: "0.0%",
    Kind.TIME: "ddd yyyy-mm-dd hh:mm",
    Kind.DAY: "ddd yyyy-mm-dd",
    Kind.HOURS: "#,##0.0",
}
_WIDTHS = {Kind.TIME: 20, Kind.DAY: 15}
_WIDEST, _NARROWEST, _SAMPLE = 60, 8, 200
_MOST_ROWS = 1_048_575
_ACCENT = "#1f5f8b"
# Numbers beyond this many digits would lose some in a spreadsheet; they are written as text.
_EXACT_DIGITS = 15


def write_workbook(path: Path, contents: Contents) -> None:
    """Write a workbook of all tables.

    Parameters
    ----------
    path : Path
    contents : Contents

    Raises
    ------
    OutputError
        If the file cannot be written, or a table does not fit a sheet.
    """
    write_file(path, lambda draft: _Workbook(draft, path, contents).write())


class _Workbook:
    def __init__(self, draft: Path, path: Path, contents: Contents) -> None:
        self._path = path
        self._contents = contents
        self._book: Any = xlsxwriter.Workbook(
            str(draft), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        add = self._book.add_format
        self._head = add({
            "bold": True, "font_color": "#ffffff", "bg_color": _ACCENT, "valign": "top", "text_wrap": True,
        })  # fmt: skip
        self._title = add({"bold": True, "font_size": 16, "font_color": _ACCENT})
        self._bold = add({"bold": True})
        self._muted = add({"font_color": "#666666"})
        self._wrap = add({"text_wrap": True, "valign": "top"})
        self._formats = {kind: add({"num_format": code, "align": "right"}) for kind, code in _FORMATS.items()}

    def write(self) -> None:
        self._summary()
        for table in self._contents.tables.values():
            self._sheet(table)
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from error

    def _summary(self) -> None:
        facts = self._contents.facts
        sheet = self._book.add_worksheet("summary")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 1, 20)
        sheet.set_column(2, 2, 14)
        self._put(sheet, 0, 0, f"Production plan of {facts.plant.name}", self._title)
        plan = facts.plan.provenance
        first = facts.time(0)
        assert first is not None
        note = (
            f"Verified: every rule checked, no violation. Plan {plan.plan_id or 'without id'}, "
            f"starting {first:%Y-%m-%d %H:%M} ({facts.plant.timezone})."
        )
        self._put(sheet, 1, 0, note, self._muted)
        row = 3
        for figure in self._contents.figures:
            if figure.name.startswith("cost of "):
                continue
            self._put(sheet, row, 0, figure.name[0].upper() + figure.name[1:])
            if figure.value is None:
                self._put(sheet, row, 1, "not known", self._muted)
            else:
                self._value(sheet, row, 1, figure.value, figure.kind)
            self._put(sheet, row, 2, figure.unit, self._muted)
            row += 1
        row += 1
        self._put(sheet, row, 0, "Cost by category", self._head)
        self._put(sheet, row, 1, f"amount [{facts.currency}]", self._head)
        for category, amount in facts.cost_by_category.items():
            row += 1
            self._put(sheet, row, 0, CATEGORY_TEXT.get(category, category))
            self._value(sheet, row, 1, amount, Kind.MONEY)
        self._put(sheet, row + 1, 0, "Cost of the plan", self._bold)
        self._value(sheet, row + 1, 1, facts.verdict.cost, Kind.MONEY)

    def _sheet(self, table: Table) -> None:
        if len(table.rows) > _MOST_ROWS:
            raise OutputError(f"{self._path}: table {table.name} has more rows than a sheet can hold")
        sheet = self._book.add_worksheet(table.name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(table.columns):
            self._put(sheet, 0, number, column.heading, self._head)
            sheet.set_column(number, number, _width(table, number, column))
        for line, row in enumerate(self._cells(table), start=1):
            for number, (value, kind) in enumerate(row):
                self._value(sheet, line, number, value, kind)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _cells(self, table: Table) -> Iterator[list[tuple[Value, Kind]]]:
        """Values with what they are: the kind of their column, but key figures are of all kinds in one."""
        if table.name == "kpis":
            for figure in self._contents.figures:
                value = "not known" if figure.value is None else figure.value
                yield [(figure.name, Kind.TEXT), (value, figure.kind), (figure.unit, Kind.TEXT)]
            return
        for row in table.rows:
            yield [(value, column.kind) for value, column in zip(row, table.columns, strict=True)]

    def _value(self, sheet: Any, row: int, column: int, value: Value, kind: Kind) -> None:
        if value is None or value == "":
            return
        style = self._formats.get(kind)
        if isinstance(value, str):
            self._put(sheet, row, column, value)
        elif isinstance(value, datetime):
            self._done(sheet.write_datetime(row, column, value, style), value)
        elif isinstance(value, date):
            day = datetime(value.year, value.month, value.day)
            self._done(sheet.write_datetime(row, column, day, self._formats[Kind.DAY]), value)
        elif isinstance(value, Decimal) and len(value.as_tuple().digits) > _EXACT_DIGITS:
            self._put(sheet, row, column, format(value, "f"))
        else:
            exact: Fraction | Decimal | int = value
            self._done(sheet.write_number(row, column, float(exact), style), value)

    def _put(self, sheet: Any, row: int, column: int, value: str, style: Any = None) -> None:
        self._done(sheet.write_string(row, column, quote(value), style), value)

    def _done(self, code: int, value: object) -> None:
        """Believe no write: XlsxWriter cuts long texts and drops far cells with a return code only."""
        if code:
            shown = str(value)[:40]
            raise OutputError(f"{self._path}: a cell could not be written whole ({shown!r}..., code {code})")


def _width(table: Table, number: int, column: Column) -> float:
    if column.kind in _WIDTHS:
        return _WIDTHS[column.kind]
    longest = max((len(text(row[number], column.kind)) for row in table.rows[:_SAMPLE]), default=0)
    heading = max(len(word) for word in column.heading.split())
    return min(_WIDEST, max(_NARROWEST, longest + 2, heading + 4))
