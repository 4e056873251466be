"""Echelon stock: what is there of an item, by itself and in its parents, and what may have been drawn.

RELAXED (what is drawn is the most that may be).

Validity. Take a plan, in units; all sums are up to the end of bucket k. C[i] is what has come in of item i
(`Supply`, by bucket of completion or arrival; orders in progress aside), D[i] what was delivered of it, T[i]
what lots took that are complete, R[i] what orders in progress took. Row `balance`, added up, says

    C[i] <= stock[i] + gone[i] + D[i] + T[i] + R[i] - inflows[i],

``gone`` being what got lost or expired, ``inflows`` the most of what comes once (what takes no time and is
booked a bucket later, and what orders in progress bring, only lower the left side).
- Nothing is delivered before it may leave for its due bucket: D[i] is at most what may have (`may_draw`).
- R[i] is at most what these orders need in all, from the earliest bucket of their completion on (`may_draw`).
- A chain c that has brought a units in k lots was begun with at most (a + loss * k) / low units (`Envelope`;
  a = high * units where both limits agree and nothing is lost by the lot). For them it took at most
  ``need * enter.low`` of the component for each, in an operation, by the largest need of the bill's epochs:
  ratio * (a + loss * k). With C[p] the sum over all that brings p, T[i] is at most the sum over parents p of
  the largest ratio * C[p], and over chains of ratio * loss * k.
Item by item from the finished ones down, C[i] <= E[i] + U[i]: E[i] adds up columns that are not negative,
stock[i] + gone[i] + ratio * loss * lots + ratio * E[p], and U[i] numbers, what may have been drawn less
inflows + ratio * U[p]. What is released by k was complete by k, so P[k] <= E + U (`rounding`). E is a column
(row `echelon_stock`), at most what may come in of all that it adds up, and is lost by the most lots.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import Builder
from capacityplan.verify.relaxation.chains import Chain
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lots import epochs, most_of

ROW = "echelon_stock"
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class EchelonStock:
    """E and U of an item: (buckets,) columns, and the most that may have been drawn by bucket."""

    stock: Ints
    drawn: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class _Taking:
    """What a chain takes of a component: units for an accepted unit, and on top for a lot."""

    chain: Chain
    ratio: Fraction
    by_lot: Fraction


@dataclass(slots=True)
class _Known:
    """An item that is done: units of it in a unit of all that it goes into, by lots of chains, and U."""

    content: dict[str, Fraction]
    by_lot: dict[str, Fraction]
    drawn: list[Fraction]


def echelon_stocks(builder: Builder, grid: Grid, shared: Columns) -> dict[str, EchelonStock]:
    """Post E of every item of which it is known."""
    takings: dict[str, list[_Taking | None]] = {}
    for chain in grid.chains:
        for component, units in _needs(grid, chain).items():
            takings.setdefault(component, []).append(_taking(chain, units))
    known: dict[str, _Known] = {}
    found: dict[str, EchelonStock] = {}
    for item in grid.caps.parents_first:
        mine = [one for one in takings.get(item, []) if one is not None and one.chain.item in known]
        if item in shared.balance and len(mine) == len(takings.get(item, [])):
            known[item] = _settled(grid, shared, item, mine, known)
            found[item] = EchelonStock(
                _stock(builder, grid, shared, item, known[item]), tuple(known[item].drawn)
            )
    return found


def _settled(
    grid: Grid, shared: Columns, item: str, takings: list[_Taking], known: dict[str, _Known]
) -> _Known:
    """Put together what is known of an item's parents."""
    done = _Known({item: Fraction(1)}, {}, list(shared.drawn.get(item, [_ZERO] * grid.size)))
    for one in grid.inflows:
        if one.item == item:
            for t in range(one.bucket, grid.size):
                done.drawn[t] -= one.most
    ratios: dict[str, Fraction] = {}
    for taking in takings:
        parent = taking.chain.item
        ratios[parent] = max(ratios.get(parent, _ZERO), taking.ratio)
        if taking.by_lot:
            _add(done.by_lot, {taking.chain.name: taking.by_lot}, Fraction(1))
    for parent, ratio in ratios.items():
        _add(done.content, known[parent].content, ratio)
        _add(done.by_lot, known[parent].by_lot, ratio)
        done.drawn = [
            units + ratio * more for units, more in zip(done.drawn, known[parent].drawn, strict=True)
        ]
    return done


def _stock(builder: Builder, grid: Grid, shared: Columns, item: str, done: _Known) -> Ints:
    """Post what E is made up of: its change over a bucket."""
    most = sum((units * grid.caps.total(part) for part, units in done.content.items()), _ZERO)
    lots = {block.chain.name: block.chain for block in shared.steps if block.chain.name in done.by_lot}
    most += (
        sum((done.by_lot[name] * grid.caps.lots(chain) for name, chain in lots.items()), _ZERO) * grid.size
    )
    columns = builder.columns(grid.size, most)
    rows = builder.rows(ROW, [f"{item},{t}" for t in range(grid.size)], 0, 0)
    builder.post(rows, columns, 1)
    builder.post(rows[1:], columns[:-1], -1)
    for part, units in done.content.items():
        builder.post(rows, shared.stock[part], -units)
        builder.post(rows[1:], shared.stock[part][:-1], units)
        for gone in shared.gone.get(part, []):
            builder.post(rows, gone, -units)
    for block in shared.steps:
        if block.chain.name in lots and block.step is block.chain.steps[-1]:
            builder.post(rows, block.lots, -done.by_lot[block.chain.name])
    return columns


def _add(total: dict[str, Fraction], more: dict[str, Fraction], ratio: Fraction) -> None:
    for name, units in more.items():
        total[name] = total.get(name, _ZERO) + ratio * units


def _needs(grid: Grid, chain: Chain) -> dict[str, Fraction]:
    """Components of a chain with the most that is taken for a started unit."""
    found: dict[str, Fraction] = {}
    for step in chain.steps:
        lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
        known = epochs(grid, lines) if lines else []
        for component in dict.fromkeys(line.component for line in lines):
            units = most_of(known, component) * step.enter.low
            found[component] = found.get(component, _ZERO) + units
    return found


def _taking(chain: Chain, units: Fraction) -> _Taking | None:
    out = chain.out
    exact = out.exact and not out.sure
    share = out.high if exact else out.low
    if share <= 0:
        return None
    return _Taking(chain, units / share, _ZERO if exact else units * out.loss / share)
