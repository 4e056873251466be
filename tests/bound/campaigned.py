"""Small random plants whose machines run in campaigns or are maintained by hours, and their upkeep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.timeline import Steps, Timeline

Hole = tuple[int, int]


def with_campaigns(plant: q.Plant, rng: Random) -> q.Plant:
    """Let most machines be cleaned after some hours of a setup group, some be oiled after hours of any."""
    resources, oil = [], []
    for row in plant.resources:
        if row.kind is q.ResourceKind.MACHINE and row.capacity == 1:
            if rng.random() < 0.8:
                hours = rng.choice([F(2), F(11, 2), F(12), F(20)])
                row = replace(
                    row, campaign_max_hours=hours, cleaning_minutes=rng.choice([10, 60, 120]),
                    campaign_hours_before=rng.choice([F(0), F(0), hours / 2, hours]),
                )  # fmt: skip
            if rng.random() < 0.25:
                hours = rng.choice([F(3), F(10)])
                stop = q.Downtime(f"OIL-{row.resource}", row.resource, minutes=rng.choice([20, 90]))
                oil.append(
                    replace(stop, every_run_hours=hours, run_hours_before=rng.choice([F(0), hours / 2]))
                )
        resources.append(row)
    found = replace(plant, resources=tuple(resources), downtime=(*plant.downtime, *oil))
    return _changing(found, rng) if rng.random() < 0.5 else found


def _changing(plant: q.Plant, rng: Random) -> q.Plant:
    """Give M1 setup groups to change between, so that changeovers end campaigns, some in no time."""
    if any(row.changeover_matrix for row in plant.resources):
        return plant
    groups = sorted({row.setup_group for row in plant.items if row.setup_group})
    changes = tuple(
        q.Changeover("swap", one, other, rng.choice([0, 30]), F(rng.choice([0, 5])))
        for one in groups
        for other in groups
        if one != other
    )
    resources = tuple(
        replace(row, changeover_matrix="swap", initial_setup_group=rng.choice(["", *groups]))
        if row.resource == "M1"
        else row
        for row in plant.resources
    )
    return replace(plant, resources=resources, changeovers=(*plant.changeovers, *changes))


@dataclass
class Counter:
    """What is left of the running minutes up to the next maintenance of a resource."""

    name: str
    resource: str
    minutes: int
    most: int
    left: int
    ends_with_group: bool

    def reset(self) -> None:
        self.left = self.most


class Upkeep:
    """Maintenance by running hours of a plan that is placed run by run, forward on every resource."""

    def __init__(self, plant: q.Plant) -> None:
        self.placed: list[p.Maintenance] = []
        self._counters: dict[str, list[Counter]] = {}
        for row in plant.downtime:
            if row.every_run_hours is not None:
                self._add(row.downtime, row.resource, row.minutes, row.every_run_hours, row.run_hours_before)
        for machine in plant.resources:
            if machine.campaign_max_hours is not None:
                name, before = f"cleaning-{machine.resource}", machine.campaign_hours_before
                minutes, matrix = machine.cleaning_minutes, bool(machine.changeover_matrix)
                self._add(name, machine.resource, minutes, machine.campaign_max_hours, before, matrix)

    def _add(
        self, name: str, resource: str, minutes: int, every: F, before: F, ends_with_group: bool = False
    ) -> None:
        most, left = int(every * 60), int((every - before) * 60)
        counter = Counter(name, resource, minutes, most, left, ends_with_group)
        self._counters.setdefault(resource, []).append(counter)

    def changed(self, resource: str) -> None:
        """Note a changeover to another setup group."""
        for counter in self._counters.get(resource, ()):
            if counter.ends_with_group:
                counter.reset()

    def before(self, resource: str, minutes: int, pausable: bool, free: int) -> int:
        """Place what cannot wait for a pause of the next run; return when the resource is free."""
        for counter in self._counters.get(resource, ()):
            if minutes > counter.left and (not pausable or counter.left <= 0):
                free = self._place(counter, free)
        return free

    def within(self, resource: str, steps: Steps, start: int, minutes: int) -> list[Hole]:
        """Count a run, and place what comes due in it; return these stretches."""
        holes: list[Hole] = []
        counters, at = self._counters.get(resource, ()), start
        while counters and minutes > (least := max(min(counter.left for counter in counters), 0)):
            at, minutes = _after(steps.without(holes), at, least), minutes - least
            self.ran(resource, least)
            for counter in counters:
                if counter.left <= 0:
                    end = self._place(counter, at)
                    holes.append((at, end))
                    at = end
        self.ran(resource, minutes)
        return holes

    def ran(self, resource: str, minutes: int) -> None:
        for counter in self._counters.get(resource, ()):
            counter.left -= minutes

    def _place(self, counter: Counter, at: int) -> int:
        counter.reset()
        self.placed.append(p.Maintenance(counter.name, counter.resource, at, at + counter.minutes))
        return at + counter.minutes

    def reserve(self, resource: str, room: int) -> int:
        """Minutes that maintenance takes of so many in a bucket of the tail."""
        counters = self._counters.get(resource, ())
        return min(room, sum(one.minutes * -(-room // one.most) for one in counters))

    def in_tail(
        self, timeline: Timeline, used: dict[tuple[str, int], int], changes: dict[tuple[str, int], int],
        free: dict[str, int],
    ) -> None:  # fmt: skip
        """Place what the buckets of the tail call for, at their beginning or after the window's runs."""
        for resource, counters in self._counters.items():
            begins = [max(int(start), free.get(resource, 0)) for start in timeline.starts]
            for counter in counters:
                count = counter.most - counter.left
                for bucket in range(timeline.window_buckets, len(timeline)):
                    count = max(count, 0) + used.get((resource, bucket), 0)
                    count -= counter.most * changes.get((resource, bucket), 0) * counter.ends_with_group
                    while count > counter.most:
                        begins[bucket] = self._place(counter, begins[bucket])
                        count -= counter.most


def _after(steps: Steps, start: int, minutes: int) -> int:
    """Instant by which so many working minutes have passed."""
    for a, b, _ in steps.intervals():
        begin = max(a, start)
        if b > begin and minutes <= b - begin:
            return begin + minutes
        minutes -= max(b - begin, 0)
    return steps.intervals()[-1][1] if len(steps) else start
