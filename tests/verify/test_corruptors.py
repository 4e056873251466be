"""A valid plan, spoiled in one place, is rejected for the right reason."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import pytest
import works
from corruptors import CORRUPTORS

from capacityplan.verify import CHECKS, check


@pytest.mark.parametrize("kind", CORRUPTORS)
def test_spoiled_plans_are_rejected_for_the_right_reason(kind: str) -> None:
    plant = works.plant()
    spoiled = list(CORRUPTORS[kind](plant, works.plan()))
    assert spoiled
    for plan, rules in spoiled:
        found = {violation.rule for violation in check(plant, plan).violations}
        assert found & rules, (kind, found, plan)


@pytest.mark.parametrize("kind", CORRUPTORS)
def test_so_are_those_of_a_plant_with_substitutes_and_by_products(kind: str) -> None:
    plant, valid = works.with_bills()
    assert check(plant, valid).violations == ()
    for plan, rules in list(CORRUPTORS[kind](plant, valid))[::3]:
        found = {violation.rule for violation in check(plant, plan).violations}
        assert found & rules, (kind, found, plan)


def test_there_are_enough_kinds() -> None:
    assert len(CORRUPTORS) >= 40
    assert sum(1 for kind in CORRUPTORS.values() for _ in kind(works.plant(), works.plan())) >= 500


NUMBERS = (-1, 0, 1, 59, 7199, 7200, 34559, 34560, 10**6, 10**18, -(10**18))


def nonsense(row: Any, chance: random.Random) -> Any:
    """A row with one field set to something that some other row could have, or that none has."""
    field = chance.choice(fields(row)).name
    value = getattr(row, field)
    if isinstance(value, int):
        return replace(row, **{field: chance.choice((*NUMBERS, value + 1, value - 1, value * 2))})
    if isinstance(value, str):
        names = (
            "",
            "?",
            "MIX",
            "B1",
            "F1",
            "WIP1",
            "FIN",
            "P1",
            "S1",
            "mix",
            "repack",
            "I-FIN",
            "CLEAN",
            "O1",
        )
        return replace(row, **{field: chance.choice(names)})
    return replace(row, **{field: value[:-1] if value and chance.random() < 0.5 else (*value, *value)})


@pytest.mark.parametrize("seed", range(150))
def test_nonsense_never_breaks_the_checker(seed: int) -> None:
    chance = random.Random(seed)
    plant, plan = works.plant(), works.plan()
    known = {name for name, _ in CHECKS}
    for _ in range(chance.choice((1, 2, 5))):
        table = chance.choice(
            [one.name for one in fields(plan) if one.name not in ("provenance", "ledger", "certificate")]
        )
        rows = list(getattr(plan, table))
        if rows:
            index = chance.randrange(len(rows))
            action = chance.choice(("drop", "double", "nonsense", "nonsense", "nonsense"))
            if action == "drop":
                del rows[index]
            elif action == "double":
                rows.append(rows[index])
            else:
                rows[index] = nonsense(rows[index], chance)
            plan = replace(plan, **{table: tuple(rows)})
    verdict = check(plant, plan)
    assert {violation.rule for violation in verdict.violations} <= known
    assert all(violation.subjects and violation.text() for violation in verdict.violations)
    assert verdict.cost == sum(row.amount for row in verdict.ledger)


VARIANTS = works.variants()


@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_variants_are_valid_and_spoil_as_well(number: int) -> None:
    plant, chance = works.plant(), random.Random(number)
    verdict = check(plant, VARIANTS[number])
    assert [one.text() for one in verdict.violations] == []
    assert check(plant, replace(VARIANTS[number], ledger=verdict.ledger)).violations == ()
    for kind in chance.sample(sorted(CORRUPTORS), 12):
        spoiled = list(CORRUPTORS[kind](plant, VARIANTS[number]))
        if spoiled:
            plan, rules = chance.choice(spoiled)
            found = {violation.rule for violation in check(plant, plan).violations}
            assert found & rules, (kind, found, plan)
