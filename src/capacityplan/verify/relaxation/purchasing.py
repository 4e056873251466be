"""Purchases: lead times, smallest orders, price tiers, order costs, suppliers' weekly capacity.

RELAXED (latest order dates and closed days inside longer buckets are left out).

Validity. Take a plan; units[t] is what a tier delivers in bucket t, orders[t] the number of these
purchases. order_by >= max(0, valid_from) and arrives >= order_by + lead time, so nothing arrives in
an earlier bucket; nor in a bucket whose days are all closed in the supplier's calendar. Each
purchase has at least the tier's smallest quantity, rounded up to the multiple (`order_least`); and
less than the next tier's threshold where that tier is valid whenever this one is, at most what
a week may bring of its tier, else what the limit on cost allows (`order_most`); and a whole number
of multiples (`order_packs`). All units of an order are charged the tier's price,
each order its cost, each incoming inspection its cost (with every n-th purchase inspected: at least
orders / n, if no open purchase order shares the count). Accepted is what the envelope of the
incoming inspections allows. The arrivals of a week are at most the smallest of the weekly
capacities of the tiers used, hence at most the largest (`supplier_week`); a bucket may take the
capacity of every week that it has days in.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import CalendarKind, ReceiptKind, SupplierOffer
from capacityplan.units import MINUTES_PER_DAY, ceil_div, floor_fraction
from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.chains import Hold, waiting
from capacityplan.verify.relaxation.columns import Columns, PurchaseColumns, Supply
from capacityplan.verify.relaxation.envelope import Envelope
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.spending import Offer
from capacityplan.verify.works import incoming

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the offers of every supplier."""
    for (supplier, item), tiers in grid.lookup.offers.items():
        if item in shared.balance:
            blocks = [
                _tier(builder, grid, shared, supplier, item, number, tiers) for number in range(len(tiers))
            ]
            _weeks(builder, grid, supplier, item, tiers, [one for one in blocks if one is not None])


def smallest(tier: SupplierOffer) -> int:
    """Least quantity of a purchase in a tier, in base units."""
    least = max(tier.from_quantity, tier.min_order, tier.order_multiple, 1)
    return ceil_div(least, tier.order_multiple) * tier.order_multiple if tier.order_multiple else least


def _largest(tiers: tuple[SupplierOffer, ...], number: int) -> int | None:
    """Most base units of a purchase in a tier: what a week may bring, and below the next tier's threshold.

    The latter where the next tier is valid whenever this one is.
    """
    tier = tiers[number]
    limits = [] if tier.capacity_per_week is None else [tier.capacity_per_week]
    for other in tiers[number + 1 :]:
        begins = other.valid_from is None or (
            tier.valid_from is not None and other.valid_from <= tier.valid_from
        )
        ends = other.valid_to is None or (tier.valid_to is not None and other.valid_to >= tier.valid_to)
        if begins and ends and other.from_quantity > tier.from_quantity:
            limits.append(other.from_quantity - 1)
            break
    multiple = tier.order_multiple or 1
    return min(limits) // multiple * multiple if limits else None


def _open(grid: Grid, tier: SupplierOffer) -> Floats:
    """1 for buckets in which a purchase may arrive."""
    earliest = max(tier.valid_from or 0, 0) + tier.lead_time_days * MINUTES_PER_DAY
    first = grid.timeline.bucket_of_start(earliest)
    if tier.valid_to is not None and tier.valid_to <= 0:
        first = grid.size
    opened = np.array([t >= first for t in range(grid.size)], dtype=float)
    if tier.calendar:
        steps = grid.time.calendar(tier.calendar, CalendarKind.WORK, 1)
        clock = grid.timeline.clock
        for t in range(grid.size):
            # The first bucket begins during its day; the rule looks at the whole day.
            begin = clock.midnight(int(grid.timeline.first_day[t]))
            if not steps.open_minutes(begin, grid.ends[t]):
                opened[t] = 0
    return opened


