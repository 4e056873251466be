"""Orders in progress: each is finished once, in some bucket, at least at the cost of what is left.

RELAXED (only the last operation's work is booked, and only where its resource is given).

Validity. A plan has the lot of every order in progress, with all operations that are left, and all
events lie within the horizon: done[t] = 1 in the bucket of its completion. What is accepted lies
within the chain's envelope, and so does what comes out beside it. Components of later operations are
charged until completion (those of the operation in progress are consumed already). The last operation
ends in that bucket, so its minutes are worked by then. Minutes that only a choice of modes decides are
charged at the cheapest.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import OperationResource, Receipt
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import Builder, Relation
from capacityplan.verify.relaxation.chains import AT_ONCE, Chain, Step
from capacityplan.verify.relaxation.columns import Columns, Supply, group_on
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lots import epochs, most_of

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post every order in progress."""
    rows = {row.order: row for row in grid.plant.receipts}
    for name, chain in grid.orders:
        _order(builder, grid, shared, rows[name], chain)


def earliest_completion(grid: Grid, chain: Chain) -> int:
    """Bucket before which an order in progress is not complete."""
    later = replace(chain, steps=(replace(chain.steps[0], minutes=0), *chain.steps[1:]))
    return grid.timeline.bucket_of_end(later.least_ends([0] * len(chain.steps))[-1])


def _order(builder: Builder, grid: Grid, shared: Columns, row: Receipt, chain: Chain) -> None:
    earliest = earliest_completion(grid, chain)
    opened = np.array([t >= earliest for t in range(grid.size)], dtype=float)
    done = builder.columns(grid.size, opened)
    once = builder.rows("in_progress", [row.order], 1, 1)
    builder.post(once, done, 1)
    shared.done[row.order] = done
    most, least = chain.out.of(chain.smallest)
    shared.inflow(chain.item, Supply(((done, most),), chain.hold, fixed=True))
    shared.may_lose(chain.item, done, most - least)
    enters = chain.steps[-1].enter.of(chain.smallest)
    for component, rate in grid.by_products(chain):
        # Not fixed: to an echelon it is one more supply without a count.
        shared.inflow(component, Supply(((done, rate * enters[0]),), AT_ONCE))
        shared.may_lose(component, done, rate * (enters[0] - enters[1]) + grid.base(component))
    for place, step in enumerate(chain.steps):
        _, quantity = step.enter.of(chain.smallest)
        if not place:
            quantity = max(quantity - Fraction(row.done_quantity, grid.lookup.scale[chain.item]), Fraction(0))
        modes = [m for m in step.modes if place or not row.resource or m.resource == row.resource]
        _cost(builder, grid, chain, step, modes, quantity, done)
        if place:
            _components(builder, grid, shared, chain, step, done)
        if place == len(chain.steps) - 1 and len(modes) == 1:
            _work(builder, grid, shared, chain, step, modes[0], quantity, done)
    for inspection in chain.final:
        if inspection.every_lots <= 1:
            builder.charge("inspection", done, grid.inspection_cost(inspection))


def _minutes(grid: Grid, chain: Chain, step: Step, mode: OperationResource, quantity: Fraction) -> Fraction:
    fixed, per = grid.work(chain.item, step.operation, mode)
    return fixed + per * quantity


def _cost(
    builder: Builder, grid: Grid, chain: Chain, step: Step, modes: list[OperationResource],
    quantity: Fraction, done: Ints,
) -> None:  # fmt: skip
    costs = []
    for mode in modes:
        minutes = _minutes(grid, chain, step, mode, quantity)
        cost = minutes * grid.batch_or_mode_rate(chain.item, step, mode)
        if not step.operation.batch_size:
            cost += mode.setup_minutes * grid.rate(mode.resource) + mode.setup_cost
            cost += (minutes + mode.setup_minutes) * grid.wage(mode)
        costs.append(cost)
    if costs:
        builder.charge("production", done, min(costs))
    for row in step.inspections:
        if row.every_lots <= 1:
            builder.charge("inspection", done, grid.inspection_cost(row))


def _components(builder: Builder, grid: Grid, shared: Columns, chain: Chain, step: Step, done: Ints) -> None:
    lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
    known = epochs(grid, lines)
    most, least = step.enter.of(chain.smallest)
    at_once = not sum(one.minutes for one in chain.steps[chain.steps.index(step) :])
    for component in dict.fromkeys(line.component for line in lines):
        if component not in shared.balance:
            continue
        need = min(needs.get(component, Fraction(0)) for _, needs, _ in known)
        count = max(numbers.get(component, 0) for _, _, numbers in known)
        slack = most_of(known, component) * most - need * least + count * grid.base(component)
        if at_once:
            # Booked in the bucket of the completion or in the next one: either may lose it.
            shared.may_lose(component, done, slack + need * least)
            shared.may_lose(component, np.concatenate([done[:1], done[:-1]]), slack + need * least)
            continue
        # Taken before completion, which is all that row `free` needs to know.
        for rows in (shared.balance[component], shared.free[component]):
            builder.post(rows, done, need * least)
        shared.may_draw(component, earliest_completion(grid, chain), need * least)
        shared.may_lose(component, done, slack)


def _work(
    builder: Builder, grid: Grid, shared: Columns, chain: Chain, step: Step, mode: OperationResource,
    quantity: Fraction, done: Ints,
) -> None:  # fmt: skip
    minutes = _minutes(grid, chain, step, mode, quantity)
    work = shared.work[mode.resource, group_on(grid, mode.resource, chain.item)]
    builder.post(work, done, minutes)
