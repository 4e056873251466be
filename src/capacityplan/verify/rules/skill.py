"""Checks that those who do work that asks for a skill have it, and that nobody is counted twice.

Reads the plant's skills itself; the pools that planning derives from them are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, pairwise

import numpy as np

from capacityplan.domain.lookup import Pools
from capacityplan.domain.plant import OperationResource, ResourceKind, Skill
from capacityplan.domain.timeline import Ints, Steps
from capacityplan.errors import Violation
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import Use, pieces

RULE = "skill"
Table = dict[str, Ints]
Supply = Callable[[str, tuple[str, ...]], Ints]
"""People (or minutes) of a labour resource that have one of some skills, by minute looked at or bucket."""


def check(case: Case) -> Iterator[Violation]:
    """Yield minutes of the horizon and buckets of the tail in which people with skills are short."""
    asked = [row.skill for row in case.plant.operation_resources]
    if any(asked) or any(row.skill for row in case.plant.inspections):
        yield from _of_named_labour(case)
        yield from _of_any_labour(case)


def _named(mode: OperationResource) -> Pools:
    """Return labour and skill, as one name, where a mode asks for both."""
    return ((f"{mode.labour}\n{mode.skill}", mode.labour_units),) if mode.labour and mode.skill else ()


def _unnamed(mode: OperationResource) -> Pools:
    """Skill that a mode asks for of any labour."""
    return ((mode.skill, mode.labour_units),) if mode.skill and not mode.labour else ()


def _of_named_labour(case: Case) -> Iterator[Violation]:
    """Labour that is named has the skill while it works with it."""
    holders = _holders(case)
    uses = case.usage_by_modes(_named)
    later = tail.by_modes(case, uses, _named)
    for record in case.plan.inspections:
        row = case.lookup.inspection_rows[record.inspection]
        if row.skill and row.analysts:
            parts = pieces(case.working(record.lab), record.start, record.end)
            name = f"{record.object}/{record.inspection}"
            key = f"{row.labour}\n{row.skill}"
            uses.setdefault(key, []).extend((a, b, row.analysts, name) for a, b in parts)
    for stay in case.plan.bucket_inspections:
        row = case.lookup.inspection_rows[stay.inspection]
        if row.skill and row.analysts:
            minutes = later.setdefault(f"{row.labour}\n{row.skill}", _zeros(case))
            minutes[stay.bucket] += row.lab_minutes * row.analysts
    for key in sorted({*uses, *later}):
        labour, _, skill = key.partition("\n")
        people = holders.get(labour, ())
        room = _qualified(case, people, (skill,), case.working(labour))
        times = _borders([*_edges(uses.get(key, ())), *room.starts.tolist(), *room.ends.tolist()])
        used, there = _use(times, uses.get(key, ())), _level(times, room)
        yield from _short(case, times, (skill, labour), used, there, uses.get(key, ()))
        # Overtime of the tail has no time of its own: it is in what the rule labour allows.
        offered = _qualified(case, people, (skill,), case.time.overtime(labour))
        regular = _qualified(case, people, (skill,), _without_cuts(case, labour))
        minutes = case.bucket_minutes(regular) + case.bucket_minutes(offered)
        yield from _short_buckets(case, (skill, labour), later.get(key, _zeros(case)), minutes)


def _of_any_labour(case: Case) -> Iterator[Violation]:
    """Whoever is not on work that names them does the work that asks for the skill alone."""
    asked = case.usage_by_modes(_unnamed)
    later = tail.by_modes(case, asked, _unnamed)
    if not later:
        return
    holders = {name: rows for name, rows in _holders(case).items() if any(r.skill in later for r in rows)}
    named = case.usage_of_labour()
    for name in holders:
        runs = case.occupations.get(name, ())
        if runs:
            own = [(one.setup_start, one.end, 1, one.charged.name) for one in runs]
            named[name] = [*named.get(name, ()), *own]
    at_work = {name: case.working(name) for name in holders}
    regular = {name: _without_cuts(case, name) for name in holders}
    edges = [
        edge for uses in (*asked.values(), *(named.get(n, []) for n in holders)) for edge in _edges(uses)
    ]
    for name, rows in holders.items():
        for steps in (at_work[name], regular[name]):
            edges += [*steps.starts.tolist(), *steps.ends.tolist()]
        edges += [edge for row in rows for edge in _span(case, row)]
    times = _borders(edges)
    free = {n: np.maximum(_level(times, at_work[n]) - _use(times, named.get(n, ())), 0) for n in holders}

    def people(name: str, skills: tuple[str, ...]) -> Ints:
        return _level(times, _qualified(case, holders[name], skills, regular[name]))

    wanted = {skill: _use(times, uses) for skill, uses in asked.items()}
    for skills, used, room in _sets(wanted, free, holders, people):
        yield from _short(case, times, skills, used, room, [u for s in skills for u in asked[s]])
    yield from _of_any_labour_in_tail(case, later, holders, regular)


def _of_any_labour_in_tail(
    case: Case, later: Table, holders: dict[str, tuple[Skill, ...]], regular: dict[str, Steps]
) -> Iterator[Violation]:
    loads, labour = tail.loads(case), tail.labour(case)
    free = {
        name: np.maximum(
            tail.room(case, name) - labour.get(name, _zeros(case)) - loads.get(name, _zeros(case)), 0
        )
        for name in holders
    }

    def minutes(name: str, skills: tuple[str, ...]) -> Ints:
        return case.bucket_minutes(_qualified(case, holders[name], skills, regular[name]))

    for skills, used, room in _sets(later, free, holders, minutes):
        yield from _short_buckets(case, skills, used, room)


def _sets(
    wanted: Table, free: Table, holders: dict[str, tuple[Skill, ...]], people: Supply
) -> Iterator[tuple[tuple[str, ...], Ints, Ints]]:
    """Sets of skills that share people, with what is asked of them and who could do it.

    Sets that share nobody add up: none of them can be short where the parts are not.
    """
    for group in _sharing(sorted(wanted), holders):
        for size in range(1, len(group) + 1):
            for skills in combinations(group, size):
                used = np.sum([wanted[skill] for skill in skills], axis=0)
                room = np.zeros_like(used)
                for name, rows in holders.items():
                    if any(row.skill in skills for row in rows):
                        room = room + np.minimum(free[name], people(name, skills))
                yield skills, used, room


def _sharing(skills: list[str], holders: dict[str, tuple[Skill, ...]]) -> list[list[str]]:
    """Group skills that share labour, directly or by others between."""
    group = {skill: {skill} for skill in skills}
    for rows in holders.values():
        joined: set[str] = set()
        joined = joined.union(*(group[row.skill] for row in rows if row.skill in group))
        for skill in joined:
            group[skill] = joined
    return [sorted(found) for skill, found in group.items() if skill == min(found)]


def _holders(case: Case) -> dict[str, tuple[Skill, ...]]:
    """Rows of skills by labour resource."""
    found: dict[str, list[Skill]] = defaultdict(list)
    for row in case.plant.skills:
        resource = case.lookup.resources.get(row.resource)
        if resource is not None and resource.kind is ResourceKind.LABOUR:
            found[row.resource].append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _span(case: Case, row: Skill) -> tuple[int, int]:
    end = case.timeline.horizon_end if row.valid_to is None else row.valid_to
    return max(row.valid_from or 0, 0), end


def _qualified(case: Case, rows: Iterable[Skill], skills: tuple[str, ...], steps: Steps) -> Steps:
    """Cut the time of a labour resource, with its rows, down to when its people have one of some skills."""
    spans = [_span(case, row) for row in rows if row.skill in skills]
    found: list[tuple[int, int, int]] = []
    for start, end, units in steps.intervals():
        edges = sorted({start, end, *(edge for span in spans for edge in span if start < edge < end)})
        found += [
            (a, b, units)
            for a, b in pairwise(edges)
            if any(begin <= a and b <= stop for begin, stop in spans)
        ]
    return Steps(found)


def _without_cuts(case: Case, labour: str) -> Steps:
    """Regular time of a labour resource, less maintenance."""
    cuts = [(row.start, row.end) for row in case.plan.maintenance if row.resource == labour]
    return case.time.regular(labour).without(cuts)


def _edges(uses: Iterable[Use]) -> Iterator[int]:
    for start, end, _, _ in uses:
        yield start
        yield end


def _borders(edges: list[int]) -> Ints:
    return np.unique(np.array(edges, dtype=np.int64))


def _use(times: Ints, uses: Iterable[Use]) -> Ints:
    """Units in use from each time on."""
    change = np.zeros(len(times), dtype=np.int64)
    for start, end, units, _ in uses:
        change[np.searchsorted(times, start)] += units
        change[np.searchsorted(times, end)] -= units
    return np.cumsum(change)


def _level(times: Ints, steps: Steps) -> Ints:
    """Capacity from each time on."""
    return np.array([steps.capacity_at(int(minute)) for minute in times], dtype=np.int64)


def _zeros(case: Case) -> Ints:
    return np.zeros(len(case.timeline), dtype=np.int64)


def _short(
    case: Case, times: Ints, subjects: tuple[str, ...], used: Ints, room: Ints, uses: Iterable[Use]
) -> Iterator[Violation]:
    """Yield the first minute at which more people are asked for than there are."""
    over = np.flatnonzero(used > room)
    if len(over):
        minute = int(times[over[0]])
        names = [name for a, b, _, name in uses if a <= minute < b]
        text = f"people with the skill at minute {minute}"
        found, most = str(int(used[over[0]])), f"<= {int(room[over[0]])}"
        yield Violation(RULE, (*subjects, *names), text, found, most, "people")


def _short_buckets(case: Case, subjects: tuple[str, ...], used: Ints, room: Ints) -> Iterator[Violation]:
    """Yield buckets of the tail in which more minutes are asked for than there are."""
    first = case.timeline.window_buckets
    for bucket in (np.flatnonzero(used[first:] > room[first:]) + first).tolist():
        text = f"people with the skill in bucket {bucket}"
        yield Violation(RULE, subjects, text, str(int(used[bucket])), f"<= {int(room[bucket])}", "minutes")
