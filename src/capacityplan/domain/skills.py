"""People with skills as pools: who can do work that asks for a skill, counted without names.

Work that names its labour and a skill is done by people of that labour while they have the skill. Work
that names the skill alone is done by whoever of any labour has it. By Hall's theorem there are people for
all work of a minute exactly if, for each set of skills and each set of labour, those who have one of the
skills or belong to the labour are as many as the work for these skills and of this labour needs. Each
such set is a pool here. Only skills that share people need to be looked at together.

The pools are derived from the plant wherever they are needed and are never part of it, so that they
follow every change of the plant and are not written to files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, combinations, islice

from capacityplan.domain.plant import OperationResource, Plant, Resource, ResourceKind, Skill

PREFIX = "skill:"
"""Names of derived pools begin so; no resource of a plant may."""
MOST_SKILLS = 6
"""Most skills that share people with one another, directly or by others between."""
MOST_POOLS = 64
Stretch = tuple[int, int, int]
"""Start, end, people."""


@dataclass(frozen=True, slots=True)
class SkillPool:
    """People who count together.

    Attributes
    ----------
    skills : frozenset of str
        Skills of the work without named labour that takes these people; of named labour, its one skill.
    rows : tuple of Skill
        Who counts while they have a skill.
    whole : frozenset of str
        Labour that counts with all its people, and so does all the work that names it.
    labour : str
        Labour whose work with the skill alone takes these people; empty: work that names no labour.
    capacity : int
        No fewer people than are ever at work.
    """

    name: str
    skills: frozenset[str]
    rows: tuple[Skill, ...]
    whole: frozenset[str]
    labour: str
    capacity: int

    def units(self, mode: OperationResource, labour: Iterable[tuple[str, int]]) -> int:
        """Return how many of these people a mode takes, given the labour it names."""
        if self.labour:
            return mode.labour_units if mode.skill in self.skills and mode.labour == self.labour else 0
        asked = mode.labour_units if not mode.labour and mode.skill in self.skills else 0
        named = sum(units for name, units in labour if name in self.whole)
        return asked + named + (mode.resource in self.whole)

    def resource(self) -> Resource:
        """Return the pool as a resource without calendar, cost or overtime."""
        return Resource(self.name, ResourceKind.TOOL, capacity=self.capacity)


def skill_pools(plant: Plant) -> tuple[SkillPool, ...]:
    """Return the pools that a plant's skills make, at most `MOST_POOLS` of work without named labour."""
    if not any(mode.skill for mode in plant.operation_resources):
        return ()
    people = _people(plant)
    rows = [row for row in plant.skills if row.resource in people]
    return (*_of_named_labour(plant, rows, people), *islice(_of_any_labour(plant, rows, people), MOST_POOLS))


def people_at_work(
    pool: SkillPool, at_work: Callable[[str, bool], list[Stretch]], horizon_end: int
) -> list[Stretch]:
    """Return how many people of a pool are at work, over time.

    Parameters
    ----------
    at_work : callable
        People of a labour resource at work, by stretch; with all overtime it offers where the second
        argument is true. Named labour counts so, because its own pool opens overtime and pays for it.
    horizon_end : int, minutes
    """
    change: dict[int, int] = {}
    for name in sorted({row.resource for row in pool.rows} | pool.whole):
        spans = [(0, horizon_end)]
        if name not in pool.whole:
            spans = valid_spans((row for row in pool.rows if row.resource == name), horizon_end)
        for begin, end, units in at_work(name, name in pool.whole or name == pool.labour):
            for first, last in spans:
                a, b = max(begin, first), min(end, last)
                if a < b:
                    change[a] = change.get(a, 0) + units
                    change[b] = change.get(b, 0) - units
    borders = [edge for edge in sorted(change) if change[edge]]
    levels = accumulate(change[edge] for edge in borders)
    return list(zip(borders, borders[1:], levels, strict=False))


