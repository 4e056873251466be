"""Lots: what each operation finishes by bucket and mode, lot sizes, sequence of operations, run costs.

RELAXED (roundings of run minutes, times in between and waits are left out).

Validity. Take a plan. Let c[o, m, t] be the *started* quantity (units), k[o, m, t] the number of
the lots (orders in progress aside, lots of quantity 0 aside) whose operation o ends (its last run)
in bucket t, on mode m (batch operations may split a lot over modes: then by share of its quantity).
- Where the number of lots is only what setups and inspections are charged by (`alone`: one operation, no
  largest lot, nothing rounded or lost by the lot, of components neither), k stands for the smaller of it
  and 1: every row and charge below then only asks for less.
- a version whose run times hold for some days only has no lot that starts before (as before a phase-in);
  that none starts after is left out.
- `lot_least`, `lot_most`: each lot has q >= the smallest, and <= the largest lot, if stated.
- `sequence`: operation k+1 of a lot that ends in t began at most latest_start(t) and operation k
  had ended by then (in the tail E(k) <= B(k+1), and B(k+1) is bounded by the throughput-time rule;
  with an inspection in between the release lies between). Where operation k overlaps the next, it has
  ended in t or before: end_k <= end_{k+1}, and E(k) <= E(k+1) as no bucket sees k+1 further. Every
  lot goes through all operations within the horizon, hence `finish` with equality. Both for units and
  for lots.
- what enters operation k of a lot lies within the chain's envelope, so run minutes are at least
  per_unit * (low * c - loss * k) + fixed * k. They are worked on the mode's resource not after the
  run's end: row `work`. Setup minutes of the mode are worked before it: row `load` (dropped where
  setups may run in breaks). The ledger charges at least these minutes at the mode's rate,
  the setup at the resource's and its own cost, and labour for both. A batch shares fixed minutes over
  at most the batch size; its setup and the labour of it may be shared too and are left out.
- the operation's components are taken at its start, which is at most latest_start(t); at least
  (low * c - loss * k) * need, at most (high * c - sure * k) * need + one base unit for each lot.
  They are charged as stock until the lot's completion: row `balance` has them at the completion of
  the last operation, row `free` at the latest start. Where lines of the bill change within the
  horizon, a lot completed in t started under one of the epochs begun by then (`epoch`); row
  `free` then takes the least of the epochs.
- by-products: rate * (high * c - sure * k) at most comes out of the last operation when it ends, and no more
  than one base unit for each lot less than rate * (low * c - loss * k).
- what is accepted lies within the chain's envelope: exact, or a column between the two (`accept`).
- rework: of a lot that a row with rework applies to, at least reject_fraction * (low * q - loss) is
  worked again in a run of its own, on some mode: its minutes and their labour are charged.
- inspections: a row for every n-th lot is run at least (lots / n) times; every row of every lot is
  paid for. Where receipts share the count (every n > 1), nothing is charged.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import BomLine, Inspection, Operation, OperationResource, ResourceKind, Stage
from capacityplan.units import floor_fraction
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.chains import AT_ONCE, Chain, Step
from capacityplan.verify.relaxation.columns import Columns, StepColumns, Supply, group_on
from capacityplan.verify.relaxation.envelope import Envelope
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the lots of every routing."""
    for chain in grid.chains:
        blocks = [_step(builder, grid, shared, chain, step) for step in chain.steps]
        for place in range(1, len(blocks)):
            _sequence(builder, grid, chain, place, blocks[place - 1], blocks[place])
        last = blocks[-1]
        _accepted(builder, grid, shared, chain, last)
        _by_products(grid, shared, chain, last)
        _final_inspections(builder, grid, chain, last)
        _reworks(builder, grid, chain, last)
        for place, (step, found) in enumerate(zip(chain.steps, blocks, strict=True)):
            _components(builder, grid, shared, chain, place, step, found, last)


