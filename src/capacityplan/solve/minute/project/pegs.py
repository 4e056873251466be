"""Which operation takes its components from which lot or delivery, decided before anything is timed.

Supplies of an item serve the lots that take it in the order of their urgency: first what is there or
arrives whatever is scheduled, then the item's lots in their order. Exact where an item has one lot; else
other assignments are given up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Operation
from capacityplan.prepare.lotflow import consumption
from capacityplan.solve.minute.plain import output_of
from capacityplan.units import floor_product


@dataclass(frozen=True, slots=True)
class Task:
    """An operation of a lot with what enters it; its numbers among lots and among tasks."""

    lot: Lot
    operation: Operation
    quantity: int
    lot_number: int
    number: int


def tasks_of(lookup: Lookup, lots: Sequence[Lot]) -> list[list[Task]]:
    """Operations of each lot."""
    chains: list[list[Task]] = []
    number = 0
    for place, lot in enumerate(lots):
        chain, quantity = [], lot.quantity
        for operation in lookup.routings[lot.item, lot.version]:
            chain.append(Task(lot, operation, quantity, place, number))
            quantity = floor_product(quantity, operation.yield_fraction)
            number += 1
        chains.append(chain)
    return chains


@dataclass(frozen=True, slots=True)
class Pegs:
    """Pairs of (lot number, number of the task that waits for it); earliest starts of tasks by deliveries."""

    lots: Sequence[tuple[int, int]]
    arrivals: Mapping[int, int]


def pegs(
    lookup: Lookup, chains: Sequence[Sequence[Task]], supply: Mapping[str, Sequence[tuple[int, int]]]
) -> Pegs | None:
    """Peg what tasks take; None where there is not enough of something.

    Parameters
    ----------
    chains : sequence of sequence of Task
        Lots in the order of their urgency.
    supply : mapping of item to sequence of (minute, base units)
        What becomes free whatever is scheduled.
    """
    queues: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for item, rows in supply.items():
        queues[item] = [(minute, -1, quantity) for minute, quantity in sorted(rows)]
    for place, chain in enumerate(chains):
        lot = chain[0].lot
        queues[lot.item].append((0, place, output_of(lookup, lot)))
    for queue in queues.values():
        queue.reverse()
    found: list[tuple[int, int]] = []
    arrivals: dict[int, int] = defaultdict(int)
    for chain in chains:
        for task in chain:
            for component, wanted in _components(lookup, task):
                for minute, place, quantity in _taken(queues[component], wanted):
                    wanted -= quantity
                    arrivals[task.number] = max(arrivals[task.number], minute)
                    if place >= 0:
                        found.append((place, task.number))
                if wanted > 0:
                    return None
    return Pegs(found, arrivals)


def _taken(queue: list[tuple[int, int, int]], wanted: int) -> Iterator[tuple[int, int, int]]:
    """Take a quantity from the front of a queue kept with its front last."""
    while wanted > 0 and queue:
        minute, place, quantity = queue.pop()
        part = min(quantity, wanted)
        if quantity > part:
            queue.append((minute, place, quantity - part))
        wanted -= part
        yield minute, place, part


def _components(lookup: Lookup, task: Task) -> Iterator[tuple[str, int]]:
    """What a task takes at its start: (component, base units)."""
    lot, item = task.lot, lookup.items[task.lot.item]
    for line in lookup.components.get((lot.item, lot.version, task.operation.operation), ()):
        per = line.quantity / line.per_quantity
        yield (
            line.component,
            consumption(lookup, item, task.quantity, per, line.scrap_fraction, line.component),
        )
