"""Echelons: what must have come in of an item by a bucket, seen from the demand for it and its parents.

RELAXED (what production wastes beyond the least, and rework, is left out).

Validity. Take a plan. use[i, l] is what leaves the free stock of item i by the end of bucket l.
- Deliveries. Demand whose due bucket cannot be reached by a shipment after l has left by then, or is
  `owed`; counted is what costs more if it leaves after l (`demand` says which): of an order, what is
  shipped later or lost; of a class of projections, what is open and late at the end of the last bucket
  into which no shipment after l arrives, and what of it was given up.
- Components. A lot of chain c that is complete in a bucket not after v has started operation p by the
  end of l, if ``end of v - least minutes from the start of p to the end of the routing`` is the start
  of a bucket not after l (`grid.latest_start`; run minutes, waits and inspections in between are
  consecutive, to the minute and in the tail, but for operations that overlap: `Chain.least_rest`).
  It has taken least * (low * q - loss) of the component. As q >= smallest, that is
  least * (low - loss / smallest) * q; and its accepted quantity is
  a <= high * q - sure, and a <= most = high * largest - sure, so q >= a * (1 + sure / most) / high.
  Together it has taken `content` * a at least.
- What is accepted of item j in buckets from which a release by the end of w is possible, together with
  other supply of j by then, is at least use[j, w], for free stock is not negative. Hence lots of j
  complete by v have brought at least use[j, w] - other[j, w], for every w whose possible completions
  are not after v; this may be left out (lots bring at least nothing).
So use[i, l] >= gross[i, l] - short[i, l] - forgone[i, l]: gross[i, l] is a number; `forgone` adds up what
was given up by then and what else supplies parents, and never falls with l (a parent counts in it
from the first bucket on in which it counts at all); `short` adds up what is shipped later (rows of
these names). Fixed inflows are stock, receipts and orders in progress: each of these comes once, at most
`most` of it, not before its earliest release. `supplied` adds up everything else that comes in of the
item, at its earliest release (row `supplied`), what comes as a by-product of other lots among it: that has
no count, so no cut asks for a lot or an order where it may come, and it is no lot that took components.
As free stock is not negative, supplied + short + forgone >= net, net = gross less the fixed inflows
released by l (row `cover`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.chains import Chain
from capacityplan.verify.relaxation.columns import Columns, Supply
from capacityplan.verify.relaxation.echelon_stock import ROW, echelon_stocks
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lots import epochs
from capacityplan.verify.relaxation.receipts import earliest_completion
from capacityplan.verify.relaxation.rounding import Echelon
from capacityplan.verify.relaxation.sources import at_end, listed
from capacityplan.verify.relaxation.spending import MOST_OFFERS, Offer

RELATION = Relation.RELAXED
ROWS = ("short", "forgone", "supplied", "cover", ROW, "passed")
"""Names of the rows that are here for cuts alone: without cuts they follow from those of other families."""
_ZERO = Fraction(0)


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the echelon of every item, parents first."""
    work = _Echelons(builder, grid, shared)
    for item in grid.caps.parents_first:
        if item in shared.balance:
            work.add(item)


@dataclass(slots=True)
class _Use:
    """Gross use of an item by bucket, columns of what is short of it and forgone, most that they can be."""

    gross: list[Fraction]
    short: list[dict[int, Fraction]]
    forgone: list[dict[int, Fraction]]
    most: Fraction


@dataclass(slots=True)
class _Known:
    """An item that is done: net requirement, columns of what is short and forgone, other supply, limits."""

    net: tuple[Fraction, ...]
    short: Ints
    forgone: Ints
    other: list[dict[int, Fraction]]
    most: Fraction


