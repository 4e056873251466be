"""What is to be delivered: open orders and the net forecast of the leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from capacityplan.exchange.frepple.network import Buffer, descendants
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, moment, number
from capacityplan.exchange.importing import Journal

_OPEN = frozenset({"open", "quote", ""})
_LOWEST_PRIORITY = 9


@dataclass(frozen=True, slots=True)
class Wanted:
    """An open order. ``operation`` is how it is delivered, where the order says so."""

    name: str
    buffer: Buffer
    quantity: Fraction
    due: datetime
    customer: str
    priority: int
    min_shipment: Fraction
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A net forecast, due on one day."""

    buffer: Buffer
    quantity: Fraction
    day: datetime
    customer: str


class Demand:
    """Reads orders and forecast, and settles where they are to be delivered from."""

    def __init__(self, tables: Tables, start: datetime, journal: Journal) -> None:
        self._tables, self._start, self._journal = tables, start, journal
        self._places = self._known_places()
        self.orders = [self._order(row) for row in tables["demand"] if self._is_open(row)]
        self.forecasts = self._forecasts()

    def _known_places(self) -> dict[str, list[str]]:
        places: dict[str, dict[str, None]] = {}
        for table in ("demand", "buffer", "operation", "itemsupplier"):
            for row in self._tables[table]:
                if row["item"] and row["location"]:
                    places.setdefault(row["item"], {})[row["location"]] = None
        return {item: list(found) for item, found in places.items()}

    def place(self, item: str, location: str) -> Buffer:
        """Buffer of an item; where no location is stated, the only one it is known at."""
        if location:
            return Buffer(item, location)
        known = self._places.get(item, [row["name"] for row in self._tables["location"]][:1])
        return Buffer(item, known[0] if known else "")

    def _is_open(self, row: Row) -> bool:
        if row["status"] not in _OPEN:
            self._journal.ignore("demand", f"status {row['status']}", row["name"])
            return False
        if number(row["quantity"]) <= 0:
            self._journal.ignore("demand", "no quantity", row["name"])
            return False
        return True

    def _order(self, row: Row) -> Wanted:
        quantity = number(row["quantity"])
        whole = row["policy"] == "alltogether"
        return Wanted(
            row["name"], self.place(row["item"], row["location"]), quantity, moment(row["due"]),
            row["customer"], int(number(row["priority"], Fraction(10))),
            quantity if whole else min(number(row["minshipment"]), quantity), row["operation"],
        )  # fmt: skip

    def _forecasts(self) -> list[Forecast]:
        rows = [row for row in self._tables["forecastplan"] if self._counts(row)]
        parents = {row["owner"] for table in ("item", "location") for row in self._tables[table]}
        below = descendants(self._tables["customer"])
        stated = {_forecast_key(row) for row in rows}
        found = []
        for row in rows:
            finer = [name for name in below.get(row["customer"], ()) if name != row["customer"]]
            if row["item"] in parents or row["location"] in parents:
                self._journal.ignore(
                    "forecastplan", "the sum over a group of items or locations", row["item"]
                )
            elif any(_forecast_key({**row, "customer": name}) in stated for name in finer):
                self._journal.ignore("forecastplan", "the sum over a group of customers", row["customer"])
            else:
                buffer = self.place(row["item"], row["location"])
                found.append(Forecast(buffer, number(row["forecastnet"]), self._due(row), row["customer"]))
        return found

    def _counts(self, row: Row) -> bool:
        if number(row["forecastnet"]) <= 0:
            self._journal.ignore("forecastplan", "no net forecast", row["item"])
            return False
        if row["enddate"] and moment(row["enddate"]) <= self._start:
            self._journal.ignore("forecastplan", "before the start", row["item"])
            return False
        return True

    def _due(self, row: Row) -> datetime:
        """Moment in a forecast's period at which the other system wants it delivered."""
        first = moment(row["startdate"])
        last = moment(row["enddate"]) if row["enddate"] else first
        within = self._tables.parameter("forecast.DueWithinBucket", "middle")
        shares = {"start": Fraction(0), "middle": Fraction(1, 2), "end": Fraction(1)}
        share = shares.get(within, Fraction(1, 2))
        return first + (last - first) * share.numerator / share.denominator

    def forecast_priority(self) -> int:
        """Priority of the forecast against the orders (the lowest number any forecast states)."""
        stated = [int(number(row["priority"], Fraction(10))) for row in self._tables["forecast"]]
        return min([_LOWEST_PRIORITY, *stated]) if stated else _LOWEST_PRIORITY


def _forecast_key(row: Row) -> tuple[str, str, str, str]:
    return row["customer"], row["item"], row["location"], row["startdate"]
