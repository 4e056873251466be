"""No accepted plan of a plant whose people have skills is below its bound, and skills count in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_plants import SKILLS
from small_plants import plant as draw
from trial import trial

from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify


@pytest.mark.parametrize("seed", range(SKILLS, SKILLS + 6))
def test_no_plan_is_below_the_bound(seed: int) -> None:
    found = trial(seed, 60, 1, 5.0)
    assert not found.wrong


def test_nobody_with_the_skill_costs_in_the_bound() -> None:
    plant = draw(SKILLS)
    modes = tuple(replace(row, skill="weld", labour="") for row in plant.operation_resources)
    able = replace(
        plant,
        operation_resources=modes,
        skills=(q.Skill("ann", "weld"), q.Skill("bob", "weld")),
    )
    many, nobody = certify(able, 5.0).bound_certified, certify(replace(able, skills=()), 5.0).bound_certified
    assert many is not None
    assert nobody is not None
    assert nobody > many
