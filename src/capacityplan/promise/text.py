"""A promise in words, and as a record for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Purchase
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.exchange.texts import scaled_text
from capacityplan.promise.types import Answer, Moved, Promise
from capacityplan.units import decimal_text

_SHOWN = 6
_KINDS = {
    "sooner": "Sooner, with nobody served worse",
    "forced": "In full sooner, if others give way",
    "partial": "A part in time",
    "split": "In two shipments",
    "cheaper": "Cheaper, if others give way or planned lots are changed",
}


class Words:
    """Writes promises on a plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._clock = Clock(plant.start, plant.timezone)
        self._lookup = Lookup(plant)

    def lines(self, found: Promise) -> Iterator[str]:
        """Yield the promise as lines for a person."""
        request = found.request
        name = f"{self.units(request.item, request.quantity)} of {request.item}"
        wanted = "" if request.by is None else f", wanted by {self.day(request.by)}"
        if found.answer is None:
            yield f"{name}{wanted}: not in one shipment within the plan's horizon."
        else:
            late = "" if found.in_time else "not by then; "
            yield f"{name}{wanted}: {late}promised for {self.day(found.answer.promised)}."
            yield from self._answer(found.answer)
        for other in found.alternatives:
            yield f"{_KINDS[other.kind]}:"
            for row in other.answer.shipments:
                yield f"  {self.units(request.item, row.quantity)} by {self.day(row.promised)}"
            yield from self._answer(other.answer)
        if found.answer is None and not found.alternatives:
            yield "No part of it fits either: capacity, materials and shelf life leave no room for it."

    def _answer(self, answer: Answer) -> Iterator[str]:
        item = answer.orders[0].item
        currency = self._plant.currency
        units = Fraction(answer.quantity, self._lookup.scale[item])
        parts = ", ".join(
            f"{category} {decimal_text(amount)}"
            for category, amount in list(answer.categories.items())[:_SHOWN]
        )
        change = "costs {} {} more" if answer.cost >= 0 else "costs {} {} less than without it"
        yield (
            f"  {change.format(decimal_text(abs(answer.cost)), currency)}"
            f" ({decimal_text(answer.cost / units)} per {self._lookup.items[item].unit})"
            + (f": {parts}" if parts else "")
        )
        price = answer.orders[0].price
        price = self._lookup.items[item].price if price is None else price
        if price is not None:
            revenue = price * units
            yield (
                f"  at {decimal_text(price)} it brings {decimal_text(revenue)}, "
                f"{decimal_text(revenue - answer.cost)} {currency} above that cost"
            )
        if answer.from_stock:
            yield f"  from stock and planned lots {self.units(item, answer.from_stock)}"
        yield from self._work(answer)
        for gone in answer.displaced[:_SHOWN]:
            what = []
            if gone.late > 0:
                what.append(f"{decimal_text(gone.late, 0)} unit-days later")
            if gone.lost > 0:
                what.append(f"{decimal_text(gone.lost, 0)} units lost")
            told = " and ".join(what) or "later, without charge"
            yield f"  gives way: {gone.demand}, {told}, {decimal_text(gone.amount)} {currency}"

    def made(self, lots: Sequence[Lot], purchases: Sequence[Purchase]) -> Iterator[str]:
        """Say what is made and bought anew."""
        for lot in lots[:_SHOWN]:
            yield f"  new lot {lot.lot}: {self.units(lot.item, lot.quantity)} of {lot.item}"
        for row in purchases[:_SHOWN]:
            yield (
                f"  buy {self.units(row.item, row.quantity)} of {row.item} from {row.supplier}, "
                f"order by {self.moment(row.order_by)}"
            )
        more = max(0, len(lots) - _SHOWN) + max(0, len(purchases) - _SHOWN)
        if more:
            yield f"  and {more} more lots and purchases"

    def _work(self, answer: Answer) -> Iterator[str]:
        """Say what is made, bought and changed for an order."""
        yield from self.made(answer.lots, answer.purchases)
        for one in answer.moved[:_SHOWN]:
            yield f"  {self._moved(one)}"
        if len(answer.moved) > _SHOWN:
            yield f"  and {len(answer.moved) - _SHOWN} more planned lots changed"

    def _moved(self, one: Moved) -> str:
        """Say what becomes of a planned lot."""
        name = f"planned lot {one.lot} of {one.item}"
        if one.begins is None:
            return f"{name}: left out, {self.units(one.item, one.before)}"
        what = []
        if one.quantity != one.before:
            what.append(f"{self.units(one.item, one.before)} become {self.units(one.item, one.quantity)}")
        if one.begins != one.began:
            what.append(f"begins {self.moment(one.begins)} instead of {self.moment(one.began)}")
        return f"{name}: {', '.join(what)}"

    def units(self, item: str, quantity: int) -> str:
        """Write a quantity with its unit."""
        row = self._lookup.items[item]
        return f"{scaled_text(quantity, row.precision)} {row.unit}"

    def day(self, minute: int) -> str:
        """Write the day that ends at, or holds, a minute."""
        return self._clock.local(minute - 1).strftime("%a %Y-%m-%d")

    def date(self, minute: int) -> str:
        """Write the same day as an ISO date."""
        return self._clock.local(minute - 1).date().isoformat()

    def moment(self, minute: int) -> str:
        """Write a minute as local date and time."""
        return self._clock.local(minute).strftime("%Y-%m-%d %H:%M")

    def record(self, found: Promise) -> dict[str, Any]:
        """Return the promise as JSON."""
        request = found.request
        return {
            "order": request.order,
            "item": request.item,
            "quantity": self._decimal(request.item, request.quantity),
            "by": None if request.by is None else self.moment(request.by),
            "in_time": found.in_time,
            "answer": None if found.answer is None else self._record(found.answer),
            "alternatives": [{"kind": row.kind} | self._record(row.answer) for row in found.alternatives],
            "refused": list(found.refused),
            "processor_seconds": {name: round(value, 3) for name, value in found.seconds.items()},
        }

    def _decimal(self, item: str, quantity: int) -> float:
        return float(Fraction(quantity, self._lookup.scale[item]))

    def _record(self, answer: Answer) -> dict[str, Any]:
        item = answer.orders[0].item
        return {
            "promised": self.date(answer.promised),
            "shipments": [
                {"quantity": self._decimal(item, row.quantity), "promised": self.date(row.promised)}
                for row in answer.shipments
            ],
            "cost": float(answer.cost),
            "categories": {name: float(amount) for name, amount in answer.categories.items()},
            "from_stock": self._decimal(item, answer.from_stock),
            "lots": [[row.lot, row.item, self._decimal(row.item, row.quantity)] for row in answer.lots],
            "purchases": [
                [row.purchase, row.supplier, row.item, self._decimal(row.item, row.quantity),
                 self.moment(row.order_by)]
                for row in answer.purchases
            ],
            "moved": [
                [row.lot, row.item, self._decimal(row.item, row.before),
                 self._decimal(row.item, row.quantity), self.moment(row.began),
                 None if row.begins is None else self.moment(row.begins)]
                for row in answer.moved
            ],
            "displaced": [[row.demand, float(row.late), float(row.lost), float(row.amount)]
                          for row in answer.displaced],
        }  # fmt: skip
