"""Yesterday's plan carried forward: repaired to today's grid and data, not planned anew.

Operations keep their machines and starts, or begin as soon after as they can; lots of the tail keep
their places in time; purchases that are not ordered yet stay; what is missing is bought, what is
not wanted any more is left out. The checker then says what it costs today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from capacityplan.demand.choice import fix, options
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Maintenance, Overtime, Plan, Provenance, Purchase, Run
from capacityplan.domain.plant import Operation, Plant
from capacityplan.domain.previous import minutes_since
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import in_progress
from capacityplan.solve.dispatch import Ground, Journey, Turn, replayed
from capacityplan.solve.settle import overfull, settle, settle_once, unstorable
from capacityplan.solve.types import LotPlan, PlannedLot, Start, WindowSchedule
from capacityplan.verify import check

_CUTS = 4
"""How often purchases and lots are cut back to what storages hold."""


def carry_forward(plant: Plant, plan: Plan) -> Start:
    """Carry a plan forward to a plant's start and data.

    Parameters
    ----------
    plant : Plant
        Today's plant: its start is now, its stock and orders are what there is.
    plan : Plan
        The previous plan; lots it had under way are the plant's orders in progress of that name.

    Returns
    -------
    Start
        Its plan has neither ledger nor certificate; whether it is valid is for the checker to say.
    """
    offered = {row.choice for row in options(plant)}
    choices = tuple(name for name in plan.choices if name in offered)
    plant, plan = fix(plant, choices), replace(plan, choices=())
    carrier = _Carrier(plant, plan)
    lots, window = carrier.lots(), carrier.window()
    provenance = Provenance(
        plant.name,
        plant.hash(),
        start=plant.start,
        previous=plan.provenance.plan_id or plan.provenance.previous,
    )
    if not carrier.passed:
        same = replace(plan, provenance=provenance, ledger=(), certificate=None)
        if not check(plant, same).violations:
            kept = {run.lot for run in plan.runs}
            facts = WindowSchedule(
                tuple(lot for lot in plan.lots if lot.lot in kept), plan.runs, plan.inspections,
                plan.overtime, plan.maintenance,
            )  # fmt: skip
            return Start(same, facts, lots, choices)
    best = min(_settled(plant, window, lots, provenance), key=lambda one: one[:2])[2]
    return Start(best, replace(window, dropped=()), lots, choices)


def _settled(
    plant: Plant, window: WindowSchedule, lots: LotPlan, provenance: Provenance
) -> Iterator[tuple[int, Fraction, Plan]]:
    """Yield settled plans with number of violations and cost; cut back where storages overflow.

    First by what is bought; where that is not it, by lots of the tail.
    """
    left: dict[str, int] = {}
    plan = settle(plant, window, lots, provenance)
    verdict = check(plant, plan)
    yield len(verdict.violations), verdict.cost, plan
    for cut in range(_CUTS):
        if all(row.rule != "storage" for row in verdict.violations):
            return
        less = overfull(plant, plan)
        left.update(less)
        if not less:
            gone = unstorable(plant, plan, lots)
            if cut and not gone:
                return
            lots = replace(lots, lots=tuple(wish for wish in lots.lots if wish.lot.lot not in gone))
        plan = settle_once(plant, window, lots, provenance, dict(left))
        verdict = check(plant, plan)
        yield len(verdict.violations), verdict.cost, plan


@dataclass(frozen=True, slots=True)
class _Planned:
    """Where the previous plan has an operation, in today's minutes."""

    start: int
    setup_start: int
    end: int
    resource: str


