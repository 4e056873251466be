"""Small own files of every scheduling family become plants with the right objective."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capacityplan.bench import FAMILIES, run
from capacityplan.errors import DataError
from capacityplan.solve.solve import Settings

WTSDS = """Problem Size: 2
Begin Problem Specification
Process Times:
5
3
Weights:
1
8
Duedates:
4
3
Setup Times:
-1 0 2
-1 1 1
0 1 4
1 0 6
End Problem Specification
"""
"""By hand: job 1 first ends at 4 (one late: 8), job 0 at 15 (11 late: 11), so 19; the other way 3 + 88."""

RCPSP = """5 2
2 1
0 0 0 3 2 3 4
3 2 1 1 5
4 2 0 1 5
2 1 1 1 5
0 0 0 0
"""
"""By hand: no two of the three fit beside each other (people, or the other pool), so 3 + 4 + 2 minutes."""

PLANT = {
    "M": 2, "stage_m": [[0], [1]], "setup": [[[0, 10], [10, 0]], [[0, 10], [10, 0]]], "mcal": [2, 1],
    "initfam": [0, 0],
    "jobs": [{"fam": 1, "w": 2, "due": 50, "rel": 0, "ops": [{"alts": {"0": 45, "1": 100}}]}],
}  # fmt: skip
"""By hand: machine 0 is set up for 10 minutes (50) and ends at 55, five minutes late (10)."""

OWN = {
    "fjsp": ("a.txt", "2 2 1.5\n2 1 1 4 1 2 3\n1 2 1 9 2 5\n", 8),  # 5 on machine 2, 3 behind it
    "fjsp_sdst": ("a.fjs", "2 1\n1 1 1 5\n1 1 1 4\n0 7\n2 0\n", 11),  # 4, then 2 of setup, then 5
    # Job 1 first: 2, 1 of setup, 1 to minute 4; on the second machine 6, 3 of setup, then 3.
    "flowshop_sdst": ("a.txt", "2 2\n1 3\n2 4\n0 7\n1 0\n0 5\n3 0\n", 12),
    "flowshop_tardiness": ("a.txt", "2 2 4 9\n1 3\n2 4\n", 0),  # job 0 ends at 4, job 1 at 8
    "hfsp": ("a.txt", "2 2 2 1\n4 3\n5 2\n", 9),  # 4, 3 behind it, then 2
    "jsp": ("a.txt", "2 2\n0 3 1 2\n1 2 0 4\n", 7),  # machine 0 has 7 minutes
    "parallel_unrelated": ("a.txt", "2 2\n3 9\n8 4\n", 4),
    "plant": ("plant_1_1.json", json.dumps(PLANT), 60),
    "rcpsp": ("a.rcp", RCPSP, 9),
    "wtsds": ("wt_sds_1.instance", WTSDS, 19),
}


@pytest.mark.parametrize("family", sorted(OWN))
def test_a_small_file_is_planned_at_its_optimum(family: str, tmp_path: Path) -> None:
    name, text, optimum = OWN[family]
    (tmp_path / name).write_text(text)
    (case,) = FAMILIES[family].read(tmp_path, [])
    row = run(family, case, Settings(work=1, workers=1))
    assert row.verified
    assert row.objective == optimum
    assert row.bound is None or row.bound <= optimum


@pytest.mark.parametrize("family", sorted(OWN))
def test_a_file_cut_short_is_a_finding(family: str, tmp_path: Path) -> None:
    name, text, _ = OWN[family]
    (tmp_path / name).write_text(text[: len(text) * 2 // 3])
    with pytest.raises(DataError) as raised:
        list(FAMILIES[family].read(tmp_path, []))
    (finding,) = raised.value.findings
    assert finding.file == name


def test_best_known_makespans_are_read_beside_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(OWN["jsp"][1])
    (tmp_path / "bks.csv").write_text("instance,lower_bound,upper_bound,source\na,6,7,own\n")
    (case,) = FAMILIES["jsp"].read(tmp_path, ["a"])
    assert (case.best_known_lower, case.best_known_upper) == (6, 7)


def test_generated_plants_need_no_file(tmp_path: Path) -> None:
    loose, tight = FAMILIES["plant"].read(tmp_path, ["generated_40_1", "generated_40_1_tight"])
    assert len(loose.plant.orders) == len(tight.plant.orders) == 40
    assert sum(row.due for row in tight.plant.orders) < sum(row.due for row in loose.plant.orders)


def test_a_flow_shop_is_judged_by_an_order_that_all_machines_keep(tmp_path: Path) -> None:
    """By hand: job 1 overtakes job 0 on the third machine, and both are on time (at 14 and 13)."""
    (tmp_path / "a.txt").write_text("2 4\n14 13\n1 5 5 1\n5 1 1 5\n")
    (case,) = FAMILIES["flowshop_tardiness"].read(tmp_path, [])
    row = run("flowshop_tardiness", case, Settings(work=1, workers=1))
    # Job 0 first on all: ends at 12 and 17 (four late). Job 1 first on all: 12 and 17 (three late).
    assert row.verified
    assert row.objective == 3
    assert row.bound is None or row.bound <= 0
