"""Compiled search of setup patterns: in which buckets each item is made or bought, and how.

A pattern says what is made: every lot covers what is needed until the next one (Wagner and Whitin 1958;
in a plan of least cost without limits nothing else pays), item after item down the bills. What is due
just before a lot may wait for it where that is cheaper than stock. A move changes a few places, and only
the items below that have other needs then are worked out anew: some microseconds each. Minutes beyond
a resource's time cost money here; a linear program finds out later what can really be done about them.

Sources
-------
Xiao et al. 2011 (neighbourhoods of setup patterns), Kirkpatrick et al. 1983 (annealing).
"""

from __future__ import annotations

import math

from capacityplan.solve.minute.arrays import Floats, Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.patterns.tables import (
    BEFORE,
    BEST,
    BUCKETS,
    CHANGED,
    CHANGES,
    F_DUE,
    F_FLOW,
    F_GIVES,
    F_HOLD,
    F_LATE,
    F_LEAST,
    F_LOAD_LOT,
    F_LOAD_UNIT,
    F_LOSES,
    F_LOST,
    F_LOT,
    F_LOTS,
    F_MORE,
    F_MORE_PRICE,
    F_MOST,
    F_NEWLY,
    F_OVER_PRICE,
    F_ROOM,
    F_SHORT,
    F_STEP,
    F_TAKE_LOT,
    F_TAKE_UNIT,
    F_UNIT,
    FILLED,
    FIRST,
    ITEMS,
    LAST,
    LEAST,
    LOAD_AT,
    LOAD_ROW,
    LUCK,
    MARKED,
    MARKS,
    PATTERN,
    PLACE,
    PLACES,
    SOURCE_AT,
    TAKE_AT,
    TAKE_ROW,
    TOTAL,
    V_AMOUNT,
    V_BEFORE,
    V_COST,
    V_LOAD,
    V_LOTS,
    V_NEED,
    V_STOCK,
)

_LITTLE = 1e-6
_SAME = 1e-9
"""Units by which stock may differ and count as what it was: sums in another order differ by that."""
_SHARES = 1 << 20


