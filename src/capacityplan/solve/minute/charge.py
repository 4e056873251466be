"""Compiled charging: what a decoded schedule costs by the ledger (docs/model.md, section 8).

Runs, setups, overtime and makespan are charged exactly. Stock follows the ledger's bucket ends with
supplies serving what consumes them first, then demand by due date; the settlement decides the real
deliveries, and the checker charges them.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    ARRIVAL_ITEM,
    ARRIVALS,
    CHANGE_MINUTES,
    GROUP_OF,
    GROUPS,
    IS_PLACED,
    ITEMS,
    LOT_ITEM,
    LOT_NODE,
    LOTS,
    MATRIX,
    MODE_AT,
    MODE_FULL,
    MODE_RESOURCE,
    MODE_SETUP,
    NEED_AT,
    NEED_ITEM,
    NEED_QUANTITY,
    OUT_GOOD,
    OUT_NEXT,
    OUTCOME_AT,
    OVER_AT,
    OVER_END,
    OVER_START,
    PLACED,
    PLACED_END,
    PLACED_GOOD,
    PLACED_RELEASED,
    PLACED_WIDTH,
    RESOURCES,
    RUN,
    RUN_END,
    RUN_FROM,
    RUN_MODE,
    RUN_NODE,
    RUN_SETUP,
    RUN_WIDTH,
    RUN_WORK,
    RUNS,
    STOCK_ITEM,
    STOCK_MINUTE,
    STOCK_QUANTITY,
    STOCKS,
    TAKES,
    TAKING,
    TAKING_WIDTH,
    TAKINGS,
    UNARY,
    WINDOW_END,
    Floats,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.moved import moved
from capacityplan.solve.minute.prices import (
    AFTER,
    ARRIVAL,
    BUCKETS,
    BY_MINUTE,
    DAYS,
    DAYS_BEFORE,
    DEMAND_AT,
    DUE,
    DUE_BUCKET,
    ENDS,
    F_CHANGE,
    F_HOLDING,
    F_LATE,
    F_LOST,
    F_MAKESPAN,
    F_OVER,
    F_OVERFULL,
    F_OVERTIME,
    F_ROOM,
    F_RUN,
    F_SETUP,
    F_SETUP_COST,
    F_SHORT,
    F_STORAGE,
    F_VOLUME,
    FIRST_LATE,
    FIRST_SHIP,
    FIXED_AT,
    FIXED_MINUTE,
    FIXED_QUANTITY,
    MOST,
    SAFETY,
    STORAGES,
    STORED,
    SUPPLY_AT,
    TAKEN_AT,
    TAKEN_MINUTE,
    TAKEN_QUANTITY,
    TAKEN_UNTIL,
    TAKING_AT,
    TRANSIT,
    WANTED,
)

_JOINED = -2
_DAY = 1440.0
DROPPED = 1.5
"""What a lot without a place in the window is charged, in lots made in time."""


def scratch_size(p: Ints, q: Ints) -> tuple[int, int]:
    """Room for gathering supplies and takings (integers), and levels and storages (numbers)."""
    items, buckets = int(p[ITEMS]), int(q[BUCKETS])
    supplies, takings = int(q[q[SUPPLY_AT] + items]), int(q[q[TAKING_AT] + items])
    return 2 * items + 2 * supplies + 3 * takings, buckets + 2 + int(q[STORAGES]) * buckets


@compiled
def _runs(p: Ints, s: Ints, q: Ints, f: Floats) -> float:
    """Machines, labour, setups and makespan."""
    total = 0.0
    last = 0
    for row in range(s[RUN], s[RUN] + s[RUNS] * RUN_WIDTH, RUN_WIDTH):
        last = max(last, s[row + RUN_END])
        before = s[row + RUN_FROM]
        if before == _JOINED:
            continue
        mode = s[row + RUN_MODE]
        r = p[p[MODE_RESOURCE] + mode]
        setup = p[p[MODE_SETUP] + mode]
        total += f[q[F_SETUP_COST] + mode]
        matrix = p[p[MATRIX] + r]
        if p[p[UNARY] + r] != 0 and matrix >= 0 and before >= 0:
            change = (matrix * p[GROUPS] + before) * p[GROUPS] + p[p[GROUP_OF] + s[row + RUN_NODE]]
            setup += p[p[CHANGE_MINUTES] + change]
            total += f[q[F_CHANGE] + change]
        total += setup * f[q[F_SETUP] + mode] + s[row + RUN_WORK] * f[q[F_RUN] + mode]
    return float(total + last * f[q[F_MAKESPAN]])


@compiled
def _overtime(p: Ints, s: Ints, q: Ints, f: Floats) -> float:
    total = 0.0
    if p[p[OVER_AT] + p[RESOURCES]] == 0:
        return total
    for row in range(s[RUN], s[RUN] + s[RUNS] * RUN_WIDTH, RUN_WIDTH):
        if s[row + RUN_FROM] == _JOINED:
            continue
        r = p[p[MODE_RESOURCE] + s[row + RUN_MODE]]
        for k in range(p[p[OVER_AT] + r], p[p[OVER_AT] + r + 1]):
            low = max(p[p[OVER_START] + k], s[row + RUN_SETUP])
            high = min(p[p[OVER_END] + k], s[row + RUN_END])
            if high > low:
                total += (high - low) * f[q[F_OVERTIME] + r]
    return total


@compiled
def _bucket(q: Ints, minute: int) -> int:
    """Bucket of a completion or a release; the number of buckets if it lies beyond the horizon."""
    low, high = 0, q[BUCKETS]
    while low < high:
        middle = (low + high) // 2
        if q[q[ENDS] + middle] < minute:
            low = middle + 1
        else:
            high = middle
    return int(low)


@compiled
def _supply(p: Ints, q: Ints, w: Ints, item: int, minute: int, quantity: int) -> None:
    """Put a supply into its item's list, the latest first."""
    items = p[ITEMS]
    count = w[item]
    row = 2 * items + 2 * (q[q[SUPPLY_AT] + item] + count)
    begin = 2 * items + 2 * q[q[SUPPLY_AT] + item]
    while row > begin and w[row - 2] < minute:
        w[row], w[row + 1] = w[row - 2], w[row - 1]
        row -= 2
    w[row], w[row + 1] = minute, quantity
    w[item] = count + 1


