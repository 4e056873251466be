"""Small own plants shaken at random, so that every rule of the minute level comes into play."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    CalendarRow,
    Inspection,
    Lock,
    LockKind,
    Operation,
    OperationPool,
    Plant,
    Resource,
    ResourceKind,
    Stage,
)
from capacityplan.templates import NAMES, build

_T = TypeVar("_T")


def shaken(seed: int) -> Plant:
    """An own plant with other waits, batches, counted inspections, groups of machines and locks."""
    luck = random.Random(seed)
    plant = build(NAMES[seed % len(NAMES)], size=luck.choice([0.1, 0.15, 0.25]), seed=seed)
    item = luck.choice(plant.items).item
    begin = luck.randrange(10) * 1440
    fitters = Resource("fitters", ResourceKind.LABOUR, capacity=3, cost_per_hour=Fraction(20))
    return replace(
        plant,
        operations=tuple(_operation(row, luck) for row in plant.operations),
        operation_pools=tuple(_pools(plant, random.Random(seed + 1000))),
        resources=(*(_resource(row, luck) for row in plant.resources), fitters),
        inspections=tuple(_inspection(row, luck) for row in plant.inspections),
        locks=(*plant.locks, Lock("shaken", LockKind.ITEM, item, start=begin, end=begin + 2880)),
        fences=replace(plant.fences, frozen_hours=luck.choice([0, plant.fences.frozen_hours])),
    )


def certified(plant: Plant, luck: random.Random) -> Plant:
    """The plant with certificates for most of what is made or bought, signed by one person, mornings only."""
    beside = {line.component for line in plant.bill_of_materials if line.by_product}
    papers = tuple(
        Inspection(
            f"certificate of {row.item}", Stage.CERTIFICATE, "office", item=row.item, analysts=1,
            lab_minutes=luck.choice([0, 5, 15]), wait_minutes=luck.choice([0, 0, 60, 1440]), labour="signer",
        )
        for row in plant.items
        if row.item not in beside and luck.random() < 0.7
    )  # fmt: skip
    hours = tuple(CalendarRow("mornings", day, None, 480, 720) for day in range(5))
    people = (
        Resource("office", ResourceKind.LAB, capacity=2, calendar="mornings"),
        Resource("signer", ResourceKind.LABOUR, calendar="mornings"),
    )
    return replace(
        plant, inspections=(*plant.inspections, *papers), calendars=(*plant.calendars, *hours),
        resources=(*plant.resources, *people),
    )  # fmt: skip


def streamed(plant: Plant, luck: random.Random) -> Plant:
    """The plant with operations that overlap the next one wherever that may be."""
    tested = {(row.item, row.operation) for row in plant.inspections if row.operation}
    lookup = Lookup(plant)
    rows = {(row.item, row.version, row.operation): row for row in plant.operations}
    for routing in lookup.routings.values():
        for one, other in itertools.pairwise(routing):
            if one.batch_size or other.batch_size or (one.item, one.operation) in tested:
                continue
            size = luck.choice([1, 3, 10, 40]) * lookup.scale[one.item]
            key = (one.item, one.version, one.operation)
            rows[key] = replace(one, overlap_quantity=size, max_wait_minutes=None)
    return replace(plant, operations=tuple(rows.values()))


def _operation(row: Operation, luck: random.Random) -> Operation:
    if row.batch_size:
        return replace(row, batch_size=max(1, row.batch_size // luck.choice([1, 1, 3])))
    longest = luck.choice([row.max_wait_minutes, None, 300, 4000])
    return replace(
        row,
        min_wait_minutes=luck.choice([row.min_wait_minutes, 0, 45]),
        max_wait_minutes=None if longest is None else longest + 45,
        pausable=luck.random() < 0.7,
    )


def _pools(plant: Plant, luck: random.Random) -> Iterator[OperationPool]:
    for row in plant.operation_resources:
        if luck.random() < 0.2:
            units = luck.choice([1, 2])
            yield OperationPool(row.item, row.operation, row.resource, "fitters", row.version, units)


def _resource(row: Resource, luck: random.Random) -> Resource:
    if row.kind is not ResourceKind.MACHINE:
        return row
    if luck.random() < 0.15:
        return replace(row, capacity=2, changeover_matrix="", initial_setup_group="")
    return replace(row, setup_in_breaks=luck.random() < 0.3)


def _inspection(row: Inspection, luck: random.Random) -> Inspection:
    return replace(row, every_lots=luck.choice([row.every_lots, 1, 2, 3]))


def mixed(rows: Sequence[_T], luck: random.Random) -> list[_T]:
    """The rows in an order that is partly the old one, partly by luck."""
    places = [place + luck.random() * luck.choice([0, 3, len(rows)]) for place in range(len(rows))]
    return [rows[k] for k in sorted(range(len(rows)), key=places.__getitem__)]