def alone(grid: Grid, chain: Chain) -> bool:
    """Whether one lot in a bucket does what several would."""
    whole = chain.out == Envelope.identity() and all(step.enter == chain.out for step in chain.steps)
    simple = whole and len(chain.steps) == 1 and chain.largest is None and not chain.reworks
    # What comes beside is rounded down lot by lot: of one lot it would be more.
    simple = simple and not grid.by_products(chain)
    return simple and all(_takes_whole(grid, chain, step) for step in chain.steps)


def _takes_whole(grid: Grid, chain: Chain, step: Step) -> bool:
    """Whether several lots take as much of every component as one lot of the same quantity."""
    lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
    known = epochs(grid, lines) if lines else []
    return len(known) <= 1 and all(
        _is_whole(grid, chain, component, need) and numbers.get(component, 0) == 1
        for _, needs, numbers in known
        for component, need in needs.items()
    )


def _is_whole(grid: Grid, chain: Chain, component: str, need: Fraction) -> bool:
    """Whether every base unit takes whole base units of a component."""
    ratio = need * grid.lookup.scale[component] / grid.lookup.scale[chain.item]
    return ratio.denominator == 1


def first_bucket(grid: Grid, chain: Chain, place: int) -> int:
    """Earliest bucket in which an operation of a new lot may end."""
    since = grid.lookup.made_from(chain.item, chain.version)
    minute = max(_earliest(grid, since), _earliest(grid, grid.open_at()))
    gates = [max(minute, _earliest(grid, step.operation.artwork_approved_on)) for step in chain.steps]
    return grid.timeline.bucket_of_end(chain.least_ends(gates)[place])


def _earliest(grid: Grid, minute: int | None) -> int:
    """Earliest start from a minute on: in the tail the start of its bucket."""
    if minute is None or minute <= 0:
        return 0
    if minute < grid.timeline.window_end:
        return minute
    bucket = grid.timeline.bucket_of_start(minute)
    return grid.starts[bucket] if bucket < grid.size else grid.ends[-1] + 1


def _step(builder: Builder, grid: Grid, shared: Columns, chain: Chain, step: Step) -> list[StepColumns]:
    place = chain.steps.index(step)
    first = first_bucket(grid, chain, place)
    opened = np.array([t >= first for t in range(grid.size)], dtype=float)
    most, count = grid.caps.quantity(chain) or Fraction(0), grid.caps.lots(chain)
    found = []
    for mode in step.modes:
        units = builder.columns(grid.size, opened * float(most))
        # A batch operation may split a lot over modes: its shares are not whole.
        whole = not step.operation.batch_size
        most_lots = 1.0 if whole and alone(grid, chain) else float(floor_fraction(count))
        lots = builder.columns(grid.size, opened * most_lots, integer=whole)
        block = StepColumns(chain, step, mode, units, lots)
        shared.steps.append(block)
        found.append(block)
        keys = [f"{chain.name}/{step.operation.operation}/{mode.resource},{t}" for t in range(grid.size)]
        least = builder.rows("lot_least", keys, 0, INFINITY)
        builder.post(least, units, 1)
        builder.post(least, lots, -chain.smallest)
        if chain.largest is not None:
            largest = builder.rows("lot_most", keys, -INFINITY, 0)
            builder.post(largest, units, 1)
            builder.post(largest, lots, -chain.largest)
        _work(builder, grid, shared, block)
    for row in step.inspections:
        _charge_inspection(builder, grid, chain, row, [block.lots for block in found])
    return found


