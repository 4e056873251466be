"""Production versions as linear processes: minutes, money and losses per quantity and per lot.

The search's reading of docs/model.md, sections 2 to 4, made linear: what a lot of quantity q
enters an operation with is ``share * q - loss`` base units, so that rounding, samples and rejects
are losses per lot.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Inspection, Item, Operation, OperationResource, Stage
from capacityplan.prepare.lotflow import in_process
from capacityplan.units import MINUTES_PER_HOUR

_LONGEST_CYCLE_DAYS = 28.0
_SHORTEST_CYCLE_DAYS = 1.0
_CYCLES_IN_SHELF_LIFE = 3.0
_ROOMY = 0.4
"""Share of a resource's minutes up to which it does not matter in how many lots they are taken."""
_MOST_MODES = 4
"""Modes of an operation for each of which there is a process of its own at most."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Minutes and money of an operation on one of its modes.

    ``per_unit`` values are per base unit *started*, ``per_lot`` values per lot, ``per_batch``
    values per filling of a batch operation (0 elsewhere).
    """

    mode: OperationResource
    minutes_per_unit: float
    minutes_per_lot: float
    minutes_per_batch: float
    cost_per_unit: float
    cost_per_lot: float
    cost_per_batch: float


@dataclass(frozen=True, slots=True)
class Phase:
    """An operation of a process: what enters it, on what it can run, how it is inspected."""

    operation: Operation
    share: float
    loss: float
    modes: tuple[Rates, ...]
    inspections: tuple[Inspection, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """An item's production version.

    Attributes
    ----------
    share, loss : float
        Released base units per base unit started, and base units lost per lot.
    accepted : float
        Base units on hold per base unit started, before the release.
    lot : float
        Typical lot, base units: what lags and alternative modes are estimated with.
    lot_cost : float
        Money per lot, without changeovers.
    """

    item: str
    version: str
    phases: tuple[Phase, ...]
    final: tuple[Inspection, ...]
    share: float
    loss: float
    lot: float
    lot_cost: float
    dear: bool
    """Whether lots cost by themselves: money, inspections, or minutes that are scarce."""
    counted: bool
    """Whether the number of lots matters: they are dear, or their sizes have limits."""
    chosen: tuple[tuple[str, str], ...] = ()
    """(operation, resource) where a process stands for one of several modes."""


def processes(
    lookup: Lookup, daily: dict[str, float], by_mode: bool = False, room: Mapping[str, float] | None = None
) -> tuple[Process, ...]:
    """All production versions that have a resource for every operation.

    Parameters
    ----------
    lookup : Lookup
    daily : dict of item to float
        Base units needed per day on average, what typical lots are made from.
    by_mode : bool
        Whether a version is a process for each mode where a lot takes time or money on the mode
        itself: shared out over several, every part of a lot would pay a part of its setup only.
    room : mapping of resource to float, optional
        Its minutes a day on average: lots are not counted for what they take where there is far more.
    """
    found = []
    for (item, version), routing in lookup.routings.items():
        if all(lookup.modes.get((item, version, operation.operation)) for operation in routing):
            found.append(_process(lookup, item, version, routing, daily.get(item, 0.0)))
    scarce = lookup.resources if room is None else _scarce(lookup, found, daily, room)
    found = [_weighed(lookup, process, scarce) for process in found]
    return tuple(part for process in found for part in (_by_mode(process) if by_mode else [process]))


def _scarce(
    lookup: Lookup, made: Sequence[Process], daily: Mapping[str, float], room: Mapping[str, float]
) -> set[str]:
    """Resources of whose minutes typical lots take more than a small share, each version making all."""
    load: dict[str, float] = defaultdict(float)
    for process in made:
        started = daily.get(process.item, 0.0) / max(process.share, 0.01)
        for rates in (rates for phase in process.phases for rates in phase.modes):
            minutes = started * (rates.minutes_per_unit + rates.minutes_per_lot / process.lot)
            for name, units in ((rates.mode.resource, 1), *lookup.pools(rates.mode)):
                load[name] += minutes * units
    return {name for name, minutes in load.items() if minutes > _ROOMY * room.get(name, 0.0)}


def _by_mode(process: Process) -> list[Process]:
    """A process for each mode of the one operation that has several, where lots take time or money on it."""
    places = [place for place, phase in enumerate(process.phases) if len(phase.modes) > 1]
    if len(places) != 1:
        return [process]
    place = places[0]
    phase = process.phases[place]
    if phase.operation.batch_size or len(phase.modes) > _MOST_MODES:
        return [process]
    if not any(rates.minutes_per_lot or rates.cost_per_lot for rates in phase.modes):
        return [process]
    return [
        replace(
            process,
            phases=(
                *process.phases[:place], replace(phase, modes=(rates,)), *process.phases[place + 1 :],
            ),
            chosen=((phase.operation.operation, rates.mode.resource),),
        )
        for rates in phase.modes
    ]  # fmt: skip


def _process(
    lookup: Lookup, item: str, version: str, routing: tuple[Operation, ...], daily: float
) -> Process:
    row = lookup.items[item]
    share, loss = 1.0, 0.0
    phases = []
    for operation in routing:
        modes = lookup.modes[item, version, operation.operation]
        rates = [_rates(lookup, operation, mode, share) for mode in modes]
        rates.sort(key=lambda rate: (rate.mode.preference, rate.cost_per_unit, rate.mode.resource))
        rows = in_process(lookup, item, operation.operation)
        phases.append(Phase(operation, share, loss, tuple(rates), rows))
        if operation.yield_fraction != 1:
            share *= float(operation.yield_fraction)
            loss = loss * float(operation.yield_fraction) + 1
        share, loss = after_inspections(lookup, item, version, rows, share, loss)
    final = tuple(lookup.inspections(Stage.FINAL, item))
    share, loss = after_inspections(lookup, item, version, final, share, loss)
    cost = _lot_cost(lookup, phases, final)
    lot = _typical_lot(lookup, row, daily / max(share, 0.01), cost + _changeover_cost(lookup, phases))
    return Process(item, version, tuple(phases), final, share, loss, lot, cost, dear=True, counted=True)


def after_inspections(
    lookup: Lookup, item: str, version: str, rows: Iterable[Inspection], share: float, loss: float
) -> tuple[float, float]:
    """Share and loss that inspections leave on average (every n-th lot is subject to them)."""
    for row in rows:
        rework = lookup.rework.get((item, version, row.rework_operation)) if row.rework_operation else None
        kept = 1 - float(row.reject_fraction)
        if rework is not None:
            kept += float(row.reject_fraction * rework.yield_fraction)
        often = 1 / row.every_lots
        sample = row.sample_quantity if row.destructive else 0
        share *= 1 - often * (1 - kept)
        loss = (loss + sample * often) * (1 - often * (1 - kept)) + (often if kept != 1 else 0)
    return share, loss


def _rates(lookup: Lookup, operation: Operation, mode: OperationResource, share: float) -> Rates:
    resource = lookup.resources[mode.resource]
    run = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
    scale = lookup.scale[operation.item]
    unit = share * float(run / (operation.per_quantity * scale * resource.efficiency))
    labour = float(lookup.wage(mode)) / MINUTES_PER_HOUR
    run_cost = float(lookup.run_hour(mode)) / MINUTES_PER_HOUR + labour
    setup_cost = float(lookup.machine_hour(resource)) / MINUTES_PER_HOUR + labour
    fixed, setup = operation.fixed_minutes, mode.setup_minutes
    together = fixed * run_cost + setup * setup_cost + float(mode.setup_cost)
    if operation.batch_size:
        return Rates(mode, 0.0, 0.0, fixed + setup, 0.0, 0.0, together)
    return Rates(mode, unit, fixed + setup, 0.0, unit * run_cost, together, 0.0)


def inspection_cost(lookup: Lookup, row: Inspection) -> float:
    """Money of inspecting one object."""
    lab = lookup.resources[row.lab]
    pool = lookup.resources.get(row.labour)
    hourly = row.slots * lab.cost_per_hour + (row.analysts * pool.cost_per_hour if pool else 0)
    return float(row.cost_per_lot + row.lab_minutes * hourly / MINUTES_PER_HOUR)


def _lot_cost(lookup: Lookup, phases: list[Phase], final: tuple[Inspection, ...]) -> float:
    rows = [*final, *(row for phase in phases for row in phase.inspections)]
    inspected = sum(inspection_cost(lookup, row) / row.every_lots for row in rows)
    return inspected + sum(phase.modes[0].cost_per_lot for phase in phases)


def _changeover_cost(lookup: Lookup, phases: list[Phase]) -> float:
    total = 0.0
    for phase in phases:
        resource = lookup.resources[phase.modes[0].mode.resource]
        rows = [row for row in lookup.changeovers.values() if row.matrix == resource.changeover_matrix]
        if resource.changeover_matrix and rows:
            minutes = sum(row.minutes for row in rows) / len(rows)
            total += float(sum(row.cost for row in rows)) / len(rows)
            total += minutes * float(lookup.machine_hour(resource)) / MINUTES_PER_HOUR
    return total


def _weighed(lookup: Lookup, process: Process, scarce: Container[str]) -> Process:
    """Say whether the number of lots matters, where minutes do on some resources only."""
    row = lookup.items[process.item]
    dear = bool(process.final) or any(
        phase.inspections or any(_is_dear(lookup, rates, scarce) for rates in phase.modes)
        for phase in process.phases
    )
    sized = row.min_lot > 1 or row.lot_multiple > 1 or bool(row.max_lot)
    return replace(process, dear=dear, counted=dear or sized)


def _is_dear(lookup: Lookup, rates: Rates, scarce: Container[str]) -> bool:
    names = (rates.mode.resource, *(pool for pool, _ in lookup.pools(rates.mode)))
    return rates.cost_per_lot > 0 or (rates.minutes_per_lot > 0 and any(name in scarce for name in names))


def _typical_lot(lookup: Lookup, row: Item, daily: float, cost: float) -> float:
    """Square-root lot size (Harris 1913) within lot rules, shelf life and sensible cycles."""
    holding = float(lookup.holding_rate(row.item)) / lookup.scale[row.item]
    cycle = math.sqrt(2 * cost / (holding * daily)) if holding * daily > 0 else _LONGEST_CYCLE_DAYS / 4
    if row.shelf_life_days is not None:
        life = max(row.shelf_life_days - row.min_remaining_life_days, 1)
        cycle = min(cycle, life / _CYCLES_IN_SHELF_LIFE)
    lot = daily * min(max(cycle, _SHORTEST_CYCLE_DAYS), _LONGEST_CYCLE_DAYS)
    lot = max(lot, row.min_lot, row.lot_multiple, 1)
    return float(min(lot, row.max_lot) if row.max_lot else lot)