def _tier(
    builder: Builder, grid: Grid, shared: Columns, supplier: str, item: str, number: int,
    tiers: tuple[SupplierOffer, ...],
) -> PurchaseColumns | None:  # fmt: skip
    tier, scale = tiers[number], grid.lookup.scale[item]
    opened = _open(grid, tier)
    least = Fraction(smallest(tier), scale)
    cap = grid.caps.purchase(item)
    largest = _largest(tiers, number)
    most = None if largest is None else Fraction(largest, scale)
    if not opened.any() or (most is not None and most < least):
        return None
    units = builder.columns(grid.size, opened * float(cap))
    orders = builder.columns(grid.size, opened * float(floor_fraction(cap / least)), integer=True)
    keys = [f"{supplier}/{item}/{number},{t}" for t in range(grid.size)]
    row_least = builder.rows("order_least", keys, 0, INFINITY)
    builder.post(row_least, units, 1)
    builder.post(row_least, orders, -least)
    row_most = builder.rows("order_most", keys, -INFINITY, 0)
    builder.post(row_most, units, 1)
    builder.post(row_most, orders, -(cap if most is None else most))
    builder.charge("purchase", units, tier.price)
    builder.charge("ordering", orders, tier.order_cost)
    pack = Fraction(tier.order_multiple, scale)
    packs = None
    if pack:
        packs = builder.columns(grid.size, opened * float(floor_fraction(cap / pack)), integer=True)
        rows = builder.rows("order_packs", keys, 0, 0)
        builder.post(rows, units, 1)
        builder.post(rows, packs, -pack)
    block = PurchaseColumns(supplier, item, units, orders, packs, pack)
    shared.purchases.append(block)
    _inspected(builder, grid, shared, block, tier, least, most)
    return block


def _inspected(
    builder: Builder, grid: Grid, shared: Columns, block: PurchaseColumns, tier: SupplierOffer,
    least: Fraction, most: Fraction | None,
) -> None:  # fmt: skip
    """Charge inspections of what arrives; post what of it is accepted."""
    item = block.item
    rows = sorted(incoming(grid.lookup, item, block.supplier), key=lambda row: row.rank)
    envelope = Envelope.identity()
    shares_count = any(row.item == item and row.kind is ReceiptKind.PURCHASE for row in grid.plant.receipts)
    cost = tier.order_cost
    for row in rows:
        certain = row.every_lots <= 1
        envelope = envelope.inspected(row, grid.lookup.scale[item], certain=certain, least=least)
        if certain or not shares_count:
            charge = grid.inspection_cost(row) / max(row.every_lots, 1)
            builder.charge("inspection", block.orders, charge)
            cost += charge
    hold = waiting([row for row in rows if row.every_lots <= 1])
    terms = [(block.units, envelope.high)]
    if envelope.sure:
        terms.append((block.orders, -envelope.sure))
    counts: list[tuple[tuple[Ints, ...], Fraction | None]] = []
    ceiling = None if most is None else envelope.high * most - envelope.sure
    counts.append(((block.orders,), ceiling if ceiling and ceiling > 0 else None))
    if block.packs is not None:
        counts.append(((block.packs,), envelope.high * block.pack))
    offer = None
    if envelope.high > 0 and tier.price >= 0 and cost >= 0:
        high = envelope.high
        price = tier.price / high
        offer = Offer(
            _released(grid, block, hold), high, price, cost, high * least, envelope.sure, high * block.pack
        )
    shared.inflow(item, Supply(tuple(terms), hold, tuple(counts), offer=offer))
    shared.may_lose(item, block.units, envelope.high - envelope.low)
    shared.may_lose(item, block.orders, envelope.loss - envelope.sure)


def _released(grid: Grid, block: PurchaseColumns, hold: Hold) -> tuple[tuple[int, int, int], ...]:
    """Columns by bucket of release, where that is within the horizon."""
    found = []
    for bucket, (units, orders) in enumerate(zip(block.units.tolist(), block.orders.tolist(), strict=True)):
        released = grid.earliest_release(bucket, hold)
        if released < grid.size:
            found.append((released, units, orders))
    return tuple(found)


def _weeks(
    builder: Builder, grid: Grid, supplier: str, item: str, tiers: tuple[SupplierOffer, ...],
    blocks: list[PurchaseColumns],
) -> None:  # fmt: skip
    limits = [tier.capacity_per_week for tier in tiers if tier.capacity_per_week is not None]
    if len(limits) < len(tiers) or not blocks:
        return
    room = Fraction(max(limits), grid.lookup.scale[item])
    weeks: dict[tuple[int, int], list[int]] = {}
    for bucket in range(grid.size):
        first = int(grid.timeline.first_day[bucket])
        last = first + grid.days[bucket] - 1
        span = ((first - 1) // 7, (last - 1) // 7)
        # Buckets of one week share its capacity; a bucket in several weeks has theirs for itself.
        key = span if span[0] == span[1] else (-bucket, 0)
        weeks.setdefault(key, []).append(bucket)
    for place, buckets in enumerate(weeks.values()):
        first = int(grid.timeline.first_day[buckets[0]])
        last = int(grid.timeline.first_day[buckets[-1]]) + grid.days[buckets[-1]] - 1
        touched = (last - 1) // 7 - (first - 1) // 7 + 1
        row = builder.rows("supplier_week", [f"{supplier}/{item},{place}"], -INFINITY, room * touched)
        for block in blocks:
            builder.post(row, block.units[buckets], 1)
