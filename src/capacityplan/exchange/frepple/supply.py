"""Supply as demand needs it: operations, transports and suppliers of every buffer that is drawn upon."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from capacityplan.exchange.frepple.network import Buffer, Make, Network, Offer, Step, Use, descendants
from capacityplan.exchange.frepple.routings import Operations, validity
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, number, ranked, seconds
from capacityplan.exchange.importing import Journal

_UNKNOWN = "Unknown supplier"
"""The other system invents this supplier where nothing else supplies a buffer."""
_DAY_SECONDS = 86400


class Supply:
    """Finds every way to fill the buffers that demand reaches."""

    def __init__(self, tables: Tables, operations: Operations, journal: Journal) -> None:
        self._tables, self._operations, self._journal = tables, operations, journal
        self._producers = operations.producers()
        self._items = descendants(tables["item"])
        self._locations = descendants(tables["location"])
        self._invented: set[tuple[str, str]] = set()
        self._offers = self._read_offers()
        self._moves = self._by_buffer("itemdistribution")
        self._used_moves: set[int] = set()
        self._used_offers: set[int] = set()

    def _by_buffer(self, table: str) -> dict[str, list[tuple[str, Row]]]:
        """Rows by item, with the location they are for (empty: any); groups stand for their leaves."""
        found: dict[str, list[tuple[str, Row]]] = {}
        for row in ranked(self._tables[table]) if table == "itemdistribution" else self._tables[table]:
            places = self._locations.get(row["location"], [row["location"]])
            for item in self._items.get(row["item"], [row["item"]]):
                found.setdefault(item, []).extend((place, row) for place in places)
        return found

    def _read_offers(self) -> dict[str, list[tuple[str, Row]]]:
        known = self._by_buffer("itemsupplier")
        for item, rows in known.items():
            self._invented.update((item, place) for place, row in rows if row["supplier"] == _UNKNOWN)
            known[item] = [(place, row) for place, row in rows if row["supplier"] != _UNKNOWN]
        invented = sum(row["supplier"] == _UNKNOWN for row in self._tables["itemsupplier"])
        reason = f"{_UNKNOWN} is invented by the other system to repair broken supply paths"
        self._journal.ignore("itemsupplier", reason, rows=invented)
        return known

    def network(self, demanded: dict[Buffer, str]) -> Network:
        """Collect everything that demand draws upon.

        Parameters
        ----------
        demanded : dict of Buffer to str
            Demanded buffers, with the operation by which they are delivered, if one is named.
        """
        found = Network()
        waiting = list(demanded)
        seen = set(waiting)
        while waiting:
            buffer = waiting.pop()
            makes = self._makes(buffer, demanded.get(buffer, ""))
            if makes:
                found.makes[buffer] = makes
            offers = self._bought(buffer)
            if offers:
                found.offers[buffer] = offers
            for use in [use for make in makes for use in make.uses()]:
                if use.buffer not in seen:
                    seen.add(use.buffer)
                    waiting.append(use.buffer)
        self._report_unused()
        return found

    def _makes(self, buffer: Buffer, delivery: str) -> list[Make]:
        if delivery:
            return self._operations.makes(delivery, buffer)
        names = [name for name in self._producers.get(buffer, ())]
        made = [
            make for rank, name in enumerate(names) for make in self._operations.makes(name, buffer, rank)
        ]
        return made + self._transports(buffer, len(made))

    def _transports(self, buffer: Buffer, first: int) -> list[Make]:
        made: list[Make] = []
        for place, row in self._moves.get(buffer.item, ()):
            if place not in ("", buffer.location) or not row["origin"] or row["origin"] == buffer.location:
                continue
            self._used_moves.add(id(row))
            name = f"Ship from {row['origin']} to {buffer.location}"
            step = Step(
                name, seconds(row["leadtime"] or "0"), places=(row["origin"], buffer.location),
                uses=(Use(Buffer(buffer.item, row["origin"]), Fraction(1)),), transport=True,
            )  # fmt: skip
            sizes = [number(row[column]) for column in ("sizeminimum", "sizemultiple", "sizemaximum")]
            made.append(Make(buffer, name, (step,), sizes[0], sizes[1], sizes[2], first + len(made)))
        return made

    def _bought(self, buffer: Buffer) -> list[Offer]:
        offers = []
        for place, row in self._offers.get(buffer.item, ()):
            if place not in ("", buffer.location):
                continue
            self._used_offers.add(id(row))
            days = ceil(seconds(row["leadtime"] or "0") / _DAY_SECONDS)
            price = number(row["cost"]) if row["cost"] else None
            first, last = validity(row)
            offers.append(
                Offer(buffer, row["supplier"], days, price, number(row["sizeminimum"]),
                      number(row["sizemultiple"]), first, last)
            )  # fmt: skip
        return offers

    def invented(self, buffer: Buffer) -> bool:
        """Whether only the invented supplier would deliver a buffer."""
        return (buffer.item, buffer.location) in self._invented or (buffer.item, "") in self._invented

    def _report_unused(self) -> None:
        for name in self._operations.rows:
            if name not in self._operations.used:
                self._journal.ignore("operation", "no demand draws on it", name)
        for table, used in (("itemsupplier", self._used_offers), ("itemdistribution", self._used_moves)):
            for row in self._tables[table]:
                if id(row) not in used and row.get("supplier") != _UNKNOWN:
                    self._journal.ignore(table, "no demand draws on it", row["item"])