@compiled
def _taking(p: Ints, q: Ints, w: Ints, item: int, minute: int, quantity: int, until: int) -> None:
    """Put a taking into its item's list, the earliest first."""
    items = p[ITEMS]
    count = w[items + item]
    begin = 2 * items + 2 * q[q[SUPPLY_AT] + items] + 3 * q[q[TAKING_AT] + item]
    row = begin + 3 * count
    while row > begin and w[row - 3] > minute:
        w[row], w[row + 1], w[row + 2] = w[row - 3], w[row - 2], w[row - 1]
        row -= 3
    w[row], w[row + 1], w[row + 2] = minute, quantity, until
    w[items + item] = count + 1


@compiled
def _dropped(p: Ints, q: Ints, f: Floats, w: Ints, lot: int) -> float:
    """Take a lot without a place as made after the window, at the dearest of its resources."""
    node = p[p[LOT_NODE] + lot]
    total = 0.0
    outcome = 0
    while node >= 0:
        outcome = p[p[OUTCOME_AT] + node]
        if p[p[TAKES] + node] < 0:
            break
        dearest = 0.0
        for mode in range(p[p[MODE_AT] + node], p[p[MODE_AT] + node + 1]):
            cost = (
                p[p[MODE_FULL] + mode] * f[q[F_RUN] + mode] + p[p[MODE_SETUP] + mode] * f[q[F_SETUP] + mode]
            )
            dearest = max(dearest, cost)
        total += dearest
        for k in range(p[p[NEED_AT] + node], p[p[NEED_AT] + node + 1]):
            _taking(p, q, w, p[p[NEED_ITEM] + k], p[WINDOW_END], p[p[NEED_QUANTITY] + k], q[AFTER])
        node = p[p[OUT_NEXT] + outcome]
    _supply(p, q, w, p[p[LOT_ITEM] + lot], q[AFTER], p[p[OUT_GOOD] + outcome])
    return float(total * DROPPED)


