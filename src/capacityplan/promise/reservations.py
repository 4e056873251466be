"""Promised orders beside a plan: they count in the next promise until they expire."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.promise.types import Request

FILE = "reservations.json"
_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A promised order.

    Attributes
    ----------
    promised : int
        Minute by which it is promised.
    expires : str
        ISO date-time after which it no longer counts.
    plan_id : str
        The plan it was promised on.
    """

    order: str
    item: str
    quantity: int
    promised: int
    expires: str
    plan_id: str
    customer: str = ""
    price: str = ""

    def request(self) -> Request:
        """Return the request that puts the order in again, by its promised date."""
        price = Fraction(self.price) if self.price else None
        return Request(self.item, self.quantity, self.promised, self.customer, self.order, price)


class Reservations:
    """The reservations stored beside a plan.

    Parameters
    ----------
    path : Path
        ``reservations.json``; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Reservation] = _read(path) if path.exists() else []

    def active(self, now: datetime) -> list[Reservation]:
        """Return those that have not expired, in the order of their promise."""
        return [row for row in self.rows if datetime.fromisoformat(row.expires) > now]

    def name(self) -> str:
        """Return an order name that is not used yet."""
        used = {row.order for row in self.rows}
        number = len(self.rows) + 1
        while f"PROMISE-{number}" in used:
            number += 1
        return f"PROMISE-{number}"

    def add(self, row: Reservation) -> None:
        """Append a reservation and write the file."""
        self.rows.append(row)

    def to_json(self) -> bytes:
        """Write the reservations as one JSON document."""
        return (json.dumps({"format": _FORMAT, "reservations": [asdict(row) for row in self.rows]},
                           indent=2) + "\n").encode()  # fmt: skip


def _read(path: Path) -> list[Reservation]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = [Reservation(**row) for row in found["reservations"]]
        for row in rows:
            datetime.fromisoformat(row.expires)
            row.request()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        finding = Finding(
            "RESERVATIONS", f"not a file of reservations ({error})", str(path),
            expected="what promise --reserve writes",
        )  # fmt: skip
        raise DataError((finding,)) from error
    return rows
