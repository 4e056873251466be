"""Dispatch of tail lots into buckets, operation by operation, in order of time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun
from capacityplan.domain.plant import Operation, OperationResource, Receipt, Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.divide import fitting, is_divisible
from capacityplan.prepare.lotflow import passed, run_minutes
from capacityplan.solve.settle.capacity import Capacity
from capacityplan.solve.settle.job import Job, next_after
from capacityplan.solve.settle.labs import Labs
from capacityplan.solve.settle.manner import Manner
from capacityplan.solve.settle.materials import Materials
from capacityplan.solve.settle.stock import Stock
from capacityplan.solve.types import PlannedLot
from capacityplan.units import ceil_div, floor_product


class Tail:
    """Works through the tail's buckets; `finished` holds the completed jobs' runs."""

    def __init__(
        self,
        lookup: Lookup,
        timeline: Timeline,
        capacity: Capacity,
        labs: Labs,
        stock: Stock,
        manner: Manner,
        names: Iterable[str] = (),
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._capacity = capacity
        self._labs = labs
        self._stock = stock
        self._manner = manner
        self._names = set(names)
        """Of all lots: what is left of a lot that is cut gets one of its own."""
        self._jobs: list[Job] = []
        self._counted: list[Job] = []
        self._counted_to: dict[tuple[str, int], str] = {}
        """Last lot id counted in this bucket, by item and operations done."""
        self._batched: dict[tuple[str, str, str, int], int] = defaultdict(int)
        self._divisible = cache(partial(is_divisible, lookup))
        self._materials = Materials(lookup, timeline, labs, stock)
        self.completed: list[Job] = []
        self.dropped: list[PlannedLot] = []
        self.handed_on = False
        """Whether what was cut off a lot went to the item's next one."""

    def short(self) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], int]]:
        """Bought and made components that waiting lots lacked: base units by item and bucket."""
        return self._materials.short()

    def add(self, wish: PlannedLot) -> None:
        """Queue a lot."""
        lot = wish.lot
        self._names.add(lot.lot)
        routing = self._lookup.routings.get((lot.item, lot.version), ())
        if routing:
            self._jobs.append(Job(wish, routing, lot.quantity))

    def resume(self, wish: PlannedLot, receipt: Receipt) -> None:
        """Queue an order in progress, from the operation at which it stands on."""
        routing = self._lookup.routings[wish.lot.item, wish.lot.version]
        at = [step.operation for step in routing].index(receipt.operation)
        self._jobs.append(Job(wish, routing[at:], wish.lot.quantity, receipt))

    def work(self, bucket: int, finish: Callable[[Job, int], None]) -> None:
        """Start, continue and complete jobs in a bucket.

        Passes are repeated until nothing moves: what one lot completes may be another's component
        in the same bucket. Where inspections count lots (every n-th, first lot), the bucket's
        completions are counted together at its end, in id order.
        """
        self._capacity.blocked.clear()
        self._counted_to.clear()
        self._learn(bucket)
        for reach in (bucket, bucket + self._manner.pull_ahead):
            moving = True
            while moving:
                while self._pass(bucket, reach, finish):
                    pass
                moving = self._count(bucket, finish) or self._make_less(bucket)
        self._materials.note_waiting(self._waiting(bucket), bucket)

    def _learn(self, bucket: int) -> None:
        """Let lots that did not begin while their run times held begin with those that hold now."""
        begin = int(self._timeline.starts[bucket])
        for job in self._jobs:
            lot = job.wish.lot
            until = self._lookup.made_until(lot.item, lot.version)
            if until is None or begin < until or job.receipt or job.runs or job.mode:
                continue
            learnt = self._lookup.learnt(lot.item, lot.version, begin)
            if learnt != lot.version:
                job.wish = replace(job.wish, lot=replace(lot, version=learnt))
                job.routing = self._lookup.routings[lot.item, learnt]
                job.known_minutes.clear()

    def _make_less(self, bucket: int) -> bool:
        """Cut the first lot that waits for material to what there is; True where one was cut.

        A lot that wants a little more than a delivery brings would wait for the next one, and
        with it everything that is made of it.
        """
        for job in self._waiting(bucket):
            operation = job.routing[0]
            if job.receipt or not job.may_start(self._lookup, self._timeline, operation, bucket):
                continue
            if not self._rooms(job, operation, bucket):
                continue
            quantity = self._materials.supplied(job, bucket)
            if quantity:
                self._split(job, quantity, bucket)
                return True
        return False

    def _split(self, job: Job, quantity: int, bucket: int) -> None:
        """Cut a lot to a quantity; what is left waits as a lot of its own, or goes to the item's next lot."""
        wish, item = job.wish, self._lookup.items[job.wish.lot.item]
        rest = wish.lot.quantity - quantity
        if rest < max(item.min_lot, 1):
            most = item.max_lot - rest if item.max_lot else None
            after = next_after(job, self._jobs, bucket, most)
            if after is not None and self._manner.handed_on:
                after.resize(after.quantity + rest)
                self.handed_on = True
        else:
            name = f"{wish.lot.lot}+"
            while name in self._names:
                name += "+"
            self.add(replace(wish, lot=replace(wish.lot, lot=name, quantity=rest)))
        job.resize(quantity)

    def _waiting(self, bucket: int) -> list[Job]:
        """Jobs that should have begun by a bucket and have not, the most urgent first."""
        due = [job for job in self._jobs if job.wish.start_bucket <= bucket and not (job.mode or job.runs)]
        return sorted(due, key=self._urgency)

    def _count(self, bucket: int, finish: Callable[[Job, int], None]) -> bool:
        """Count completions whose order decides; True where lots can go on in the bucket."""
        counted = sorted(self._counted, key=lambda job: job.wish.lot.lot)
        self._counted.clear()
        for job in counted:
            step = (job.wish.lot.item, job.step)
            self._counted_to[step] = max(self._counted_to.get(step, ""), job.wish.lot.lot)
            if job.step == len(job.routing):
                finish(job, bucket)
            else:
                self._inspect(job, bucket)
        return bool(counted)

    def _pass(self, bucket: int, reach: int, finish: Callable[[Job, int], None]) -> bool:
        moved = False
        due = [job for job in self._jobs if job.runs or job.mode or job.wish.start_bucket <= reach]
        for job in sorted(due, key=self._urgency):
            before = (job.step, job.open_minutes, job.mode)
            done = self._advance(job, bucket)
            moved = moved or before != (job.step, job.open_minutes, job.mode)
            if done:
                self._jobs.remove(job)
                self.completed.append(job)
                if self._labs.counts(job.wish.lot.item):
                    self._counted.append(job)
                else:
                    finish(job, bucket)
        return moved

    def close(self) -> None:
        """Give up what is unfinished at the horizon's end."""
        self.dropped += [job.wish for job in self._jobs]

    def _hurry(self, job: Job, bucket: int) -> bool:
        """Whether a lot is late unless it is worked on in a bucket."""
        return job.wish.need <= int(self._timeline.ends[bucket])

    def _urgency(self, job: Job) -> tuple[int, int, str, str]:
        group = self._lookup.setup_group(job.wish.lot.item)
        return (0 if job.mode or job.runs or job.receipt else 1, job.wish.need, group, job.wish.lot.lot)

    def _advance(self, job: Job, bucket: int) -> bool:
        """Work on a job as far as the bucket allows; True when its last operation is complete."""
        while job.step < len(job.routing):
            if job in self._counted or job.ready > bucket or not self._work_step(job, bucket):
                return False
        return True

    def _work_step(self, job: Job, bucket: int) -> bool:
        """Work on the current operation; True when it is complete in this bucket."""
        operation = job.routing[job.step]
        if job.mode is None and not self._begin(job, operation, bucket):
            return False
        mode = job.mode
        assert mode is not None
        group = self._lookup.setup_group(job.wish.lot.item)
        if job.open_minutes:
            room = self._capacity.room(mode, bucket, group, self._hurry(job, bucket))
            time = self._time_left(job, bucket)
            minutes = min(job.open_minutes, room, time)
            if minutes <= 0:
                return False
            self._capacity.take(mode, bucket, group, minutes)
            job.load.append((bucket, minutes))
            job.open_minutes -= minutes
            if job.open_minutes:
                if room <= time:
                    self._capacity.blocked.add(mode.resource)
                return False
        self._end(job, operation, mode, bucket)
        return True

    def _begin(self, job: Job, operation: Operation, bucket: int) -> bool:
        """Choose a mode with room and take the components; False where the bucket has none."""
        if job.step == 0 and self._materials.is_starved(job, job.quantity, bucket):
            return False
        counted_to = self._counted_to.get((job.wish.lot.item, job.step + 1), "")
        in_order = job.wish.lot.lot >= counted_to
        if not (in_order and job.may_start(self._lookup, self._timeline, operation, bucket)):
            return False
        choice = self._divided(job, operation, self._choose(job, operation, bucket), bucket)
        if choice is None or not self._can_follow(job, choice, bucket):
            return False
        least = max(choice[1], operation.fixed_minutes) if self._whole(operation) else min(choice[1], 1)
        if not self._elapsed_fits(job, least, bucket):
            return False
        if job.step == 0 and not self._materials.reserve(job, bucket):
            return False
        for step, component, quantity, reserved in job.reserved:
            if step == job.step:
                self._stock.move_consumption(component, quantity, reserved, bucket)
        job.mode, minutes = choice
        job.elapsed.append((bucket, 0))
        self._age(job, operation.fixed_minutes if operation.batch_size else minutes)
        if operation.batch_size:
            self._join_batch(job, operation, job.mode, bucket)
            job.load = [(bucket, 0)]
            job.open_minutes = 0
        else:
            job.load, job.open_minutes = [], minutes
            if not minutes:
                # A run of no minutes needs its setup state all the same.
                self._capacity.take(job.mode, bucket, self._lookup.setup_group(job.wish.lot.item), 0)
                job.load = [(bucket, 0)]
        return True

    def _divided(
        self, job: Job, operation: Operation, choice: tuple[OperationResource, int] | None, bucket: int
    ) -> tuple[OperationResource, int] | None:
        """Cut a lot that would run beyond the bucket to what there is room for, where that costs nothing."""
        if choice is None or job.step or job.receipt:
            return choice
        lot, (mode, minutes) = job.wish.lot, choice
        room = self._capacity.room(mode, bucket, self._lookup.setup_group(lot.item), self._hurry(job, bucket))
        # One unit of a group of machines works on a lot, several on its parts.
        room = min(room, int(self._timeline.ends[bucket] - self._timeline.starts[bucket]))
        if minutes <= room or not self._divisible(lot.item, lot.version):
            return choice
        part = fitting(self._lookup.items[lot.item], job.quantity, minutes, room)
        if not part:
            return choice
        self._split(job, part, bucket)
        return mode, self._minutes(job, operation, mode, bucket)

    def _can_follow(self, job: Job, choice: tuple[OperationResource, int], bucket: int) -> bool:
        """Whether operations that may not wait have room to follow in this bucket."""
        if job.step + 1 == len(job.routing):
            return True
        group = self._lookup.setup_group(job.wish.lot.item)
        mode, minutes = choice
        waits = job.routing[job.step].max_wait_minutes is None
        if not waits and self._capacity.room(mode, bucket, group, self._hurry(job, bucket)) < minutes <= max(
            self._capacity.left[mode.resource]
        ):
            return False
        lot = job.wish.lot
        for before, after in itertools.pairwise(job.routing[job.step :]):
            if before.max_wait_minutes is None:
                return True
            modes = self._lookup.modes.get((lot.item, lot.version, after.operation), ())
            if not any(
                self._capacity.room(mode, bucket, group, self._hurry(job, bucket))
                >= self._least(job, after, mode, bucket)
                for mode in modes
            ):
                return False
        return True

    def _rooms(self, job: Job, operation: Operation, bucket: int) -> bool:
        """Whether some mode has room to begin: what `_choose` finds, without looking for the best."""
        group, hurry = self._lookup.setup_group(job.wish.lot.item), self._hurry(job, bucket)
        for mode in job.modes(self._lookup, operation):
            room = self._capacity.room(mode, bucket, group, hurry)
            if room > 0 and room >= self._least(job, operation, mode, bucket):
                return True
        return False

    def _choose(self, job: Job, operation: Operation, bucket: int) -> tuple[OperationResource, int] | None:
        """The mode with the most room for the whole run (the wish's own first)."""
        wished, modes = dict(job.wish.modes).get(operation.operation), job.modes(self._lookup, operation)
        own = [mode for mode in modes if mode.resource == wished]
        best = self._roomiest(job, operation, bucket, own)
        if best is None or not best[0][0]:
            # No other is better where the wish's own has room for all of it.
            rest = [mode for mode in modes if mode.resource != wished]
            others = self._roomiest(job, operation, bucket, rest)
            if best is None or (others is not None and others[0][0]):
                best = others
        return None if best is None else (best[1], best[2])

    def _roomiest(
        self, job: Job, operation: Operation, bucket: int, modes: list[OperationResource]
    ) -> tuple[tuple[bool, int], OperationResource, int] | None:
        """The first mode with the most room for the whole run, with its minutes."""
        group, hurry = self._lookup.setup_group(job.wish.lot.item), self._hurry(job, bucket)
        best: tuple[tuple[bool, int], OperationResource, int] | None = None
        for mode, most, free in self._capacity.unchanged(modes, bucket, hurry):
            minutes = self._minutes(job, operation, mode, bucket)
            # Changeovers are looked up for modes only that are better without one than the best with its own.
            if best is not None and (most >= minutes, most - minutes) <= best[0]:
                continue
            room = min(most, free - self._capacity.changeover_minutes(mode.resource, bucket, group))
            if room <= 0 or (self._whole(operation) and minutes > room):
                continue
            rank = (room >= minutes, room - minutes)
            if best is None or rank > best[0]:
                best = (rank, mode, minutes)
        return best

    def _least(self, job: Job, operation: Operation, mode: OperationResource, bucket: int) -> int:
        """Minutes an operation needs to begin in a bucket: what must end in it, others may go on."""
        return self._minutes(job, operation, mode, bucket) if self._whole(operation) else 1

    def _whole(self, operation: Operation) -> bool:
        """Whether an operation ends in the bucket in which it begins."""
        return operation.batch_size > 0 or self._lookup.plant.horizon.lots_within_buckets

    def _minutes(self, job: Job, operation: Operation, mode: OperationResource, bucket: int) -> int:
        if not operation.batch_size:
            asked = (operation.sequence, job.to_run, mode.resource)
            known = job.known_minutes.get(asked)
            if known is None:
                known = mode.setup_minutes + run_minutes(self._lookup, operation, mode, job.to_run)
                job.known_minutes[asked] = known
            return known
        key = (mode.resource, operation.operation, self._lookup.setup_group(job.wish.lot.item), bucket)
        before = ceil_div(self._batched[key], operation.batch_size)
        after = ceil_div(self._batched[key] + job.to_run, operation.batch_size)
        return (after - before) * operation.fixed_minutes

    def _join_batch(self, job: Job, operation: Operation, mode: OperationResource, bucket: int) -> None:
        group = self._lookup.setup_group(job.wish.lot.item)
        self._capacity.take(mode, bucket, group, self._minutes(job, operation, mode, bucket))
        self._batched[mode.resource, operation.operation, group, bucket] += job.to_run

    def _elapsed_fits(self, job: Job, minutes: int, bucket: int) -> bool:
        """Whether the lot could really have got this far by the bucket's end."""
        end = int(self._timeline.ends[bucket])
        return all(end - int(self._timeline.starts[first]) >= spent + minutes for first, spent in job.elapsed)

    def _time_left(self, job: Job, bucket: int) -> int:
        """Minutes of its operation that a lot can have done by the bucket's end, whatever the capacity."""
        end = int(self._timeline.ends[bucket])
        spare = (end - int(self._timeline.starts[first]) - spent for first, spent in job.elapsed)
        return job.open_minutes + min(spare)

    def _age(self, job: Job, minutes: int) -> None:
        job.elapsed = [(first, spent + minutes) for first, spent in job.elapsed]

    def _end(self, job: Job, operation: Operation, mode: OperationResource, bucket: int) -> None:
        """Complete the current operation and pass on what is left of the lot."""
        lot = job.wish.lot
        job.runs.append(BucketRun(lot.lot, operation.operation, mode.resource, job.to_run, tuple(job.load)))
        job.mode = None
        job.entered = job.quantity
        job.quantity = floor_product(job.quantity, operation.yield_fraction)
        job.ready = bucket
        self._age(job, operation.min_wait_minutes)
        start = int(self._timeline.starts[bucket])
        while (
            job.ready < len(self._timeline)
            and int(self._timeline.ends[job.ready]) - start < operation.min_wait_minutes
        ):
            job.ready += 1
        job.step += 1
        rows = self._labs.rows(Stage.IN_PROCESS, lot.item, operation.operation)
        if any(row.every_lots > 1 for row in rows) and job.step < len(job.routing):
            self._counted.append(job)
        elif rows:
            self._inspect(job, bucket)

    def _inspect(self, job: Job, bucket: int) -> None:
        """Inspect a lot after the operation it has just completed."""
        lot = job.wish.lot
        operation = job.routing[job.step - 1].operation
        rows = self._labs.subject(self._labs.rows(Stage.IN_PROCESS, lot.item, operation))
        released = self._labs.release(lot.lot, rows, bucket)
        job.ready = len(self._timeline) if released is None else max(job.ready, released[1])
        for row in rows:
            rest, rejects = passed(job.quantity, row)
            job.quantity = self._materials.recovered(
                lot.item, lot.version, rest, job.quantity, row.inspection
            )
            self._age(job, row.lab_minutes + row.wait_minutes)
            if rejects:
                job.ready = self.rework(lot.item, lot.version, lot.lot, row.rework_operation, rejects, job)

    def rework(self, item: str, version: str, name: str, operation: str, rejects: int, job: Job) -> int:
        """Book the rework run of an object's rejects; return the bucket in which it ends."""
        step = self._lookup.rework[item, version, operation]
        group = self._lookup.setup_group(item)
        for bucket in range(job.ready, len(self._timeline)):
            for mode in self._lookup.modes.get((item, version, operation), ()):
                minutes = mode.setup_minutes + run_minutes(self._lookup, step, mode, rejects)
                if self._capacity.room(mode, bucket, group, self._hurry(job, bucket)) >= minutes:
                    self._capacity.take(mode, bucket, group, minutes)
                    job.runs.append(BucketRun(name, operation, mode.resource, rejects, ((bucket, minutes),)))
                    self._age(job, minutes)
                    return bucket
        return len(self._timeline)