@compiled
def _gather_fixed(p: Ints, q: Ints, w: Ints) -> None:
    """List what no order of lots changes."""
    for item in range(p[ITEMS]):
        for k in range(q[q[FIXED_AT] + item], q[q[FIXED_AT] + item + 1]):
            _supply(p, q, w, item, q[q[FIXED_MINUTE] + k], q[q[FIXED_QUANTITY] + k])
        for k in range(q[q[TAKEN_AT] + item], q[q[TAKEN_AT] + item + 1]):
            minute, until = q[q[TAKEN_MINUTE] + k], q[q[TAKEN_UNTIL] + k]
            _taking(p, q, w, item, minute, q[q[TAKEN_QUANTITY] + k], until)


@compiled
def _gather(p: Ints, s: Ints, q: Ints, f: Floats, w: Ints) -> float:
    """List every item's supplies and takings; charge waiting for release and lots without a place."""
    for k in range(2 * p[ITEMS]):
        w[k] = 0
    total = 0.0
    for k in range(p[STOCKS]):
        item = p[p[STOCK_ITEM] + k]
        _supply(p, q, w, item, p[p[STOCK_MINUTE] + k], p[p[STOCK_QUANTITY] + k])
    for name in range(p[LOTS] + p[ARRIVALS]):
        row = s[PLACED] + name * PLACED_WIDTH
        if s[row + IS_PLACED]:
            item = p[p[LOT_ITEM] + name] if name < p[LOTS] else p[p[ARRIVAL_ITEM] + name - p[LOTS]]
            good, released = s[row + PLACED_GOOD], s[row + PLACED_RELEASED]
            _supply(p, q, w, item, released, good)
            done, free = _bucket(q, s[row + PLACED_END]), min(_bucket(q, released), q[BUCKETS])
            if done < free:
                held = q[q[DAYS_BEFORE] + free] - q[q[DAYS_BEFORE] + done]
                total += good * held * f[q[F_HOLDING] + item]
        elif name < p[LOTS]:
            total += _dropped(p, q, f, w, name)
    _gather_fixed(p, q, w)
    for row in range(s[TAKING], s[TAKING] + s[TAKINGS] * TAKING_WIDTH, TAKING_WIDTH):
        lot = s[PLACED] + s[row + 3] * PLACED_WIDTH
        if s[row + 1] < 0:
            _supply(p, q, w, s[row], s[row + 2], -s[row + 1])
            continue
        _taking(p, q, w, s[row], s[row + 2], s[row + 1], s[lot + PLACED_END])
    return total


@compiled
def _late(q: Ints, f: Floats, d: int, ship: int, minute: int) -> float:
    """Cost of a base unit of a demand shipped at a bucket's end (or at a minute)."""
    arrives = q[q[ARRIVAL] + q[q[TRANSIT] + d] * q[BUCKETS] + ship]
    if q[BY_MINUTE]:
        behind = max(minute, 0) - q[q[DUE] + d]
        if q[q[TRANSIT] + d] > 0 and arrives < q[BUCKETS]:
            behind = q[q[ENDS] + arrives] - q[q[DUE] + d]
        return float(max(behind, 0) / _DAY * f[q[F_LATE] + d])
    due = q[q[DUE_BUCKET] + d]
    if arrives <= due:
        return 0.0
    days = q[q[FIRST_LATE] + d] + q[q[DAYS_BEFORE] + arrives] - q[q[DAYS_BEFORE] + due + 1]
    return float(days * f[q[F_LATE] + d])


