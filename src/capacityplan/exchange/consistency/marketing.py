"""Marketing's tables: what they say can be, and means something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import Market
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.texts import did_you_mean, number_text

_WARNING = "warning"
_MILLION = 1_000_000


def _projected(draft: Draft) -> set[str]:
    rows = draft.plant.projections
    return {rows.names[code] for code in np.unique(rows.item).tolist()} - {""}


def check_promotions(draft: Draft) -> Iterator[Finding]:
    """A promotion lifts something, takes from another item, and its smallest uplift is not its largest."""
    projected = _projected(draft) | draft.names("launches", "item")
    for position, row in draft.trusted("promotions"):
        if row.item not in projected and "projections" not in draft.broken:
            yield draft.finding(
                "promotions",
                position,
                "item",
                "nothing_to_lift",
                "nobody projects sales of this item",
                severity=_WARNING,
                expected="an item with projections",
            )
        if row.cannibalises and row.cannibalises == row.item:
            yield draft.finding(
                "promotions",
                position,
                "cannibalises",
                "cannibalises_itself",
                "a promotion cannot take from its own item",
                expected="another item",
            )
        if row.cannibal_fraction and not row.cannibalises:
            yield draft.finding(
                "promotions",
                position,
                "cannibalises",
                "nobody_cannibalised",
                "it is not said which item loses",
                expected="an item in cannibalises",
            )
        if row.min_uplift is not None and row.min_uplift > row.uplift_fraction:
            yield draft.finding(
                "promotions",
                position,
                "min_uplift",
                "sizes_out_of_order",
                "the smallest uplift is above the uplift",
                expected=f"at most {number_text(row.uplift_fraction)}",
            )


def check_launches(draft: Draft) -> Iterator[Finding]:
    """A launch is not before its gate, is about one item, and has one date if it is approved."""
    first: dict[str, str] = {}
    approved: set[tuple[str, str]] = set()
    projected = _projected(draft)
    for position, row in draft.trusted("launches"):
        if row.gate is not None and row.date < row.gate:
            yield draft.finding(
                "launches",
                position,
                "date",
                "before_gate",
                "the launch is before its gate",
                expected="a date from the gate on",
            )
        if row.item != first.setdefault(row.launch, row.item):
            yield draft.finding(
                "launches",
                position,
                "item",
                "several_items",
                "the rows of a launch are about one item",
                expected=first[row.launch],
            )
        if row.status == "approved" and (row.item, row.segment) in approved:
            yield draft.finding(
                "launches",
                position,
                "date",
                "several_dates",
                "the item has an approved launch already",
                expected="one date, or the status proposed",
            )
        if row.status == "approved":
            approved.add((row.item, row.segment))
        if row.like_item == row.item:
            yield draft.finding(
                "launches",
                position,
                "like_item",
                "like_itself",
                "an item does not sell like itself",
                expected="another item",
            )
        elif row.like_item and row.like_item not in projected and "projections" not in draft.broken:
            yield draft.finding(
                "launches",
                position,
                "like_item",
                "nothing_to_copy",
                "nobody projects sales of this item",
                expected="an item with projections",
            )


def check_prices(draft: Draft) -> Iterator[Finding]:
    """An elasticity has a price to refer to, and no price makes demand negative."""
    items = draft.by_name("items", "item")
    for position, row in draft.trusted("prices"):
        if not row.elasticity or row.item not in items:
            continue
        own = items[row.item].price
        if not own:
            yield draft.finding(
                "prices",
                position,
                "elasticity",
                "no_reference_price",
                "the item has no price that the change could refer to",
                expected="a price in items",
            )
        elif 1 + row.elasticity * (row.price - own) / own < 0:
            yield draft.finding(
                "prices",
                position,
                "elasticity",
                "negative_demand",
                "at this price the elasticity makes demand negative",
                expected=f"at least {_lowest(row.price, own)}" if row.price > own else "less",
            )


def _lowest(price: Fraction, own: Fraction) -> str:
    return number_text(-own / (price - own))


def check_market_events(draft: Draft) -> Iterator[Finding]:
    """No event takes more than all demand."""
    for position, row in draft.trusted("market_events"):
        if row.effect_fraction < -1:
            yield draft.finding(
                "market_events",
                position,
                "effect_fraction",
                "out_of_range",
                "more than all demand cannot be lost",
                expected="at least -1",
            )


def check_planning_bills(draft: Draft) -> Iterator[Finding]:
    """The options' shares of a planning item add up to one on every day; planning items are not made."""
    planning = draft.names("planning_bills", "item")
    lines: dict[str, list[tuple[int, Fraction, int, int]]] = defaultdict(list)
    for position, row in draft.trusted("planning_bills"):
        begin = 0 if row.valid_from is None else row.valid_from
        end = 10**7 if row.valid_to is None else row.valid_to
        lines[row.item].append((position, row.fraction, begin, end))
        if row.option in planning:
            yield draft.finding(
                "planning_bills",
                position,
                "option",
                "planning_item",
                "an option cannot be a planning item itself",
                expected="an item that is made",
            )
    if not draft.whole("planning_bills"):
        return
    for rows in lines.values():
        for position, _, day, _ in sorted(rows, key=lambda line: line[2]):
            total = sum((share for _, share, begin, end in rows if begin <= day <= end), Fraction(0))
            if total != 1:
                yield draft.finding(
                    "planning_bills",
                    position,
                    "fraction",
                    "shares_not_one",
                    f"the shares add up to {number_text(total)}",
                    expected="1 on every day",
                )
                break
    for table in ("orders", "operations"):
        for position, row in draft.trusted(table):
            if row.item in planning:
                yield draft.finding(
                    table,
                    position,
                    "item",
                    "planning_item",
                    "a planning item is only projected",
                    expected="one of its options",
                )