def _work(builder: Builder, grid: Grid, shared: Columns, block: StepColumns) -> None:
    """Run and setup minutes of a mode, with what they cost."""
    chain, step, mode = block.chain, block.step, block.mode
    fixed, per = grid.work(chain.item, step.operation, mode)
    by_units, by_lots = per * step.enter.low, fixed - per * step.enter.loss
    resource = grid.lookup.resources[mode.resource]
    work = shared.work[mode.resource, group_on(grid, mode.resource, chain.item)]
    builder.post(work, block.units, by_units)
    builder.post(work, block.lots, by_lots)
    rate = grid.batch_or_mode_rate(chain.item, step, mode)
    outside = resource.kind is ResourceKind.SUBCONTRACTOR
    category = "subcontracting" if outside else "production"
    energy = grid.energy(mode.resource)
    builder.charge(category, block.units, by_units * (rate - energy))
    builder.charge(category, block.lots, by_lots * (rate - energy))
    if energy:
        # Apart so that the bound's parts have the ledger's names; all of a batch are on this resource.
        builder.charge("energy", block.units, by_units * energy)
        builder.charge("energy", block.lots, by_lots * energy)
    if step.operation.batch_size:
        return
    setup = mode.setup_minutes
    if not resource.setup_in_breaks:
        builder.post(shared.load[mode.resource], block.lots, setup)
    builder.charge("setup", block.lots, setup * grid.rate(mode.resource) + mode.setup_cost)
    for pool, staff in grid.lookup.pools(mode):
        builder.post(shared.pool[pool], block.units, by_units * staff)
        builder.post(shared.pool[pool], block.lots, (by_lots + setup) * staff)
    for pool, staff in grid.lookup.labour(mode):
        builder.charge("labour", block.units, by_units * staff * grid.rate(pool))
        builder.charge("labour", block.lots, (by_lots + setup) * staff * grid.rate(pool))


def _sequence(
    builder: Builder,
    grid: Grid,
    chain: Chain,
    place: int,
    before: list[StepColumns],
    after: list[StepColumns],
) -> None:
    """Link consecutive operations: what has ended the later one has ended the earlier one by then."""
    name = f"{chain.name}/{chain.steps[place].operation.operation}"
    size = grid.size
    for kind, pick in (("units", _units), ("lots", _lots)):
        rows = builder.rows("sequence", [f"{name},{kind},{t}" for t in range(size)], 0, 0)
        # between[t]: what is through the earlier operation by the end of t, and not yet needed there.
        most = grid.caps.quantity(chain) if kind == "units" else grid.caps.lots(chain)
        between = builder.columns(size, (most or Fraction(0)) * size)
        builder.post(rows, between, 1)
        builder.post(rows[1:], between[:-1], -1)
        finish = builder.rows("finish", [f"{name},{kind}"], 0, 0)
        builder.post(finish, between[-1:], 1)
        for block in before:
            builder.post(rows, pick(block), -1)
        for block in after:
            for bucket in range(size):
                builder.post(rows[ended_by(grid, chain, place, bucket)], pick(block)[bucket], 1)


def ended_by(grid: Grid, chain: Chain, place: int, bucket: int) -> int:
    """Bucket by whose end a lot has ended the operation before one (``place``) that ends in a bucket."""
    step = chain.steps[place - 1]
    if step.overlaps:
        return bucket
    begun = min(bucket, grid.latest_start(bucket, chain.steps[place].minutes))
    return min(begun, grid.latest_start(begun, step.wait)) if step.wait else begun


def _units(block: StepColumns) -> Ints:
    return block.units


def _lots(block: StepColumns) -> Ints:
    return block.lots


def _accepted(builder: Builder, grid: Grid, shared: Columns, chain: Chain, last: list[StepColumns]) -> None:
    out = chain.out
    if out.exact and not out.sure:
        shared.inflow(chain.item, _supply(chain, tuple((block.units, out.high) for block in last), last))
        return
    accepted = builder.columns(grid.size, (grid.caps.quantity(chain) or Fraction(0)) * out.high)
    keys = [f"{chain.name},{t}" for t in range(grid.size)]
    upper = builder.rows("accept_most", keys, -INFINITY, 0)
    lower = builder.rows("accept_least", keys, 0, INFINITY)
    for rows in (upper, lower):
        builder.post(rows, accepted, 1)
    for block in last:
        builder.post(upper, block.units, -out.high)
        builder.post(upper, block.lots, out.sure)
        builder.post(lower, block.units, -out.low)
        builder.post(lower, block.lots, out.loss)
    shared.inflow(chain.item, _supply(chain, ((accepted, Fraction(1)),), last))