@compiled
def _deliver(p: Ints, q: Ints, f: Floats, w: Ints, v: Floats, item: int, top: int) -> float:
    """Serve an item's demand from what its takings left; ``top`` is the last supply not used up."""
    total = 0.0
    begin = 2 * p[ITEMS] + 2 * q[q[SUPPLY_AT] + item]
    for d in range(q[q[DEMAND_AT] + item], q[q[DEMAND_AT] + item + 1]):
        wanted = q[q[WANTED] + d]
        while wanted > 0 and top >= 0:
            row = begin + 2 * top
            minute = w[row]
            free = _bucket(q, minute)
            ship = max(free, q[q[FIRST_SHIP] + d])
            if q[q[TRANSIT] + d] > 0 and ship == free and free > 0:
                ship += 1
            if ship >= q[BUCKETS]:
                break
            cost = _late(q, f, d, ship, minute)
            if cost >= f[q[F_LOST] + d]:
                break
            taken = min(wanted, w[row + 1])
            v[free] += taken
            v[ship] -= taken
            total += taken * cost
            wanted -= taken
            w[row + 1] -= taken
            if w[row + 1] == 0:
                top -= 1
        total += wanted * f[q[F_LOST] + d]
    for k in range(top + 1):
        v[_bucket(q, w[begin + 2 * k])] += w[begin + 2 * k + 1]
    return total


@compiled
def _item(p: Ints, q: Ints, f: Floats, w: Ints, v: Floats, item: int) -> float:
    """Follow an item's stock: what consumes it, its demand, its levels at bucket ends."""
    buckets, items = q[BUCKETS], p[ITEMS]
    begin = 2 * items + 2 * q[q[SUPPLY_AT] + item]
    takings = 2 * items + 2 * q[q[SUPPLY_AT] + items] + 3 * q[q[TAKING_AT] + item]
    for k in range(buckets + 1):
        v[k] = 0.0
    total = 0.0
    top = w[item] - 1
    for k in range(w[items + item]):
        row = takings + 3 * k
        wanted = w[row + 1]
        taken_in, until = min(_bucket(q, w[row] + 1), buckets), min(_bucket(q, w[row + 2]), buckets)
        if taken_in < until:
            held = q[q[DAYS_BEFORE] + until] - q[q[DAYS_BEFORE] + taken_in]
            total += wanted * held * f[q[F_HOLDING] + item]
        while wanted > 0 and top >= 0:
            at = begin + 2 * top
            free = _bucket(q, w[at])
            taken = min(wanted, w[at + 1])
            if free < taken_in:
                v[free] += taken
                v[taken_in] -= taken
            wanted -= taken
            w[at + 1] -= taken
            if w[at + 1] == 0:
                top -= 1
    total += _deliver(p, q, f, w, v, item, top)
    level = 0.0
    stored, safety = q[q[STORED] + item], q[SAFETY] + items + item * buckets
    watched = q[q[SAFETY] + item] > 0
    for k in range(buckets):
        level += v[k]
        days = q[q[DAYS] + k]
        total += days * level * (f[q[F_HOLDING] + item] + f[q[F_STORAGE] + item])
        if watched:
            total += days * max(0.0, q[safety + k] - level) * f[q[F_SHORT] + item]
        total += days * max(0.0, level - q[q[MOST] + item]) * f[q[F_OVER] + item]
        if stored >= 0:
            v[buckets + 2 + stored * buckets + k] += level * f[q[F_VOLUME] + item]
    return total


@compiled
def charged(p: Ints, s: Ints, q: Ints, f: Floats, w: Ints, v: Floats) -> float:
    """What a decoded schedule costs.

    Parameters
    ----------
    p, s : flat arrays
        Problem, and the state after a decoding.
    q, f : flat arrays
        Prices.
    w, v : flat arrays
        Scratch room.
    """
    buckets = q[BUCKETS]
    total = _runs(p, s, q, f) + _overtime(p, s, q, f) + moved(p, s, q, f) + _gather(p, s, q, f, w)
    for k in range(q[STORAGES] * buckets):
        v[buckets + 2 + k] = 0.0
    for item in range(p[ITEMS]):
        if w[item] > 0 or q[q[DEMAND_AT] + item] < q[q[DEMAND_AT] + item + 1] or q[q[SAFETY] + item] > 0:
            total += _item(p, q, f, w, v, item)
    for storage in range(q[STORAGES]):
        for k in range(buckets):
            excess = v[buckets + 2 + storage * buckets + k] - f[q[F_ROOM] + storage]
            if excess > 0.0:
                total += excess * f[q[F_OVERFULL]]
    return total
