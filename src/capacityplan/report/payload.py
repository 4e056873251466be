"""The data of the web page: columns of numbers that the page's script draws from.

Minutes stay minutes since the plant's start; ``shifts`` lets the page turn them into local time.
Texts that repeat are indexes into lists, so that 5,000 operations stay well below a megabyte.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from capacityplan import __version__
from capacityplan.domain.plan import InspectionRun
from capacityplan.report.bars import bars
from capacityplan.report.facts import Facts
from capacityplan.report.money import CATEGORY_TEXT
from capacityplan.report.result import bound, money
from capacityplan.report.review import REVIEW
from capacityplan.report.table import Kind, Table, text
from capacityplan.report.tables import Contents
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify import CHECKS

_LEDGER_OBJECTS = 100
"""Objects listed by category; the rest is one line (the workbook has every row)."""
_DEMAND = (
    "id", "customer", "item", "priority", "due", "quantity", "onTime", "late", "lost", "days", "arrival",
)  # fmt: skip
_INSPECTIONS = ("object", "inspection", "lab", "item", "start", "end", "decision", "ready", "exact")


class Names:
    """Numbers texts in the order in which they first appear."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number of a text."""
        return self._numbers.setdefault(name, len(self._numbers))

    def list(self) -> list[str]:
        """Return all texts by number."""
        return list(self._numbers)


def payload(contents: Contents) -> dict[str, Any]:
    """Return everything the page shows as plain JSON values.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict
    """
    facts = contents.facts
    names = Names()
    number = {item: index for index, item in enumerate(facts.lookup.items)}
    return {
        "meta": _meta(facts),
        "head": _head(contents),
        "items": _items(facts, names),
        "buckets": _buckets(facts),
        "lots": _lots(facts, number),
        "gantt": bars(facts, number, names.number),
        "tail": _tail(facts, names),
        "load": _load(contents),
        "stock": _stock(contents, number),
        "demand": _demand(contents, number, names),
        "ledger": _ledger(facts),
        "purchases": _plain(contents.tables["purchases"]),
        "inspections": _inspections(facts, number, names),
        "budgets": _plain(contents.tables["budgets"]),
        "funds": _plain(contents.tables["funds"]),
        "launches": _plain(contents.tables["launches"]),
        "review": [
            [contents.tables[name].title, _plain(contents.tables[name])]
            for name in REVIEW
            if name in contents.tables
        ],
        "certificate": _plain(contents.tables["certificate"]),
        "names": names.list(),
    }


def _units(facts: Facts, item: str, quantity: int) -> float | int:
    value = facts.units(item, quantity)
    return int(value) if value == value.to_integral_value() else float(value)


def _meta(facts: Facts) -> dict[str, Any]:
    plant, origin = facts.plant, facts.plan.provenance
    return {
        "name": plant.name,
        "start": facts.timeline.clock.start.isoformat(timespec="minutes"),
        "timezone": plant.timezone,
        "currency": plant.currency,
        "window": facts.timeline.window_end,
        "horizon": facts.timeline.horizon_end,
        "frozen": plant.fences.frozen_hours * 60,
        "shifts": _shifts(facts),
        "plan": origin.plan_id,
        "hash": origin.plant_hash,
        "version": origin.version or __version__,
        "rules": [name for name, _ in CHECKS],
    }


def _shifts(facts: Facts) -> list[list[int]]:
    """Minutes by which local time is ahead of elapsed time, from each change of the clocks on."""
    clock = facts.timeline.clock

    def ahead(minute: int) -> int:
        return round((clock.local(minute) - clock.start).total_seconds() / 60) - minute

    found = [[0, ahead(0)]]
    for begin in range(0, facts.timeline.horizon_end, MINUTES_PER_DAY):
        low, high = begin, begin + MINUTES_PER_DAY
        if ahead(high) == ahead(low):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if ahead(middle) == ahead(begin) else (low, middle)
        found.append([high, ahead(high)])
    return found


