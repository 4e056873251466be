"""Values on their own: ranges, texts, dates in order, keys that occur once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from typing import Any

from capacityplan.errors import Finding
from capacityplan.exchange.contracts import NUMERIC, TEMPORAL, TEXTUAL, Column, Kind
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.tables import BY_NAME, TABLES
from capacityplan.exchange.texts import FIRST_YEAR, LAST_YEAR, did_you_mean, number_text

_ROW_TABLES = tuple(table for table in TABLES if table.row is not None)
_MOST_MINUTES = 500 * 366 * 1440
_FIRST_DAY, _LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
_LARGEST = 10**15
_ORDERED = (
    ("bill_of_materials", "valid_from", "valid_to"),
    ("suppliers", "valid_from", "valid_to"),
    ("skills", "valid_from", "valid_to"),
    ("promotions", "start", "end"),
    ("market_events", "start", "end"),
    ("locks", "start", "end"),
    ("items", "phase_in", "phase_out"),
)
_DAYS = (
    ("calendars", "valid_from", "valid_to"),
    ("planning_bills", "valid_from", "valid_to"),
    ("signals", "start", "end"),
    ("history", "start", "end"),
    ("market", "start", "end"),
    ("budgets", "start", "end"),
    ("targets", "start", "end"),
    ("actuals", "start", "at"),
)


def check_plant(draft: Draft) -> Iterator[Finding]:
    """The currency is an ISO code."""
    currency = draft.plant.currency
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        yield draft.setting("currency", currency, "not_a_currency", "this is not a currency code", "like EUR")


def check_settings(draft: Draft) -> Iterator[Finding]:
    """Settings are in range, and the window is no longer than the daily buckets."""
    for key, column, value in draft.settings():
        if value is not None and column.kind in NUMERIC and not column.in_range(value):
            text = number_text(value)
            yield draft.setting(key, text, "out_of_range", "the number is out of range", column.range_text())
    horizon = draft.plant.horizon
    if horizon.schedule_days > horizon.daily >= 1:
        days = str(horizon.schedule_days)
        yield draft.setting("horizon.schedule_days", days, "out_of_range",
                            "more days to the minute than there are daily buckets",
                            f"at most {horizon.daily}")  # fmt: skip


def check_ranges(draft: Draft) -> Iterator[Finding]:
    """Numbers, dates and instants are in range."""
    for table in _ROW_TABLES:
        for column in table.columns:
            found = _different(draft, table.name, column)
            faults = {
                value: fault for value in found if value is not None and (fault := _outside(column, value))
            }
            for position, row in draft.trusted(table.name) if faults else ():
                if expected := faults.get(getattr(row, column.attribute)):
                    yield draft.finding(table.name, position, column.name, "out_of_range",
                                        "the value is out of range", expected=expected)  # fmt: skip


def _different(draft: Draft, table: str, column: Column) -> set[Any]:
    """Different values of a column: there are few even where rows are many, so only these are judged."""
    return set(map(attrgetter(column.attribute), getattr(draft.plant, table)))


def _outside(column: Column, value: Any) -> str:
    """Say what range a value leaves, empty if it is inside."""
    if column.kind in NUMERIC or column.kind in (Kind.WEEKDAY, Kind.CLOCK):
        if not column.in_range(value):
            return column.range_text()
        return "" if abs(value) <= _LARGEST else f"at most {_LARGEST}"
    if column.kind in TEMPORAL:
        return "" if abs(value) <= _MOST_MINUTES else "a date near the plant's start"
    if column.kind is Kind.DATE:
        inside = _FIRST_DAY <= value <= _LAST_DAY
        return "" if inside else f"a date from {FIRST_YEAR} to {LAST_YEAR}"
    return ""


def check_texts(draft: Draft) -> Iterator[Finding]:
    """Required names are there, words are known, no text has a NUL character."""
    for table in _ROW_TABLES:
        for column in table.columns:
            if column.kind not in TEXTUAL and not column.choices:
                continue
            found = _different(draft, table.name, column)
            if not any(_is_faulty(table.name, column, text) for text in found):
                continue
            for position, row in draft.trusted(table.name):
                text = getattr(row, column.attribute)
                if _is_faulty(table.name, column, text):
                    yield from _text_faults(draft, table.name, column, position, text)


def _is_faulty(table: str, column: Column, text: str) -> bool:
    missing = not text and (column.required or column.name == BY_NAME[table].numbered)
    return missing or "\0" in text or bool(column.choices and text not in column.choices)


def _text_faults(draft: Draft, table: str, column: Column, position: int, text: str) -> Iterator[Finding]:
    if not text and (column.required or column.name == BY_NAME[table].numbered):
        yield draft.finding(table, position, column.name, "missing_value", "a required cell is empty")
    if "\0" in text:
        yield draft.finding(table, position, column.name, "control_character", "the text has a NUL character")
    if column.choices and text not in column.choices:
        hint = did_you_mean(text, list(column.choices))
        yield draft.finding(table, position, column.name, "unknown_word", "this word is not known here",
                            expected="one of " + ", ".join(column.choices), hint=hint)  # fmt: skip


def check_dates(draft: Draft) -> Iterator[Finding]:
    """What begins ends later."""
    for table, first, last in _ORDERED:
        for position, row in draft.trusted(table):
            begin, end = getattr(row, first), getattr(row, last)
            if begin is not None and end is not None and end <= begin:
                yield draft.finding(table, position, last, "dates_out_of_order",
                                    "the end is not after the beginning")  # fmt: skip
    for table, first, last in _DAYS:
        for position, row in draft.trusted(table):
            begin, end = getattr(row, first), getattr(row, last)
            if begin is not None and end is not None and end < begin:
                yield draft.finding(table, position, last, "dates_out_of_order",
                                    "the end is before the beginning")  # fmt: skip


def check_duplicates(draft: Draft) -> Iterator[Finding]:
    """No two rows have the same key."""
    for table in _ROW_TABLES:
        if not table.key or table.name == "suppliers":
            continue
        fields = [table.column(name).attribute for name in table.key]
        keys = set(map(attrgetter(*fields), getattr(draft.plant, table.name)))
        if len(keys) == len(getattr(draft.plant, table.name)):
            continue
        seen: dict[tuple[Any, ...], int] = {}
        for position, row in draft.trusted(table.name):
            key = tuple(getattr(row, field) for field in fields)
            if not key[0]:
                continue
            if key in seen:
                lines = draft.rows.get(table.name)
                first = seen[key] + 1 if lines is None else int(lines[seen[key]])
                yield draft.finding(table.name, position, table.key[0], "duplicate_key",
                                    f"the same key stands in row {first} already",
                                    expected="one row for each " + ", ".join(table.key))  # fmt: skip
            else:
                seen[key] = position
