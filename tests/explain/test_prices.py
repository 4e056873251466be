"""Prices: what an hour saves on a plan made without it, and what the next minute is worth in the bound."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

from click.testing import CliRunner
from test_causes import two_orders

from capacityplan.cli.prices import prices as command
from capacityplan.domain.plan import Certificate
from capacityplan.explain.prices import multipliers, prices


def test_the_missing_hour_has_the_price_of_what_it_saves() -> None:
    plant, plan = two_orders()
    (price,) = prices(plant, plan)
    assert (price.kind, price.object, price.demand) == ("resource", "M", "SECOND")
    assert (price.amount, price.unit, price.saved, price.per_unit) == (1, "hour", 60, 60)


def test_what_is_served_in_time_leaves_nothing_to_price() -> None:
    plant, plan = two_orders()
    orders = tuple(replace(row, late_cost_per_day=F(0), lost_cost=F(0)) for row in plant.orders)
    assert prices(replace(plant, orders=orders), plan) == ()


def test_the_dearest_row_of_each_limit_is_kept_and_hours_are_sixty_minutes() -> None:
    rows = (
        ("load[M,1]", -0.5),
        ("load[M,0]", -0.75),
        ("load[N,0]", 0.0),
        ("pool[crew,2]", -0.1),
        ("cover[A,1]", 3.0),
    )
    plan = replace(two_orders()[1], certificate=Certificate(True, 0, F(72), multipliers=rows))
    assert [(one.limit, one.object, one.bucket, one.unit, one.money) for one in multipliers(plan)] == [
        ("load", "M", 0, "hour", 45),
        ("pool", "crew", 2, "hour", 60 * F(0.1)),
    ]


def test_without_a_certificate_there_are_no_multipliers() -> None:
    assert multipliers(two_orders()[1]) == ()


def test_the_command_shows_both(tmp_path: Path) -> None:
    plant, plan = two_orders()
    rows = (("load[M,1]", -0.5), ("load[M,0]", -0.25), ("supplier_week[S/C,3]", -2.0), ("order[FIRST]", 9.0))
    plan = replace(plan, certificate=Certificate(True, 0, F(72), multipliers=rows))
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    done = CliRunner().invoke(command, [*start, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [row["saved [EUR]"] for row in found["reached"]] == ["60.00"]
    assert [(row["limit"], row["object"], row["from"], row["next unit [EUR]"]) for row in found["bound"]] == [
        ("load", "M", "2025-01-07", "30.00"), ("supplier_week", "S/C", "", "2.00")
    ]  # fmt: skip
    assert "with more hours on M" in CliRunner().invoke(command, start).output
