"""Classical scheduling problems as plants: jobs with steps on machines, nothing else in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import (
    CalendarRow,
    Changeover,
    Costs,
    Horizon,
    Item,
    ItemKind,
    Lateness,
    Operation,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, ceil_div

START = "2026-01-05T00:00:00"
"""A Monday."""
_SERIAL_DAYS = 40
"""Horizons up to this many days have room for all work one after the other."""
_ROOM = 4
"""How often the busiest machine's work fits into a longer horizon."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: each step has minutes by machine; lateness costs ``weight`` a minute."""

    name: str
    steps: Sequence[Mapping[str, int]]
    due: int = 0
    weight: int = 0
    release: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: its changeover matrix and first setup group, its calendar ("" is always)."""

    name: str
    matrix: str = ""
    group: str = ""
    calendar: str = ""
    units: int = 1


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop to be planned.

    Attributes
    ----------
    setups : mapping of (matrix, from group, to group) to minutes
    setup_cost_per_minute, makespan_cost : int
    calendars : mapping of name to list of (weekday, from minute, to minute)
    """

    name: str
    machines: Sequence[Machine]
    jobs: Sequence[Job]
    setups: Mapping[tuple[str, str, str], int]
    setup_cost_per_minute: int = 0
    makespan_cost: int = 0
    calendars: Mapping[str, Sequence[tuple[int, int, int]]] | None = None


def plant_of(shop: Shop) -> Plant:
    """Make a plant whose ledger is the shop's objective (one order and one lot per job)."""
    days = _days(shop)
    lost = Fraction((1 + sum(job.weight for job in shop.jobs)) * days * MINUTES_PER_DAY * 2)
    lost += shop.makespan_cost * days * MINUTES_PER_DAY
    steps = [
        (job, f"{number:03d}", number, step)
        for job in shop.jobs
        for number, step in enumerate(job.steps, start=1)
    ]
    return Plant(
        name=shop.name,
        start=START,
        timezone="UTC",
        currency="XXX",
        horizon=Horizon(daily=days, weekly=0, monthly=0, schedule_days=days),
        costs=Costs(
            holding_rate_per_year=Fraction(0),
            lateness=Lateness.MINUTE,
            makespan_cost_per_minute=Fraction(shop.makespan_cost),
        ),
        items=tuple(
            Item(job.name, ItemKind.FINISHED, setup_group=job.group, phase_in=job.release or None)
            for job in shop.jobs
        ),
        operations=tuple(
            Operation(job.name, operation, number, fixed_minutes=0, run_minutes=Fraction(0))
            for job, operation, number, _ in steps
        ),
        operation_resources=tuple(
            OperationResource(
                job.name, operation, machine, run_minutes=Fraction(minutes), cost_per_hour=Fraction(0)
            )
            for job, operation, _, step in steps
            for machine, minutes in step.items()
        ),
        resources=tuple(_resource(shop, machine) for machine in shop.machines),
        calendars=tuple(_calendars(shop)),
        changeovers=tuple(Changeover(*key, minutes) for key, minutes in shop.setups.items()),
        orders=tuple(
            Order(
                job.name, job.name, 1, job.due,
                late_cost_per_day=Fraction(job.weight * MINUTES_PER_DAY), lost_cost=lost,
            )
            for job in shop.jobs
        ),
    )  # fmt: skip


def _resource(shop: Shop, machine: Machine) -> Resource:
    return Resource(
        machine.name,
        ResourceKind.MACHINE,
        calendar=machine.calendar or "always",
        capacity=machine.units,
        cost_per_hour=Fraction(shop.setup_cost_per_minute * MINUTES_PER_HOUR),
        changeover_matrix=machine.matrix,
        initial_setup_group=machine.group,
        setup_in_breaks=bool(machine.matrix),
    )


def _calendars(shop: Shop) -> list[CalendarRow]:
    rows = [CalendarRow("always", weekday, None, 0, MINUTES_PER_DAY) for weekday in range(7)]
    for name, opened in (shop.calendars or {}).items():
        rows += [CalendarRow(name, weekday, None, a, b) for weekday, a, b in opened]
    return rows


def _days(shop: Shop) -> int:
    """Days that surely have room for a sensible schedule, and for every due date."""
    matrix_of = {machine.name: machine.matrix for machine in shop.machines}
    load = dict.fromkeys(matrix_of, 0.0)
    serial, chain = 0, 0
    longest: dict[tuple[str, str], int] = {}
    for (matrix, _, group), minutes in shop.setups.items():
        longest[matrix, group] = max(longest.get((matrix, group), 0), minutes)
    for job in shop.jobs:
        length = 0
        for step in job.steps:
            most = max(
                minutes + longest.get((matrix_of[name], job.group), 0) for name, minutes in step.items()
            )
            length += most
            for name in step:
                load[name] += most / len(step)
        serial += length
        chain = max(chain, length)
    packed = int(_ROOM * (max(load.values()) + chain))
    work = serial if serial <= _SERIAL_DAYS * MINUTES_PER_DAY else min(serial, packed)
    work = int(work / _least_share(shop)) + max(job.release for job in shop.jobs)
    latest = max(job.due for job in shop.jobs)
    return ceil_div(max(work, latest), MINUTES_PER_DAY) + 1


def _least_share(shop: Shop) -> float:
    """Share of the week that the shortest calendar opens."""
    opened = [sum(b - a for _, a, b in rows) for rows in (shop.calendars or {}).values()]
    return min(opened, default=7 * MINUTES_PER_DAY) / (7 * MINUTES_PER_DAY)
