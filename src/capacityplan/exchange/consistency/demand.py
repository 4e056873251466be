"""Demand: it can be served, lies in the horizon, and every item has its worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from capacityplan.domain.plant import ItemKind
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import Finding
from capacityplan.exchange.consistency.process import find_cycle
from capacityplan.exchange.contracts import NUMERIC
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.tables import PROJECTIONS
from capacityplan.exchange.texts import FIRST_YEAR, LAST_YEAR

_WARNING = "warning"
_FIRST_DAY, _LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()


def _demanded(draft: Draft) -> set[str]:
    rows = draft.plant.projections
    projected = {rows.names[code] for code in np.unique(rows.item).tolist()}
    planned = draft.names("planning_bills", "item") | draft.names("planning_bills", "option")
    launched = draft.names("launches", "item")
    return (projected | planned | launched | draft.names("orders", "item")) - {""}


def check_sources(draft: Draft) -> Iterator[Finding]:
    """What is demanded can be made or bought."""
    if draft.broken & {"operations", "suppliers", "stock", "receipts"}:
        return
    planning = draft.names("planning_bills", "item")
    sourced = planning | draft.names("operations", "item") | draft.names("suppliers", "item")
    at_hand = draft.names("stock", "item") | draft.names("receipts", "item")
    demanded = _demanded(draft)
    lines = draft.plant.bill_of_materials
    used = {line.component for line in lines if not line.by_product}
    sourced |= {line.component for line in lines if line.by_product}
    for position, row in draft.trusted("items"):
        if row.item in sourced or row.item not in demanded | used or row.kind is ItemKind.SERVICE:
            continue
        only_used = row.item in at_hand or row.item not in demanded
        yield draft.finding("items", position, "item", "no_source",
                            "the item is needed but neither made nor bought",
                            expected="operations or a supplier",
                            severity=_WARNING if only_used else "error")  # fmt: skip


def check_phase_out(draft: Draft) -> Iterator[Finding]:
    """Nothing is demanded after its phase-out, unless it is in service by then (served from stock)."""
    serviced = {row.item for _, row in draft.trusted("life_cycle") if row.phase == "service"}
    items = draft.by_name("items", "item")
    for position, row in draft.trusted("orders"):
        item = items.get(row.item)
        if item is None or item.phase_out is None or row.item in serviced:
            continue
        if row.due > item.phase_out:
            yield draft.finding("orders", position, "due", "after_phase_out",
                                "the order is due after the item's phase-out")  # fmt: skip
    ends = {name: row.phase_out for name, row in items.items() if row.phase_out is not None}
    if not ends or not draft.timed:
        return
    rows = draft.plant.projections
    for code, name in enumerate(rows.names):
        if name in ends and name not in serviced:
            last = draft.clock.ordinal(ends[name] - 1)
            for position in np.flatnonzero((rows.item == code) & (rows.start > last)).tolist():
                yield draft.finding("projections", position, "from", "after_phase_out",
                                    "the projection begins after the item's phase-out")  # fmt: skip


def check_orders(draft: Draft) -> Iterator[Finding]:
    """Orders that are late already are worth a look."""
    if not draft.timed:
        return
    for position, row in draft.trusted("orders"):
        if row.due < 0:
            yield draft.finding("orders", position, "due", "due_before_start",
                                "the order was due before the plan's start", severity=_WARNING)  # fmt: skip


def check_projection_rows(draft: Draft) -> Iterator[Finding]:
    """Projections are numbers in range, end after they begin, and lie in the horizon."""
    rows = draft.plant.projections
    words = PROJECTIONS.column("certainty").choices
    strange = [code for code, name in enumerate(rows.names) if name and name not in words]
    sound = np.ones(len(rows), dtype=bool)
    if (doubtful := draft.suspect.get("projections")) is not None:
        sound = ~doubtful
    faults = (
        (rows.quantity < 0, "quantity", "out_of_range", "the value is out of range"),
        (rows.low < -1, "low", "out_of_range", "the value is out of range"),
        (rows.high < -1, "high", "out_of_range", "the value is out of range"),
        (rows.weight_millionths < 0, "weight", "out_of_range", "the value is out of range"),
        ((rows.start < _FIRST_DAY) | (rows.start > _LAST_DAY), "from", "out_of_range",
         "the date is out of range"),
        (np.isin(rows.certainty, strange), "certainty", "unknown_word", "this word is not known here"),
        (rows.item == 0, "item", "missing_value", "a required cell is empty"),
        (rows.end < rows.start, "to", "dates_out_of_order", "the projection ends before it begins"),
        (rows.end - rows.start > 3660, "to", "out_of_range", "the projection is longer than ten years"),
        ((rows.low >= 0) & (rows.high >= 0) & (rows.low > rows.high), "low", "sizes_out_of_order",
         "the low end is above the high end"),
    )  # fmt: skip
    for wrong, column, code, message in faults:
        for position in np.flatnonzero(wrong & sound).tolist():
            yield draft.finding("projections", position, column, code, message)
    settled = all(value is None or column.kind not in NUMERIC or column.in_range(value)
                  for _, column, value in draft.settings())  # fmt: skip
    if draft.timed and len(rows) and settled:
        yield from _outside_horizon(draft, sound)


def _outside_horizon(
    draft: Draft, sound: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> Iterator[Finding]:
    """One warning for all projections outside: there may be very many."""
    rows = draft.plant.projections
    timeline = Timeline.of(draft.plant)
    first = int(timeline.first_day[0])
    last = int(timeline.first_day[-1] + timeline.days[-1]) - 1
    outside = np.flatnonzero(sound & ((rows.end < first) | (rows.start > last)))
    if len(outside):
        yield draft.finding("projections", int(outside[0]), "from", "outside_horizon",
                            f"{len(outside)} projection(s) lie outside the horizon",
                            severity=_WARNING)  # fmt: skip


def check_quality_classes(draft: Draft) -> Iterator[Finding]:
    """One warning for all orders that ask for a class: no table says which class lots are of."""
    asked = [position for position, row in draft.trusted("orders") if row.quality_class]
    if asked:
        yield draft.finding("orders", asked[0], "quality_class", "quality_class_not_planned",
                            f"{len(asked)} order(s) ask for a quality class, which plans do not tell apart",
                            expected="an item for each class where classes matter",
                            severity=_WARNING)  # fmt: skip


def check_customer_parents(draft: Draft) -> Iterator[Finding]:
    """No customer group belongs to itself."""
    edges = {row.customer: [row.parent] for _, row in draft.trusted("customers") if row.parent}
    cycle = find_cycle(edges)
    for position, row in draft.trusted("customers"):
        if cycle and row.customer == cycle[0]:
            yield draft.finding("customers", position, "parent", "cyclic_parents",
                                "the customer belongs to itself: " + " in ".join(cycle))  # fmt: skip


def check_values_of_items(draft: Draft) -> Iterator[Finding]:
    """Every item has a value and costs something to hold."""
    rate = draft.plant.costs.holding_rate_per_year
    for position, row in draft.trusted("items"):
        if row.kind is ItemKind.SERVICE:
            continue
        if not row.unit_value:
            yield draft.finding("items", position, "unit_value", "no_value", "the item has no value",
                                severity=_WARNING)  # fmt: skip
        elif not (row.unit_value * rate if row.holding_cost_per_day is None else row.holding_cost_per_day):
            yield draft.finding("items", position, "holding_cost_per_day", "no_holding_cost",
                                "holding the item costs nothing", severity=_WARNING)  # fmt: skip


def check_unused_items(draft: Draft) -> Iterator[Finding]:
    """An item that nothing uses may be a slip."""
    used = _demanded(draft) | draft.names("bill_of_materials", "component")
    for position, row in draft.trusted("items"):
        if row.item not in used:
            yield draft.finding("items", position, "item", "unused_item",
                                "nothing demands or consumes the item", severity=_WARNING)  # fmt: skip
