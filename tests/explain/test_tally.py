"""Causes counted over plans: every explained demand once, under its main cause."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_causes import two_orders

from capacityplan.cli.causes import causes
from capacityplan.cli.explain import explain
from capacityplan.errors import DataError
from capacityplan.exchange import write, write_plan
from capacityplan.explain.tally import PRICE, Record, tallied
from capacityplan.verify import check


def record(plan: str, *demands: tuple[int, list[tuple[str, str, int]]]) -> Record:
    rows = [
        {"demand": f"D{n}", "item": "A", "customer": "", "arrears": str(arrears),
         "causes": [{"kind": kind, "object": name, "avoided": str(less)} for kind, name, less in found]}
        for n, (arrears, found) in enumerate(demands)
    ]  # fmt: skip
    return {"plant": "x", "plan": plan, "start": "", "arrears": len(rows), "demands": rows}


MIXER, MILK = ("resource", "mixer", 3), ("lead_time", "milk", 2)
LOG = [
    record("p1", (10, [MIXER, MILK]), (5, [MILK])),
    record("p2", (7, [MIXER]), (1, [(PRICE, "", 1)])),
    record("p2", (8, [MIXER]), (1, [(PRICE, "", 1)])),
    record("p3", (4, [MIXER])),
]


def test_every_demand_counts_once_under_its_main_cause() -> None:
    found = tallied(LOG)
    assert [(row.kind, row.object, row.plans, row.demands, row.named) for row in found] == [
        ("resource", "mixer", 3, 3, 3),
        ("lead_time", "milk", 1, 1, 2),
        (PRICE, "", 1, 1, 1),
    ]
    # Of plan p2 the later explanation counts; the log holds five demands of three plans.
    assert sum(row.demands for row in found) == 5
    assert (found[0].arrears, found[0].avoided, found[0].share) == (22, 9, F(3, 5))
    assert found[-1].share == 1


def test_only_the_latest_plans() -> None:
    assert [(row.object, row.demands) for row in tallied(LOG, last=2)] == [("mixer", 2), ("", 1)]
    assert tallied([]) == ()


def test_the_commands_prove_keep_and_count(tmp_path: Path) -> None:
    plant, plan = two_orders()
    assert check(plant, plan).violations == ()
    write(plant, tmp_path / "plant")
    log = tmp_path / "causes.jsonl"
    for name in ("monday", "tuesday"):
        named = replace(plan, provenance=replace(plan.provenance, plan_id=name))
        write_plan(named, tmp_path / f"{name}.json")
        files = [str(tmp_path / "plant"), str(tmp_path / f"{name}.json")]
        done = CliRunner().invoke(explain, [*files, "--causes", str(log)])
        assert done.exit_code == 0, done.output
        assert "1 of 1 demands" in done.output
    # 60 pieces are missing at the end of one day, at 1 EUR each; two plans.
    (best, *_) = json.loads(CliRunner().invoke(causes, [str(log), "--json"]).output)
    assert (best["cause"], best["object"], best["plans"], best["demands"]) == ("resource", "M", "2", "2")
    assert best["avoided without it"] == best["arrears"] == "120.00"
    refused = CliRunner().invoke(explain, [*files, "order", "SECOND", "--causes", str(log)])
    assert refused.exit_code == 2


def test_a_file_that_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("[1]\n")
    with pytest.raises(DataError):
        CliRunner().invoke(causes, [str(tmp_path / "x")], catch_exceptions=False)
