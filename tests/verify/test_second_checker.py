"""The checker and a second one, in SQL from docs/model.md alone, say the same (a slice of the full run)."""

from benchmarks.second_checker.compare import differences
from benchmarks.second_checker.judge import RULES
from benchmarks.second_checker.sources import spoiled, valid

from capacityplan.verify import CHECKS

EVERY = 7


def test_every_rule_but_integrity_is_written_twice() -> None:
    assert {*RULES, "plan_integrity"} == {name for name, _ in CHECKS}


def test_both_checkers_accept_and_charge_valid_plans_alike() -> None:
    for name, plant, plan in list(valid())[::EVERY]:
        assert differences(plant, plan) == [], name


def test_both_checkers_find_the_same_in_spoiled_plans() -> None:
    judged = 0
    for name, plant, plan in list(spoiled())[::EVERY]:
        found = differences(plant, plan)
        judged += found is not None
        assert not found, (name, found)
    assert judged > 50
