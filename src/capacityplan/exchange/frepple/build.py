"""The import itself: tables to network to plant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from capacityplan.domain.plant import (
    Consumption,
    Costs,
    Customer,
    Item,
    ItemKind,
    Lateness,
    Order,
    Plant,
    Receipt,
    ReceiptKind,
    Stock,
    SupplierOffer,
)
from capacityplan.domain.projections import Projections
from capacityplan.exchange.frepple.calendars import Calendars
from capacityplan.exchange.frepple.confirmed import Confirmed, read_confirmed
from capacityplan.exchange.frepple.demand import Demand, Wanted
from capacityplan.exchange.frepple.horizon import horizon
from capacityplan.exchange.frepple.network import Buffer, Make, Network, merge_chains
from capacityplan.exchange.frepple.process import Process
from capacityplan.exchange.frepple.resources import Resources
from capacityplan.exchange.frepple.routings import Operations
from capacityplan.exchange.frepple.setups import changeovers
from capacityplan.exchange.frepple.supply import Supply
from capacityplan.exchange.frepple.tables import Tables, number
from capacityplan.exchange.importing import ImportResult, Journal
from capacityplan.exchange.mapping.values import ASK, Habit
from capacityplan.units import ceil_fraction, floor_fraction

_MINUTE_SECONDS = 60
_DECIMALS = 3
_LATE_SHARE = Fraction(1, 10)
"""An order that is late costs this share of the mean order value a day, whatever its size."""
_FORECAST_LATE_RATE = Fraction(1, 100)
_NO_VALUE_LATE_COST = Fraction(100)


def import_frepple(source: Path, habit: Habit = ASK) -> ImportResult:
    """Read a folder of frePPLe tables (CSV or workbooks) as a plant.

    Parameters
    ----------
    source : Path
    habit : Habit
        How numbers and dates are written where a file does not show it.

    Returns
    -------
    ImportResult
        The plant and the account of every row: read, used, ignored and why.

    Raises
    ------
    DataError
        If a table cannot be read.
    """
    journal = Journal()
    tables = Tables(source, journal, habit)
    return _Import(tables, journal, source.name).run()


@dataclass(slots=True)
class _Names:
    """Item ids of buffers: the item's name, with its location where it lies at several."""

    locations: dict[str, set[str]] = field(default_factory=dict)
    precision: dict[Buffer, int] = field(default_factory=dict)

    def see(self, buffer: Buffer, *quantities: Fraction) -> None:
        self.locations.setdefault(buffer.item, set()).add(buffer.location)
        decimals = max((_decimals(quantity) for quantity in quantities), default=0)
        self.precision[buffer] = max(self.precision.get(buffer, 0), decimals)

    def id(self, buffer: Buffer) -> str:
        several = len(self.locations.get(buffer.item, ())) > 1
        return f"{buffer.item}@{buffer.location}" if several else buffer.item

    def scale(self, buffer: Buffer) -> int:
        """Base units per unit."""
        units: int = 10 ** self.precision.get(buffer, 0)
        return units

    def base(self, buffer: Buffer, quantity: Fraction, up: bool = False) -> int:
        """Quantity in base units."""
        scaled = quantity * self.scale(buffer)
        return ceil_fraction(scaled) if up else floor_fraction(scaled)


def _decimals(quantity: Fraction) -> int:
    return next((n for n in range(_DECIMALS) if (quantity * 10**n).denominator == 1), _DECIMALS)


