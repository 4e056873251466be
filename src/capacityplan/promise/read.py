"""A request as a person writes it: item, quantity in its unit, date."""

from __future__ import annotations

from fractions import Fraction

from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Clock, Timeline
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.contracts import Kind
from capacityplan.exchange.texts import Unreadable, did_you_mean, read_number
from capacityplan.exchange.times import moment_text, read_moment
from capacityplan.promise.types import Request


def read_request(
    plant: Plant, item: str, quantity: str, by: str = "", customer: str = "", price: str = "", order: str = ""
) -> Request:
    """Read a request; a date alone means the end of that day.

    Raises
    ------
    DataError
        With every finding at once.
    """
    reader = _Reader(plant)
    reader.item(item)
    reader.names(customer, order)
    base = reader.quantity(item, quantity)
    money = reader.price(price) if price else None
    minute = reader.moment(by) if by else None
    if reader.findings or base is None:
        raise DataError(tuple(reader.findings))
    return Request(item, base, minute, customer, order or "NEW", money)


class _Reader:
    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._items = {row.item: row for row in plant.items}
        self.findings: list[Finding] = []

    def _tell(self, code: str, message: str, value: str, expected: str, hint: str = "") -> None:
        self.findings.append(Finding(code, message, "request", value=value, expected=expected, hint=hint))

    def item(self, item: str) -> None:
        """Note an item that is not there, or is only bought."""
        if item not in self._items:
            hint = did_you_mean(item, list(self._items))
            self._tell("UNKNOWN_ITEM", "no such item", item, "an item of the instance", hint)
        elif self._items[item].kind in (ItemKind.RAW, ItemKind.PACKAGING):
            self._tell("NOT_SOLD", "the item is bought, not sold", item, "an item that is made")

    def names(self, customer: str, order: str) -> None:
        """Note a customer that is not there, or an order that is."""
        customers = [row.customer for row in self._plant.customers]
        if customer and customer not in customers:
            hint = did_you_mean(customer, customers)
            self._tell(
                "UNKNOWN_CUSTOMER", "no such customer or segment", customer, "one of the instance", hint
            )
        if order in {row.order for row in self._plant.orders}:
            self._tell("DUPLICATE_ORDER", "an order of this name exists", order, "a new name")

    def quantity(self, item: str, text: str) -> int | None:
        """Base units of an item; None where it is no quantity of it."""
        units = self.number(text)
        if units is None or item not in self._items:
            return None
        places = self._items[item].precision
        base = units * 10**places
        if base.denominator != 1 or base <= 0:
            expected = f"more than 0, at most {places} decimals"
            self._tell("QUANTITY", "not a quantity of this item", text, expected)
            return None
        return int(base)

    def price(self, text: str) -> Fraction | None:
        """Agreed price per unit; None where it is none."""
        money = self.number(text)
        if money is not None and money < 0:
            self._tell("PRICE", "a price is not negative", text, "0 or more")
        return money

    def number(self, text: str) -> Fraction | None:
        """Read a number; None where it is none."""
        try:
            return read_number(text)
        except Unreadable as error:
            self._tell(error.code, str(error), text, error.expected, error.hint)
        return None

    def moment(self, text: str) -> int | None:
        """Minute of a date's end, or of a date-time, within the horizon; None where it is none."""
        clock = Clock(self._plant.start, self._plant.timezone)
        try:
            minute = read_moment(clock, Kind.END, text)
        except Unreadable as error:
            self._tell(error.code, str(error), text, error.expected, error.hint)
            return None
        if minute <= 0:
            self._tell("PAST", "this is before the plan begins", text, f"after {self._plant.start}")
        last = Timeline.of(self._plant).horizon_end
        if minute > last:
            until = moment_text(clock, Kind.END, last)
            self._tell("BEYOND_HORIZON", "this is after the plan ends", text, f"until {until}")
        return minute
