"""Stock: what is charged at bucket ends, what may get lost, what may expire, what is left.

RELAXED (roundings and losses may be as large as the rules allow).

Validity. Take a plan; stock[i, t] is all of item i that the ledger charges for holding at the end of
bucket t: unrestricted, on hold, and components in unfinished lots (all at the item's holding rate).
It grows by what is accepted at completion or arrival, shrinks by deliveries in the bucket of
shipping, by components in the bucket of their lot's completion, and by expiry: row `balance`, with
`lost` for what components take beyond the least of their envelope, and receipts and stock lots fall
short of the most of theirs. Allowances of `lost` are posted by those who can cause it; components of
rework have no allowance limit. Expired by t is at most what came in early enough to expire by t
(row `expiry`; never-expiring items have none). Each of the three quantities is >= 0. At the
horizon's end every lot is complete: the ledger credits the salvage value of stock at the last end.
"""

from __future__ import annotations

from capacityplan.verify.relaxation.builder import Builder, Relation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the stock of every item."""
    reworked = {(key[0], key[2]) for key in grid.lookup.rework}
    unlimited = {
        line.component
        for line in grid.plant.bill_of_materials
        if (line.item, line.operation) in reworked and not line.by_product
    }
    for item in grid.items:
        _item(builder, grid, shared, item, item in unlimited)


def _item(builder: Builder, grid: Grid, shared: Columns, item: str, unlimited: bool) -> None:
    row, balance = grid.lookup.items[item], shared.balance[item]
    stock = builder.columns(grid.size, grid.caps.stock(item))
    shared.stock[item] = stock
    builder.post(balance, stock, 1)
    builder.post(balance[1:], stock[:-1], -1)
    rate = grid.lookup.holding_rate(item)
    builder.charge("holding", stock, [rate * days for days in grid.days])
    if row.salvage_value:
        builder.charge("salvage", stock[-1:], -row.salvage_value)
    turnover = grid.caps.turnover(item)
    if unlimited or item in shared.losing:
        lost = builder.columns(grid.size, turnover)
        builder.post(balance, lost, 1)
        shared.gone.setdefault(item, []).append(lost)
        if not unlimited:
            builder.post(shared.loss[item], lost, 1)
    if item in shared.expiry:
        expired = builder.columns(grid.size, turnover)
        shared.gone.setdefault(item, []).append(expired)
        old = builder.columns(grid.size, grid.caps.total(item))
        for rows in (balance, shared.free[item], shared.expiry[item]):
            builder.post(rows, expired, 1)
        builder.post(shared.expiry[item], old, 1)
        builder.post(shared.expiry[item][1:], old[:-1], -1)
