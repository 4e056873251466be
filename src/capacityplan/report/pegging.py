"""Which supply serves which use, first in first out: for telling what a delivery waited for."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from capacityplan.report.facts import Facts
from capacityplan.verify.facts import Held


class Pegging:
    """Matches what comes into stock with what leaves it, item by item, in order of time.

    The plan does not say which lot a shipment is taken from; first in, first out is how it is
    read here. (Expiring items are taken first expired first out by the checker.)
    """

    def __init__(self, facts: Facts) -> None:
        self._supplies: dict[str, list[Held]] = {}
        for one in facts.case.flow.held:
            if one.release is not None and one.accepted:
                self._supplies.setdefault(one.item, []).append(one)
        self._reach: dict[str, list[int]] = {}
        for item, found in self._supplies.items():
            found.sort(key=lambda one: (one.release.minute if one.release else 0, one.object))
            self._reach[item] = list(accumulate(one.accepted for one in found))
        self._taken: dict[tuple[str, str, int], int] = {}
        total: dict[str, int] = {}
        outflows = sorted(facts.case.stocks.outflows, key=lambda row: (row.moment.minute, row.kind, row.name))
        for row in outflows:
            total[row.item] = total.get(row.item, 0) + row.quantity
            self._taken[row.item, row.name, row.moment.minute] = total[row.item]

    def source(self, item: str, name: str, minute: int) -> Held | None:
        """Return the supply that completes a use of an item.

        Parameters
        ----------
        item : str
        name : str
            The demand, or ``lot/operation``.
        minute : int
            When it leaves stock.
        """
        taken = self._taken.get((item, name, minute))
        reach = self._reach.get(item, [])
        if taken is None or not reach:
            return None
        return self._supplies[item][min(bisect_left(reach, taken), len(reach) - 1)]
