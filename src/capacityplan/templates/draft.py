"""A plant under construction: rows by table, dates as days of the horizon, seeded numbers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from capacityplan.domain.plant import (
    BomLine,
    CalendarKind,
    CalendarRow,
    Changeover,
    Customer,
    Downtime,
    Inspection,
    Item,
    Lock,
    Operation,
    OperationPool,
    OperationResource,
    Order,
    Plant,
    Promotion,
    Receipt,
    Resource,
    Stock,
    Storage,
    SupplierOffer,
)
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock

_TABLES: dict[type, str] = {
    Item: "items",
    BomLine: "bill_of_materials",
    Operation: "operations",
    OperationResource: "operation_resources",
    OperationPool: "operation_pools",
    Resource: "resources",
    CalendarRow: "calendars",
    Downtime: "downtime",
    Changeover: "changeovers",
    Inspection: "inspections",
    SupplierOffer: "suppliers",
    Stock: "stock",
    Receipt: "receipts",
    Order: "orders",
    Customer: "customers",
    Promotion: "promotions",
    Storage: "storages",
    Lock: "locks",
}
_COLUMNS = (
    "item", "start", "end", "quantity", "stream", "segment", "certainty",
    "weight_millionths", "low", "high", "author", "dated",
)  # fmt: skip
_TEXTS = ("item", "stream", "segment", "certainty", "author", "dated")
HOURS = 60


class Draft:
    """Collects the rows of a plant.

    Parameters
    ----------
    name : str
    first : date
        The Monday on which the horizon begins, at 06:00 in Berlin.
    seed : int
        Equal name and seed draw equal numbers.
    settings
        Fields of `Plant` that are not tables: horizon, fences, costs, consumption.
    """

    def __init__(self, name: str, first: date, seed: int, **settings: Any) -> None:
        self.first = first
        self.random = random.Random(f"{name}/{seed}")
        self.clock = Clock(f"{first.isoformat()}T06:00", "Europe/Berlin")
        self._header: dict[str, Any] = {
            "name": name,
            "start": f"{first.isoformat()}T06:00",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
            **settings,
        }
        self._tables: dict[str, list[Any]] = {table: [] for table in _TABLES.values()}
        self._projections: list[dict[str, Any]] = []

    def add(self, *rows: object) -> None:
        """Add rows to the tables of their types."""
        for row in rows:
            self._tables[_TABLES[type(row)]].append(row)

    def rows(self, table: str) -> list[Any]:
        """Rows of a table so far."""
        return self._tables[table]

    def at(self, day: int, hour: int = 0) -> int:
        """Minute of a local hour on a day of the horizon (day 0 is the first Monday)."""
        moment = datetime.combine(self.first, datetime.min.time()) + timedelta(days=day, hours=hour)
        return self.clock.minute(moment)

    def day_of(self, text: str) -> int:
        """Day of the horizon of an ISO date."""
        return (date.fromisoformat(text) - self.first).days

    def near(self, value: float, spread: float) -> float:
        """Draw a number within ``spread`` (a fraction) of a value."""
        return value * (1 + spread * (2 * self.random.random() - 1))

    def shifts(
        self,
        calendar: str,
        weekdays: Iterable[int],
        spans: Sequence[tuple[int, int, int | None]],
        kind: CalendarKind = CalendarKind.WORK,
    ) -> None:
        """Open a calendar on weekdays (0 is Monday).

        Parameters
        ----------
        spans : sequence of (from hour, to hour, capacity)
            Capacity None: the resource's own.
        """
        for weekday in weekdays:
            for begin, end, capacity in spans:
                self.add(CalendarRow(calendar, weekday, None, begin * HOURS, end * HOURS, capacity, kind))

    def holidays(self, calendars: Iterable[str], dates: Iterable[str]) -> None:
        """Close calendars on public holidays (ISO dates)."""
        ordinals = [date.fromisoformat(text).toordinal() for text in dates]
        for calendar in calendars:
            for ordinal in ordinals:
                self.add(CalendarRow(calendar, None, ordinal, 0, 1440, None, CalendarKind.CLOSED))

    def offers(self, base: SupplierOffer, *tiers: tuple[int, str]) -> None:
        """Add a supplier's offer with price tiers (from quantity, price)."""
        for from_quantity, price in tiers:
            fields = {field: getattr(base, field) for field in SupplierOffer.__slots__}
            fields |= {"from_quantity": from_quantity, "price": Fraction(price)}
            self.add(SupplierOffer(**fields))

    def project(self, item: str, segment: str, days: tuple[int, int], quantity: float, **stream: Any) -> None:
        """Add a projection due evenly from the first to the last of two days of the horizon.

        Parameters
        ----------
        stream
            stream (source), weight (share of the consensus), author, spread (of low and high).
        """
        units = round(quantity)
        if units <= 0:
            return
        spread = stream.get("spread", 0.15)
        self._projections.append({
            "item": item, "segment": segment, "quantity": units,
            "start": self.first.toordinal() + days[0], "end": self.first.toordinal() + days[1],
            "stream": stream["stream"], "certainty": "forecast",
            "weight_millionths": round(stream["weight"] * 1_000_000),
            "low": round(units * (1 - spread)), "high": round(units * (1 + spread)),
            "author": stream["author"], "dated": (self.first - timedelta(days=4)).isoformat(),
        })  # fmt: skip

    def plant(self) -> Plant:
        """Return the plant with all rows so far."""
        names = {"": 0}
        columns: dict[str, list[int]] = {column: [] for column in _COLUMNS}
        for row in self._projections:
            for column in _COLUMNS:
                value = row[column]
                columns[column].append(names.setdefault(value, len(names)) if column in _TEXTS else value)
        tables: dict[str, Any] = {table: tuple(rows) for table, rows in self._tables.items()}
        return Plant(**self._header, **tables, projections=Projections(tuple(names), **columns))
