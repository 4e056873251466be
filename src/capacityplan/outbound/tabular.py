"""Files of a layout: rows from orders, cells from formulas, CSV or workbook without any formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from capacityplan.errors import DataError, Finding, OutputError
from capacityplan.exchange.mapping.formulas import Formula
from capacityplan.exchange.texts import number_text, quote, spreadsheet_number
from capacityplan.outbound.changes import Told
from capacityplan.outbound.layout import Layout, LayoutFile, formula
from capacityplan.outbound.orders import Order

_BOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""A workbook states when it was made; a fixed moment keeps equal exports equal."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as texts: its header and rows; ``numeric`` marks the cells that are numbers."""

    name: str
    entry: LayoutFile
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What every row of an export may say beside its order."""

    plan: str
    currency: str
    timezone: str
    settings: Mapping[str, str]


def sheets(layout: Layout, told: Sequence[Told], facts: Facts, file: str) -> list[Sheet]:
    """Make the files of a layout.

    Raises
    ------
    DataError
        If a formula of the layout fails for a row.
    """
    return [_sheet(layout, part, told, facts, file) for entry in layout.file for part in _parts(entry)]


def _parts(entry: LayoutFile) -> list[LayoutFile]:
    """Cut a file with ``{action}`` in its name into one for each action."""
    if "{action}" not in entry.name:
        return [entry]
    return [
        entry.model_copy(update={"name": entry.name.replace("{action}", action), "actions": [action]})
        for action in entry.actions
    ]


def _sheet(layout: Layout, entry: LayoutFile, told: Sequence[Told], facts: Facts, file: str) -> Sheet:
    columns = {
        name: formula(layout, entry, source) for name, source in (entry.columns or entry.fields).items()
    }
    keep = formula(layout, entry, entry.where) if entry.where else None
    rows: list[tuple[str, ...]] = []
    numeric: list[tuple[bool, ...]] = []
    for cells in _rows(entry, told, facts):
        if keep is not None and not _value(keep, cells, file, entry, "where"):
            continue
        values = [_value(column, cells, file, entry, name) for name, column in columns.items()]
        if entry.columns:
            rows.append(tuple(_text(value, entry) for value in values))
            numeric.append(tuple(isinstance(value, Fraction) for value in values))
            continue
        for name, value in zip(columns, values, strict=True):
            if text := _text(value, entry):
                rows.append((_text(cells["key"], entry), name, text))
                numeric.append((False, False, isinstance(value, Fraction)))
    header = tuple(map(quote, columns)) if entry.columns else ("EXTPLNUM", "FIELD", "VALUE")
    return Sheet(entry.name, entry, header, tuple(rows), tuple(numeric))


def _value(source: Formula, cells: Mapping[str, Any], file: str, entry: LayoutFile, name: str) -> Any:
    try:
        return source(cells)
    except ValueError as error:
        message = f"the formula fails ({error})"
        hint = f"at the order {cells['key']}"
        raise DataError(
            (Finding("formula_failed", message, file, entry.name, None, name, hint=hint),)
        ) from None


def _text(value: Any, entry: LayoutFile) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Fraction):
        return number_text(value).replace(".", entry.decimal)
    if isinstance(value, date):
        return value.strftime(entry.times if isinstance(value, datetime) else entry.dates)
    return quote(str(value))


def _rows(entry: LayoutFile, told: Iterable[Told], facts: Facts) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(facts.timezone)
    kinds = {"production": ("production",), "progress": ("progress",), "purchases": ("purchase",)}
    wanted = kinds.get(entry.rows, ("production", "progress", "purchase"))
    number = 0
    for row in told:
        if row.action not in entry.actions or row.order.kind not in wanted:
            continue
        number += 1
        cells = {**facts.settings, **_order_cells(row, facts, zone, number)}
        if entry.rows == "steps":
            yield from _step_cells(cells, row.order, zone)
        elif entry.rows == "components":
            yield from _component_cells(cells, row.order)
        elif entry.rows == "changes":
            yield from _change_cells(cells, row)
        else:
            yield cells


def _order_cells(row: Told, facts: Facts, zone: ZoneInfo, number: int) -> dict[str, Any]:
    order = row.order
    amount = None if order.price is None else order.price * order.quantity
    return {
        "key": order.key, "id": order.id, "item": order.item, "description": order.description,
        "version": order.version, "unit": order.unit, "quantity": order.quantity,
        "start": order.start, "end": order.end, "start_day": order.start.date(), "end_day": order.end_day,
        "start_utc": utc(order.start, zone), "end_utc": utc(order.end, zone), "action": row.action,
        "plan": facts.plan, "currency": facts.currency, "number": Fraction(number), "kind": order.kind,
        "supplier": order.supplier, "price": order.price, "amount": amount, "created": order.created,
    }  # fmt: skip


def utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Turn local time into universal time (naive, as files of other systems want it)."""
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _step_cells(cells: dict[str, Any], order: Order, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(order.steps, start=1):
        yield cells | {
            "operation": step.operation, "sequence": Fraction(step.sequence), "resource": step.resource,
            "step": Fraction(number), "step_quantity": step.quantity, "step_start": step.start,
            "step_end": step.end, "step_start_utc": utc(step.start, zone),
            "step_end_utc": utc(step.end, zone),
        }  # fmt: skip


def _component_cells(cells: dict[str, Any], order: Order) -> Iterator[dict[str, Any]]:
    for part in order.components:
        yield cells | {
            "component": part.item, "component_quantity": part.quantity, "component_unit": part.unit,
            "operation": part.operation, "needed": part.needed.date(),
        }  # fmt: skip


def _change_cells(cells: dict[str, Any], row: Told) -> Iterator[dict[str, Any]]:
    for field, before, after in row.differences or (("", "", ""),):
        yield cells | {"field": field, "before": before, "after": after}


def csv_bytes(sheet: Sheet) -> bytes:
    """Write a file as CSV."""
    out = io.StringIO()
    end = "\r\n" if sheet.entry.line_end == "crlf" else "\n"
    returns = any("\r" in cell for row in sheet.rows for cell in row)
    writer = csv.writer(out, delimiter=sheet.entry.separator, lineterminator=end,
                        quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL)  # fmt: skip
    writer.writerow(sheet.header)
    writer.writerows(sheet.rows)
    return out.getvalue().encode("utf-8")


def workbook_bytes(sheet: Sheet) -> bytes:
    """Write a file as a workbook of one sheet; every text is a text, whatever it looks like.

    Raises
    ------
    OutputError
        If Excel cannot hold it.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {**_BOOK, "in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        page = book.add_worksheet()
        codes = [page.write_string(0, place, name) for place, name in enumerate(sheet.header)]
        for line, (row, numeric) in enumerate(zip(sheet.rows, sheet.numeric, strict=True), start=1):
            for place, (cell, is_number) in enumerate(zip(row, numeric, strict=True)):
                plain = cell.replace(sheet.entry.decimal, ".")
                number = spreadsheet_number(plain) if is_number else None
                if number is not None:
                    codes.append(page.write_number(line, place, number))
                elif cell:
                    codes.append(page.write_string(line, place, cell))
    if any(codes):
        raise OutputError(f"{sheet.name}: Excel cannot hold this many rows or characters; write CSV")
    return out.getvalue()
