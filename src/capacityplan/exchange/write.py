"""Writing an instance: folder, workbook or JSON, so that reading gives the same plant again."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.errors import OutputError
from capacityplan.exchange.atomic import write_file, write_folder
from capacityplan.exchange.cells import Cells, unused
from capacityplan.exchange.contracts import NUMERIC, Column, Kind, Table
from capacityplan.exchange.files_csv import HEAD_FILE
from capacityplan.exchange.files_xlsx import HEAD_SHEET
from capacityplan.exchange.tables import BY_NAME, HEAD, SECTIONS, TABLES
from capacityplan.exchange.texts import number_text, quote, spreadsheet_number

_WIDEST = 40
_BOOK_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write(plant: Plant, path: str | Path) -> None:
    """Write a plant as an instance.

    Parameters
    ----------
    plant : Plant
    path : str or Path
        ``.xlsx``: a workbook; ``.json``: a document; else a folder of ``plant.toml`` and CSV
        files (an instance that stands there is replaced). Nothing is ever left half-written.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        write_file(path, lambda file: _write_bytes(file, plant.to_json() + b"\n"))
    elif path.suffix.lower() == ".xlsx":
        write_file(path, lambda file: _write_workbook(plant, file))
    else:
        write_folder(path, lambda folder: _write_tables(plant, folder), _is_ours)


def write_plan(plan: Plan, path: str | Path) -> None:
    """Write a plan as JSON.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    write_file(Path(path), lambda file: _write_bytes(file, plan.to_json() + b"\n"))


def _is_ours(name: str) -> bool:
    return name == HEAD_FILE or (name.endswith(".csv") and name[:-4] in BY_NAME)


def _write_bytes(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _columns(plant: Plant, table: Table) -> list[Column] | None:
    """Columns of a table that say something; None where the whole table may be left out."""
    rows = getattr(plant, table.name)
    demand = table.name == "orders" and not len(plant.projections)
    if not len(rows) and not table.needed and not demand:
        return None
    return [column for column in table.columns if not unused(plant, table, column)]


def _write_tables(plant: Plant, folder: Path) -> None:
    (folder / HEAD_FILE).write_text(_head_text(plant), encoding="utf-8", newline="\n")
    cells = Cells(Clock(plant.start, plant.timezone), plant)
    for table in TABLES:
        columns = _columns(plant, table)
        if columns is None:
            continue
        texts = [cells.column(table, column) for column in columns]
        # The library does not quote a lone carriage return, which reading takes for a row's end.
        returns = any("\r" in text for column in texts for text in column)
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
            plain = csv.writer(stream, lineterminator="\n")
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL) if returns else plain
            writer.writerow([column.name for column in columns])
            writer.writerows(zip(*texts, strict=True))


def _head_text(plant: Plant) -> str:
    """Write ``plant.toml``."""
    lines = [f"{column.name} = {_toml_text(getattr(plant, column.name))}" for column in HEAD.columns]
    for section in SECTIONS:
        given = [(c.name, getattr(getattr(plant, section.name), c.attribute)) for c in section.columns]
        stated = [f"{name} = {_toml_value(value)}" for name, value in given if value is not None]
        lines += ["", f"[{section.name}]", *stated] if stated else []
    return "\n".join(lines) + "\n"


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Fraction):
        text = number_text(value)
        return _toml_text(text) if "/" in text else text
    return _toml_text(str(value))


def _write_workbook(plant: Plant, file: Path) -> None:
    cells = Cells(Clock(plant.start, plant.timezone), plant)
    try:
        with xlsxwriter.Workbook(str(file), _BOOK_OPTIONS) as book:
            bold = book.add_format({"bold": True})
            _write_head_sheet(plant, cells, book.add_worksheet(HEAD_SHEET), bold)
            for table in TABLES:
                columns = _columns(plant, table)
                if columns is not None:
                    _write_sheet(book.add_worksheet(table.name), table, columns, cells, bold)
    except xlsxwriter.exceptions.XlsxWriterException as error:
        raise OutputError(f"the workbook cannot be written: {error}") from error


def _write_head_sheet(plant: Plant, cells: Cells, sheet: Any, bold: Any) -> None:
    rows = [(HEAD.columns[0], "key", "value")]
    rows += [(column, column.name, getattr(plant, column.name)) for column in HEAD.columns]
    for section in SECTIONS:
        values = getattr(plant, section.name)
        for column in section.columns:
            text = cells.text(column, getattr(values, column.attribute))
            if text:
                rows.append((column, f"{section.name}.{column.name}", text))
    for number, (column, key, value) in enumerate(rows):
        _write_cell(sheet, number, 0, key, Kind.TEXT, bold if not number else None)
        _write_cell(sheet, number, 1, quote(value), column.kind, bold if not number else None)
    _dress(sheet, len(rows), [len("costs.safety_stock_rate_per_day"), 24])


def _write_sheet(sheet: Any, table: Table, columns: list[Column], cells: Cells, bold: Any) -> None:
    rows, widths = 0, []
    for place, column in enumerate(columns):
        texts = cells.column(table, column)
        _write_cell(sheet, 0, place, column.name, Kind.TEXT, bold)
        for number, text in enumerate(texts, start=1):
            if text:
                _write_cell(sheet, number, place, text, column.kind, None)
        rows = len(texts)
        widths.append(max(map(len, (column.name, *texts))) + 2)
    _dress(sheet, rows + 1, widths)


def _write_cell(sheet: Any, row: int, column: int, text: str, kind: Kind, style: Any) -> None:
    """Write a cell; the library reports what it cuts or leaves out only by its return code."""
    number = spreadsheet_number(text) if kind in NUMERIC else None
    if number is None:
        code = sheet.write_string(row, column, text, style)
    else:
        code = sheet.write_number(row, column, number, style)
    if code:
        raise OutputError(
            f"sheet {sheet.get_name()}, row {row + 1}: Excel cannot hold this (too many rows or characters); "
            "write a folder or JSON instead"
        )


def _dress(sheet: Any, rows: int, widths: list[int]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows - 1, len(widths) - 1)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width, _WIDEST))