def check_history(draft: Draft) -> Iterator[Finding]:
    """History is past."""
    first = draft.clock.start.toordinal()
    for position, row in draft.trusted("history"):
        if draft.timed and row.end >= first:
            yield draft.finding(
                "history",
                position,
                "to",
                "not_past",
                "the plan begins before this is over",
                severity=_WARNING,
            )


def check_market(draft: Draft) -> Iterator[Finding]:
    """A market is of a family that items have, and nothing of it is counted twice."""
    families = draft.names("items", "family")
    parents = {row.customer: row.parent for row in draft.plant.customers}
    lines = {name: _line(parents, name) for name in parents} | {"": []}
    before: list[Market] = []
    for position, row in sorted(draft.trusted("market"), key=lambda one: (one[1].start, one[0])):
        if row.family and row.family not in families and "items" not in draft.broken:
            yield draft.finding("market", position, "family", "unknown_id", "no item is of this family",
                                hint=did_you_mean(row.family, sorted(families)))  # fmt: skip
        before = [other for other in before if row.start <= other.end]
        for other in before:
            family = "" in (row.family, other.family) or row.family == other.family
            above = other.segment in ("", *lines.get(row.segment, []))
            below = row.segment in ("", *lines.get(other.segment, []))
            if family and (above or below):
                yield draft.finding("market", position, "from", "counted_twice",
                                    "another row of this market has some of these days",
                                    expected="other days, another family or another segment")  # fmt: skip
                break
        before.append(row)


def _line(parents: dict[str, str], name: str) -> list[str]:
    """A segment and all above it."""
    line: list[str] = []
    while name and name not in line:
        line.append(name)
        name = parents.get(name, "")
    return line


def check_weights(draft: Draft) -> Iterator[Finding]:
    """Streams that project the same share one demand: their weights should not add up to more than one."""
    rows = draft.plant.projections
    if "projections" in draft.broken or len(np.unique(rows.stream)) < 2:
        return
    keys = np.stack([rows.item, rows.segment, rows.start, rows.end])
    _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    total = np.bincount(group, weights=rows.weight_millionths)
    streams = np.unique(np.stack([group, rows.stream]), axis=1)[0]
    several = np.bincount(streams, minlength=len(total)) > 1
    heavy = np.flatnonzero(several & (total > _MILLION + 1))
    if len(heavy):
        position = int(first[heavy].min())
        yield draft.finding(
            "projections",
            position,
            "weight",
            "weights_over_one",
            f"the streams' weights add up to more than one ({len(heavy)} time(s))",
            expected="weights of all streams together at most 1",
            severity=_WARNING,
        )
