"""What happens to every lot, purchase, receipt and stock lot of a plan: quantities, ends, releases.

The facts of docs/model.md, sections 2, 4 and 5, computed once: which runs belong to which
operation, which objects each inspection row applies to, how much passes, when it is released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketInspection, BucketRun, InspectionRun, Lot, Plan
from capacityplan.domain.plant import Inspection, Operation, ReceiptKind, Stage, Stock, StockStatus
from capacityplan.domain.timeline import Timeline
from capacityplan.units import MINUTES_PER_DAY, floor_product
from capacityplan.verify.facts import Held, Leg, LotFlow, Moment, Occasion, Work, latest, yielded
from capacityplan.verify.works import Works, arrival, in_process, received, subjects


class Flow:
    """The flows of a plan whose references are in order (`plan_integrity`).

    Attributes
    ----------
    lots : dict of str to LotFlow
    held : tuple of Held
        Everything that comes into stock.
    works : tuple of Work
        All runs and bucket runs.
    occasions : tuple of Occasion
        All inspections that objects are subject to.
    """

    def __init__(self, lookup: Lookup, timeline: Timeline, plan: Plan) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._plan = plan
        self._runs = Works(lookup, timeline, plan)
        self.works: tuple[Work, ...] = self._runs.all()
        self._records: dict[tuple[str, str], InspectionRun | BucketInspection] = {
            **{(row.object, row.inspection): row for row in plan.inspections},
            **{(row.object, row.inspection): row for row in plan.bucket_inspections},
        }
        self._reworked: dict[tuple[str, str], int] = {}
        self._subject = subjects(lookup, timeline, plan, self._runs)
        self.lots: dict[str, LotFlow] = {}
        held = [self._lot(lot) for lot in plan.lots]
        held += self._bought()
        held += self._received()
        held += [self._stocked(row) for row in lookup.plant.stock if row.status is not StockStatus.BLOCKED]
        self.held: tuple[Held, ...] = (
            *self._validated([one for one in held if one is not None]), *self._by_products(),
        )  # fmt: skip
        between = [o for flow in self.lots.values() for leg in flow.legs for o in leg.occasions]
        self.occasions: tuple[Occasion, ...] = (
            *between,
            *(occasion for one in self.held for occasion in one.occasions),
        )

    def record(self, name: str, inspection: str) -> InspectionRun | BucketInspection | None:
        """Return the plan's inspection of an object by a row of the inspection plan."""
        return self._records.get((name, inspection))

    def version(self, name: str) -> str:
        """Return the production version of an object."""
        return self._runs.origin[name][1]

    def _at_end(self, minute: int) -> Moment:
        return Moment(minute, self._timeline.bucket_of_end(minute))

    def _inspect(
        self, name: str, rows: Iterable[Inspection], completion: Moment, quantity: int
    ) -> tuple[tuple[Occasion, ...], int]:
        """Lead a quantity through inspections in the order of their ids, certificates after all others."""
        occasions: list[Occasion] = []
        for row in sorted(rows, key=lambda row: row.rank):
            ready = _last(completion, occasions) if row.is_last else completion
            occasion = self._occasion(name, row, ready, quantity)
            occasions.append(occasion)
            quantity = occasion.after
        return tuple(occasions), quantity

    def _occasion(self, name: str, row: Inspection, ready: Moment | None, before: int) -> Occasion:
        item, version = self._runs.origin[name]
        tested = before - (min(row.sample_quantity, before) if row.destructive else 0)
        good = floor_product(tested, 1 - row.reject_fraction)
        record = self.record(name, row.inspection)
        decided = self._decided(record)
        if not row.rework_operation or good == tested:
            return Occasion(name, item, row, ready, record, before, 0, good, None, decided, decided)
        rejects = tested - good
        operation = self._lookup.rework.get((item, version, row.rework_operation))
        saved = floor_product(rejects, operation.yield_fraction) if operation is not None else 0
        works = self._runs.of(name, row.rework_operation)
        # A further need of the same rework operation is met by the next run of it.
        number = self._reworked.get((name, row.rework_operation), 0)
        self._reworked[name, row.rework_operation] = number + 1
        work = works[number] if number < len(works) else None
        release = Moment(work.ends, work.last) if work is not None and decided is not None else None
        return Occasion(
            name, item, row, ready, record, before, rejects, good + saved, work, decided, release
        )  # fmt: skip

    def _decided(self, record: InspectionRun | BucketInspection | None) -> Moment | None:
        """When the usage decision of an inspection is taken."""
        if record is None:
            return None
        if isinstance(record, BucketInspection):
            return Moment(int(self._timeline.ends[record.released]), record.released)
        return self._at_end(record.end + self._lookup.inspection_rows[record.inspection].wait_minutes)

    def _lot(self, lot: Lot) -> Held | None:
        quantity = lot.quantity
        legs = []
        for operation in self._runs.steps(lot):
            leg, quantity = self._leg(lot, operation, quantity)
            legs.append(leg)
        receipt = self._runs.receipts.get(lot.receipt)
        in_buckets = any(isinstance(work.row, BucketRun) for leg in legs for work in leg.works)
        self.lots[lot.lot] = LotFlow(lot, receipt, in_buckets, tuple(legs))
        stages = (Stage.FINAL, Stage.VALIDATION)
        rows = [row for stage in stages for row in self._picked(lot.lot, stage, lot.item)]
        completion = self._runs.completion(lot)
        return None if completion is None else self._hold(lot.lot, "lot", rows, completion, quantity)

    def _leg(self, lot: Lot, operation: Operation, entering: int) -> tuple[Leg, int]:
        resumed = bool(lot.receipt) and operation.operation == self._runs.receipts[lot.receipt].operation
        to_run = entering - (self._runs.receipts[lot.receipt].done_quantity if resumed else 0)
        ended = self._runs.ended(lot.lot, operation.operation)
        good = floor_product(entering, operation.yield_fraction)
        rows = [
            row
            for row in in_process(self._lookup, lot.item, operation.operation)
            if (lot.lot, row.inspection) in self._subject
        ]
        occasions, after = ((), good) if ended is None else self._inspect(lot.lot, rows, ended, good)
        works = self._runs.of(lot.lot, operation.operation)
        ready = _last(ended, occasions)
        return Leg(operation, entering, max(to_run, 0), resumed, works, occasions, ended, ready), after

    def _by_products(self) -> Iterator[Held]:
        """What comes out of last operations beside the item: free at the lot's completion."""
        for name, flow in self.lots.items():
            completion = self._runs.completion(flow.lot)
            for line in self._lookup.by_products.get((flow.lot.item, flow.lot.version), ()):
                if completion is None:
                    break
                scales = self._lookup.scale[flow.lot.item], self._lookup.scale[line.component]
                quantity = yielded(line, flow.legs[-1].entering, *scales)
                life = self._lookup.items[line.component].shelf_life_days
                expires = None if life is None else completion.minute + life * MINUTES_PER_DAY
                yield Held(
                    f"{name}/{line.component}", line.component, "by-product", completion, (), completion,
                    completion, quantity, expires,
                )  # fmt: skip

    def _picked(self, name: str, stage: Stage, item: str) -> list[Inspection]:
        rows = self._lookup.inspections(stage, item)
        return [row for row in rows if (name, row.inspection) in self._subject]

    def _hold(
        self, name: str, kind: str, rows: Sequence[Inspection], completion: Moment, quantity: int,
        since: Moment | None = None,
    ) -> Held:  # fmt: skip
        item, _ = self._runs.origin[name]
        occasions, accepted = self._inspect(name, rows, since or completion, quantity)
        release = _last(completion, occasions)
        life = self._lookup.items[item].shelf_life_days
        expires = None if life is None else completion.minute + life * MINUTES_PER_DAY
        return Held(name, item, kind, completion, occasions, release, release, accepted, expires)

    def _bought(self) -> list[Held]:
        held = []
        for row in self._plan.purchases:
            rows = self._picked(row.purchase, Stage.INCOMING, row.item)
            moment = arrival(self._timeline, row.arrives)
            held.append(self._hold(row.purchase, "purchase", rows, moment, row.quantity))
        return held

    def _received(self) -> list[Held]:
        """Scheduled receipts within the horizon, orders in progress left to their lots."""
        held = []
        for row in self._lookup.plant.receipts:
            moment = received(self._timeline, row)
            if moment is not None:
                stage = Stage.INCOMING if row.kind is ReceiptKind.PURCHASE else Stage.FINAL
                rows = self._picked(row.order, stage, row.item)
                held.append(self._hold(row.order, "receipt", rows, moment, row.quantity))
        return held

    def _stocked(self, row: Stock) -> Held:
        """Take a stock lot as it stands: free, free from a minute on, or free once inspected from then on."""
        since = self._at_end(row.since)
        there = Moment(0, 0)
        held = self._hold(row.stock, "stock", self._lookup.pending(row), there, row.quantity, since)
        free = latest([since, held.release])
        expires = held.expires if row.expires is None else row.expires
        return replace(held, own=free, release=free, expires=expires)

    def _validated(self, held: list[Held]) -> tuple[Held, ...]:
        """Let no lot of an item be released before the validation of its first lot."""
        gates: dict[str, list[Moment | None]] = {}
        for one in held:
            for occasion in one.occasions:
                if occasion.row.stage is Stage.VALIDATION:
                    gates.setdefault(one.item, []).append(occasion.release)
        return tuple(
            replace(one, release=latest([one.own, *gates[one.item]]))
            if one.kind == "lot" and one.item in gates
            else one
            for one in held
        )


def _last(completion: Moment | None, occasions: Iterable[Occasion]) -> Moment | None:
    """When an object is through all its inspections."""
    return latest([completion, *(occasion.release for occasion in occasions)])
