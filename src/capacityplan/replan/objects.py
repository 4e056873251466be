"""Things that come into stock: purchases, receipts, finished lots, what is in inspection."""

from __future__ import annotations

from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import InspectionRun, Plan
from capacityplan.domain.plant import Receipt, ReceiptKind, Stage, Stock, StockStatus
from capacityplan.replan.confirmed import Confirmed
from capacityplan.replan.shelf import Shelf
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Held, Occasion
from capacityplan.verify.flow import Flow


class Objects:
    """What of it has come, what is still open, what waits for its release.

    Attributes
    ----------
    receipts : list of Receipt
        Open purchases, production that is only awaited, and orders in progress that the plan does not know.
    held : list of Stock
        What is there but not released, and what is blocked.
    validated : set of str
        Items whose first lot has been validated.
    """

    def __init__(self, case: Case, confirmed: Confirmed, shelf: Shelf, told: tuple[Receipt, ...]) -> None:
        self._case, self._confirmed, self._shelf, self._told = case, confirmed, shelf, told
        # The plan has no inspections of orders that came since, but they are subject to them.
        since = Flow(Lookup(replace(case.plant, receipts=told)), case.timeline, Plan(case.plan.provenance))
        self._planned: dict[str, Held] = {one.object: one for one in (*since.held, *case.flow.held)}
        self.receipts: list[Receipt] = []
        self.held: list[Stock] = []
        self.validated: set[str] = set()

    def supplies(self) -> None:
        """Take in opening stock, open receipts and ordered purchases."""
        for row in self._case.plant.stock:
            self._stock(row)
        lots = {lot.lot for lot in self._case.plan.lots}
        for receipt in self._told:
            if receipt.order in lots:
                continue  # Its runs say how far it is.
            if receipt.operation:
                self.receipts.append(receipt)
            else:
                self._awaited(receipt)
        told = {receipt.order for receipt in self._told}
        for purchase in self._case.plan.purchases:
            if purchase.order_by < self._confirmed.now and purchase.purchase not in told:
                self._awaited(
                    Receipt(
                        purchase.purchase, ReceiptKind.PURCHASE, purchase.item, purchase.quantity,
                        purchase.arrives, "ordered",
                    )
                )  # fmt: skip

    def finished(self, name: str, item: str, version: str, good: int, completed: int) -> None:
        """Take in a quantity that is complete: into stock, or into inspection."""
        if not good:
            self._shelf.note(f"{name}: nothing of it is left")
            return
        planned = self._planned.get(name)
        occasions = planned.occasions if planned is not None else ()
        expires = self._shelf.expiry(item, completed)
        if not occasions:
            self._shelf.put(item, good, completed, expires, name)
            return
        released = self._released(name, occasions)
        if released is not None:
            at, decided = released
            accepted = self._accepted(item, version, occasions, good) if decided is None else decided
            self._shelf.put(item, accepted, max(at, completed), expires, name)
            if any(occasion.row.stage is Stage.VALIDATION for occasion in occasions):
                self.validated.add(item)
            return
        self.held.append(self._waiting(name, item, version, good, completed, occasions))

    def came(self, name: str, item: str, quantity: int, completed: int) -> None:
        """Take in a by-product: it is free as it comes."""
        if quantity:
            self._shelf.put(item, quantity, completed, self._shelf.expiry(item, completed), name)

    def _stock(self, row: Stock) -> None:
        now = self._confirmed.now
        expires = self._shelf.expiry(row.item, 0) if row.expires is None else row.expires
        if self._confirmed.decision(row.stock) is not None:
            if row.status in (StockStatus.UNRESTRICTED, StockStatus.BLOCKED):
                self._shelf.note(f"decision of {row.stock}: it is {row.status} stock, so it is left out")
            elif row.is_free and row.available is not None:
                row = self._decided(row, row.available)
        if row.status is StockStatus.BLOCKED:
            if expires > now:
                self.held.append(row)
        elif row.is_free:
            at = row.available or 0
            if at <= now:
                self._shelf.put(row.item, row.quantity, max(at, 0), expires, row.stock)
            elif row.quantity:
                self.held.append(row)
        else:
            self._in_inspection(row, expires)

    def _decided(self, row: Stock, available: int) -> Stock:
        """Return stock that was to be free at a minute, with what the laboratory has said of it since."""
        whole = self._confirmed.decision(row.stock, "")
        if whole is not None:
            return replace(row, quantity=whole.quantity, available=whole.at)
        rows = self._case.plant.inspections
        tests = [one.inspection for one in rows if one.item == row.item and one.stage is not Stage.IN_PROCESS]
        said = [one for name in tests if (one := self._confirmed.decision(row.stock, name)) is not None]
        if not said:
            return row
        # A good word on one test does not free what waits for another one.
        last = max(one.at for one in said)
        free = last if len(said) == len(tests) else max(last, available)
        return replace(row, quantity=min(one.quantity for one in said), available=free)

    def _in_inspection(self, row: Stock, expires: int) -> None:
        occasions = self._planned[row.stock].occasions
        version = self._case.flow.version(row.stock)
        released = self._released(row.stock, occasions) if occasions else None
        if released is not None:
            at, decided = released
            accepted = (
                self._accepted(row.item, version, occasions, row.quantity) if decided is None else decided
            )
            self._shelf.put(row.item, accepted, at, expires, row.stock)
            return
        waiting = self._waiting(row.stock, row.item, version, row.quantity, 0, occasions)
        if waiting.status is StockStatus.TESTED and row.status is StockStatus.TESTED:
            waiting = replace(waiting, available=row.available)
        self.held.append(replace(waiting, expires=row.expires))

    def _awaited(self, receipt: Receipt) -> None:
        """Take in what was received of an order; the rest is still open."""
        rows = self._confirmed.received(receipt.order)
        version = receipt.version or self._case.lookup.versions.get(receipt.item, ("",))[0]
        left = receipt.quantity
        for number, row in enumerate(rows):
            name = receipt.order if number == 0 else f"{receipt.order}/{number + 1}"
            self.finished(name, receipt.item, version, row.quantity, row.at)
            left -= row.quantity + row.rejected
        closed = any(row.finished for row in rows)
        expected = self._confirmed.expected(receipt.order)
        due = receipt.due if expected is None else expected
        if not rows and self._confirmed.as_planned and due <= self._confirmed.now:
            self.finished(receipt.order, receipt.item, version, receipt.quantity, max(due, 0))
        elif left > 0 and not closed:
            self.receipts.append(replace(receipt, quantity=left, due=due))

    def _released(self, name: str, occasions: tuple[Occasion, ...]) -> tuple[int, int | None] | None:
        """When an object was released, and the quantity decided on (None: as planned)."""
        whole = self._confirmed.decision(name, "")
        if whole is not None:
            return whole.at, whole.quantity
        rows = [self._confirmed.decision(name, occasion.row.inspection) for occasion in occasions]
        if all(row is not None for row in rows):
            known = [row for row in rows if row is not None]
            return max(row.at for row in known), min(row.quantity for row in known)
        ends = [occasion.release.minute if occasion.release is not None else None for occasion in occasions]
        if self._confirmed.as_planned and all(end is not None and end <= self._confirmed.now for end in ends):
            return max(end for end in ends if end is not None), None
        return None

    def _accepted(self, item: str, version: str, occasions: tuple[Occasion, ...], good: int) -> int:
        for occasion in occasions:
            good = after_inspection(self._case.lookup, item, version, occasion.row.inspection, good)
        return good

    def _waiting(
        self, name: str, item: str, version: str, good: int, completed: int, occasions: tuple[Occasion, ...]
    ) -> Stock:
        """Return stock in inspection: free at a known minute where all its inspections have begun.

        Where only its certificate has not, it is tested from a known minute on.
        """
        expires = self._shelf.expiry(item, completed)
        days = self._case.lookup.items[item].shelf_life_days
        row = Stock(name, item, good, StockStatus.IN_INSPECTION, None if days is None else expires)
        open_ones = [one for one in occasions if self._decided_at(name, one) is None]
        if not occasions or not all(one.row.is_last for one in open_ones):
            return row
        ends = [end for one in occasions if (end := self._decided_at(name, one)) is not None]
        accepted = self._accepted(item, version, occasions, good)
        said = [self._confirmed.decision(name, one.row.inspection) for one in occasions]
        status = StockStatus.TESTED if open_ones else row.status
        quantity = min([accepted, *(one.quantity for one in said if one is not None)])
        return replace(row, quantity=quantity, available=max(ends, default=None), status=status)

    def _decided_at(self, name: str, occasion: Occasion) -> int | None:
        """When an inspection that has begun is or will be decided; None where it has not begun."""
        said = self._confirmed.decision(name, occasion.row.inspection)
        if said is not None:
            return said.at
        tested = self._confirmed.tested(name, occasion.row.inspection)
        if tested is not None:
            return tested + occasion.row.wait_minutes
        record = occasion.record
        begun = isinstance(record, InspectionRun) and record.start < self._confirmed.now
        if self._confirmed.as_planned and begun and occasion.release is not None:
            return occasion.release.minute
        return None