class _Echelons:
    def __init__(self, builder: Builder, grid: Grid, shared: Columns) -> None:
        self._builder, self._grid, self._shared = builder, grid, shared
        self._stocks = echelon_stocks(builder, grid, shared)
        self._known: dict[str, _Known] = {}
        self._parents: dict[str, list[str]] = {}
        for chain in grid.chains:
            for component in _components(grid, chain):
                found = self._parents.setdefault(component, [])
                if chain.item not in found:
                    found.append(chain.item)

    def add(self, item: str) -> None:
        """Post an item whose parents are done."""
        use = self._use(item)
        fixed = self._fixed(item)
        net = tuple(a - b for a, b in zip(use.gross, fixed, strict=True))
        supplies = [one for one in self._shared.supplies.get(item, []) if not one.fixed]
        if max(net) <= 0:
            return
        short = self._sums(ROWS[0], item, use.short, use.most)
        forgone = self._sums(ROWS[1], item, use.forgone, use.most)
        other = self._other(supplies)
        self._known[item] = _Known(net, short, forgone, other, use.most + self._grid.caps.total(item))
        if supplies:
            self._cover(item, net, supplies, short, forgone)

    def _sums(self, name: str, item: str, terms: list[dict[int, Fraction]], most: Fraction) -> Ints:
        """Columns that add up others, by bucket."""
        size = self._grid.size
        columns = self._builder.columns(size, most)
        rows = self._builder.rows(name, [f"{item},{t}" for t in range(size)], 0, 0)
        self._builder.post(rows, columns, 1)
        for row, found in zip(rows.tolist(), terms, strict=True):
            self._builder.post(row, list(found), [-share for share in found.values()])
        return columns

    def _cover(
        self, item: str, net: tuple[Fraction, ...], supplies: list[Supply], short: Ints, forgone: Ints
    ) -> None:
        grid, builder, size = self._grid, self._builder, self._grid.size
        keys = [f"{item},{t}" for t in range(size)]
        supplied = builder.columns(size, grid.caps.total(item))
        rows = builder.rows(ROWS[2], keys, 0, 0)
        builder.post(rows, supplied, 1)
        builder.post(rows[1:], supplied[:-1], -1)
        stages = [at_end(grid, self._shared, supply) for supply in supplies]
        sources = listed(stages, size)
        for source in sources:
            for column, share in source.terms:
                builder.post(rows[source.bucket], column, -share)
        cover = builder.rows(ROWS[3], keys, list(net), INFINITY)
        for columns in (supplied, short, forgone):
            builder.post(cover, columns, 1)
        known = self._stocks.get(item)
        stock, drawn = ((known.stock,), known.drawn) if known else ((), ())
        self._shared.echelons.append(
            Echelon(item, net, (supplied,), short, forgone, sources, _offers(supplies), stock, drawn)
        )

    def _use(self, item: str) -> _Use:
        size = self._grid.size
        use = _Use([_ZERO] * size, [{} for _ in range(size)], [{} for _ in range(size)], _ZERO)
        use.most = self._grid.caps.demanded(item)
        for debt in self._shared.debts.get(item, []):
            for t in range(size):
                use.gross[t] += debt.due[t]
                if debt.due[t]:
                    _add(use.short[t], debt.later[t], Fraction(1))
                    _add(use.forgone[t], debt.lost[t], Fraction(1))
        for parent in self._parents.get(item, []):
            if parent in self._known:
                self._used_by(use, item, parent)
        return use

    def _used_by(self, use: _Use, item: str, parent: str) -> None:
        known = self._known[parent]
        content, reach = self._link(item, parent)
        if not content:
            return
        use.most += content * known.most
        begun = False
        for t, at in enumerate(reach):
            if at < 0:
                continue
            counted = known.net[at] > 0
            begun = begun or counted
            if counted:
                use.gross[t] += content * known.net[at]
                _add(use.short[t], (int(known.short[at]),), content)
            if begun:
                _add(use.forgone[t], (int(known.forgone[at]),), content)
                for column, share in known.other[at].items():
                    _add(use.forgone[t], (column,), content * share)

    def _link(self, item: str, parent: str) -> tuple[Fraction, list[int]]:
        """Least content of an item in an accepted unit of a parent; per bucket the parent's bucket."""
        grid = self._grid
        contents, reaches = [], []
        for chain in grid.chains:
            if chain.item != parent:
                continue
            content, minutes = _content(grid, chain, item)
            contents.append(content)
            if content:
                reaches.append(_reach(grid, chain, minutes))
        content = min(contents)
        if not content:
            return _ZERO, []
        return content, [min(at) for at in zip(*reaches, strict=True)]

    def _fixed(self, item: str) -> list[Fraction]:
        found = [_ZERO] * self._grid.size
        for one in self._grid.inflows:
            if one.item == item:
                for t in range(one.released, self._grid.size):
                    found[t] += one.most
        for _, chain in self._grid.orders:
            if chain.item == item:
                done = earliest_completion(self._grid, chain)
                for t in range(self._grid.earliest_release(done, chain.hold), self._grid.size):
                    found[t] += chain.out.of(chain.smallest)[0]
        return found

    def _other(self, supplies: list[Supply]) -> list[dict[int, Fraction]]:
        """Supply that is not of a chain (its lots), by bucket of release."""
        grid = self._grid
        found: list[dict[int, Fraction]] = [{} for _ in range(grid.size)]
        for supply in supplies:
            if supply.blocks:
                continue
            for bucket in range(grid.size):
                for t in range(grid.earliest_release(bucket, supply.hold), grid.size):
                    for columns, share in supply.terms:
                        # What reduces the supply may be left out of what is at most supplied.
                        if share > 0:
                            found[t][int(columns[bucket])] = share
        return found


def _offers(supplies: list[Supply]) -> tuple[Offer, ...]:
    """Offers of an item that is only bought, and by few of them."""
    found = tuple(supply.offer for supply in supplies if supply.offer is not None)
    return found if len(supplies) == len(found) <= MOST_OFFERS else ()


def _add(total: dict[int, Fraction], columns: Iterable[int], share: Fraction) -> None:
    for column in columns:
        total[column] = total.get(column, _ZERO) + share


def _components(grid: Grid, chain: Chain) -> list[str]:
    found: dict[str, None] = {}
    for step in chain.steps:
        for line in grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ()):
            found[line.component] = None
    return list(found)


def _content(grid: Grid, chain: Chain, item: str) -> tuple[Fraction, int]:
    """Least content of a component in an accepted unit, and least minutes to completion after its use."""
    total, shortest = _ZERO, None
    for place, step in enumerate(chain.steps):
        lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
        if all(line.component != item for line in lines):
            continue
        least = min(needs.get(item, _ZERO) for _, needs, _ in epochs(grid, lines))
        total += least * max(step.enter.low - step.enter.loss / chain.smallest, _ZERO)
        minutes = chain.least_rest(place)
        shortest = minutes if shortest is None else min(shortest, minutes)
    out = chain.out
    if out.high <= 0:
        return _ZERO, 0
    total /= out.high
    if chain.largest is not None and out.high * chain.largest > out.sure:
        total *= 1 + out.sure / (out.high * chain.largest - out.sure)
    return total, shortest or 0


def _reach(grid: Grid, chain: Chain, minutes: int) -> list[int]:
    """Per bucket l the last bucket w such that what is free by w was begun by l."""
    begun = [grid.latest_start(v, minutes) for v in range(grid.size)]
    freed = [grid.earliest_release(v, chain.hold) for v in range(grid.size)]
    found = []
    for bucket in range(grid.size):
        late = [freed[v] for v in range(grid.size) if begun[v] > bucket]
        found.append(min([*late, grid.size]) - 1)
    return found
