"""Projections of two plants side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from capacityplan.domain.plant import Item, ItemKind, Plant
from capacityplan.domain.projections import Projections
from capacityplan.report.compare import InputChange, input_changes
from capacityplan.report.compare_projections import projection_changes

FIRST = 740_000
_KINDS = {"weight_millionths": 10**6, "low": -1, "high": -1}


def projected(*rows: dict[str, Any]) -> Projections:
    """Projections of rows with texts for item, segment and stream."""
    names = [""]
    columns: dict[str, list[int]] = {name: [] for name in (
        "item", "start", "end", "quantity", "stream", "segment", "certainty", "weight_millionths", "low",
        "high", "author", "dated",
    )}  # fmt: skip
    for row in rows:
        for name, column in columns.items():
            value = row.get(name, _KINDS.get(name, 0))
            if isinstance(value, str):
                names += [value] if value not in names else []
                value = names.index(value)
            column.append(value)
    return Projections(names, **columns)


def plant(*rows: dict[str, Any], precision: int = 0) -> Plant:
    """A plant that sells two things."""
    items = (
        Item("tea", ItemKind.FINISHED, unit="kg", precision=precision), Item("cup", ItemKind.FINISHED),
    )  # fmt: skip
    return Plant("shop", "2027-01-04T00:00", "UTC", "EUR", items=items, projections=projected(*rows))


def row(item: str, quantity: int, day: int = 0, **others: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity, "start": FIRST + day, "end": FIRST + day, **others}


def test_quantities_are_told_by_item_segment_and_stream_the_largest_change_first() -> None:
    before = plant(
        row("tea", 100, segment="shops"), row("tea", 50, 1, segment="shops"), row("cup", 7, stream="sales"),
        row("cup", 9, segment="old"),
    )  # fmt: skip
    after = plant(
        row("cup", 10, stream="sales"), row("tea", 100, segment="shops"), row("tea", 90, 1, segment="shops"),
        row("cup", 20, segment="new"),
    )  # fmt: skip
    assert list(projection_changes(before, after)) == [
        ("tea/shops", "quantity 150 to 190"),
        ("cup/new", "new, quantity 20"),
        ("cup/old", "removed, quantity 9"),
        ("cup/sales", "quantity 7 to 10"),
    ]
    assert InputChange("projections", "cup/new", "new, quantity 20") in input_changes(before, after)


def test_the_same_quantity_may_come_on_other_days_or_be_less_certain() -> None:
    before = plant(row("tea", 100), row("cup", 5), row("cup", 5))
    moved = plant(row("tea", 60), row("tea", 40, 3), row("cup", 5), row("cup", 5))
    assert list(projection_changes(before, moved)) == [("tea", "quantity 100 on other days")]
    doubted = plant(row("tea", 100, weight_millionths=500_000), row("cup", 5), row("cup", 5))
    assert list(projection_changes(before, doubted)) == [
        ("tea", "other weights, ranges, certainty or authors"),
    ]


def test_the_order_of_rows_and_the_precision_of_an_item_are_no_change() -> None:
    before = plant(row("tea", 100, low=80, high=120), row("cup", 5))
    finer = plant(row("cup", 5), row("tea", 10_000, low=8_000, high=12_000), precision=2)
    assert list(projection_changes(before, finer)) == []
    assert list(projection_changes(before, replace(before, projections=Projections.empty()))) == [
        ("tea", "removed, quantity 100"), ("cup", "removed, quantity 5"),
    ]  # fmt: skip
