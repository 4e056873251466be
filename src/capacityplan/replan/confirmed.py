"""What was confirmed, by object: the actuals of a plant in order."""

from __future__ import annotations

from collections import defaultdict

from capacityplan.domain.plant import Actual, ActualKind, Plant


class Confirmed:
    """Actuals up to a moment.

    Attributes
    ----------
    now : int
        The moment, minutes after the plant's start.
    as_planned : bool
        Whether the plan stands for what nobody confirmed.
    """

    def __init__(self, plant: Plant, now: int, as_planned: bool) -> None:
        self.now, self.as_planned = now, as_planned
        self._rows: dict[tuple[ActualKind, str], list[Actual]] = defaultdict(list)
        for row in sorted(plant.actuals, key=lambda row: row.at):
            self._rows[row.kind, row.object].append(row)

    def _all(self, kind: ActualKind) -> list[Actual]:
        return [row for (one, _), rows in self._rows.items() if one is kind for row in rows]

    def run(self, lot: str, operation: str) -> list[Actual]:
        """Confirmations of an operation."""
        return [row for row in self._rows.get((ActualKind.RUN, lot), ()) if row.operation == operation]

    def received(self, order: str) -> list[Actual]:
        """Goods received for an order."""
        return self._rows.get((ActualKind.RECEIPT, order), [])

    def expected(self, order: str) -> int | None:
        """When an order is expected by the latest word."""
        rows = self._rows.get((ActualKind.EXPECTED, order), [])
        return rows[-1].at if rows else None

    def tested(self, name: str, inspection: str) -> int | None:
        """End of an inspection of an object (its incubation not included)."""
        rows = self._rows.get((ActualKind.INSPECTION, name), ())
        return max((row.at for row in rows if row.operation == inspection), default=None)

    def decision(self, name: str, inspection: str | None = None) -> Actual | None:
        """Last usage decision on an object, of one inspection or as a whole."""
        rows = self._rows.get((ActualKind.DECISION, name), ())
        found = [row for row in rows if inspection is None or row.operation == inspection]
        return found[-1] if found else None

    def deliveries(self) -> list[Actual]:
        """Deliveries to demands."""
        return self._all(ActualKind.DELIVERY)

    def counts(self) -> list[Actual]:
        """Stock counts."""
        return self._all(ActualKind.COUNT)

    def maintained(self, downtime: str) -> bool:
        """Whether a flexible downtime was done."""
        return (ActualKind.MAINTENANCE, downtime) in self._rows

    def last_maintained(self, downtime: str) -> int | None:
        """When maintenance was last done."""
        rows = self._rows.get((ActualKind.MAINTENANCE, downtime), [])
        return rows[-1].at if rows else None