def _head(contents: Contents) -> dict[str, Any]:
    facts, verdict = contents.facts, contents.facts.verdict
    found = facts.plan.certificate
    parts = {name: bound for name, _, bound in found.parts} if found is not None else {}
    categories = {
        **facts.cost_by_category,
        **dict.fromkeys(set(parts) - set(facts.cost_by_category), Fraction(0)),
    }
    statuses = [row.status for row in contents.service]
    return {
        "cost": money(verdict.cost),
        "bound": bound(found.bound) if found is not None else None,
        "certified": bound(found.bound_certified) if found is not None else None,
        "unavoidable": bound(found.unavoidable) if found is not None else None,
        "method": found.bound_method if found is not None else "",
        "gap": found.gap if found is not None else None,
        "controllable": found.gap_controllable if found is not None else None,
        "onTime": float(verdict.on_time_share),
        "lateUnitDays": float(verdict.late_unit_days),
        "lostUnits": float(verdict.lost_units),
        "counts": {status: statuses.count(status) for status in ("on time", "late", "lost")},
        "parts": [
            [name, CATEGORY_TEXT.get(name, name), money(cost), bound(parts.get(name))]
            for name, cost in categories.items()
        ],
        "figures": [
            [row.name, text(row.value, row.kind) if row.value is not None else "not known", row.unit,
             row.kind is Kind.SHARE]
            for row in contents.figures
        ],
    }  # fmt: skip


def _items(facts: Facts, names: Names) -> list[list[Any]]:
    return [
        [row.item, row.description, row.unit, names.number(facts.group(row.item))]
        for row in facts.lookup.items.values()
    ]


def _buckets(facts: Facts) -> dict[str, Any]:
    return {
        "start": facts.timeline.starts.tolist(),
        "end": facts.timeline.ends.tolist(),
        "days": facts.timeline.days.tolist(),
        "window": facts.timeline.window_buckets,
    }


def _lots(facts: Facts, number: dict[str, int]) -> dict[str, list[Any]]:
    """Lots by column, in the order of the plan; objects of inspections refer to them by name."""
    out: dict[str, list[Any]] = {
        key: [] for key in ("id", "item", "quantity", "accepted", "start", "done", "free")
    }
    for name, flow in facts.case.flow.lots.items():
        held, first = facts.held.get(name), flow.first
        out["id"].append(name)
        out["item"].append(number[flow.lot.item])
        out["quantity"].append(_units(facts, flow.lot.item, flow.lot.quantity))
        out["accepted"].append(_units(facts, flow.lot.item, held.accepted) if held is not None else None)
        out["start"].append(first.begins if first is not None else None)
        out["done"].append(held.completion.minute if held is not None else None)
        free = held.release if held is not None else None
        out["free"].append(free.minute if free is not None else None)
    return out


def _tail(facts: Facts, names: Names) -> dict[str, list[int]]:
    """Runs planned by bucket, by column."""
    lots = {name: index for index, name in enumerate(facts.case.flow.lots)}
    found = [(row, work) for row, work in facts.case.bucket_works if row.lot in lots]
    return {
        "resource": [names.number(row.resource) for row, _ in found],
        "lot": [lots[row.lot] for row, _ in found],
        "operation": [names.number(row.operation) for row, _ in found],
        "start": [work.begins for _, work in found],
        "end": [work.ends for _, work in found],
        "minutes": [sum(minutes for _, minutes in row.load) for row, _ in found],
    }


def _inspections(facts: Facts, number: dict[str, int], names: Names) -> dict[str, list[Any]]:
    """Inspections by column; those of the tail take their buckets' borders."""
    lots = {name: index for index, name in enumerate(facts.case.flow.lots)}
    out: dict[str, list[Any]] = {key: [] for key in _INSPECTIONS}
    for one in facts.case.flow.occasions:
        record = one.record
        if record is None:
            continue
        exact = isinstance(record, InspectionRun)
        start = record.start if isinstance(record, InspectionRun) else facts.timeline.starts[record.bucket]
        end = record.end if isinstance(record, InspectionRun) else facts.timeline.ends[record.bucket]
        row = (
            lots[one.object] if one.object in lots else -1 - names.number(one.object),
            names.number(one.row.inspection), names.number(record.lab), number[one.item], int(start),
            int(end), one.decided.minute if one.decided is not None else None,
            one.ready.minute if one.ready is not None else None, int(exact),
        )  # fmt: skip
        for key, value in zip(_INSPECTIONS, row, strict=True):
            out[key].append(value)
    return out