class _Carrier:
    def __init__(self, plant: Plant, plan: Plan) -> None:
        self._plant, self._plan = plant, plan
        self.passed = minutes_since(plant, plan)
        self._lookup = Lookup(plant)
        self._timeline = Timeline.of(plant)
        self._former = Timeline.of(replace(plant, start=plan.provenance.start or plant.start))
        self._working = WorkingTime(plant, self._timeline)
        self._planned = self._planned_operations()
        self._buckets = self._planned_buckets()
        self._receipts = {row.order: row for row in plant.receipts}
        self._wishes = [wish for lot in plan.lots if (wish := self._wish(lot)) is not None]
        self._lots = LotPlan(tuple(self._wishes), self._purchases(), self._overtime(), "carried forward")

    def lots(self) -> LotPlan:
        """Lots that are still to begin, purchases still to be ordered, overtime."""
        return self._lots

    def window(self) -> WindowSchedule:
        """Schedule of the window: runs where they were planned, or as soon after as can be."""
        ground = Ground(self._held_maintenance(), self._lots, self._before())
        journeys = [self._under_way(lot) for lot in in_progress(self._plant, self._lookup)]
        turns = []
        for wish in sorted(self._wishes, key=lambda wish: (wish.start_bucket, wish.need, wish.lot.lot)):
            if wish.start_bucket >= self._timeline.window_buckets:
                continue
            journey = self._journey(wish)
            if journey is None:
                turns.append(Turn(wish, int(self._timeline.starts[wish.start_bucket])))
            else:
                journeys.append(journey)
        return replayed(ground, journeys, turns)

    def _planned_operations(self) -> dict[tuple[str, str], _Planned]:
        runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for run in self._plan.runs:
            runs[run.lot, run.operation].append(run)
        return {
            key: _Planned(
                min(run.start for run in found) - self.passed,
                min(run.setup_start for run in found) - self.passed,
                max(run.end for run in found) - self.passed,
                found[0].resource if len({run.resource for run in found}) == 1 else "",
            )
            for key, found in runs.items()
        }

    def _planned_buckets(self) -> dict[str, tuple[int, int, tuple[tuple[str, str], ...]]]:
        """First and last minute, and modes, of lots in the tail."""
        found: dict[str, tuple[int, int, tuple[tuple[str, str], ...]]] = {}
        last = len(self._former) - 1
        for run in self._plan.bucket_runs:
            buckets = [min(bucket, last) for bucket, _ in run.load]
            if not buckets:
                continue
            begin = int(self._former.starts[buckets[0]]) - self.passed
            end = int(self._former.ends[buckets[-1]]) - self.passed
            first, final, modes = found.get(run.lot, (begin, end, ()))
            found[run.lot] = min(first, begin), max(final, end), (*modes, (run.operation, run.resource))
        return found

    def _wish(self, lot: Lot) -> PlannedLot | None:
        """Return a lot that is still to begin as a wish; None where it began or cannot be made any more."""
        lot = self._as_learnt(lot)
        routing = self._lookup.routings.get((lot.item, lot.version))
        if lot.receipt or lot.lot in self._receipts or not routing:
            return None
        if lot.lot in self._buckets:
            begin, end, modes = self._buckets[lot.lot]
            if end <= 0:
                return None
        else:
            planned = [self._planned.get((lot.lot, step.operation)) for step in routing]
            rows = [row for row in planned if row is not None]
            if not rows or rows[0].start < 0:
                return None
            begin, end = rows[0].start, max(row.end for row in rows)
            modes = tuple(
                (step.operation, row.resource)
                for step, row in zip(routing, planned, strict=True)
                if row is not None and row.resource
            )
        first = self._timeline.bucket_of_start(max(begin, 0))
        final = min(self._timeline.bucket_of_end(end), len(self._timeline) - 1)
        if first >= len(self._timeline):
            return None
        return PlannedLot(replace(lot, receipt=""), first, max(first, final), end, modes)

    def _as_learnt(self, lot: Lot) -> Lot:
        """Return a lot in the version that today's plant has for when it is planned to begin."""
        routing = self._lookup.routings.get((lot.item, self._lookup.unlearnt(lot.item, lot.version)), ())
        planned = [self._planned.get((lot.lot, step.operation)) for step in routing[:1]]
        begins = [row.start for row in planned if row is not None]
        begin = self._buckets[lot.lot][0] if lot.lot in self._buckets else min(begins, default=0)
        return replace(lot, version=self._lookup.learnt(lot.item, lot.version, max(begin, 0)))

    def _journey(self, wish: PlannedLot) -> Journey | None:
        """Return a lot with its planned runs; None where it has none to the minute."""
        lot = wish.lot
        routing = self._lookup.routings[lot.item, lot.version]
        planned = [self._planned.get((lot.lot, step.operation)) for step in routing]
        if any(row is None for row in planned):
            return None
        rows = [row for row in planned if row is not None]
        modes = self._modes_of(lot, routing)
        resources = tuple(
            row.resource if row.resource in names else "" for row, names in zip(rows, modes, strict=True)
        )
        turn = Turn(wish, max(0, rows[0].setup_start))
        return Journey(turn, routing, tuple(row.start for row in rows), resources)

    def _under_way(self, lot: Lot) -> Journey:
        """Return an order in progress with what the previous plan has of it."""
        receipt = self._receipts[lot.receipt]
        routing = self._lookup.routings[lot.item, lot.version]
        names = [step.operation for step in routing]
        routing = routing[names.index(receipt.operation) :]
        starts, resources = [], []
        for step, modes in zip(routing, self._modes_of(lot, routing), strict=True):
            row = self._planned.get((lot.lot, step.operation))
            starts.append(0 if row is None else max(0, row.start))
            resources.append(row.resource if row is not None and row.resource in modes else "")
        wish = PlannedLot(lot, 0, 0, 0)
        return Journey(Turn(wish, 0), routing, tuple(starts), tuple(resources), receipt)

    def _modes_of(self, lot: Lot, routing: tuple[Operation, ...]) -> list[set[str]]:
        modes = self._lookup.modes
        return [
            {mode.resource for mode in modes.get((lot.item, lot.version, step.operation), ())}
            for step in routing
        ]

    def _purchases(self) -> tuple[Purchase, ...]:
        """Purchases that are still to be ordered, where their offer still stands."""
        kept = []
        for row in self._plan.purchases:
            order_by, arrives = row.order_by - self.passed, row.arrives - self.passed
            offers = self._lookup.offers.get((row.supplier, row.item), ())
            stands = any(
                arrives >= order_by + offer.lead_time_days * 1440
                and row.quantity >= max(offer.min_order, offer.from_quantity)
                for offer in offers
            )
            if order_by >= 0 and stands and row.purchase not in self._receipts:
                kept.append(replace(row, order_by=order_by, arrives=arrives))
        return tuple(kept)

    def _overtime(self) -> dict[tuple[str, int], int]:
        """Overtime minutes by resource and bucket: from its beginning to the last minute that was opened."""
        opened: dict[tuple[str, int], int] = {}
        rows = [Overtime(row.resource, row.start, row.end) for row in self._plan.overtime]
        for row in rows:
            if row.resource not in self._lookup.resources:
                continue
            end = row.end - self.passed
            bucket = self._timeline.bucket_of_end(end)
            if end > 0 and bucket < len(self._timeline):
                steps = self._working.overtime(row.resource)
                minutes = steps.open_minutes(int(self._timeline.starts[bucket]), end)
                place = row.resource, bucket
                opened[place] = max(opened.get(place, 0), minutes)
        for extra in self._plan.bucket_overtime:
            if extra.resource in self._lookup.resources and extra.bucket < len(self._former):
                start = int(self._former.starts[extra.bucket]) - self.passed
                place = extra.resource, self._timeline.bucket_of_start(max(start, 0))
                opened[place] = opened.get(place, 0) + extra.minutes
        return opened

    def _before(self) -> Plan:
        """Runs and maintenance still to come of the previous plan, in today's minutes."""
        shift, end = self.passed, self._timeline.horizon_end
        return replace(
            self._plan,
            runs=tuple(
                replace(
                    run, setup_start=run.setup_start - shift, start=run.start - shift, end=run.end - shift
                )
                for run in self._plan.runs
                if run.end > shift
            ),
            maintenance=tuple(
                replace(stop, start=stop.start - shift, end=stop.end - shift)
                for stop in self._plan.maintenance
                if shift <= stop.start and stop.end - shift <= end
            ),
        )

    def _held_maintenance(self) -> Plant:
        """Return the plant with flexible downtime held where the previous plan placed it, if it may stay."""
        placed = {row.downtime: row for row in self._plan.maintenance}
        rows = []
        for row in self._plant.downtime:
            found: Maintenance | None = placed.get(row.downtime)
            if found is not None and row.flexible_from is not None and row.flexible_to is not None:
                start, end = found.start - self.passed, found.end - self.passed
                if row.flexible_from <= start and end <= row.flexible_to and start >= 0:
                    row = replace(row, flexible_from=start, flexible_to=end)
            rows.append(row)
        return replace(self._plant, downtime=tuple(rows))