def _by_products(grid: Grid, shared: Columns, chain: Chain, last: list[StepColumns]) -> None:
    """What comes out of the last operation beside the item: in the bucket of completion, free at once."""
    enter = chain.steps[-1].enter
    for component, rate in grid.by_products(chain):
        if component not in shared.balance:
            continue
        terms = [(block.units, rate * enter.high) for block in last]
        terms += [(block.lots, -rate * enter.sure) for block in last if enter.sure]
        shared.inflow(component, Supply(tuple(terms), AT_ONCE))
        for block in last:
            shared.may_lose(component, block.units, rate * (enter.high - enter.low))
            shared.may_lose(component, block.lots, rate * (enter.loss - enter.sure) + grid.base(component))


def _supply(chain: Chain, terms: tuple[tuple[Ints, Fraction], ...], last: list[StepColumns]) -> Supply:
    """What lots bring: a lot brings at most what the largest does."""
    most = None if chain.largest is None else chain.out.high * chain.largest - chain.out.sure
    lots = tuple(block.lots for block in last)
    return Supply(terms, chain.hold, ((lots, most if most and most > 0 else None),), tuple(last))


def _final_inspections(builder: Builder, grid: Grid, chain: Chain, last: list[StepColumns]) -> None:
    for row in chain.final:
        _charge_inspection(builder, grid, chain, row, [block.lots for block in last])


def _reworks(builder: Builder, grid: Grid, chain: Chain, last: list[StepColumns]) -> None:
    """Charge the least that working rejects again costs on any mode."""
    for one in chain.reworks:
        operation = grid.lookup.rework.get((chain.item, chain.version, one.operation))
        modes = grid.lookup.modes.get((chain.item, chain.version, one.operation), ())
        if operation is None or operation.batch_size or not modes:
            continue
        fixed, per = zip(*(_rework_cost(grid, chain.item, operation, mode) for mode in modes), strict=True)
        for block in last:
            builder.charge("rework", block.units, min(per) * one.low)
            builder.charge("rework", block.lots, (min(fixed) if one.sure else 0) - min(per) * one.loss)


def _rework_cost(
    grid: Grid, item: str, operation: Operation, mode: OperationResource
) -> tuple[Fraction, Fraction]:
    """Least cost of a rework run and of each unit in it."""
    rate = grid.mode_rate(mode) + grid.wage(mode)
    fixed, per = grid.work(item, operation, mode)
    return fixed * rate, per * rate


def _charge_inspection(builder: Builder, grid: Grid, chain: Chain, row: Inspection, lots: list[Ints]) -> None:
    shared_count = row.stage is Stage.FINAL and any(one.item == chain.item for one in grid.plant.receipts)
    if row.every_lots > 1 and shared_count:
        return
    for columns in lots:
        builder.charge("inspection", columns, grid.inspection_cost(row) / max(row.every_lots, 1))


def epochs(grid: Grid, lines: tuple[BomLine, ...]) -> list[tuple[int, dict[str, Fraction], dict[str, int]]]:
    """Minute from which each set of lines is valid, needs by component, and numbers of lines."""
    edges = {0}
    for line in lines:
        edges |= {edge for edge in (line.valid_from, line.valid_to) if edge is not None and edge > 0}
    found = []
    for edge in sorted(edges):
        needs: dict[str, Fraction] = {}
        count: dict[str, int] = {}
        for line in lines:
            begun = line.valid_from is None or line.valid_from <= edge
            if begun and (line.valid_to is None or edge < line.valid_to):
                needs[line.component] = needs.get(line.component, Fraction(0)) + grid.need(line, line.item)
                count[line.component] = count.get(line.component, 0) + 1
        found.append((edge, needs, count))
    return found


