"""Bills of material: alternatives that can be chosen between, by-products that can come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import BomLine, Stage
from capacityplan.domain.recipes import MOST_LINES, MOST_RECIPES, is_planned, mixes
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft

_TABLE = "bill_of_materials"

_Placed = tuple[int, BomLine]
_Bill = dict[str, list[_Placed]]
"""Lines with their positions, by operation."""


def check_shares(draft: Draft) -> Iterator[Finding]:
    """A share is that of an alternative, and alternatives have no time of their own."""
    for position, row in draft.trusted(_TABLE):
        if row.share != 1 and not row.alternative:
            yield draft.finding(_TABLE, position, "share", "share_without_alternative",
                                "a share says how much of a group of alternatives a line may be",
                                expected="a name in `alternative`, or an empty cell")  # fmt: skip
        kind = "an alternative" if row.alternative else "a by-product" if row.by_product else ""
        for column in ("valid_from", "valid_to"):
            if kind and getattr(row, column) is not None:
                yield draft.finding(_TABLE, position, column, "not_supported",
                                    f"{kind} that holds for a time only cannot be planned with",
                                    expected="an empty cell")  # fmt: skip
        if row.by_product and row.alternative:
            yield draft.finding(_TABLE, position, "alternative", "by_product_alternative",
                                "a by-product comes out of every lot", expected="an empty cell")  # fmt: skip


def check_rework(draft: Draft) -> Iterator[Finding]:
    """Rework takes no components: none are bought or made for rejects."""
    rework = {(row.item, row.rework_operation) for row in draft.plant.inspections if row.rework_operation}
    for position, row in draft.trusted(_TABLE):
        if (row.item, row.operation) in rework and not row.by_product:
            yield draft.finding(_TABLE, position, "operation", "not_supported",
                                "components of rework cannot be planned with",
                                expected="an operation of the routing",
                                hint="let the operation that is inspected take the component, in the "
                                "share of what it rejects")  # fmt: skip


def check_by_products(draft: Draft) -> Iterator[Finding]:
    """A by-product comes out of a last operation, and is free as it comes."""
    placed = [(at, row) for at, row in draft.trusted(_TABLE) if row.by_product]
    if not placed:
        return
    lookup = Lookup(replace(draft.plant, bill_of_materials=(), learning=()))
    for position, row in placed:
        versions = [one for one in lookup.versions.get(row.item, ()) if row.version in ("", one)]
        routings = [lookup.routings[row.item, one] for one in versions if (row.item, one) in lookup.routings]
        last = {routing[-1].operation for routing in routings}
        if not last:
            yield draft.finding(_TABLE, position, "item", "no_source",
                                "nothing comes out of an item that is not made",
                                expected="operations of the item")  # fmt: skip
        elif row.operation and last != {row.operation}:
            yield draft.finding(_TABLE, position, "operation", "not_the_last_operation",
                                "a by-product comes out of the last operation",
                                expected=" or ".join((*sorted(last), "an empty cell")))  # fmt: skip
        for stage in (Stage.FINAL, Stage.VALIDATION):
            for inspection in lookup.inspections(stage, row.component):
                yield draft.finding(_TABLE, position, "component", "inspected_by_product",
                                    f"{inspection.inspection} inspects what comes out of lots of the item, "
                                    "a by-product is free as it comes",
                                    expected="an item without final inspections")  # fmt: skip


def check_alternatives(draft: Draft) -> Iterator[Finding]:
    """Every group of alternatives can meet its requirement, in few enough ways."""
    told: set[tuple[int, str]] = set()
    for bill in _bills(draft):
        for position, column, code, message, expected in (*_group_faults(bill), *_bill_faults(bill)):
            # A line without a version is in the bills of all; it is told of once.
            if (position, code) not in told:
                told.add((position, code))
                yield draft.finding(_TABLE, position, column, code, message, expected=expected)


def _group_faults(bill: _Bill) -> Iterator[tuple[int, str, str, str, str]]:
    for operation, placed in bill.items():
        groups: dict[str, list[_Placed]] = defaultdict(list)
        for position, line in placed:
            if line.alternative:
                groups[line.alternative].append((position, line))
        for name, group in groups.items():
            last, _ = group[-1]
            seen: set[str] = set()
            for position, line in group:
                if line.component in seen:
                    message = f"{line.component} is in {name} of {operation} already"
                    yield position, "component", "duplicate_alternative", message, "every component once"
                seen.add(line.component)
            shares = [line.share for _, line in group]
            if len(group) > MOST_LINES:
                yield (last, "alternative", "too_many_alternatives",
                       f"{name} of {operation} has {len(group)} lines", f"at most {MOST_LINES}")  # fmt: skip
            elif not mixes(shares):
                yield (last, "share", "shares_too_small",
                       f"the shares in {name} of {operation} add up to {float(sum(shares) * 100):g} %",
                       "100 % or more")  # fmt: skip


def _bill_faults(bill: _Bill) -> Iterator[tuple[int, str, str, str, str]]:
    lines = {operation: tuple(line for _, line in placed) for operation, placed in bill.items()}
    if not is_planned(lines) and not any(_group_faults(bill)):
        position = max(at for placed in bill.values() for at, line in placed if line.alternative)
        yield (position, "alternative", "too_many_alternatives",
               "the groups of this bill can be combined in too many ways",
               f"at most {MOST_RECIPES} recipes of a version")  # fmt: skip


def _bills(draft: Draft) -> Iterator[_Bill]:
    """Bills with alternatives, by item and production version."""
    mixed: dict[str, list[_Placed]] = defaultdict(list)
    for position, row in draft.trusted(_TABLE):
        if not row.by_product:
            mixed[row.item].append((position, row))
    lookup = Lookup(replace(draft.plant, bill_of_materials=(), learning=()))
    for item, placed in mixed.items():
        if not any(line.alternative for _, line in placed):
            continue
        for version in lookup.versions.get(item, ()):
            routing = lookup.routings.get((item, version), ())
            first = routing[0].operation if routing else ""
            bill: _Bill = defaultdict(list)
            for position, line in placed:
                if line.version in ("", version):
                    bill[line.operation or first].append((position, line))
            yield bill
