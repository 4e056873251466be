"""Where maintenance by running hours goes before it is known what runs.

A machine cannot run longer than it is open. Maintenance before its open minutes since the last
one pass the limit is therefore in time whatever is planned; what turns out to be needless is left
out of the finished plan (`solve.upkeep`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain

from capacityplan.domain.plan import Maintenance, Run
from capacityplan.domain.plant import Downtime, Plant
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.units import MINUTES_PER_HOUR

Stretches = Iterable[tuple[int, int]]


def by_running_hours(
    plant: Plant,
    timeline: Timeline,
    working: WorkingTime,
    held: Iterable[Maintenance] = (),
    busy: Mapping[str, Stretches] | None = None,
) -> tuple[Maintenance, ...]:
    """Place maintenance so often that its machine cannot work beyond the limit in between.

    Parameters
    ----------
    plant : Plant
    timeline : Timeline
    working : WorkingTime
    held : iterable of Maintenance, optional
        What lies where it is, of any downtime; returned where it is one by running hours.
    busy : mapping of resource to (start, end), optional
        Runs that no further maintenance may cut, in minutes.

    Returns
    -------
    tuple of Maintenance
        Of every row of downtime with ``every_run_hours`` and every cleaning, in breaks where these come
        in time.
    """
    placed: list[Maintenance] = []
    kept = list(held)
    for row in stoppages(plant):
        if row.every_run_hours is not None:
            own = sorted((one for one in kept if one.downtime == row.downtime), key=lambda one: one.start)
            others = [
                (one.start, one.end)
                for one in chain(kept, placed)
                if one.resource == row.resource and one.downtime != row.downtime
            ]
            cut = [*others, *(busy or {}).get(row.resource, ())]
            placed += _Row(row, timeline, working, cut).placements(own)
    return tuple(placed)


class _Row:
    def __init__(self, row: Downtime, timeline: Timeline, working: WorkingTime, taken: Stretches) -> None:
        self._row, self._end = row, timeline.horizon_end
        self._regular = working.regular(row.resource)
        self._open = self._regular.union(working.overtime(row.resource).intervals())
        self._taken = sorted(taken)
        self._borders = sorted({edge for a, b, _ in self._regular.intervals() for edge in (a, b)})

    def placements(self, held: list[Maintenance]) -> list[Maintenance]:
        hours = self._row.every_run_hours or Fraction(0)
        limit = int(hours * MINUTES_PER_HOUR)
        done = min(int(-(-self._row.run_hours_before * MINUTES_PER_HOUR // 1)), limit)
        found: list[Maintenance] = []
        position = 0
        while True:
            held = [one for one in held if one.start >= position]
            due = self._due(position, limit - done)
            if held and held[0].start <= due:
                one: Maintenance | None = held.pop(0)
            elif due >= self._end:
                return found
            else:
                one = self._between(position, self._due(position, (limit - done) // 2), due, held)
            if one is None:
                # No room in time: what is there already stands for itself.
                position = due + 1
            else:
                found.append(one)
                position = one.end
            done = 0

    def _due(self, position: int, minutes: int) -> int:
        """Last instant up to which no more than so many minutes are open; the horizon's end at most."""
        low, high = position, self._end
        while low < high:
            middle = (low + high + 1) // 2
            if self._open.capacity_minutes(position, middle) <= minutes:
                low = middle
            else:
                high = middle - 1
        return low

    def _between(self, first: int, early: int, due: int, held: list[Maintenance]) -> Maintenance | None:
        """Place one maintenance: where it cuts least working time, as late as that allows."""
        minutes = self._row.minutes
        last = min(due, self._end - minutes, *(one.start - minutes for one in held[:1]))
        edges = [early, last, *(edge for edge in self._borders if early <= edge <= last + minutes)]
        starts = {start for edge in edges for start in (edge, edge - minutes) if early <= start <= last}
        free = [start for start in starts if self._is_free(start, start + minutes)]
        if not free:
            around = {first, last, *(b for _, b in self._taken), *(a - minutes for a, _ in self._taken)}
            free = [s for s in around if first <= s <= last and self._is_free(s, s + minutes)]
        if not free:
            return None
        start = min(free, key=lambda s: (self._cut(self._regular, s), self._cut(self._open, s), -s))
        return Maintenance(self._row.downtime, self._row.resource, start, start + minutes)

    def _is_free(self, start: int, end: int) -> bool:
        return all(end <= a or b <= start for a, b in self._taken)

    def _cut(self, steps: Steps, start: int) -> int:
        return steps.open_minutes(start, start + self._row.minutes)


def busy_of(runs: Iterable[Run]) -> dict[str, list[tuple[int, int]]]:
    """Stretches that runs and their setups take, by resource."""
    busy: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for run in runs:
        busy[run.resource].append((run.setup_start, run.end))
    return busy


def by_hours(plant: Plant) -> frozenset[str]:
    """Names of the downtime that is due by running hours, cleaning included."""
    return frozenset(row.downtime for row in stoppages(plant) if row.every_run_hours is not None)
