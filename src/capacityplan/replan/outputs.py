"""The change list as a table for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError
from capacityplan.replan.advance import advance
from capacityplan.replan.changes import ChangeRow, change_list, reasons
from capacityplan.replan.previous import Former
from capacityplan.report.files import write_csv
from capacityplan.report.table import Column, Kind, Table
from capacityplan.solve.solve import Outcome
from capacityplan.units import decimal_text

_OPERATIONS = ("moved", "added", "dropped")


def changes_table(rows: Iterable[ChangeRow], currency: str) -> Table:
    """Return the change list as a table, biggest effect first."""
    names = ("change", "object", "item", "zone", "before", "after", "because")
    columns = (*(Column(name) for name in names), Column("effect", Kind.MONEY, currency))
    cells = tuple(
        (row.kind, row.object, row.item, row.zone, row.before, row.after, row.because, row.effect)
        for row in rows
    )
    return Table("changes", "What changed since the previous plan", columns, cells)


def write_changes(plant: Plant, plan: Plan, former: Former, folder: Path) -> tuple[ChangeRow, ...]:
    """Write the change list into a folder as ``changes.csv`` and return it.

    Raises
    ------
    OutputError
    """
    expected = _expected(plant, former)
    because = reasons(plant, expected, former.plant) if expected is not None else {}
    # What the plant does not call a change, and does not charge, nobody has to be told.
    rows = change_list(plant, plan, former.plan, because, plant.costs.change_tolerance_minutes)
    write_csv(folder / "changes.csv", changes_table(rows, plant.currency))
    return rows


def replanning_record(rows: Sequence[ChangeRow], former: Former, outcome: Outcome) -> dict[str, Any]:
    """Return the record of a replanning for ``result.json``."""
    operations = [row for row in rows if row.kind in _OPERATIONS]
    carried = outcome.carried_cost
    return {
        "previous": former.plan.provenance.plan_id,
        "carried_cost": None if carried is None else float(decimal_text(carried)),
        "changes": len(operations),
        "changes_frozen": sum(row.zone == "frozen" for row in operations),
        "changes_slushy": sum(row.zone == "slushy" for row in operations),
    }


def _expected(plant: Plant, former: Former) -> Plant | None:
    """Return what the former plant would be now had all gone as planned: what differs is a reason."""
    if former.plant is None:
        return None
    try:
        moment = datetime.fromisoformat(plant.start)
        return advance(replace(former.plant, actuals=()), former.plan, moment, as_planned=True).plant
    except DataError:
        # The plan is older than its window: then all that differs from the former data is a reason.
        return former.plant


def summary(rows: Sequence[ChangeRow]) -> str:
    """Say in a line how many operations changed, and in which zone."""
    operations = [row for row in rows if row.kind in _OPERATIONS]
    zones = Counter(row.zone for row in operations)
    later = sum(row.kind == "later" for row in rows)
    text = f"  changes           {len(operations)} operations to the minute, {later} in buckets"
    inside = ", ".join(f"{zones[zone]} in the {zone} zone" for zone in ("frozen", "slushy") if zones[zone])
    return f"{text} ({inside})" if inside else text
