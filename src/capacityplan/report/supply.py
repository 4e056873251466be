"""Tables of what is bought, stocked, shipped and demanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from capacityplan.report.facts import Facts
from capacityplan.report.service import Served
from capacityplan.report.stock import ItemStock
from capacityplan.report.table import Column, Kind, Row, Table


def purchases_table(facts: Facts) -> Table:
    """Return the purchase orders by the day on which they must be placed."""
    money = facts.currency
    columns = (
        Column("order by", Kind.TIME),
        Column("purchase"),
        Column("supplier"),
        Column("item"),
        Column("description"),
        Column("quantity", Kind.QUANTITY),
        Column("unit"),
        Column("arrives", Kind.TIME),
        Column("released", Kind.TIME),
        Column("price per unit", Kind.RATE, money),
        Column("amount", Kind.MONEY, money),
        Column("ordering cost", Kind.MONEY, money),
    )
    rows = []
    for row in sorted(facts.plan.purchases, key=lambda row: (row.order_by, row.supplier, row.item)):
        tier = facts.case.tier(row)
        price = tier.price if tier is not None else None
        units = Fraction(row.quantity, facts.lookup.scale[row.item])
        free = facts.held[row.purchase].release
        rows.append((
            facts.time(row.order_by), row.purchase, row.supplier, row.item,
            facts.lookup.items[row.item].description, facts.units(row.item, row.quantity),
            facts.unit(row.item), facts.time(row.arrives), facts.time(free.minute if free else None), price,
            None if price is None else price * units, tier.order_cost if tier is not None else None,
        ))  # fmt: skip
    return Table("purchases", "Purchases to order", columns, tuple(rows))


def deliveries_table(facts: Facts) -> Table:
    """Return the shipments by time of shipping."""
    columns = (
        Column("ship", Kind.TIME),
        Column("arrive", Kind.TIME),
        Column("demand"),
        Column("customer"),
        Column("item"),
        Column("quantity", Kind.QUANTITY),
        Column("unit"),
        Column("due", Kind.TIME),
        Column("late", Kind.INTEGER, "days"),
    )
    rows = []
    for row in sorted(facts.plan.deliveries, key=lambda row: (row.ship, row.demand)):
        demand = facts.case.demand[row.demand]
        rows.append((
            facts.time(row.ship), facts.time(row.arrive), row.demand, demand.customer, row.item,
            facts.units(row.item, row.quantity), facts.unit(row.item), facts.due(demand.due),
            facts.calendar_days(demand.due, row.arrive),
        ))  # fmt: skip
    return Table("deliveries", "Deliveries", columns, tuple(rows))


def demand_table(facts: Facts, service: tuple[Served, ...], why: Mapping[str, str]) -> Table:
    """Return every order and projection with how it is served, and why not better."""
    columns = (
        Column("demand"),
        Column("kind"),
        Column("customer"),
        Column("priority", Kind.INTEGER),
        Column("item"),
        Column("description"),
        Column("due", Kind.TIME),
        Column("quantity", Kind.QUANTITY),
        Column("on time", Kind.QUANTITY),
        Column("late", Kind.QUANTITY),
        Column("lost", Kind.QUANTITY),
        Column("unit"),
        Column("last arrival", Kind.TIME),
        Column("late by", Kind.INTEGER, "days"),
        Column("status"),
        Column("why"),
    )
    rows = []
    for row in service:
        demand = row.demand
        last = row.deliveries[-1].arrive if row.deliveries else None
        rows.append((
            demand.demand, "order" if demand.is_order else "projection", demand.customer, demand.priority,
            demand.item, facts.lookup.items[demand.item].description, facts.due(demand.due),
            *(facts.units(demand.item, q) for q in (demand.quantity, row.on_time, row.late, row.lost)),
            facts.unit(demand.item), facts.time(last), row.days_late, row.status, why.get(demand.demand, ""),
        ))  # fmt: skip
    return Table("demand", "Demand and how it is served", columns, tuple(rows))


def stock_table(facts: Facts, stock: tuple[ItemStock, ...]) -> Table:
    """Return the stock of every item by bucket, with the projected available balance."""
    columns = (
        Column("item"),
        Column("description"),
        Column("from", Kind.DAY),
        Column("days", Kind.INTEGER),
        Column("opening", Kind.QUANTITY),
        Column("in", Kind.QUANTITY),
        Column("out", Kind.QUANTITY),
        Column("closing", Kind.QUANTITY),
        Column("on hold", Kind.QUANTITY),
        Column("in unfinished lots", Kind.QUANTITY),
        Column("safety stock", Kind.QUANTITY),
        Column("projected available balance", Kind.QUANTITY),
        Column("unit"),
    )
    rows = tuple(row for one in stock for row in _stock(facts, one))
    return Table("stock", "Stock and projected available balance", columns, rows)


def _stock(facts: Facts, one: ItemStock) -> Iterator[Row]:
    item, safety = facts.lookup.items[one.item], facts.lookup.safety_stocks(one.item, facts.timeline)
    for bucket in facts.buckets:
        levels = (
            one.opening, one.inflow, one.outflow, one.closing, one.hold, one.wip,
        )  # fmt: skip
        yield (
            one.item, item.description, facts.day(bucket), int(facts.timeline.days[bucket]),
            *(facts.units(one.item, level[bucket]) for level in levels),
            facts.units(one.item, int(safety[bucket])), facts.units(one.item, one.available[bucket]),
            item.unit,
        )  # fmt: skip
