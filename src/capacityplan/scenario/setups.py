"""What shorter setups are worth: the plant solved again with the setups of one resource shorter.

All solves begin with the same plan and have the same time: one of the plant as it is, so that what the
search gains anyway is not counted, and one of each plant with shorter setups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.scenario.whatif import Result, side_by_side
from capacityplan.solve.solve import Settings
from capacityplan.solve.types import Start
from capacityplan.units import MINUTES_PER_HOUR, ceil_fraction
from capacityplan.verify.case import Case


@dataclass(frozen=True, slots=True)
class ShorterSetups:
    """What shorter setups of a resource save.

    Attributes
    ----------
    setup : int
        Minutes of setups and changeovers on it in the plan of the plant as it is.
    less : int
        Minutes that these setups take less.
    saved : Fraction or None
        What the plan solved anew, with shorter setups, costs less; negative: the search found none as cheap;
        None: it found no plan.
    """

    resource: str
    setup: int
    less: int
    saved: Fraction | None
    plan: Plan | None

    @property
    def per_hour(self) -> Fraction | None:
        """What an hour less of setups saves; None where no plan was found."""
        return None if self.saved is None else self.saved * MINUTES_PER_HOUR / self.less


def shorter_setups(
    plant: Plant,
    plan: Plan,
    settings: Settings,
    start: Callable[[Plant, Plan], Start | None],
    top: int = 5,
    share: Fraction = Fraction(1, 2),
    tell: Callable[[Result], None] = lambda _: None,
) -> tuple[ShorterSetups, ...]:
    """Solve the plant again with the setups of one resource shorter, for those with most setup hours.

    Parameters
    ----------
    plan : Plan
        Verified.
    settings : Settings
        Of each solve: one to begin with, one as it is, one for each resource.
    start : callable
        Gives the beginning of a search on a plant from a plan (`replan.carry.carry_forward`).
    share : Fraction
        By how much each setup and changeover is shorter, rounded to whole minutes in favour of longer ones.
    tell : callable
        Told of each result when it is there.

    Returns
    -------
    tuple of ShorterSetups
        Dearest hour first; none where the plan has no setups that get shorter, or no plan is found as it is.
    """
    (first,) = side_by_side([("to begin with", None, plant)], settings, lambda of: start(of, plan), tell)
    base = first.plan or plan
    (now,) = side_by_side([("as it is", None, plant)], settings, lambda of: start(of, base), tell)
    if now.plan is None or now.cost is None:
        return ()
    minutes = setup_minutes(Case(plant, now.plan))
    found = []
    for resource in sorted(minutes, key=lambda name: (-minutes[name], name))[:top]:
        eased = with_shorter_setups(plant, resource, share)
        less = minutes[resource] - setup_minutes(Case(eased, now.plan)).get(resource, 0)
        if less <= 0:
            continue
        rows = [(f"shorter setups on {resource}", None, eased)]
        (row,) = side_by_side(rows, settings, lambda of: start(of, base), tell)
        saved = None if row.cost is None else now.cost - row.cost
        found.append(ShorterSetups(resource, minutes[resource], less, saved, row.plan))
    return tuple(sorted(found, key=lambda one: (one.per_hour is None, -(one.per_hour or 0), one.resource)))


def setup_minutes(case: Case) -> dict[str, int]:
    """Return minutes of setups and changeovers by resource, over the whole horizon; none is left out."""
    found: dict[str, int] = {}

    def add(resource: str, minutes: int) -> None:
        if minutes:
            found[resource] = found.get(resource, 0) + minutes

    for resource, sequence in case.occupations.items():
        add(resource, sum(one.setup_minutes for one in sequence))
    batched = {id(work) for batch in case.tail_batches for work in batch.members}
    for row, work in case.bucket_works:
        if id(work) not in batched:
            add(row.resource, work.setup_minutes)
    for batch in case.tail_batches:
        add(batch.resource, batch.members[0].setup_minutes)
    for change in case.tail_changeovers:
        add(change.resource, 0 if change.cost is None else change.cost[0])
    return found


def with_shorter_setups(plant: Plant, resource: str, share: Fraction) -> Plant:
    """Return the plant in which setups of lots and changeovers of a resource take a share less time.

    What a changeover costs besides its time stays as it is.
    """
    row = next(one for one in plant.resources if one.resource == resource)
    matrix = f"{row.changeover_matrix} ({resource}, shorter)" if row.changeover_matrix else ""

    def shorter(minutes: int) -> int:
        return ceil_fraction(minutes * (1 - share))

    return replace(
        plant,
        resources=tuple(
            replace(one, changeover_matrix=matrix) if one.resource == resource else one
            for one in plant.resources
        ),
        changeovers=(
            *plant.changeovers,
            *(
                replace(one, matrix=matrix, minutes=shorter(one.minutes))
                for one in plant.changeovers
                if matrix and one.matrix == row.changeover_matrix
            ),
        ),
        operation_resources=tuple(
            replace(one, setup_minutes=shorter(one.setup_minutes)) if one.resource == resource else one
            for one in plant.operation_resources
        ),
    )
