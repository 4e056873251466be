"""Confirmed and approved orders of the other system: what arrives, and what they still draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from capacityplan.exchange.frepple.demand import Wanted
from capacityplan.exchange.frepple.network import Buffer, Network
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, moment, number
from capacityplan.exchange.importing import Journal

_FIRM = frozenset({"confirmed", "approved"})
_OURS_TO_PLAN = "proposed by the other system: planned anew"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A scheduled receipt."""

    name: str
    buffer: Buffer
    quantity: Fraction
    due: datetime
    bought: bool
    status: str


@dataclass(slots=True)
class Confirmed:
    """Scheduled receipts, and what those not yet started will draw from other buffers."""

    receipts: list[Arrival] = field(default_factory=list)
    withdrawals: list[Wanted] = field(default_factory=list)


def read_confirmed(tables: Tables, network: Network, start: datetime, journal: Journal) -> Confirmed:
    """Read purchase, production and distribution orders that are held fast.

    A confirmed order that starts at or after the plan's start still has to draw its components:
    each becomes an order on the component's buffer, named after it.
    """
    found = Confirmed()
    known = set(network.buffers()) | set(network.makes)
    for row in tables["operationplan"]:
        if row["status"] not in _FIRM:
            _account(row, journal)
            continue
        arrival = _arrival(row, network)
        if arrival is None or arrival.buffer not in known:
            journal.ignore("operationplan", "confirmed, but no demand draws on it", row["reference"])
            continue
        found.receipts.append(arrival)
        if row["type"] == "PO" or moment(row["startdate"]) < start:
            continue
        if row["type"] == "MO":
            reason = "a confirmed production order takes up no capacity before it is completed"
            journal.change("operationplan", reason, row["reference"])
        found.withdrawals += _withdrawals(row, arrival, network)
    if found.withdrawals:
        reason = "what a confirmed order still draws became an order on the component"
        journal.change("operationplan", reason, found.withdrawals[0].name, len(found.withdrawals))
    return found


def _account(row: Row, journal: Journal) -> None:
    kind = {"STCK": "stock: read from the buffers", "DLVR": "a delivery: planned anew"}.get(row["type"])
    reason = kind or (_OURS_TO_PLAN if row["status"] == "proposed" else f"status {row['status']}")
    journal.ignore("operationplan", reason, row["reference"])


def _arrival(row: Row, network: Network) -> Arrival | None:
    if row["type"] not in ("PO", "DO", "MO") or number(row["quantity"]) <= 0:
        return None
    place = row["destination"] if row["type"] == "DO" else row["location"]
    buffer = Buffer(row["item"], place)
    if row["type"] == "MO" and not row["item"]:
        makers = [
            made for made, ways in network.makes.items() if any(way.name == row["operation"] for way in ways)
        ]
        if not makers:
            return None
        buffer = makers[0]
    bought = row["type"] == "PO"
    return Arrival(row["reference"], buffer, number(row["quantity"]), moment(row["enddate"]), bought,
                   row["status"])  # fmt: skip


def _withdrawals(row: Row, arrival: Arrival, network: Network) -> Iterator[Wanted]:
    """Yield what a distribution order takes at its origin, a production order of its components."""
    drawn: list[tuple[Buffer, Fraction]] = []
    if row["type"] == "DO":
        drawn = [(Buffer(row["item"], row["origin"]), Fraction(1))]
    else:
        ways = [way for way in network.makes.get(arrival.buffer, ()) if way.name == row["operation"]]
        drawn = [(use.buffer, use.quantity) for way in ways[:1] for use in way.uses()]
    for place, (buffer, per_unit) in enumerate(drawn, start=1):
        name = f"{row['reference']} draws {place}" if len(drawn) > 1 else f"{row['reference']} draws"
        quantity = arrival.quantity * per_unit
        yield Wanted(name, buffer, quantity, moment(row["startdate"]), "", 1, Fraction(0))
