"""Lots put in for a promise take the run times that hold when they begin."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from promise_plants import planned

from capacityplan.demand import net
from capacityplan.domain.plant import ItemKind, LearningStep, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Desk, Request
from capacityplan.templates import NAMES, build
from capacityplan.verify import check


def learning(name: str) -> Plant:
    """An own plant whose sold items are made in half as long again for ten days, less for ten more."""
    plant = build(name, size=0.1, seed=0)
    first = date.fromisoformat(plant.start[:10]).toordinal()
    made = {row.item for row in plant.operations}
    rows = tuple(
        LearningStep(row.item, factor, date=first + day)
        for row in plant.items
        if row.kind is ItemKind.FINISHED and row.item in made
        for day, factor in ((0, Fraction(3, 2)), (10, Fraction(5, 4)), (20, Fraction(1)))
    )
    return replace(plant, learning=rows)


@pytest.mark.parametrize("name", NAMES)
def test_promises_of_plants_that_learn_are_verified_plans(name: str) -> None:
    plant = learning(name)
    plan = planned(plant)
    assert check(plant, plan).violations == ()
    assert len({row.version for row in plan.lots}) > 1
    desk, end = Desk(plant, plan), Timeline.of(plant).horizon_end
    sold = sorted({row.item for row in net(plant)})[:3]
    answered = 0
    for item in sold:
        quantity = max(row.quantity for row in net(plant) if row.item == item)
        for by in (end // 6, end // 2):
            found = desk.promise(Request(item, quantity, by), alternatives=False)
            assert found.refused == ()
            if found.answer is not None:
                answered += 1
                assert check(found.answer.plant, found.answer.plan).violations == ()
    assert answered >= 2