def valid_spans(rows: Iterable[Skill], horizon_end: int) -> list[tuple[int, int]]:
    """Stretches in which one of the rows is valid, apart and in order."""
    found: list[tuple[int, int]] = []
    spans = [(row.valid_from or 0, horizon_end if row.valid_to is None else row.valid_to) for row in rows]
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def open_skills(plant: Plant) -> list[str]:
    """Skills that some mode asks for without naming labour, in order."""
    return sorted({mode.skill for mode in plant.operation_resources if mode.skill and not mode.labour})


def labour_of_modes(plant: Plant) -> set[str]:
    """Resources that modes name: as labour, as a further pool, or to run on."""
    named = {mode.labour for mode in plant.operation_resources}
    named |= {mode.resource for mode in plant.operation_resources}
    return named | {row.pool for row in plant.operation_pools}


def components(plant: Plant) -> list[list[str]]:
    """Skills asked for without labour, those that share labour together."""
    owners = {skill: {row.resource for row in plant.skills if row.skill == skill}
              for skill in open_skills(plant)}  # fmt: skip
    found: list[list[str]] = []
    for skill, mine in owners.items():
        touching = [one for one in found if any(owners[other] & mine for other in one)]
        found = [one for one in found if one not in touching]
        found.append([*(other for one in touching for other in one), skill])
    return [sorted(one) for one in found]


def exceeds_limits(plant: Plant, skills: list[str]) -> bool:
    """Whether skills that share people make more pools than are planned with."""
    if len(skills) > MOST_SKILLS:
        return True
    people = _people(plant)
    rows = [row for row in plant.skills if row.resource in people]
    return sum(1 for _ in islice(_of_any_labour(plant, rows, people), MOST_POOLS + 1)) > MOST_POOLS


def _people(plant: Plant) -> dict[str, int]:
    """Most people at work by labour resource."""
    stated: dict[str, int] = {}
    for row in plant.calendars:
        stated[row.calendar] = max(stated.get(row.calendar, 0), row.capacity or 0)
    return {
        row.resource: max(row.capacity, stated.get(row.calendar, 0), stated.get(row.overtime_calendar, 0))
        for row in plant.resources
        if row.kind is ResourceKind.LABOUR
    }


def _of_named_labour(plant: Plant, rows: list[Skill], people: dict[str, int]) -> Iterator[SkillPool]:
    """Labour while it has a skill, where it does not have it from the start for good."""
    pairs = {(mode.labour, mode.skill) for mode in plant.operation_resources if mode.labour and mode.skill}
    for labour, skill in sorted(pairs):
        mine = tuple(row for row in rows if (row.resource, row.skill) == (labour, skill))
        if any((row.valid_from or 0) <= 0 and row.valid_to is None for row in mine):
            continue
        name = f"{PREFIX}{skill}@{labour}"
        most = people.get(labour, 1)
        yield SkillPool(name, frozenset((skill,)), mine, frozenset(), labour, most)


def _of_any_labour(plant: Plant, rows: list[Skill], people: dict[str, int]) -> Iterator[SkillPool]:
    """Sets of skills that share people, each with every set of their labour that modes name."""
    named = labour_of_modes(plant)
    for component in components(plant):
        if len(component) > MOST_SKILLS:
            continue
        for skills in _connected(component, rows):
            mine = tuple(row for row in rows if row.skill in skills)
            members = {row.resource for row in mine}
            for whole in _subsets(sorted(members & named)):
                name = PREFIX + "+".join(skills) + ("&" + "&".join(whole) if whole else "")
                most = max(sum(people[one] for one in members), 1)
                yield SkillPool(name, frozenset(skills), mine, frozenset(whole), "", most)


def _connected(component: list[str], rows: list[Skill]) -> Iterator[tuple[str, ...]]:
    """Sets of skills that share people among themselves."""
    owners = {skill: {row.resource for row in rows if row.skill == skill} for skill in component}
    for skills in _subsets(component):
        reached, rest = set[str](), list(skills)
        while rest:
            step = [one for one in rest if not reached or owners[one] & reached][:1]
            if not step:
                break
            reached |= owners[step[0]] or {""}
            rest.remove(step[0])
        if skills and not rest:
            yield skills


def _subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)