def _load(contents: Contents) -> list[dict[str, Any]]:
    return [
        {
            "resource": load.resource,
            "kind": str(load.kind),
            "run": load.run.tolist(),
            "setup": load.setup.tolist(),
            "regular": load.regular.tolist(),
            "overtime": load.overtime.tolist(),
        }
        for load in contents.loads
    ]


def _stock(contents: Contents, number: dict[str, int]) -> list[dict[str, Any]]:
    facts = contents.facts

    def column(item: str, values: Any) -> list[float | int]:
        return [_units(facts, item, value) for value in values.tolist()]

    return [
        {
            "item": number[one.item],
            "kind": str(facts.lookup.items[one.item].kind),
            "opening": _units(facts, one.item, int(one.opening[0])),
            "in": column(one.item, one.inflow),
            "out": column(one.item, one.outflow),
            "closing": column(one.item, one.closing),
            "hold": column(one.item, one.hold),
            "available": column(one.item, one.available),
            "safety": column(one.item, facts.lookup.safety_stocks(one.item, facts.timeline)),
        }
        for one in contents.stock
    ]


def _demand(contents: Contents, number: dict[str, int], names: Names) -> dict[str, list[Any]]:
    facts = contents.facts
    out: dict[str, list[Any]] = {key: [] for key in _DEMAND}
    for row in contents.service:
        demand, item = row.demand, row.demand.item
        # A projection's name follows from item, segment and bucket; the bucket is enough.
        out["id"].append(demand.demand if demand.is_order else demand.bucket)
        out["customer"].append(names.number(demand.customer))
        out["item"].append(number[item])
        out["priority"].append(demand.priority)
        out["due"].append(demand.due)
        out["quantity"].append(_units(facts, item, demand.quantity))
        out["onTime"].append(_units(facts, item, row.on_time))
        out["late"].append(_units(facts, item, row.late))
        out["lost"].append(_units(facts, item, row.lost))
        out["days"].append(row.days_late)
        out["arrival"].append(row.deliveries[-1].arrive if row.deliveries else None)
    order = {row.demand.demand: index for index, row in enumerate(contents.service)}
    out["why"] = [[order[name], reason] for name, reason in contents.why.items()]
    return out


def _ledger(facts: Facts) -> list[list[Any]]:
    """Categories with their largest objects; what is not listed is counted and summed."""
    sums: dict[str, dict[str, Fraction]] = {}
    for row in facts.verdict.ledger:
        objects = sums.setdefault(row.category, {})
        objects[row.object] = objects.get(row.object, Fraction(0)) + row.amount
    found = []
    for category, total in facts.cost_by_category.items():
        ordered = sorted(sums[category].items(), key=lambda pair: -abs(pair[1]))
        shown, rest = ordered[:_LEDGER_OBJECTS], ordered[_LEDGER_OBJECTS:]
        found.append([
            category, CATEGORY_TEXT.get(category, category), money(total),
            [[name, money(amount)] for name, amount in shown], len(rest),
            money(sum((amount for _, amount in rest), Fraction(0))),
        ])  # fmt: skip
    return found


def _plain(table: Table) -> dict[str, Any]:
    """A table as it is: headings, kinds, and rows of texts and numbers."""
    rows = []
    for row in table.rows:
        cells: list[Any] = []
        for value, column in zip(row, table.columns, strict=True):
            if isinstance(value, str) or value is None:
                cells.append(value or "")
            elif column.kind in (Kind.TIME, Kind.DAY):
                cells.append(text(value, column.kind).replace("T", " "))
            else:
                cells.append(float(text(value, column.kind)))
        rows.append(cells)
    return {"columns": [[column.heading, str(column.kind)] for column in table.columns], "rows": rows}
