"""Plans of small plants, built from decisions by simple forward placing; the checker is the judge.

Nothing here comes from an engine of the product. A `Recipe` says which lots to make (how much, from
which minute or in which bucket of the tail, on which resource), what to buy and which demand to
give up. `realise` places it; what it gets wrong the checker refuses, and the plan does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction as F
from functools import partial
from itertools import pairwise, product
from random import Random

from campaigned import Upkeep
from streams import Passing, stream

from capacityplan.demand.netting import net
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.units import floor_fraction
from capacityplan.verify import check
from capacityplan.verify.api import stock_curves
from capacityplan.verify.facts import run_minutes

DAY = 1440


@dataclass(frozen=True)
class Make:
    """A lot: from a minute in the window, or in a bucket of the tail and ``spread`` later ones."""

    item: str
    quantity: int
    minute: int
    bucket: int
    choice: int
    spread: int = 0
    receipt: str = ""


@dataclass(frozen=True)
class Buy:
    quantity: int
    day: int
    hour: int
    choice: int = 0


@dataclass(frozen=True)
class Recipe:
    makes: tuple[Make, ...]
    buys: tuple[Buy, ...]
    overtime: bool
    eager: bool
    inspect_fixed: bool = True


class Yard:
    """A plant with what placing needs, once."""

    def __init__(self, plant: q.Plant) -> None:
        self.plant = plant
        self.timeline = Timeline.of(plant)
        self.lookup = Lookup(plant)
        self.time = WorkingTime(plant, self.timeline)
        self.demand = net(plant, self.timeline)
        self.window = self.timeline.window_buckets
        self.size = len(self.timeline)
        self.offers = list(self.lookup.offers.items())

    def steps(self, resource: str, overtime: bool) -> Steps:
        steps = self.time.regular(resource)
        return steps.union(self.time.overtime(resource).intervals()) if overtime else steps


def after(steps: Steps, start: int, minutes: int) -> int | None:
    """Earliest instant by which so many working minutes have passed since a start."""
    left = minutes
    for a, b, _ in steps.intervals():
        begin = max(a, start)
        if b <= begin:
            continue
        if left <= b - begin:
            return begin + left
        left -= b - begin
    return None


def next_open(steps: Steps, start: int) -> int | None:
    for a, b, _ in steps.intervals():
        if b > start:
            return max(a, start)
    return None


def unlearnt(lookup: Lookup, item: str) -> list[str]:
    """Versions of an item as they are at the start."""
    return list({lookup.unlearnt(item, one): None for one in lookup.versions[item]})


class Placer:
    """Turns a recipe into a plan."""

    def __init__(self, yard: Yard, recipe: Recipe) -> None:
        self.yard, self.recipe = yard, recipe
        self.free: dict[str, int] = {}
        self.group: dict[str, str | None] = {}
        self.runs: list[p.Run] = []
        self.bucket_runs: list[p.BucketRun] = []
        self.lots: list[p.Lot] = []
        self.inspections: list[p.InspectionRun] = []
        self.bucket_inspections: list[p.BucketInspection] = []
        self.counts: dict[str, int] = {}
        self.lab_free: dict[str, int] = {}
        self.version = ""
        self.supply: dict[str, list[tuple[int, F]]] = {}
        self.taken: dict[str, F] = {}
        self.used: dict[tuple[str, int], int] = {}
        self.changes: dict[tuple[str, int], int] = {}
        self.upkeep = Upkeep(yard.plant)

    def plan(self) -> p.Plan | None:
        yard, recipe = self.yard, self.recipe
        purchases = []
        for number, buy in enumerate(recipe.buys):
            (supplier, item), offers = yard.offers[buy.choice % len(yard.offers)]
            lead = offers[0].lead_time_days * DAY
            arrives = lead + buy.day * DAY + buy.hour * 60
            if arrives >= yard.timeline.horizon_end:
                return None
            quantity = buy.quantity * yard.lookup.scale[item]
            bought = p.Purchase(f"P{number}", supplier, item, quantity, arrives - lead, arrives)
            purchases.append(bought)
        self._opening(purchases)
        for number, make in enumerate(recipe.makes):
            if not self._lot(make, make.receipt or f"L{number}"):
                return None
        if not self._validated():
            return None
        setups = self._setups()
        self.upkeep.in_tail(yard.timeline, self.used, self.changes, self.free)
        base = p.Plan(
            p.Provenance(yard.plant.name, ""), lots=tuple(self.lots), runs=tuple(self.runs),
            bucket_runs=tuple(self.bucket_runs), bucket_setups=setups,
            inspections=tuple(self.inspections), bucket_inspections=tuple(self.bucket_inspections),
            purchases=tuple(purchases), overtime=self._overtime(), maintenance=tuple(self.upkeep.placed),
        )  # fmt: skip
        return self._delivered(base)

    def _opening(self, purchases: list[p.Purchase]) -> None:
        """Stock, receipts and purchases, inspected in the order of their arrival."""
        yard, scale = self.yard, self.yard.lookup.scale
        for row in yard.plant.stock:
            free: int | None = max(row.available or 0, 0)
            if row.status is q.StockStatus.IN_INSPECTION and row.available is None:
                free = self._once(row) if self.recipe.inspect_fixed else None
            if free is not None:
                self._supply(row.item, free, F(row.quantity, scale[row.item]))
        arrivals = [(one.arrives, one.purchase, one.item, one.quantity) for one in purchases]
        arrivals += [
            (max(row.due, 0), row.order, row.item, row.quantity)
            for row in yard.plant.receipts
            if not row.operation
        ]
        bought = {one.purchase: one.supplier for one in purchases}
        for minute, name, item, quantity in sorted(arrivals):
            stage = q.Stage.FINAL if item in yard.lookup.versions else q.Stage.INCOMING
            if name not in bought and not self.recipe.inspect_fixed and self._rows(stage, item):
                self._count(stage, item)
                continue
            found = self._inspect(name, stage, item, "", minute, None, bought.get(name, ""))
            issued = None if found is None else self._certify(name, item, found[0], None)
            if found is not None and issued is not None:
                left = self._passed(quantity, found[1])
                self._supply(item, issued, F(left, scale[item]))

    def _rows(self, stage: q.Stage, item: str) -> tuple[q.Inspection, ...]:
        return self.yard.lookup.inspections(stage, item)

    def _count(self, stage: q.Stage, item: str) -> None:
        for row in self._rows(stage, item):
            self.counts[row.inspection] = self.counts.get(row.inspection, 0) + 1

    def _once(self, row: q.Stock) -> int | None:
        """Inspect a stock lot outside the count of every n-th lot."""
        counts, self.counts = self.counts, {}
        stage = q.Stage.FINAL if row.item in self.yard.lookup.versions else q.Stage.INCOMING
        found = self._inspect(row.stock, stage, row.item, "", 0, None)
        self.counts = counts
        return None if found is None else self._certify(row.stock, row.item, found[0], None)

    def _supply(self, item: str, minute: int, units: F) -> None:
        self.supply.setdefault(item, []).append((minute, units))

    def _take(self, item: str, version: str, operation: str, quantity: int) -> int:
        """Take an operation's components; return the minute from which they are all there."""
        lookup, ready = self.yard.lookup, 0
        for line in lookup.components.get((item, version, operation), ()):
            need = quantity * line.quantity / (1 - line.scrap_fraction)
            need = need if line.valid_to is None else F(0)
            total = self.taken.get(line.component, F(0)) + need
            self.taken[line.component] = total
            there = F(0)
            for minute, units in sorted(self.supply.get(line.component, [])):
                there += units
                if there >= total:
                    ready = max(ready, minute)
                    break
            else:
                ready = max(ready, self.yard.timeline.horizon_end)
        return ready

    def _give_back(self, item: str, version: str, operation: str, quantity: int) -> None:
        for line in self.yard.lookup.components.get((item, version, operation), ()):
            need = quantity * line.quantity / (1 - line.scrap_fraction)
            self.taken[line.component] -= need if line.valid_to is None else F(0)

    def _beside(self, make: Make, quantity: int, minute: int) -> None:
        """Supply what comes out beside a lot."""
        lookup = self.yard.lookup
        for line in lookup.by_products.get((make.item, self.version), ()):
            units = quantity * line.quantity / line.per_quantity * (1 - line.scrap_fraction)
            scale = lookup.scale[line.component]
            self._supply(line.component, minute, F(floor_fraction(units * scale), scale))

    def _lot(self, make: Make, name: str) -> bool:
        yard = self.yard
        receipts = {row.order: row for row in yard.plant.receipts}
        version = receipts[make.receipt].version if make.receipt else self._version(make)
        routing, self.version = yard.lookup.routings[make.item, version], version
        self.lots.append(p.Lot(name, make.item, make.quantity, version, make.receipt))
        done = 0
        if make.receipt:
            row = receipts[make.receipt]
            names = [step.operation for step in routing]
            routing, done = routing[names.index(row.operation) :], row.done_quantity
        if make.bucket >= yard.window:
            return self._in_buckets(make, name, routing, done)
        return self._to_the_minute(make, name, routing, done)

    def _version(self, make: Make) -> str:
        """The version that the recipe chooses, as it is learnt when the lot begins."""
        yard, lookup = self.yard, self.yard.lookup
        names = unlearnt(lookup, make.item)
        name = names[make.choice % len(names)]
        begin, end = make.minute, make.minute + 1
        if make.bucket >= yard.window:
            begin, end = int(yard.timeline.starts[make.bucket]), int(yard.timeline.ends[make.bucket])
        else:
            step = lookup.routings[make.item, name][0]
            resource = self._mode(make, step, False, name).resource
            begin = max(begin, self.free.get(resource, 0))
            end = begin + 1
        known = lookup.from_then_on(make.item, name)
        may = [one for one in known if lookup.may_start(make.item, one, begin, end)] or [name]
        return may[make.choice % len(may)]

    def _to_the_minute(
        self, make: Make, name: str, routing: tuple[q.Operation, ...], done: int, again: bool = False
    ) -> bool:
        yard, lookup = self.yard, self.yard.lookup
        quantity, ready = make.quantity, make.minute
        passing: Passing | None = None
        for step in routing:
            if not (make.receipt and step is routing[0]):
                ready = max(ready, self._take(make.item, self.version, step.operation, quantity))
            mode = self._mode(make, step, step is not routing[0], self.version)
            resource = lookup.resources[mode.resource]
            runs = max(quantity - done, 0)
            steps = yard.steps(mode.resource, self.recipe.overtime)
            minutes = run_minutes(step, mode, resource.efficiency, runs, lookup.scale[make.item])
            before = self.group.get(mode.resource, lookup.initial_group(resource))
            try:
                change = lookup.changeover(resource, before, lookup.setup_group(make.item))[0]
            except KeyError:
                return False
            setup = mode.setup_minutes + change
            free = max(ready, self.free.get(mode.resource, 0))
            place = partial(_placed, steps, free, setup, minutes, step.pausable, resource.setup_in_breaks)
            placed = stream(passing, step, mode, resource.efficiency, steps, place)
            if placed is None or placed[2] > yard.timeline.horizon_end:
                return False
            if step is routing[0] and not again and self._moves(make, placed):
                self._give_back(make.item, self.version, step.operation, quantity)
                return self._elsewhere(make, name, done, placed)
            changed = before not in (None, lookup.setup_group(make.item))
            kept_up = self._kept_up(passing, step, mode, minutes, setup, ready, steps, placed, changed)
            if kept_up is None:
                return False
            placed, steps = kept_up
            self.runs.append(p.Run(name, step.operation, mode.resource, runs, *placed))
            self.free[mode.resource], self.group[mode.resource] = placed[2], lookup.setup_group(make.item)
            if step is routing[-1]:
                self._beside(make, quantity, placed[2])
            passed = (mode, resource.efficiency, lookup.scale[make.item], quantity, done, steps)
            passing = Passing(step, *passed, *placed[1:]) if step.overlap_quantity else None
            quantity, done = floor_fraction(quantity * step.yield_fraction), 0
            inspected = self._inspect(name, q.Stage.IN_PROCESS, make.item, step.operation, placed[2], None)
            if inspected is None:
                return False
            ready = self._rework(make, name, inspected, quantity, None) + step.min_wait_minutes
            ready = make.minute if passing is not None else ready
            quantity = self._passed(quantity, inspected[1])
        end = max(run.end for run in self.runs if run.lot == name)
        return self._finished(make, name, quantity, end, None)

    def _finished(self, make: Make, name: str, quantity: int, minute: int | None, bucket: int | None) -> bool:
        """Inspect a lot that is complete, work its rejects again, certify it. False: beyond the horizon."""
        found = self._inspect(name, q.Stage.FINAL, make.item, "", minute, bucket)
        if found is None:
            return False
        to_the_minute = bucket is None
        ready = self._rework(make, name, found, quantity, None if to_the_minute else found[0])
        issued = self._certify(name, make.item, *((ready, None) if to_the_minute else (None, ready)))
        if issued is None:
            return False
        free = issued if to_the_minute else int(self.yard.timeline.starts[issued])
        self._supply(make.item, free, F(self._passed(quantity, found[1])))
        return True

    def _moves(self, make: Make, placed: tuple[int, int, int]) -> bool:
        """Whether a lot begins beyond the window, or when it is made as another version."""
        learnt = self.yard.lookup.learnt(make.item, self.version, placed[1])
        beyond = placed[0] >= self.yard.timeline.window_end
        return not make.receipt and (beyond or learnt != self.version)

    def _elsewhere(self, make: Make, name: str, done: int, placed: tuple[int, int, int]) -> bool:
        """Make a lot in the tail, or as what it is by the time at which it begins."""
        yard, lookup = self.yard, self.yard.lookup
        beyond = placed[0] >= yard.timeline.window_end
        begin = int(yard.timeline.starts[yard.window]) if beyond else placed[1]
        self.version = lookup.learnt(make.item, self.version, begin)
        self.lots[-1] = replace(self.lots[-1], version=self.version)
        routing = lookup.routings[make.item, self.version]
        if beyond:
            return self._in_buckets(replace(make, bucket=yard.window), name, routing, done)
        return self._to_the_minute(make, name, routing, done, again=True)

    def _kept_up(
        self, passing: Passing | None, step: q.Operation, mode: q.OperationResource, minutes: int, setup: int,
        ready: int, steps: Steps, placed: tuple[int, int, int], changed: bool,
    ) -> tuple[tuple[int, int, int], Steps] | None:  # fmt: skip
        """Place a run again with the maintenance by running hours that it calls for; None: too long."""
        if changed:
            self.upkeep.changed(mode.resource)
        resource, free = self.yard.lookup.resources[mode.resource], self.free.get(mode.resource, 0)
        fixed = (setup, minutes, step.pausable, resource.setup_in_breaks)
        clean = self.upkeep.before(mode.resource, minutes, step.pausable, free)
        free = max(ready, free)
        if clean > free:
            free = clean
            again = stream(
                passing, step, mode, resource.efficiency, steps, partial(_placed, steps, free, *fixed)
            )
            if again is None:
                return None
            placed = again
        holes = self.upkeep.within(mode.resource, steps, placed[1], minutes)
        steps = steps.without(holes)
        paused = _placed(steps, free, *fixed, placed[1]) if holes else placed
        in_time = paused is not None and paused[2] <= self.yard.timeline.horizon_end
        return (paused, steps) if paused is not None and in_time else None

    def _mode(self, make: Make, step: q.Operation, later: bool, version: str) -> q.OperationResource:
        """The mode that the recipe chooses; an order in progress stays on its resource."""
        modes = self.yard.lookup.modes[make.item, version, step.operation]
        if make.receipt and not later:
            stated = {row.order: row.resource for row in self.yard.plant.receipts}[make.receipt]
            modes = tuple(mode for mode in modes if stated in ("", mode.resource))
        return modes[make.choice % len(modes)]

    def _validated(self) -> bool:
        """Inspect the first lot of each item that has a row of validation; False: not in time."""
        for row in self.yard.plant.inspections:
            if row.stage is not q.Stage.VALIDATION:
                continue
            ends = {lot.lot: self._completed(lot.lot) for lot in self.lots if lot.item == row.item}
            name = min(ends, key=lambda lot: (ends[lot][1], lot), default="")
            if name and not self._inspect(name, row.stage, row.item, "", *ends[name][0]):
                return False
        return True

    def _completed(self, lot: str) -> tuple[tuple[int | None, int | None], int]:
        """Minute or bucket of a lot's completion, and the instant that counts for the order of lots."""
        rework = {row.operation for row in self.yard.lookup.rework.values()}
        minutes = [run.end for run in self.runs if run.lot == lot and run.operation not in rework]
        if minutes:
            return (max(minutes), None), max(minutes)
        buckets = [
            run.load[-1][0] for run in self.bucket_runs if run.lot == lot and run.operation not in rework
        ]
        return (None, max(buckets)), int(self.yard.timeline.ends[max(buckets)])

    def _passed(self, quantity: int, rows: list[q.Inspection]) -> int:
        for row in sorted(rows, key=lambda row: row.inspection):
            quantity, rejects = _tested(row, quantity)
            if row.rework_operation:
                quantity += floor_fraction(rejects * self._again(row).yield_fraction)
        return quantity

    def _again(self, row: q.Inspection) -> q.Operation:
        return self.yard.lookup.rework[row.item, "", row.rework_operation]

    def _rework(
        self, make: Make, name: str, inspected: tuple[int, list[q.Inspection]], quantity: int,
        bucket: int | None,
    ) -> int:  # fmt: skip
        """Work rejects again after the release; return when (or in which bucket) all is ready."""
        ready, rows = inspected
        for row in sorted(rows, key=lambda row: row.inspection):
            rejects = _tested(row, quantity)[1]
            quantity = self._passed(quantity, [row])
            if not row.rework_operation or not rejects:
                continue
            again, lookup = self._again(row), self.yard.lookup
            (mode,) = lookup.modes[make.item, "", again.operation]
            minutes = run_minutes(again, mode, F(1), rejects, lookup.scale[make.item])
            if bucket is not None:
                self.bucket_runs.append(
                    p.BucketRun(name, again.operation, mode.resource, rejects, ((ready, minutes),))
                )
                continue
            free = self.upkeep.before(mode.resource, minutes, False, self.free.get(mode.resource, 0))
            start = max(ready, free)
            self.upkeep.ran(mode.resource, minutes)
            ready = self.free[mode.resource] = start + minutes
            self.runs.append(p.Run(name, again.operation, mode.resource, rejects, start, start, ready))
        return ready

    def _in_buckets(self, make: Make, name: str, routing: tuple[q.Operation, ...], done: int) -> bool:
        yard, lookup = self.yard, self.yard.lookup
        quantity, bucket = make.quantity, make.bucket
        passing: Passing | None = None
        for step in routing:
            if not (make.receipt and step is routing[0]):
                ready = self._take(make.item, self.version, step.operation, quantity)
                while bucket < yard.size and yard.timeline.ends[bucket] <= ready:
                    bucket += 1
            mode = self._mode(make, step, step is not routing[0], self.version)
            resource = lookup.resources[mode.resource]
            runs = max(quantity - done, 0)
            minutes = run_minutes(step, mode, resource.efficiency, runs, lookup.scale[make.item])
            minutes = 0 if step.batch_size else minutes + mode.setup_minutes
            load = self._load(mode.resource, bucket, minutes, make.spread, passing)
            if load is None:
                return False
            last = load[-1][0]
            passing = None
            if step.overlap_quantity:
                passing = Passing(step, mode, resource.efficiency, lookup.scale[make.item], quantity, done,
                                  yard.time.regular(mode.resource), 0, 0, load)  # fmt: skip
            self.bucket_runs.append(p.BucketRun(name, step.operation, mode.resource, runs, load))
            bucket = last
            if step is routing[-1]:
                self._beside(make, quantity, int(yard.timeline.starts[bucket]))
            quantity, done = floor_fraction(quantity * step.yield_fraction), 0
            inspected = self._inspect(name, q.Stage.IN_PROCESS, make.item, step.operation, None, bucket)
            if inspected is None:
                return False
            bucket = self._rework(make, name, inspected, quantity, inspected[0])
            bucket = load[0][0] if passing is not None else bucket
            quantity = self._passed(quantity, inspected[1])
        return self._finished(make, name, quantity, None, bucket)

    def _load(
        self, resource: str, bucket: int, minutes: int, spread: int, passing: Passing | None = None
    ) -> tuple[tuple[int, int], ...] | None:
        """Minutes by bucket: as early as there is room, or half of the room (``spread``)."""
        yard, load, total = self.yard, [], minutes
        steps = yard.time.regular(resource)
        for at in range(bucket, yard.size):
            begin, end = int(yard.timeline.starts[at]), int(yard.timeline.ends[at])
            room = steps.capacity_minutes(begin, end)
            if not yard.lookup.resources[resource].calendar:
                room -= self.upkeep.reserve(resource, room)
            room -= self.used.get((resource, at), 0)
            taken = min(minutes, room // 2 if spread and at == bucket else room)
            if passing is not None:
                # Of what is passed on no more than has come.
                taken = min(taken, floor_fraction(passing.through(at) * total) - (total - minutes))
            if taken > 0 or (not minutes and (passing is None or passing.through(at) == 1)):
                load.append((at, taken))
                self.used[resource, at] = self.used.get((resource, at), 0) + taken
                minutes -= taken
            if not minutes and load:
                return tuple(load)
        return None

    def _inspect(
        self, name: str, stage: q.Stage, item: str, operation: str, minute: int | None, bucket: int | None,
        supplier: str = "",
    ) -> tuple[int, list[q.Inspection]] | None:  # fmt: skip
        """Inspect as early as the lab can; when released, and what applied. None: beyond the horizon."""
        yard = self.yard
        rows = []
        released = minute if minute is not None else bucket or 0
        for row in yard.lookup.inspections(stage, item):
            if (operation and row.operation != operation) or (row.supplier and row.supplier != supplier):
                continue
            if row.is_last:
                continue
            count = self.counts[row.inspection] = self.counts.get(row.inspection, 0) + 1
            if (count - 1) % row.every_lots:
                continue
            rows.append(row)
            at = self._test(name, row, minute, bucket)
            if at is None:
                return None
            released = max(released, at)
        return released, rows

    def _certify(self, name: str, item: str, minute: int | None, bucket: int | None) -> int | None:
        """Issue a certificate once all else has ended; return when (in which bucket). None: not in time."""
        ready = minute if minute is not None else bucket
        for row in self.yard.plant.inspections:
            if row.item == item and row.stage is q.Stage.CERTIFICATE:
                return self._test(name, row, minute, bucket)
        return ready

    def _test(self, name: str, row: q.Inspection, minute: int | None, bucket: int | None) -> int | None:
        """Inspect as early as the lab can; when (in which bucket) it is decided. None: beyond the horizon."""
        yard = self.yard
        if minute is not None:
            steps = yard.time.regular(row.lab)
            start = next_open(steps, max(minute, self.lab_free.get(row.lab, 0)))
            end = None if start is None else after(steps, start, row.lab_minutes)
            if start is None or end is None or end > yard.timeline.horizon_end:
                return None
            self.lab_free[row.lab] = end
            self.inspections.append(p.InspectionRun(name, row.inspection, row.lab, start, end))
            return end + row.wait_minutes
        assert bucket is not None
        begin = int(yard.timeline.starts[bucket])
        at = max(bucket, yard.timeline.bucket_of_end(begin + row.lab_minutes + row.wait_minutes))
        if at >= yard.size:
            return None
        self.bucket_inspections.append(p.BucketInspection(name, row.inspection, row.lab, bucket, at))
        return at

    def _setups(self) -> tuple[p.BucketSetups, ...]:
        lookup = self.yard.lookup
        found: dict[tuple[str, int], dict[str, None]] = {}
        items = {lot.lot: lot.item for lot in self.lots}
        for run in self.bucket_runs:
            if lookup.resources[run.resource].changeover_matrix:
                for bucket, _ in run.load:
                    group = lookup.setup_group(items[run.lot])
                    found.setdefault((run.resource, bucket), {})[group] = None
        rows = []
        for (resource, bucket), groups in sorted(found.items()):
            before = self.group.get(resource, lookup.initial_group(lookup.resources[resource]))
            order = sorted(groups, key=lambda group: group != before)
            states = pairwise([before, *order])
            self.changes[resource, bucket] = sum(one not in (None, other) for one, other in states)
            self.group[resource] = order[-1]
            rows.append(p.BucketSetups(resource, bucket, tuple(order)))
        return tuple(rows)

    def _overtime(self) -> tuple[p.Overtime, ...]:
        if not self.recipe.overtime:
            return ()
        rows = []
        for name in sorted({run.resource for run in self.runs}):
            for a, b, _ in self.yard.time.overtime(name).intervals():
                used = [
                    (max(a, run.setup_start), min(b, run.end)) for run in self.runs if run.resource == name
                ]
                used = [(x, y) for x, y in used if y > x]
                if used:
                    rows.append(p.Overtime(name, min(x for x, _ in used), max(y for _, y in used)))
        return tuple(rows)

    def _delivered(self, base: p.Plan) -> p.Plan:
        yard, ends = self.yard, self.yard.timeline.ends.tolist()
        free = {item: curve.unrestricted.tolist() for item, curve in stock_curves(yard.plant, base).items()}
        rows, lost = [], []
        for demand in sorted(yard.demand, key=lambda row: (row.due, row.demand)):
            left = demand.quantity
            for bucket in range(yard.size):
                # In the tail a bucket's inflows may leave at any of its minutes.
                ship = min(ends[bucket], yard.timeline.horizon_end - demand.transit)
                if ship <= yard.timeline.starts[bucket]:
                    break
                if self.yard.plant.costs.lateness is q.Lateness.MINUTE and not self.recipe.eager:
                    ship = int(yard.timeline.starts[bucket]) + 1
                arrive = ship + demand.transit
                if arrive > yard.timeline.horizon_end or not left:
                    break
                if yard.timeline.bucket_of_end(arrive) < demand.bucket:
                    continue
                quantity = min(left, min(free[demand.item][bucket:]))
                if quantity > 0:
                    rows.append(p.Delivery(demand.demand, demand.item, quantity, ship, arrive))
                    left -= quantity
                    for later in range(bucket, yard.size):
                        free[demand.item][later] -= quantity
            if left and self.recipe.eager:
                lost.append(p.Lost(demand.demand, left))
        return replace(base, deliveries=tuple(rows), lost=tuple(lost))


def _tested(row: q.Inspection, quantity: int) -> tuple[int, int]:
    """What is good and what is rejected of a quantity."""
    tested = quantity - (min(row.sample_quantity, quantity) if row.destructive else 0)
    good = floor_fraction(tested * (1 - row.reject_fraction))
    return good, tested - good


def _place(
    steps: Steps, free: int, setup: int, minutes: int, pausable: bool, in_breaks: bool
) -> tuple[int, int, int] | None:
    """Setup start, start and end of a run from an instant on."""
    begin = next_open(steps, free)
    if begin is None:
        return None
    ready = begin + setup if in_breaks else after(steps, begin, setup)
    if ready is None:
        return None
    start = ready if not minutes else next_open(steps, ready)
    while start is not None and minutes:
        end = after(steps, start, minutes)
        if end is None:
            return None
        if pausable or end == start + minutes:
            return begin, start, end
        start = next((a for a, _, _ in steps.intervals() if a > start), None)
    return None if start is None else (begin, start, start)


def _placed(
    steps: Steps, free: int, setup: int, minutes: int, pausable: bool, in_breaks: bool, start: int
) -> tuple[int, int, int] | None:
    """Like `_place`, with the run itself not before ``start``: then the setup is done before."""
    placed = _place(steps, free, setup, minutes, pausable, in_breaks)
    if placed is None or placed[1] >= start:
        return placed
    later = _place(steps, start, 0, minutes, pausable, in_breaks)
    return None if later is None else (placed[0], *later[1:])


def recipes(yard: Yard, rng: Random, count: int) -> Iterator[Recipe]:
    """Draw recipes: all of a small grid of single lots first, then mixtures."""
    wip = tuple(
        Make(row.item, row.quantity, 0, 0, 0, 0, row.order) for row in yard.plant.receipts if row.operation
    )
    for fixed in (True, False):
        yield Recipe(wip, (), False, True, fixed)
    items = [item for item in yard.lookup.versions if item in yard.lookup.items]
    starts = [0, 1, 360, 480, 700, 900, 1300, DAY - 1, DAY, DAY + 500, 2 * DAY - 60]
    starts = [minute for minute in starts if minute < yard.timeline.window_end]
    tail = range(yard.window, yard.size)
    singles = [
        Make(item, quantity, minute, bucket, 0)
        for item in items
        for quantity in _sizes(yard, item)
        for minute, bucket in (*((m, 0) for m in starts), *((0, b) for b in tail))
    ]
    bought = bool(yard.lookup.offers)
    made = 1
    for _ in range(count // 2):
        made += 1
        yield _sensible(yard, rng, wip)
    grid = [
        Recipe((*wip, one), buys, False, True)
        for one, buys in product(singles, ((), *(((Buy(10, 0, 0),), (Buy(20, 0, 0),)) if bought else ())))
    ]
    rng.shuffle(grid)
    for recipe in grid[: count // 6]:
        made += 1
        yield recipe
    while made < count:
        made += 1
        makes = [
            replace(rng.choice(singles), choice=rng.randrange(2), spread=rng.choice([0, 0, 1]))
            for _ in range(rng.choice([1, 2, 2, 3]))
        ]
        makes.sort(key=lambda one: (one.bucket, one.minute))
        buys = tuple(
            Buy(
                rng.choice([5, 10, 15, 20, 30]),
                rng.choice([0, 0, 1, 2]),
                rng.choice([0, 0, 12]),
                rng.randrange(2),
            )
            for _ in range(rng.choice([0, 1, 1, 2]) if bought else 0)
        )
        order = (*makes, *wip) if rng.random() < 0.3 else (*wip, *makes)
        yield Recipe(order, buys, rng.random() < 0.4, rng.random() < 0.7)


def _sensible(yard: Yard, rng: Random, wip: tuple[Make, ...]) -> Recipe:
    """Lots and purchases that cover (a share of) the demand, component lots first."""
    wanted: dict[str, int] = {}
    share = rng.choice([0.4, 0.7, 1.0, 1.0, 1.0])
    for demand in yard.demand:
        if rng.random() < share:
            wanted[demand.item] = wanted.get(demand.item, 0) + demand.quantity
    makes: list[Make] = []
    minute = rng.choice([0, 0, 60, 700, DAY, DAY + 600])
    bucket = 0 if rng.random() < 0.75 or yard.window == yard.size else rng.randrange(yard.window, yard.size)
    needs: dict[str, F] = {}
    for item in [*sorted(wanted), "C"]:
        units = wanted.get(item, 0)
        if item == "C":
            units = floor_fraction(needs.get("C", F(0))) + rng.choice([0, 0, 1])
        if item not in yard.lookup.versions or not units:
            continue
        for size in _split(yard, rng, item, _started(yard, rng, item, units)):
            at = max(0, bucket - 1) if item == "C" and bucket else bucket
            at = at if at >= yard.window else 0
            choice, versions = rng.randrange(2), unlearnt(yard.lookup, item)
            makes.append(Make(item, size, 0 if item == "C" else minute, at, choice))
            version = versions[choice % len(versions)]
            for key, lines in yard.lookup.components.items():
                for line in lines if key[:2] == (item, version) else ():
                    per = line.quantity / (1 - line.scrap_fraction)
                    needs[line.component] = needs.get(line.component, F(0)) + size * per
    makes.sort(key=lambda one: (one.bucket, one.item != "C", one.minute))
    buys: tuple[Buy, ...] = ()
    for item in ("R", "Q"):
        short = -floor_fraction(-needs.get(item, F(0)) * rng.choice([F(1), F(1), F(11, 10)]))
        buys += _bought(yard, rng, item, short) if short > 0 else ()
    fixed = rng.random() < 0.7
    return Recipe((*wip, *makes), buys, rng.random() < 0.3, rng.random() < 0.8, fixed)


def _started(yard: Yard, rng: Random, item: str, units: int) -> int:
    """What to start so that so many (or a little more) are accepted, less what is there."""
    there = sum(row.quantity for row in yard.plant.stock if row.item == item)
    there += sum(row.quantity for row in yard.plant.receipts if row.item == item)
    units = max(units - there + rng.choice([0, 0, 0, 3]), 0)
    for step in yard.lookup.routings[item, yard.lookup.versions[item][0]]:
        units = -floor_fraction(-units / step.yield_fraction)
    for row in yard.plant.inspections:
        if row.item == item:
            units = -floor_fraction(-units / (1 - row.reject_fraction)) + (1 if row.destructive else 0)
    return units


def _bought(yard: Yard, rng: Random, item: str, short: int) -> tuple[Buy, ...]:
    """Up to three purchases of what is short of an item."""
    able = [number for number, (key, _) in enumerate(yard.offers) if key[1] == item]
    if not able:
        return ()
    choice, scale = rng.choice(able), yard.lookup.scale[item]
    offers = yard.offers[choice][1]
    buys: list[Buy] = []
    while short > 0 and len(buys) < 3:
        # A higher tier may be worth more than is needed.
        offer = rng.choice(offers) if rng.random() < 0.3 else offers[0]
        least = max(offer.min_order, offer.from_quantity) // scale
        quantity = max(short if rng.random() < 0.7 else (short + 1) // 2, least)
        if offer.order_multiple:
            multiple = offer.order_multiple // scale
            quantity = -(-quantity // multiple) * multiple
        buys.append(Buy(quantity, rng.choice([0, 0, 1]), 0, choice))
        short -= quantity
    return tuple(buys)


def _split(yard: Yard, rng: Random, item: str, units: int) -> list[int]:
    """Lots that add up to a quantity."""
    row = yard.lookup.items[item]
    sizes: list[int] = []
    while units > 0 and len(sizes) < 4:
        size = max(units if rng.random() < 0.7 else (units + 1) // 2, row.min_lot)
        if row.lot_multiple:
            size = -(-size // row.lot_multiple) * row.lot_multiple
        if row.max_lot:
            size = min(size, row.max_lot)
        sizes.append(size)
        units -= size
    return sizes


def _sizes(yard: Yard, item: str) -> list[int]:
    row = yard.lookup.items[item]
    wished = {2, 3, 5, 8, 10, 12, row.min_lot, row.max_lot}
    sizes = {max(size, row.min_lot) for size in wished if size}
    if row.lot_multiple:
        sizes = {size // row.lot_multiple * row.lot_multiple for size in sizes}
    return sorted(size for size in sizes if size > 0 and (not row.max_lot or size <= row.max_lot))


def variants(recipe: Recipe, rng: Random) -> Recipe:
    """Change one decision a little."""
    makes = list(recipe.makes)
    own = [place for place, one in enumerate(makes) if not one.receipt]
    if own and rng.random() < 0.6:
        place = rng.choice(own)
        one = makes[place]
        moved = max(one.minute + rng.choice([-600, -120, -30, -1, 1, 30, 120, 600]), 0)
        makes[place] = replace(one, minute=moved) if rng.random() < 0.7 else replace(
            one, quantity=max(1, one.quantity + rng.choice([-1, 1, 5, -5]))
        )  # fmt: skip
        if rng.random() < 0.15:
            del makes[place]
        return replace(recipe, makes=tuple(makes))
    buys = list(recipe.buys)
    if buys:
        place = rng.randrange(len(buys))
        one_buy = buys[place]
        quantity = max(1, one_buy.quantity + rng.choice([-5, -1, 1, 5]))
        hour = max(0, one_buy.hour + rng.choice([-6, -1, 1, 6]))
        buys[place] = replace(one_buy, quantity=quantity, hour=hour)
        if rng.random() < 0.2:
            del buys[place]
        return replace(recipe, buys=tuple(buys))
    return replace(recipe, overtime=not recipe.overtime)


@dataclass
class Found:
    """The cheapest accepted plan, and how many were accepted."""

    cost: F | None = None
    plan: p.Plan | None = None
    accepted: int = 0
    tried: int = 0
    plans: list[p.Plan] = field(default_factory=list)


def cheapest(plant: q.Plant, seed: int, count: int) -> Found:
    """Build plans from many recipes, improve the best, and keep the cheapest that the checker accepts."""
    yard, rng = Yard(plant), Random(seed)
    found = Found()
    best: Recipe | None = None

    def attempt(recipe: Recipe) -> bool:
        nonlocal best
        found.tried += 1
        plan = Placer(yard, recipe).plan()
        if plan is None:
            return False
        verdict = check(plant, plan)
        if verdict.violations:
            return False
        found.accepted += 1
        found.plans.append(plan)
        if found.cost is None or verdict.cost < found.cost:
            found.cost, found.plan, best = verdict.cost, plan, recipe
            return True
        return False

    for recipe in recipes(yard, rng, count * 2 // 3):
        attempt(recipe)
    for _ in range(count // 3):
        if best is not None:
            attempt(variants(best, rng))
    return found
