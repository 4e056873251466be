"""Peers are given the problem that the product plans, and tables of sets go on where they ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.peers import plain_cp
from benchmarks.peers.plain_shop import shop_of, value
from benchmarks.sets import store, stored
from benchmarks.shop_sets import Result, main, show
from click.testing import CliRunner
from test_shop_families import OWN

from capacityplan.bench import FAMILIES


@pytest.mark.parametrize("family", sorted(set(OWN) - {"plant", "rcpsp"}))
def test_plain_cp_sat_proves_the_same_optimum(family: str, tmp_path: Path) -> None:
    name, text, optimum = OWN[family]
    (tmp_path / name).write_text(text)
    (case,) = FAMILIES[family].read(tmp_path, [])
    found = plain_cp.solve(shop_of(case.plant, family.startswith("flowshop")), 10.0)
    assert (found.objective, found.bound) == (optimum, optimum)


@pytest.mark.parametrize(
    ("second", "message"),
    [((0, 4), "too close"), ((6, 9), "job 1"), ((5, 9), "too close")],
    ids=["overlap", "too short", "setup"],
)
def test_a_peers_schedule_that_breaks_a_rule_is_refused(
    tmp_path: Path, second: tuple[int, int], message: str
) -> None:
    """By hand: behind job 0 (5 minutes), job 1 takes 4 after a setup of 7."""
    (tmp_path / "a.fjs").write_text(OWN["fjsp_sdst"][1])
    (case,) = FAMILIES["fjsp_sdst"].read(tmp_path, [])
    shop = shop_of(case.plant, same_order=False)
    assert value(shop, {(0, 0): ("M000", 0, 5), (1, 0): ("M000", 12, 16)}) == 16
    with pytest.raises(ValueError, match=message):
        value(shop, {(0, 0): ("M000", 0, 5), (1, 0): ("M000", *second)})


def test_a_table_comes_back_and_shows_what_peers_lack(tmp_path: Path) -> None:
    rows = [
        Result("a", 110.0, 100.0, 90.0, 60.5),
        Result("b", None, 100.0, None, 60.0, 120.0, 80.0, 61.0, None, 0.0, 60.0),
    ]
    store(tmp_path / "t.csv", rows)
    assert stored(tmp_path / "t.csv", Result) == rows
    text = "\n".join(show(rows))
    assert "| a | 110 | 90 | 100 | 10.00% | not run | - | not run | - | 60 |" in text
    assert "| b | - | - | 100 | - | 120 (80) | 20.00% | none (0) | - | 60, 61, 60 |" in text
    assert "2 instances, 1 verified" in text
    assert "own above the best known: +10.00% on average of 1" in text


def test_what_stands_in_a_table_is_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "wt3.txt").write_text("5 3 4\n 1 2 9\n 8 3 3\n")
    store(tmp_path / "t.csv", [Result("wt3_1", 1234.0, None, None, 1.0)])
    result = CliRunner().invoke(main, ["wt", str(tmp_path), "60", str(tmp_path / "t.csv")])
    assert result.exit_code == 0
    assert "| wt3_1 | 1,234 |" in result.output