def _components(
    builder: Builder, grid: Grid, shared: Columns, chain: Chain, place: int, step: Step,
    found: list[StepColumns], last: list[StepColumns],
) -> None:  # fmt: skip
    """Components of an operation: charged until completion, taken at the latest start."""
    lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
    if not lines:
        return
    known = epochs(grid, lines)
    at_once = sum(one.minutes for one in chain.steps[place:]) == 0
    for component in dict.fromkeys(line.component for line in lines):
        if component not in shared.balance:
            continue
        least = min(needs.get(component, Fraction(0)) for _, needs, _ in known)
        count = max(numbers.get(component, 0) for _, _, numbers in known)
        _taken(builder, grid, shared, component, step, found, least)
        base = grid.base(component)
        enter = step.enter
        for block in last:
            if len(known) == 1:
                builder.post(shared.balance[component], block.units, least * enter.low)
                builder.post(shared.balance[component], block.lots, -least * enter.loss)
            most = max(needs.get(component, Fraction(0)) for _, needs, _ in known)
            whole = count == 1 and enter.exact and _is_whole(grid, chain, component, least)
            if not (whole and len(known) == 1):
                shared.may_lose(component, block.lots, base * count + most * (enter.loss - enter.sure))
                shared.may_lose(component, block.units, most * (enter.high - enter.low))
        if at_once:
            _deferred(builder, grid, shared, component, chain, most_of(known, component))
    if len(known) > 1:
        _epochs(builder, grid, shared, chain, step, known, last)


def most_of(known: list[tuple[int, dict[str, Fraction], dict[str, int]]], component: str) -> Fraction:
    """Largest need of a component in any epoch."""
    return max(needs.get(component, Fraction(0)) for _, needs, _ in known)


def _taken(
    builder: Builder, grid: Grid, shared: Columns, component: str, step: Step,
    found: list[StepColumns], least: Fraction,
) -> None:  # fmt: skip
    for block in found:
        for bucket in range(grid.size):
            begun = grid.latest_start(bucket, step.minutes)
            if begun < grid.size:
                row = shared.free[component][begun]
                builder.post(row, block.units[bucket], least * step.enter.low)
                builder.post(row, block.lots[bucket], -least * step.enter.loss)


def _deferred(
    builder: Builder, grid: Grid, shared: Columns, component: str, chain: Chain, most: Fraction
) -> None:
    """Components of a lot that takes no time may be booked in the bucket after its completion."""
    high = (grid.caps.quantity(chain) or Fraction(0)) * most + grid.caps.lots(chain) * grid.base(component)
    deferred = builder.columns(grid.size, high)
    builder.post(shared.balance[component], deferred, -1)
    builder.post(shared.balance[component][1:], deferred[:-1], 1)


def _epochs(
    builder: Builder, grid: Grid, shared: Columns, chain: Chain, step: Step,
    known: list[tuple[int, dict[str, Fraction], dict[str, int]]], last: list[StepColumns],
) -> None:  # fmt: skip
    """Lots complete in a bucket split by the epoch in which they took their components."""
    name = f"{chain.name}/{step.operation.operation}"
    cap = grid.caps.quantity(chain) or Fraction(0)
    most = {"units": cap, "lots": grid.caps.lots(chain)}
    for kind, pick in (("units", _units), ("lots", _lots)):
        rows = builder.rows("epoch", [f"{name},{kind},{t}" for t in range(grid.size)], 0, 0)
        for block in last:
            builder.post(rows, pick(block), -1)
        for begin, needs, _ in known:
            opened = [most[kind] if begin < grid.ends[t] else Fraction(0) for t in range(grid.size)]
            split = builder.columns(grid.size, opened)
            builder.post(rows, split, 1)
            for component, per in needs.items():
                if component in shared.balance:
                    share = per * step.enter.low if kind == "units" else -per * step.enter.loss
                    builder.post(shared.balance[component], split, share)
