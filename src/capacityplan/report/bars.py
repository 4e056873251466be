"""What the Gantt chart draws: bars by lane, closed time, overtime, locks, due dates."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from capacityplan.domain.plant import LockKind
from capacityplan.report.facts import Facts

_SETUP_RUN, _INSPECTION, _MAINTENANCE = 0, 1, 2
_MOST_LANES = 24
_COLUMNS = (
    "row", "lane", "kind", "setup", "start", "length", "object", "label", "item", "incubation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar before it has a lane."""

    kind: int
    begin: int
    start: int
    end: int
    objects: tuple[str, ...]
    label: str
    tail: int = 0


def bars(facts: Facts, items: dict[str, int], name: Callable[[str], int]) -> dict[str, Any]:
    """Return the rows of the chart and their bars as columns.

    Parameters
    ----------
    facts : Facts
    items : dict of str to int
        Numbers of the items.
    name : callable
        Numbers a text.

    Returns
    -------
    dict
        ``rows`` in the order of the chart, ``bars`` by column sorted by row, lane and start;
        ``object`` is a lot's number, or the number of a text where it is none (then negative).
    """
    found = _collect(facts)
    lots = {lot: index for index, lot in enumerate(facts.case.flow.lots)}
    columns: dict[str, list[Any]] = {key: [] for key in _COLUMNS}
    rows, also = [], []
    for resource in facts.productive:
        mine = sorted(found.get(resource, []), key=lambda bar: (bar.begin, bar.end))
        if not mine:
            continue
        lanes = _lanes(mine)
        rows.append(_row(facts, resource, max(lanes) + 1))
        for lane, bar in sorted(zip(lanes, mine, strict=True), key=lambda pair: (pair[0], pair[1].begin)):
            first = bar.objects[0]
            if len(bar.objects) > 1:
                also.append([len(columns["row"]), [lots[one] for one in bar.objects[1:] if one in lots]])
            origin = facts.held.get(first)
            item = facts.case.flow.lots[first].lot.item if first in lots else (origin.item if origin else "")
            columns["row"].append(len(rows) - 1)
            columns["lane"].append(lane)
            columns["kind"].append(bar.kind)
            columns["setup"].append(bar.start - bar.begin)
            columns["start"].append(bar.start)
            columns["length"].append(bar.end - bar.start)
            columns["object"].append(lots[first] if first in lots else -1 - name(first))
            columns["label"].append(name(bar.label))
            columns["item"].append(items.get(item, -1))
            columns["incubation"].append(bar.tail)
    return {"rows": rows, "bars": columns, "also": also, "locks": _locks(facts)}


def _collect(facts: Facts) -> dict[str, list[_Bar]]:
    """Bars by resource: batches as one bar, inspections with their incubation, maintenance."""
    found: dict[str, list[_Bar]] = {}
    for resource, sequence in facts.case.occupations.items():
        for one in sequence:
            lots = tuple(work.row.lot for work in one.members)
            bar = _Bar(_SETUP_RUN, one.setup_start, one.start, one.end, lots, one.charged.row.operation)
            found.setdefault(resource, []).append(bar)
    for row in facts.plan.inspections:
        wait = facts.lookup.inspection_rows[row.inspection].wait_minutes
        bar = _Bar(_INSPECTION, row.start, row.start, row.end, (row.object,), row.inspection, wait)
        found.setdefault(row.lab, []).append(bar)
    for stop in facts.plan.maintenance:
        bar = _Bar(_MAINTENANCE, stop.start, stop.start, stop.end, (stop.downtime,), "maintenance")
        found.setdefault(stop.resource, []).append(bar)
    return found


def _lanes(ordered: list[_Bar]) -> list[int]:
    """Give bars that overlap different lanes, the lowest free one first."""
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    used = 0
    lanes = []
    for bar in ordered:
        while busy and busy[0][0] <= bar.begin:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, used = used, used + 1
        heapq.heappush(busy, (bar.end, lane))
        lanes.append(min(lane, _MOST_LANES - 1))
    return lanes


def _row(facts: Facts, resource: str, lanes: int) -> dict[str, Any]:
    """A row of the chart: working time, overtime and downtime as flat lists of borders."""
    row = facts.lookup.resources[resource]
    regular = facts.case.time.regular(resource)
    end = max(
        facts.timeline.window_end, max((run.end for run in facts.plan.runs), default=0),
    )  # fmt: skip
    return {
        "resource": resource,
        "text": row.description,
        "kind": str(row.kind),
        "lanes": lanes,
        "open": [edge for a, b, _ in regular.intervals() if a < end for edge in (a, b)],
        "overtime": [
            edge for one in facts.plan.overtime if one.resource == resource for edge in (one.start, one.end)
        ],
        "down": [
            [one.start, one.end, one.reason]
            for one in facts.plant.downtime
            if one.resource == resource and one.start is not None and one.end is not None
        ],
    }


def _locks(facts: Facts) -> list[list[Any]]:
    """Run locks still in force: [lot, operation, reason]."""
    return [
        [*lock.object.rsplit("/", 1), lock.reason]
        for lock in facts.case.locks(LockKind.RUN)
        if "/" in lock.object
    ]
