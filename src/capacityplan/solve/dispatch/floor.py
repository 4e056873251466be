"""The shop floor while lots are being placed: calendars, stock, labs, and how to undo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np

from capacityplan.domain.plan import InspectionRun, Run
from capacityplan.domain.plant import (
    Inspection,
    Stage,
)
from capacityplan.prepare.lotflow import given
from capacityplan.solve.dispatch.ground import Ground
from capacityplan.solve.dispatch.resources import Batch, Pool
from capacityplan.solve.settle.batches import Batches
from capacityplan.solve.settle.stock import CONSUMPTION, INFLOW, NEVER, PHASES
from capacityplan.units import MINUTES_PER_DAY

_TRIES = 400
Subjects = dict[str, dict[str, bool]]
"""Per inspection that counts lots: whether an object is subject to it."""


class Floor:
    """State of every resource and item; each change can be taken back."""

    def __init__(self, ground: Ground, subjects: Subjects) -> None:
        self._known = subjects
        self._hits: dict[str, dict[str, bool]] = defaultdict(dict)
        self._completed: list[tuple[str, int, str]] = []
        self._plant, self._plan = ground.plant, ground.plan
        self._lookup, self._timeline, self._minutes = ground.lookup, ground.timeline, ground.minutes
        self._opened, self._maintenance = ground.opened, ground.maintenance
        self._clocks, self._steps = ground.clocks, ground.steps
        self._pools = ground.pools()
        self._given = given(ground.plant, ground.lookup)
        self._last: dict[str, int] = dict.fromkeys(self._lookup.resources, 0)
        self._group = {name: self._lookup.initial_group(row) for name, row in self._lookup.resources.items()}
        self._batches: dict[tuple[str, str, str], list[Batch]] = defaultdict(list)
        used = {line.component for line in self._plant.bill_of_materials if not line.by_product}
        self._free = {item: np.zeros(self._minutes + 1, dtype=np.int64) for item in sorted(used)}
        """Free stock by minute of what others are made of; nobody waits for the rest."""
        self._perishable = {item: Batches() for item in self._lookup.perishable}
        self._delay = 0
        self._before = self._minutes
        """Minute before which a run has to begin: the window's end for a lot's first."""
        self._counts: Counter[str] = Counter()
        self._runs: list[Run] = []
        self._inspections: list[InspectionRun] = []
        self._undo: list[Callable[[], object]] = []

    def _rows(self, stage: Stage, item: str, supplier: str | None) -> list[Inspection]:
        rows = self._lookup.inspections(stage, item)
        return sorted(
            (row for row in rows if not row.supplier or row.supplier == supplier),
            key=lambda row: row.rank,
        )

    def _subject(self, rows: list[Inspection], name: str, completed: int) -> list[Inspection]:
        """Rows an object is subject to: as counted last time, else in order of dispatch."""
        hit = []
        for row in rows:
            if row.every_lots > 1:
                self._completed.append((row.inspection, completed, name))
                self._undo.append(self._completed.pop)
            turn = self._counts[row.inspection] % row.every_lots == 0
            self._counts[row.inspection] += 1
            self._hits[row.inspection][name] = self._known.get(row.inspection, {}).get(name, turn)
            if row.every_lots == 1 or self._hits[row.inspection][name]:
                hit.append(row)
        return hit

    def recount(self) -> tuple[Subjects, bool]:
        """Who is subject to which inspection by the real order of completion; whether it was so."""
        by_row: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for inspection, completed, name in self._completed:
            by_row[inspection].append((completed, name))
        counted = {
            inspection: {
                name: place % self._lookup.inspection_rows[inspection].every_lots == 0
                for place, (_, name) in enumerate(sorted(found))
            }
            for inspection, found in by_row.items()
        }
        same = all(
            self._hits[row][name] == hit for row, found in counted.items() for name, hit in found.items()
        )
        return counted, same

    def _expiry(self, item: str, completed: int) -> int:
        days = self._lookup.items[item].shelf_life_days
        return NEVER if days is None else completed + days * MINUTES_PER_DAY

    def _inflow(self, item: str, quantity: int, minute: int, expires: int) -> None:
        if minute >= self._minutes:
            return
        self._change(item, minute, quantity)
        if item in self._perishable:
            batches, flow = self._perishable[item], (minute * PHASES + INFLOW, quantity, expires)
            batches.put(flow)
            self._undo.append(partial(batches.take_out, flow))

    def _change(self, item: str, minute: int, quantity: int) -> None:
        if item not in self._free:
            return
        self._free[item][minute:] += quantity

        def back() -> None:
            self._free[item][minute:] -= quantity

        self._undo.append(back)

    def _available(self, item: str, quantity: int, minute: int) -> int | None:
        """First minute at or after which a quantity stays free."""
        short = np.flatnonzero(self._free[item][minute:] < quantity)
        if not len(short):
            return minute
        first = minute + int(short[-1]) + 1
        return first if first < self._minutes else None

    def _fresh(self, item: str, quantity: int, minute: int) -> int | None:
        """First minute from which a quantity stays free and has not expired when taken."""
        first = self._available(item, quantity, minute)
        batches = self._perishable.get(item)
        if first is None or batches is None:
            return first
        later = sorted(key // PHASES for key, _, _ in batches.inflows if key // PHASES > first)
        for moment in (first, *later):
            if batches.covers((moment * PHASES + CONSUMPTION, quantity, moment + 1)):
                free = self._available(item, quantity, moment)
                if free == moment:
                    return moment
        return None

    def _inspect(self, name: str, row: Inspection, ready: int) -> int | None:
        clock, pool = self._clocks[row.lab], self._pools[row.lab]
        analysts = self._pools[row.labour] if row.analysts and row.labour else None
        start = clock.next_open(ready)
        for _ in range(_TRIES):
            end = None if start is None else clock.finish(start, row.lab_minutes)
            latest = min(self._minutes, self._timeline.horizon_end - row.wait_minutes)
            if start is None or end is None or end > latest:
                return None
            worked = self._worked(row.lab, start, end)
            clash = pool.conflict(start, end, row.slots, worked)
            if clash is None and analysts is not None:
                clash = analysts.conflict(start, end, row.analysts, worked)
            if clash is None:
                self._occupy(pool, start, end, row.slots, worked)
                if analysts is not None:
                    self._occupy(analysts, start, end, row.analysts, worked)
                self._inspections.append(InspectionRun(name, row.inspection, row.lab, start, end))
                self._undo.append(self._inspections.pop)
                return end + row.wait_minutes
            start = clock.next_open(clash + 1)
        return None

    def _worked(self, resource: str, start: int, end: int) -> list[tuple[int, int]]:
        steps = self._steps[resource]
        first = max(0, int(np.searchsorted(steps.ends, start, side="right")))
        out = []
        for k in range(first, len(steps)):
            if steps.starts[k] >= end:
                break
            out.append((max(start, int(steps.starts[k])), min(end, int(steps.ends[k]))))
        return out

    def _occupy(self, pool: Pool, start: int, end: int, units: int, worked: list[tuple[int, int]]) -> None:
        pool.take(start, end, units, worked)
        self._undo.append(lambda: pool.take(start, end, -units, worked))
