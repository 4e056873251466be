"""A plan with what the checker derives from it, in the words and units a planner reads."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant, ResourceKind
from capacityplan.verify import Verdict, check, require_verified
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Held


class Facts:
    """What every table and chart of a report is made from.

    Parameters
    ----------
    plant : Plant
    plan : Plan
    verdict : Verdict, optional
        The checker's verdict on this plan, if already there; otherwise the plan is checked now.

    Raises
    ------
    VerificationError
        If the plan breaks a rule: nothing unverified is reported for use.
    """

    def __init__(self, plant: Plant, plan: Plan, verdict: Verdict | None = None) -> None:
        self.plan = plan
        self.verdict = check(plant, plan) if verdict is None else verdict
        require_verified(plant, plan, self.verdict)
        self.case = Case(plant, plan)
        self.stated, self.plant = plant, self.case.plant
        self.timeline = self.case.timeline
        self.lookup = self.case.lookup
        self.currency = plant.currency

    @property
    def buckets(self) -> range:
        """Numbers of all buckets."""
        return range(len(self.timeline))

    def time(self, minute: int | None) -> datetime | None:
        """Local time of a minute; None stays None."""
        return None if minute is None else self.timeline.clock.local(minute)

    def due(self, minute: int) -> date | datetime:
        """When something is due as an instance states it: a date is the end of that day."""
        moment = self.timeline.clock.local(minute)
        if moment.time() != time.min:
            return moment
        return date.fromordinal(self.timeline.clock.ordinal(minute - 1))

    def day(self, bucket: int) -> date:
        """First local date of a bucket."""
        return date.fromordinal(int(self.timeline.first_day[bucket]))

    def calendar_days(self, start: int, end: int) -> int:
        """Calendar days by which an instant lies after another (midnight belongs to the day it ends)."""
        clock = self.timeline.clock
        return max(0, clock.ordinal(end - 1) - clock.ordinal(start - 1))

    def units(self, item: str, quantity: int) -> Decimal:
        """Exact quantity in the item's unit."""
        return Decimal(int(quantity)).scaleb(-self.lookup.items[item].precision)

    def unit(self, item: str) -> str:
        """Unit of an item."""
        return self.lookup.items[item].unit

    def group(self, item: str) -> str:
        """Name of the colour of an item's runs: its family, else its setup group."""
        return self.lookup.items[item].family or self.lookup.setup_group(item)

    @cached_property
    def held(self) -> dict[str, Held]:
        """What comes into stock by object: lots, purchases, receipts, stock lots."""
        return {one.object: one for one in self.case.flow.held}

    @cached_property
    def cost_by_category(self) -> dict[str, Fraction]:
        """The ledger's sums, largest first."""
        return self.verdict.by_category

    @cached_property
    def productive(self) -> list[str]:
        """Resources that work on lots and inspections, used ones and machines first."""
        kinds = (ResourceKind.MACHINE, ResourceKind.SUBCONTRACTOR, ResourceKind.LAB)
        return [row.resource for kind in kinds for row in self.plant.resources if row.kind is kind]
