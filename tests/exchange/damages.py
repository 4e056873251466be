"""Damages to the small instance: each table, each column, each kind of damage its contract forbids."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from small_instance import TABLES as TEXTS
from small_instance import grid, write_small

from capacityplan.exchange.contracts import NUMERIC, TEMPORAL, Column, Kind
from capacityplan.exchange.tables import BY_NAME, TABLES


@dataclass(frozen=True)
class Damage:
    """One cell changed, and the finding it must give."""

    table: str
    row: int
    column: str
    cell: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.table}-{self.row}-{self.column}-{self.code}-{self.cell[:12]}"


def cell_damages() -> Iterator[Damage]:
    """Damage every column of every table in every way that its kind can be damaged."""
    for table in TABLES:
        header, *rows = grid(table.name)
        for column in table.columns:
            if column.name in header:
                place = header.index(column.name)
                row = next((number for number, cells in enumerate(rows) if cells[place]), 0)
                for cell, code in _bad_cells(column):
                    yield Damage(table.name, row + 2, column.name, cell, code)


def _bad_cells(column: Column) -> Iterator[tuple[str, str]]:
    if column.required:
        yield "", "missing_value"
    if column.refs:
        yield "nobody", "unknown_id"
    if column.kind in NUMERIC:
        yield from _bad_numbers(column)
    elif column.kind in TEMPORAL or column.kind is Kind.DATE:
        yield from (("31.01.2027", "not_a_date"), ("2027-02-30", "not_a_date"), ("soon", "not_a_date"))
    elif column.kind in (Kind.CHOICE, Kind.BOOL, Kind.WEEKDAY):
        yield "nonsense", "unknown_word"
    elif column.kind is Kind.CLOCK:
        yield from (("25:00", "not_a_time"), ("six", "not_a_time"))
    elif column.kind is Kind.ID:
        yield "x ", "blank_at_end"


def _bad_numbers(column: Column) -> Iterator[tuple[str, str]]:
    yield from (("12a", "not_a_number"), ("1,5", "not_a_number"), ("#DIV/0!", "not_a_number"))
    if column.kind in (Kind.INT, Kind.MINUTES):
        yield "1.5", "not_whole"
    if column.kind is Kind.QUANTITY:
        yield "0.12345", "not_representable"
    if column.low is not None or column.above is not None:
        yield "-1", "out_of_range"
    if column.above is not None:
        yield "0", "out_of_range"
    limit = column.high if column.high is not None else column.below
    if limit is not None:
        yield str(limit + 1), "out_of_range"


def rule(table: str, row: int, column: str, cell: str, code: str) -> Damage:
    """A damage that only another row or table shows."""
    return Damage(table, row, column, cell, code)


CROSS = (
    rule("items", 5, "item", "lamp", "duplicate_key"),
    rule("resources", 6, "resource", "bench", "duplicate_key"),
    rule("orders", 3, "order", "A1", "duplicate_key"),
    rule("receipts", 3, "order", "PO1", "duplicate_key"),
    rule("customers", 3, "customer", "retail", "duplicate_key"),
    rule("inspections", 3, "inspection", "glue_in", "duplicate_key"),
    rule("stock", 4, "lot", "G1", "duplicate_key"),
    rule("locks", 4, "lock", "L1", "duplicate_key"),
    rule("downtime", 3, "downtime", "belt", "duplicate_key"),
    rule("operations", 3, "sequence", "10", "duplicate_sequence"),
    rule("operations", 3, "run_minutes", "2", "batch_with_run_minutes"),
    rule("operations", 3, "min_batch", "21", "sizes_out_of_order"),
    rule("operations", 3, "max_wait_minutes", "10", "sizes_out_of_order"),
    rule("operations", 2, "overlap_quantity", "5", "overlap_of_batches"),
    rule("operations", 3, "overlap_quantity", "5", "overlap_without_next"),
    rule("operations", 4, "overlap_quantity", "5", "overlap_without_next"),
    rule("operations", 8, "overlap_quantity", "5", "overlap_without_next"),
    rule("operation_resources", 3, "run_minutes", "1", "batch_with_run_minutes"),
    rule("operation_resources", 2, "labour_units", "5", "more_than_there_are"),
    rule("operation_resources", 2, "labour", "mould", "wrong_kind"),
    rule("operation_resources", 5, "tool", "crew", "wrong_kind"),
    rule("operation_resources", 3, "resource", "gate", "wrong_kind"),
    rule("operation_pools", 2, "units", "5", "more_than_there_are"),
    rule("operation_pools", 3, "pool", "bench", "wrong_kind"),
    rule("operation_pools", 3, "pool", "crew", "pool_named_twice"),
    rule("operation_pools", 2, "resource", "bench", "unknown_id"),
    rule("operation_pools", 2, "operation", "dry", "unknown_id"),
    rule("operation_resources", 8, "skill", "pakcing", "unknown_id"),
    rule("operation_resources", 2, "skill", "packing", "labour_without_skill"),
    rule("operation_resources", 8, "labour_units", "4", "more_than_there_are"),
    rule("operation_resources", 2, "version", "v9", "unknown_id"),
    rule("operation_resources", 2, "operation", "asemble", "unknown_id"),
    rule("bill_of_materials", 2, "operation", "asemble", "unknown_id"),
    rule("bill_of_materials", 2, "version", "v9", "unknown_id"),
    rule("bill_of_materials", 4, "component", "lamp", "cyclic_bill"),
    rule("resources", 2, "calendar", "", "resource_without_calendar"),
    rule("resources", 5, "energy_kw", "2", "energy_of_no_machine"),
    rule("resources", 4, "cleaning_minutes", "0", "unreadable_campaign"),
    rule("resources", 4, "cleaning_minutes", "751", "unreadable_campaign"),
    rule("resources", 3, "cleaning_minutes", "30", "unreadable_campaign"),
    rule("resources", 3, "campaign_hours_before", "1", "unreadable_campaign"),
    rule("resources", 5, "campaign_max_hours", "9", "unreadable_campaign"),
    rule("resources", 2, "campaign_max_hours", "9", "unreadable_campaign"),
    rule("resources", 5, "calendar", "", "resource_without_calendar"),
    rule("resources", 7, "calendar", "", "resource_without_calendar"),
    rule("resources", 2, "calendar", "extra", "calendar_never_open"),
    rule("resources", 4, "capacity", "2", "group_with_matrix"),
    rule("resources", 9, "resource", "skill:packing", "reserved_name"),
    rule("skills", 2, "resource", "mould", "wrong_kind"),
    rule("skills", 2, "efficiency", "0.9", "efficiency_of_skill"),
    rule("skills", 3, "valid_to", "2026-01-01", "dates_out_of_order"),
    rule("calendars", 2, "weekday", "", "weekday_or_date"),
    rule("calendars", 6, "weekday", "mon", "weekday_or_date"),
    rule("calendars", 3, "valid_to", "2026-01-01", "dates_out_of_order"),
    rule("downtime", 2, "to", "2027-01-05T09:00", "unreadable_downtime"),
    rule("downtime", 2, "to", "", "unreadable_downtime"),
    rule("downtime", 3, "minutes", "0", "unreadable_downtime"),
    rule("downtime", 3, "flexible_to", "2027-01-04T00:30", "unreadable_downtime"),
    rule("downtime", 3, "run_hours_before", "1", "unreadable_downtime"),
    rule("downtime", 4, "from", "2027-01-05T10:00", "unreadable_downtime"),
    rule("downtime", 4, "flexible_to", "2027-01-08", "unreadable_downtime"),
    rule("downtime", 4, "minutes", "0", "unreadable_downtime"),
    rule("downtime", 4, "every_run_hours", "0.49", "unreadable_downtime"),
    rule("downtime", 4, "resource", "lab", "unreadable_downtime"),
    rule("actuals", 2, "operation", "asemble", "unknown_id"),
    rule("actuals", 2, "resource", "benhc", "unknown_id"),
    rule("actuals", 2, "at", "2027-01-04T05:00", "dates_out_of_order"),
    rule("actuals", 4, "object", "lamp", "other_item"),
    rule("locks", 2, "from", "2026-12-30T06:00", "lock_before_start"),
    rule("inspections", 3, "operation", "", "missing_value"),
    rule("inspections", 3, "labour", "", "missing_value"),
    rule("inspections", 2, "skill", "moulding", "skill_without_labour"),
    rule("inspections", 3, "skill", "packing", "labour_without_skill"),
    rule("inspections", 3, "rework_operation", "repiar", "unknown_id"),
    rule("inspections", 4, "lab", "bench", "wrong_kind"),
    rule("inspections", 4, "slots", "4", "more_than_there_are"),
    rule("inspections", 4, "supplier", "chem", "wrong_stage"),
    rule("inspections", 5, "supplier", "chem", "wrong_stage"),
    rule("inspections", 5, "operation", "assemble", "wrong_stage"),
    rule("inspections", 5, "every_lots", "2", "wrong_stage"),
    rule("inspections", 5, "sample_quantity", "1", "wrong_stage"),
    rule("inspections", 5, "reject_fraction", "0.1", "wrong_stage"),
    rule("inspections", 5, "rework_operation", "repair", "wrong_stage"),
    rule("suppliers", 3, "from_quantity", "0", "overlapping_tiers"),
    rule("receipts", 3, "done_quantity", "31", "sizes_out_of_order"),
    rule("receipts", 2, "operation", "press", "unknown_id"),
    rule("receipts", 3, "resource", "press", "not_a_mode"),
    rule("receipts", 3, "operation", "weld", "unknown_id"),
    rule("orders", 2, "ship_from", "bench", "wrong_kind"),
    rule("orders", 2, "due", "2028-06-01", "after_phase_out"),
    rule("projections", 2, "to", "2027-01-01", "dates_out_of_order"),
    rule("projections", 2, "to", "2047-01-01", "out_of_range"),
    rule("projections", 2, "low", "200", "sizes_out_of_order"),
    rule("customers", 2, "parent", "acme", "cyclic_parents"),
    rule("promotions", 2, "to", "2027-01-01", "dates_out_of_order"),
    rule("promotions", 2, "item", "lampe", "unknown_id"),
    rule("promotions", 2, "cannibalises", "lamp", "cannibalises_itself"),
    rule("promotions", 2, "cannibalises", "", "nobody_cannibalised"),
    rule("promotions", 2, "min_uplift", "0.4", "sizes_out_of_order"),
    rule("launches", 2, "date", "2027-01-12", "before_gate"),
    rule("learning", 5, "date", "", "unreadable_step"),
    rule("learning", 2, "item", "lamp", "step_without_launch"),
    rule("learning", 5, "item", "glue", "nothing_to_learn"),
    rule("learning", 4, "operation", "cure", "nothing_to_learn"),
    rule("learning", 4, "operation", "repair", "nothing_to_learn"),
    rule("learning", 4, "operation", "asemble", "unknown_id"),
    rule("launches", 2, "like_item", "lantern", "like_itself"),
    rule("launches", 2, "like_item", "shade", "nothing_to_copy"),
    rule("life_cycle", 2, "safety_stock", "501", "sizes_out_of_order"),
    rule("prices", 2, "elasticity", "8", "negative_demand"),
    rule("market_events", 2, "to", "2027-01-01", "dates_out_of_order"),
    rule("market_events", 2, "effect_fraction", "-1.1", "out_of_range"),
    rule("market_events", 2, "probability", "1.2", "out_of_range"),
    rule("signals", 2, "to", "2027-01-01", "dates_out_of_order"),
    rule("budgets", 2, "to", "2026-12-01", "dates_out_of_order"),
    rule("budgets", 2, "reserve_from", "", "missing_value"),
    rule("budgets", 2, "reserve_rule", "open", "reserve_not_dated"),
    rule("budgets", 2, "priority", "", "missing_value"),
    rule("budgets", 3, "category", "all", "counted_twice"),
    rule("budgets", 3, "category", "overtime", "counted_twice"),
    rule("tariffs", 2, "calendar", "extra", "calendar_never_open"),
    rule("market", 2, "to", "2026-12-01", "dates_out_of_order"),
    rule("market", 3, "from", "2027-01-31", "counted_twice"),
    rule("market", 3, "family", "lightning", "unknown_id"),
    rule("complaints", 2, "quantity", "0", "missing_value"),
    rule("complaints", 3, "lot", "WO1", "other_item"),
    rule("spending", 2, "item", "", "missing_value"),
    rule("targets", 2, "to", "2026-12-01", "dates_out_of_order"),
    rule("planning_bills", 2, "fraction", "0.8", "shares_not_one"),
    rule("planning_bills", 3, "option", "lights", "planning_item"),
    rule("orders", 3, "item", "lights", "planning_item"),
    rule("history", 2, "to", "2026-12-01", "dates_out_of_order"),
    rule("locks", 2, "object", "WO1", "unreadable_object"),
    rule("locks", 2, "object", "WO1/weld", "unknown_id"),
    rule("locks", 3, "object", "ovn", "unknown_id"),
    rule("locks", 4, "object", "A9", "unknown_id"),
    rule("locks", 5, "object", "shade_rad", "unknown_id"),
    rule("items", 2, "max_lot", "5", "sizes_out_of_order"),
    rule("items", 2, "max_stock", "1", "sizes_out_of_order"),
    rule("items", 3, "min_remaining_life_days", "90", "sizes_out_of_order"),
    rule("items", 2, "phase_out", "2026-06-01", "dates_out_of_order"),
    rule("items", 2, "salvage_value", "1000", "unbounded"),
)  # fmt: skip
"""Damages that only another row or table shows."""


def damaged(folder: Path, damage: Damage) -> Path:
    """Write the small instance with one cell changed."""
    write_small(folder)
    rows = grid(damage.table)
    rows[damage.row - 1][rows[0].index(damage.column)] = damage.cell
    with (folder / f"{damage.table}.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return folder


STRUCTURE = {
    "unknown_column": lambda text: _insert(text, "colour"),
    "duplicate_column": lambda text: _insert(text, text.split(",", 1)[0]),
    "ragged_row": lambda text: text.replace("\n", "\n,", 1) if text.count("\n") > 1 else f"{text},",
    "not_utf8": lambda text: text.encode() + b"\xff\n",
    "unclosed": lambda text: text + '"',
    "stray": lambda text: text.replace("\n", '\nx"y,"z', 1),
    "control_character": lambda text: text + "\0",
    "empty_file": lambda text: "",
}
ROW_OF = {"stray": 2, "unknown_column": 1, "duplicate_column": 1, "ragged_row": 2, "empty_file": 1}
CODE_OF = {"unclosed": "ragged_row", "stray": "ragged_row"}


def _insert(text: str, name: str) -> str:
    head, *rest = text.splitlines()
    return "\n".join([f"{head},{name}", *(f"{line},1" for line in rest)]) + "\n"


def last_row(table: str) -> int:
    """Row after the last one of a table: where text that is appended stands."""
    return len(TEXTS[table].splitlines()) + 1


__all__ = [
    "BY_NAME",
    "CODE_OF",
    "CROSS",
    "ROW_OF",
    "STRUCTURE",
    "Damage",
    "cell_damages",
    "damaged",
    "last_row",
]
