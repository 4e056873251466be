"""Skills: who has them, and whether what is asked of them is planned with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacityplan.domain.plant import Resource, ResourceKind, Skill
from capacityplan.domain.skills import (
    MOST_POOLS,
    MOST_SKILLS,
    PREFIX,
    components,
    exceeds_limits,
    labour_of_modes,
    open_skills,
)
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.texts import did_you_mean


def check_skill_rows(draft: Draft) -> Iterator[Finding]:
    """Skills are those of labour, work at full speed."""
    resources = {row.resource: row for _, row in draft.trusted("resources")}
    for position, row in draft.trusted("skills"):
        found = resources.get(row.resource)
        if found is not None and found.kind is not ResourceKind.LABOUR:
            yield draft.finding("skills", position, "resource", "wrong_kind",
                                f"{row.resource} is of kind {found.kind}", expected="labour")  # fmt: skip
        if row.efficiency != 1:
            yield draft.finding("skills", position, "efficiency", "efficiency_of_skill",
                                "who does the work is not named in a plan, so its speed is the mode's",
                                expected="1 or an empty cell",
                                hint="write the minutes into run_minutes of operation_resources")  # fmt: skip
    for position, one in draft.trusted("resources"):
        if one.resource.startswith(PREFIX):
            yield draft.finding("resources", position, "resource", "reserved_name",
                                "names that begin so are those of people with a skill",
                                expected=f"a name that does not begin with {PREFIX}")  # fmt: skip


def check_skills_of_modes(draft: Draft) -> Iterator[Finding]:
    """Enough people have what modes ask for."""
    if not draft.whole("skills") or not draft.whole("resources"):
        return
    skills = sorted({row.skill for row in draft.plant.skills})
    people = _people(draft)
    for position, row in draft.trusted("operation_resources"):
        holders = {one.resource for one in draft.plant.skills if one.skill == row.skill}
        if not row.skill:
            continue
        if row.skill not in skills:
            yield draft.finding("operation_resources", position, "skill", "unknown_id",
                                "nobody in skills has it", hint=did_you_mean(row.skill, skills))  # fmt: skip
        elif row.labour and row.labour not in holders:
            yield draft.finding("operation_resources", position, "skill", "labour_without_skill",
                                f"{row.labour} does not have it",
                                expected="a row of the labour in skills, or no labour")  # fmt: skip
        elif not row.labour and row.labour_units > sum(people.get(name, 0) for name in holders):
            yield draft.finding("operation_resources", position, "labour_units", "more_than_there_are",
                                f"there are never that many people with {row.skill}")  # fmt: skip


def check_skills_of_inspections(draft: Draft) -> Iterator[Finding]:
    """Analysts of an inspection with a skill are of labour that always has it."""
    if not draft.whole("skills"):
        return
    always = {(row.resource, row.skill) for row in draft.plant.skills if _is_lasting(row)}
    for position, row in draft.trusted("inspections"):
        if row.skill and not row.analysts:
            yield draft.finding("inspections", position, "skill", "skill_without_labour",
                                "a skill of analysts is planned with where their labour is named",
                                expected="analysts of labour in this row")  # fmt: skip
        elif row.skill and row.labour and (row.labour, row.skill) not in always:
            yield draft.finding("inspections", position, "skill", "labour_without_skill",
                                f"{row.labour} does not have it from the start for good",
                                expected="a row of the labour in skills without dates")  # fmt: skip


def check_shared_people(draft: Draft) -> Iterator[Finding]:
    """Labour whose people do work by skill alone is planned with in all else that it does."""
    if not draft.whole("skills") or not draft.whole("resources") or not draft.whole("operation_resources"):
        return
    asked = set(open_skills(draft.plant))
    shared = {row.resource for row in draft.plant.skills if row.skill in asked}
    named = labour_of_modes(draft.plant)
    for position, row in draft.trusted("inspections"):
        if row.analysts and row.labour in shared:
            yield draft.finding("inspections", position, "labour", "shared_analysts",
                                "the people also do work by skill alone; both is not planned with",
                                expected="other labour, or labour named beside the skill")  # fmt: skip
    for position, one in draft.trusted("resources"):
        if one.resource in shared & named and one.overtime_calendar:
            yield draft.finding("resources", position, "overtime_calendar", "shared_overtime",
                                "the people do work by skill alone and work that names them; "
                                "overtime of both together is not planned with",
                                expected="no overtime, or labour named beside the skill")  # fmt: skip
        elif one.overtime_calendar and _is_limited(draft, one):
            yield draft.finding("resources", position, "overtime_calendar", "skill_ends_in_overtime",
                                "a skill that comes or goes is not planned with overtime",
                                expected="no overtime, or a skill without dates")  # fmt: skip
    skilled = {row.resource for row in draft.plant.skills}
    for position, stop in draft.trusted("downtime"):
        if stop.flexible_from is not None and stop.resource in skilled:
            yield draft.finding("downtime", position, "flexible_from", "flexible_downtime_of_skilled",
                                "time off that the plan places is not planned with where people have skills",
                                expected="fixed downtime (from, to)")  # fmt: skip
    yield from _too_many(draft)


def check_skills_within_buckets(draft: Draft) -> Iterator[Finding]:
    """A bucket of the tail is one stretch of time: what people can do in a part of it is planned with once.

    Of two kinds of work that only a part of the bucket is there for, each could fill that part.
    """
    if not draft.timed or not draft.whole("skills") or not draft.whole("operation_resources"):
        return
    timeline = Timeline.of(draft.plant)
    borders = np.append(timeline.starts, timeline.horizon_end)

    def inside(minute: int | None) -> bool:
        """Whether a minute parts a bucket of the tail."""
        return minute is not None and timeline.window_end < minute < borders[-1] and minute not in borders

    modes = {(row.labour, row.skill) for row in draft.plant.operation_resources if row.skill}
    rows = [row for row in draft.plant.skills if inside(row.valid_from) or inside(row.valid_to)]
    asked: dict[str, set[str]] = {}
    for row in rows:
        named = {row.skill} if (row.resource, row.skill) in modes else set()
        alone = {""} if ("", row.skill) in modes else set()
        asked.setdefault(row.resource, set()).update(named | alone)
    for position, row in draft.trusted("skills"):
        column = "valid_to" if inside(row.valid_to) else "valid_from"
        if row in rows and len(asked[row.resource]) > 1:
            yield draft.finding("skills", position, column, "skill_ends_within_bucket",
                                f"{row.resource} is asked for it in several ways, and a bucket that is not "
                                "planned to the minute has it for a part only",
                                expected="a border of the horizon's buckets")  # fmt: skip


def _too_many(draft: Draft) -> Iterator[Finding]:
    """Skills that share people make few enough sets to look at."""
    for group in components(draft.plant):
        if not exceeds_limits(draft.plant, group):
            continue
        for position, row in draft.trusted("operation_resources"):
            if row.skill in group and not row.labour:
                yield draft.finding("operation_resources", position, "skill", "too_many_shared_skills",
                                    f"{len(group)} skills share people ({', '.join(group)})",
                                    expected=f"at most {MOST_SKILLS} that make {MOST_POOLS} sets",
                                    hint="name the labour of some modes")  # fmt: skip
                break


def _people(draft: Draft) -> dict[str, int]:
    stated: dict[str, int] = {}
    for row in draft.plant.calendars:
        stated[row.calendar] = max(stated.get(row.calendar, 0), row.capacity or 0)
    return {row.resource: max(row.capacity, stated.get(row.calendar, 0)) for row in draft.plant.resources}


def _is_lasting(row: Skill) -> bool:
    """Whether a skill is there from the start for good."""
    return (row.valid_from or 0) <= 0 and row.valid_to is None


def _is_limited(draft: Draft, resource: Resource) -> bool:
    """Whether some mode asks labour for a skill that it does not have for good."""
    asked = {
        row.skill for row in draft.plant.operation_resources if row.skill and row.labour == resource.resource
    }
    mine = [row for row in draft.plant.skills if row.resource == resource.resource and row.skill in asked]
    lasting = {row.skill for row in mine if _is_lasting(row)}
    return any(row.skill not in lasting for row in mine)