class _Import:
    def __init__(self, tables: Tables, journal: Journal, name: str) -> None:
        self._tables, self._journal, self._name = tables, journal, name
        self._start = tables.start()
        self._demand = Demand(tables, self._start, journal)
        self._operations = Operations(tables, self._start, journal)
        self._supply = Supply(tables, self._operations, journal)
        self._items = {row["name"]: row for row in tables["item"]}
        self._names = _Names()
        self._orders: list[Wanted] = []

    def run(self) -> ImportResult:
        self._orders = [self._delivered(order) for order in self._demand.orders]
        delivered = {order.buffer: order.operation for order in self._orders}
        network = self._supply.network(
            {**{forecast.buffer: "" for forecast in self._demand.forecasts}, **delivered}
        )
        self._drop_unsupplied(network)
        confirmed = read_confirmed(self._tables, network, self._start, self._journal)
        self._orders += confirmed.withdrawals
        kept = self._kept(network, confirmed)
        merged = merge_chains(network, kept)
        if merged:
            reason = "buffers between two steps that nothing else touches became one routing with them"
            self._journal.change("buffer", reason, rows=merged)
        self._see_all(network, confirmed)
        plant = self._plant(network, confirmed)
        return ImportResult(plant, self._journal.report(self._name))

    def _delivered(self, order: Wanted) -> Wanted:
        """Give an order that names its delivery operation an item that this operation makes."""
        if not order.operation:
            return order
        if order.operation not in self._operations.rows:
            reason = "the delivery operation is not in the model: delivered from the buffer"
            self._journal.change("demand", reason, order.name)
            return replace(order, operation="")
        consumes = [
            use for make in self._operations.makes(order.operation, order.buffer) for use in make.uses()
        ]
        if all(use.buffer != order.buffer for use in consumes):
            return order
        item = f"{order.buffer.item} via {order.operation}"
        return replace(order, buffer=Buffer(item, order.buffer.location))

    def _drop_unsupplied(self, network: Network) -> None:
        """Leave out components that only the invented supplier delivers, and demand for nothing."""
        stocked = {Buffer(row["item"], row["location"]) for row in self._tables["buffer"]
                   if number(row["onhand"]) > 0}  # fmt: skip
        gone = {
            buffer for buffer in network.buffers()
            if buffer not in network.makes and buffer not in network.offers
            and self._supply.invented(buffer) and buffer not in stocked
        }  # fmt: skip
        for buffer in sorted(gone):
            self._journal.change(
                "operationmaterial", "a component that nobody supplies is left out", buffer.item
            )
        for makes in network.makes.values():
            makes[:] = [_without(make, gone) for make in makes]
        sourced = {*network.makes, *network.offers, *stocked}
        for order in self._orders:
            if order.buffer not in sourced:
                reason = "nothing supplies what is ordered"
                self._journal.ignore("demand", reason, order.name)
        self._orders = [order for order in self._orders if order.buffer in sourced]

    def _kept(self, network: Network, confirmed: Confirmed) -> set[Buffer]:
        kept = {order.buffer for order in self._orders}
        kept.update(forecast.buffer for forecast in self._demand.forecasts)
        kept.update(row.buffer for row in confirmed.receipts)
        known = set(network.buffers())
        for row in self._tables["buffer"]:
            buffer = Buffer(row["item"], row["location"])
            if number(row["onhand"]) > 0 or number(row["minimum"]) > 0:
                kept.add(buffer)
            elif buffer not in known:
                self._journal.ignore("buffer", "no demand draws on it and nothing is in it", row["item"])
        return kept

    def _see_all(self, network: Network, confirmed: Confirmed) -> None:
        """Fix names and precision: every buffer, with every quantity stated for it."""
        for buffer in network.buffers():
            self._names.see(buffer)
            for make in network.makes.get(buffer, ()):
                self._names.see(buffer, make.minimum, make.multiple, make.maximum)
        for row in self._tables["buffer"]:
            buffer = Buffer(row["item"], row["location"])
            if number(row["onhand"]) > 0 or number(row["minimum"]) > 0:
                self._names.see(buffer, number(row["onhand"]), number(row["minimum"]))
        for order in self._orders:
            self._names.see(order.buffer, order.quantity, order.min_shipment)
        for forecast in self._demand.forecasts:
            self._names.see(forecast.buffer, forecast.quantity)
        for receipt in confirmed.receipts:
            self._names.see(receipt.buffer, receipt.quantity)

    def _plant(self, network: Network, confirmed: Confirmed) -> Plant:
        wanted: dict[Buffer, Fraction] = {}
        stated = [(order.buffer, order.quantity) for order in self._orders]
        stated += [(row.buffer, row.quantity) for row in self._demand.forecasts]
        for buffer, quantity in stated:
            wanted[buffer] = wanted.get(buffer, Fraction(0)) + quantity
        orders_until = max((order.due for order in self._orders), default=self._start)
        all_until = max([orders_until, *(forecast.day for forecast in self._demand.forecasts)])
        known = Calendars(self._tables, self._start, 1)
        capacity = {
            row["name"]: known.highest(row["maximum_calendar"], floor(number(row["maximum"], Fraction(1))))
            for row in self._tables["resource"]
        }
        chosen = horizon(network, wanted, len(stated), capacity, orders_until, all_until, self._start)
        days = chosen.daily + 7 * chosen.weekly
        calendars = Calendars(self._tables, self._start, days)
        resources = Resources(network, self._tables, calendars, self._journal)
        process = Process(network, resources, self._names.id, self._names.scale, self._journal, self._start)
        process.write_all()
        resources.report_unused()
        late = self._late_cost()
        items = self._item_rows(network, process)
        written = tuple(resources.written.values())
        orders = tuple(self._order_row(order, late, days) for order in self._orders)
        self._journal.default(
            "demand",
            f"being late costs {float(late):g} per order and day, whatever its size "
            "and priority; losing an order costs more than the longest lateness",
        )
        self._journal.default("item", "holding stock costs 20 % of the item's cost a year")
        return Plant(
            self._name, self._start.isoformat(timespec="minutes"), "UTC", self._currency(), horizon=chosen,
            costs=Costs(lateness=Lateness.MINUTE, late_rate_per_day=_FORECAST_LATE_RATE,
                        lost_rate=_FORECAST_LATE_RATE * (days + 30)),
            consumption=Consumption(0, 0),
            items=items, bill_of_materials=tuple(process.lines), operations=tuple(process.operations),
            operation_resources=tuple(process.modes), resources=written, calendars=tuple(calendars.rows),
            changeovers=changeovers(self._tables, written, items, process.modes, self._journal),
            suppliers=tuple(self._offer_rows(network)), stock=tuple(self._stock_rows(items)),
            receipts=tuple(self._receipt_rows(confirmed)), orders=orders, projections=self._projections(),
            customers=tuple(self._customer_rows(orders)),
        )  # fmt: skip

    def _currency(self) -> str:
        stated = self._tables.parameter("currency")
        code = {"$": "USD", "€": "EUR", "£": "GBP"}.get(stated.strip(","), stated)
        if len(code) == 3 and code.isalpha():
            return code.upper()
        self._journal.default("common_parameter", "no currency is stated: USD")
        return "USD"

    def _minute(self, moment: datetime, up: bool = False) -> int:
        seconds = (moment - self._start) / timedelta(seconds=1)
        return ceil(seconds / _MINUTE_SECONDS) if up else floor(seconds / _MINUTE_SECONDS)

    def _late_cost(self) -> Fraction:
        values = [order.quantity * self._cost(order.buffer) for order in self._orders]
        mean = sum(values, Fraction(0)) / len(values) if values else Fraction(0)
        return Fraction(ceil(mean * _LATE_SHARE)) if mean else _NO_VALUE_LATE_COST

    def _cost(self, buffer: Buffer) -> Fraction:
        item = self._items.get(buffer.item) or self._items.get(buffer.item.partition(" via ")[0])
        return number(item["cost"]) if item else Fraction(0)

    def _order_row(self, order: Wanted, late: Fraction, days: int) -> Order:
        rate = late / order.quantity
        return Order(
            order.name, self._names.id(order.buffer), self._names.base(order.buffer, order.quantity, up=True),
            self._minute(order.due), order.customer, order.priority, late_cost_per_day=rate,
            lost_cost=rate * (days + 30), min_shipment=self._names.base(order.buffer, order.min_shipment),
        )  # fmt: skip

    def _item_rows(self, network: Network, process: Process) -> tuple[Item, ...]:
        sold = {order.buffer for order in self._orders} | {row.buffer for row in self._demand.forecasts}
        safety = {
            Buffer(row["item"], row["location"]): number(row["minimum"]) for row in self._tables["buffer"]
        }
        rows = []
        for buffer in sorted({*network.buffers(), *sold}):
            kind = ItemKind.INTERMEDIATE if buffer in network.makes else ItemKind.RAW
            source = self._items.get(buffer.item)
            lots = process.lots(buffer)
            rows.append(
                Item(
                    self._names.id(buffer), ItemKind.FINISHED if buffer in sold else kind,
                    source["description"] if source else "", (source["uom"] if source else "") or "pcs",
                    self._names.precision.get(buffer, 0), source["category"] if source else "",
                    unit_value=self._cost(buffer), min_lot=lots[0], lot_multiple=lots[1], max_lot=lots[2],
                    safety_stock=self._names.base(buffer, safety.get(buffer, Fraction(0)), up=True),
                    setup_group=process.setup_groups.get(buffer, ""),
                )
            )  # fmt: skip
        used = {buffer.item for buffer in network.buffers()} | {buffer.item for buffer in sold}
        parents = {row["owner"] for row in self._tables["item"]}
        for name in self._items:
            if name not in used:
                reason = "a group of items" if name in parents else "no demand draws on it, or merged"
                self._journal.ignore("item", reason, name)
        return tuple(rows)

    def _offer_rows(self, network: Network) -> list[SupplierOffer]:
        rows = []
        for buffer, offers in sorted(network.offers.items()):
            for offer in offers:
                price = offer.price
                if price is None:
                    price = self._cost(buffer)
                    self._journal.default("itemsupplier", "no price is stated: the item's cost")
                rows.append(
                    SupplierOffer(
                        offer.supplier, self._names.id(buffer), offer.lead_days, price,
                        min_order=self._names.base(buffer, offer.minimum, up=True),
                        order_multiple=self._names.base(buffer, offer.multiple, up=True),
                        valid_from=self._minute(offer.valid_from) if offer.valid_from else None,
                        valid_to=self._minute(offer.valid_to) if offer.valid_to else None,
                    )
                )  # fmt: skip
        return rows

    def _stock_rows(self, items: tuple[Item, ...]) -> list[Stock]:
        known = {item.item for item in items}
        rows: list[Stock] = []
        for row in self._tables["buffer"]:
            buffer, onhand = Buffer(row["item"], row["location"]), number(row["onhand"])
            if onhand <= 0:
                continue
            if self._names.id(buffer) not in known:
                self._journal.ignore("buffer", "stock that no demand draws on", row["item"])
                continue
            rows.append(Stock(f"S{len(rows) + 1}", self._names.id(buffer), self._names.base(buffer, onhand)))
        return rows

    def _receipt_rows(self, confirmed: Confirmed) -> list[Receipt]:
        return [
            Receipt(row.name, ReceiptKind.PURCHASE if row.bought else ReceiptKind.PRODUCTION,
                    self._names.id(row.buffer), self._names.base(row.buffer, row.quantity),
                    self._minute(row.due, up=True), row.status)
            for row in confirmed.receipts
        ]  # fmt: skip

    def _projections(self) -> Projections:
        rows = self._demand.forecasts
        names = ["", "frepple", "forecast"]
        place: dict[str, int] = {}
        for name in [self._names.id(row.buffer) for row in rows] + [row.customer for row in rows]:
            place.setdefault(name, len(names))
            if place[name] == len(names):
                names.append(name)
        count = len(rows)
        days = [(row.day - timedelta(seconds=1)).toordinal() for row in rows]
        return Projections(
            names, item=[place[self._names.id(row.buffer)] for row in rows], start=days, end=days,
            quantity=[self._names.base(row.buffer, row.quantity, up=True) for row in rows],
            stream=[1] * count, segment=[place[row.customer] for row in rows], certainty=[2] * count,
            weight_millionths=[1_000_000] * count, low=[-1] * count, high=[-1] * count,
            author=[0] * count, dated=[0] * count,
        )  # fmt: skip

    def _customer_rows(self, orders: tuple[Order, ...]) -> list[Customer]:
        used = {order.customer for order in orders} | {row.customer for row in self._demand.forecasts}
        used.discard("")
        segments = {row.customer for row in self._demand.forecasts}
        rows: list[Customer] = []
        for row in self._tables["customer"]:
            if row["name"] in used:
                priority = self._demand.forecast_priority() if row["name"] in segments else None
                parent = row["owner"] if row["owner"] in used else ""
                rows.append(Customer(row["name"], parent, priority))
            else:
                self._journal.ignore("customer", "orders nothing", row["name"])
        missing = used - {row.customer for row in rows}
        return rows + [Customer(name) for name in sorted(missing)]


def _without(make: Make, gone: set[Buffer]) -> Make:
    if not any(use.buffer in gone for use in make.uses()):
        return make
    steps = tuple(replace(step, uses=tuple(use for use in step.uses if use.buffer not in gone))
                  for step in make.steps)  # fmt: skip
    return replace(make, steps=steps)