@compiled
def _luck(s: Ints, below: int) -> int:
    """Draw a number below another."""
    s[LUCK] = s[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((s[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


@compiled
def _put(s: Ints, v: Floats, place: int, value: float) -> None:
    """Write a decimal of the state so that it can be taken back."""
    if v[place] != value:
        s[s[MARKED] + s[MARKS]] = place
        v[s[V_BEFORE] + s[MARKS]] = v[place]
        s[MARKS] += 1
        v[place] = value


@compiled
def _choose(s: Ints, place: int, value: int) -> None:
    """Write a whole number of the state so that it can be taken back."""
    if s[place] != value:
        s[s[CHANGED] + s[CHANGES]] = place
        s[s[BEFORE] + s[CHANGES]] = s[place]
        s[CHANGES] += 1
        s[place] = value


@compiled
def _take_back(s: Ints, v: Floats) -> None:
    """Undo everything since the journals were empty."""
    for k in range(s[MARKS] - 1, -1, -1):
        v[s[s[MARKED] + k]] = v[s[V_BEFORE] + k]
    for k in range(s[CHANGES] - 1, -1, -1):
        s[s[s[CHANGED] + k]] = s[s[BEFORE] + k]


@compiled
def _mark(g: Ints, s: Ints, row: int) -> None:
    """Have a row's item filled anew around it."""
    item, bucket = row // g[BUCKETS], row % g[BUCKETS]
    s[s[FIRST] + item] = min(s[s[FIRST] + item], bucket)
    s[s[LAST] + item] = max(s[s[LAST] + item], bucket)


@compiled
def _crowding(g: Ints, f: Floats, load: int, minutes: float) -> float:
    """Money for minutes beyond a load's time."""
    over = minutes - f[g[F_ROOM] + load]
    if over <= 0:
        return 0.0
    more = f[g[F_MORE] + load]
    if over <= more:
        return float(over * f[g[F_MORE_PRICE] + load])
    return float(more * f[g[F_MORE_PRICE] + load] + (over - more) * f[g[F_OVER_PRICE] + load])


@compiled
def _count(g: Ints, f: Floats, s: Ints, v: Floats, source: int, amount: float, lots: float) -> None:
    """Add to what a source takes and fills (a negative amount takes away)."""
    for k in range(g[g[TAKE_AT] + source], g[g[TAKE_AT] + source + 1]):
        row = g[g[TAKE_ROW] + k]
        more = f[g[F_TAKE_UNIT] + k] * amount + f[g[F_TAKE_LOT] + k] * lots
        _put(s, v, s[V_NEED] + row, v[s[V_NEED] + row] + more)
        _mark(g, s, row)
    for k in range(g[g[LOAD_AT] + source], g[g[LOAD_AT] + source + 1]):
        load = g[g[LOAD_ROW] + k]
        old = v[s[V_LOAD] + load]
        new = old + f[g[F_LOAD_UNIT] + k] * amount + f[g[F_LOAD_LOT] + k] * lots
        change = _crowding(g, f, load, new) - _crowding(g, f, load, old)
        _put(s, v, s[V_LOAD] + load, new)
        _put(s, v, TOTAL, v[TOTAL] + change)


@compiled
def _wanted(g: Ints, f: Floats, s: Ints, v: Floats, item: int, bucket: int) -> float:
    """What stock must hold in a bucket with a lot so that it lasts until the next one."""
    base, buckets = item * g[BUCKETS], g[BUCKETS]
    # Places once: the compiler cannot know that nothing written moves them.
    pattern, need, due = s[PATTERN] + base, s[V_NEED] + base, g[F_DUE] + base
    flow, held, newly = g[F_FLOW] + base, g[F_HOLD] + base, g[F_NEWLY] + base
    sum_, most, hold, waits = v[need + bucket] + f[due + bucket], -math.inf, 0.0, 0.0
    for t in range(bucket + 1, buckets):
        if s[pattern + t] >= 0:
            # What is due just before the next lot may wait for it.
            if f[newly + t - 1] < hold:
                waits = f[due + t - 1]
            break
        hold += f[held + t - 1]
        most = max(most, sum_)
        sum_ -= f[flow + t]
        sum_ += v[need + t] + f[due + t]
    return float(max(most, sum_ - waits))


@compiled
def _lot(g: Ints, f: Floats, source: int, wanted: float) -> tuple[float, float]:
    """Amount of a source that gives what is wanted, and in how many lots."""
    amount = max(wanted / f[g[F_GIVES] + source], f[g[F_LEAST] + source])
    step = f[g[F_STEP] + source]
    most = f[g[F_MOST] + source]
    lots = min(max(float(math.ceil(amount / most - _LITTLE)), 1.0), f[g[F_LOTS] + source])
    amount += lots * f[g[F_LOSES] + source] / f[g[F_GIVES] + source]
    if step > 0:
        amount = math.ceil(amount / step - _LITTLE) * step
    return min(amount, lots * most), lots


@compiled
def _make(g: Ints, f: Floats, s: Ints, v: Floats, row: int, stock: float) -> tuple[float, float]:
    """Work out a row's lots anew; return the stock with them, and what they cost."""
    source, amount, lots, cost = s[s[PATTERN] + row], 0.0, 0.0, 0.0
    if source >= 0:
        wanted = _wanted(g, f, s, v, row // g[BUCKETS], row % g[BUCKETS]) - stock
        if wanted > _LITTLE:
            amount, lots = _lot(g, f, source, wanted)
            stock += amount * f[g[F_GIVES] + source] - lots * f[g[F_LOSES] + source]
            cost = lots * f[g[F_LOT] + source] + amount * f[g[F_UNIT] + source]
    old, before = s[s[FILLED] + row], v[s[V_AMOUNT] + row]
    if old != source or amount != before:
        if old >= 0 and before > 0:
            _count(g, f, s, v, old, -before, -v[s[V_LOTS] + row])
        if source >= 0 and amount > 0:
            _count(g, f, s, v, source, amount, lots)
        _choose(s, s[FILLED] + row, source)
        _put(s, v, s[V_AMOUNT] + row, amount)
        _put(s, v, s[V_LOTS] + row, lots)
    return stock, cost


@compiled
def _fill(g: Ints, f: Floats, s: Ints, v: Floats, item: int) -> None:
    """Work out an item's lots anew, and what they cost, take and fill.

    From the lot on that the first change meets, until stock is as it was after the last one.
    """
    base, change, begin, last = item * g[BUCKETS], 0.0, s[s[FIRST] + item], s[s[LAST] + item]
    need, due, flow, held = s[V_NEED] + base, g[F_DUE] + base, g[F_FLOW] + base, g[F_HOLD] + base
    costs, stocks = s[V_COST] + base, s[V_STOCK] + base
    for t in range(begin - 1, -1, -1):
        if s[s[PATTERN] + base + t] >= 0:
            begin = t
            break
    stock = v[stocks + begin - 1] if begin > 0 else 0.0
    was = stock
    for t in range(begin, g[BUCKETS]):
        if t > last and abs(stock - was) <= _SAME:
            break
        stock, cost = _make(g, f, s, v, base + t, stock + f[flow + t])
        owed = max(-stock, 0.0)
        stock -= v[need + t] + f[due + t]
        if stock >= 0:
            cost += stock * f[held + t]
        else:
            more = max(-stock - owed, 0.0)
            late = min(more, f[due + t])
            cost += late * f[g[F_NEWLY] + base + t] + (more - late) * f[g[F_SHORT] + item]
            cost += (-stock - more) * f[g[F_LATE] + base + t]
            if t == g[BUCKETS] - 1:
                cost -= stock * f[g[F_LOST] + item]
        was = v[stocks + t]
        change += cost - v[costs + t]
        _put(s, v, stocks + t, stock)
        _put(s, v, costs + t, cost)
    _put(s, v, TOTAL, v[TOTAL] + change)


@compiled
def fill(g: Ints, f: Floats, s: Ints, v: Floats, item: int) -> None:
    """Work out all items from one on whose places or needs have changed, those above first."""
    for one in range(item, g[ITEMS]):
        if s[s[FIRST] + one] <= s[s[LAST] + one]:
            _fill(g, f, s, v, one)
            s[s[FIRST] + one], s[s[LAST] + one] = g[BUCKETS], -1


@compiled
def _switch(g: Ints, s: Ints, row: int, source: int) -> None:
    """Choose a row's source."""
    _choose(s, s[PATTERN] + row, source)
    _mark(g, s, row)


@compiled
def _any(g: Ints, s: Ints, row: int) -> int:
    """Draw one of a row's sources (-1: it has none)."""
    first = g[g[SOURCE_AT] + row]
    count = g[g[SOURCE_AT] + row + 1] - first
    return first + _luck(s, count) if count > 0 else -1


@compiled
def _bring(g: Ints, s: Ints, row: int, with_parts: bool) -> None:
    """Move the item's nearest lot on one side to a row without one, and those of components likewise."""
    buckets = g[BUCKETS]
    base = row - row % buckets
    step = 1 if _luck(s, 2) > 0 else -1
    other = row + step
    while base <= other < base + buckets and s[s[PATTERN] + other] < 0:
        other += step
    if not base <= other < base + buckets:
        return
    source = _any(g, s, row)
    _switch(g, s, other, -1)
    _switch(g, s, row, source)
    for k in range(g[g[TAKE_AT] + source], g[g[TAKE_AT] + source + 1]) if with_parts else range(0):
        part = g[g[TAKE_ROW] + k]
        there = part + other - row
        if there // buckets == part // buckets and s[s[PATTERN] + there] >= 0 > s[s[PATTERN] + part]:
            chosen = _any(g, s, part)
            if chosen >= 0:
                _switch(g, s, there, -1)
                _switch(g, s, part, chosen)


@compiled
def _begin(g: Ints, s: Ints, row: int, with_parts: bool) -> None:
    """Have a lot in a row without one, and lots of its components."""
    source = _any(g, s, row)
    _switch(g, s, row, source)
    for k in range(g[g[TAKE_AT] + source], g[g[TAKE_AT] + source + 1]) if with_parts else range(0):
        part = g[g[TAKE_ROW] + k]
        chosen = _any(g, s, part)
        if s[s[PATTERN] + part] < 0 <= chosen:
            _switch(g, s, part, chosen)


@compiled
def _end(g: Ints, s: Ints, row: int, with_parts: bool) -> None:
    """Do without a lot, and without those of its components."""
    source = s[s[PATTERN] + row]
    _switch(g, s, row, -1)
    for k in range(g[g[TAKE_AT] + source], g[g[TAKE_AT] + source + 1]) if with_parts else range(0):
        part = g[g[TAKE_ROW] + k]
        if s[s[PATTERN] + part] >= 0:
            _switch(g, s, part, -1)


@compiled
def _propose(g: Ints, s: Ints) -> int:
    """Change the pattern at a place: begin, end, bring or exchange a lot; return its item."""
    row = g[g[PLACE] + _luck(s, g[PLACES])]
    kind = _luck(s, 20)
    if s[s[PATTERN] + row] < 0:
        if kind < 10:
            _bring(g, s, row, kind < 5)
        else:
            _begin(g, s, row, kind < 13)
    elif kind < 6 and g[g[SOURCE_AT] + row + 1] - g[g[SOURCE_AT] + row] > 1:
        _switch(g, s, row, _any(g, s, row))
    else:
        _end(g, s, row, kind >= 16)
    return int(row // g[BUCKETS])


@compiled
def anneal(g: Ints, f: Floats, s: Ints, v: Floats, moves: int, hot: float, cold: float) -> None:
    """Try a number of moves while cooling; keep the best pattern."""
    rows = g[ITEMS] * g[BUCKETS]
    heat, cooling = hot, math.exp(math.log(cold / hot) / moves)
    for _ in range(moves):
        heat *= cooling
        s[CHANGES] = s[MARKS] = 0
        before = v[TOTAL]
        fill(g, f, s, v, _propose(g, s))
        if v[TOTAL] > before - heat * math.log((_luck(s, _SHARES) + 1) / _SHARES):
            _take_back(s, v)
        elif v[TOTAL] < v[LEAST] - _LITTLE:
            v[LEAST] = v[TOTAL]
            for row in range(rows):
                s[s[BEST] + row] = s[s[PATTERN] + row]
