"""Benchmark instances become plants whose verified plans cost what the benchmark says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capacityplan.bench import FAMILIES, run
from capacityplan.cli.main import main
from capacityplan.solve.solve import Settings

WT = "5 3 4\n 1 2 9\n 8 3 3\n"
"""Three jobs: minutes, weights, due dates. By hand: 3 of 2, 4 of 9 first; the best order is 3, 2, 1."""


@pytest.fixture
def wt(tmp_path: Path) -> Path:
    (tmp_path / "wt3.txt").write_text(WT + WT)
    (tmp_path / "wtopt3.txt").write_text("21 21")
    return tmp_path


def test_an_instance_becomes_a_verified_plan_in_the_benchmarks_units(wt: Path) -> None:
    (case,) = FAMILIES["wt"].read(wt, ["wt3_2"])
    row = run("wt", case, Settings(seconds=3, workers=1))
    assert row.verified
    assert row.objective is not None
    assert row.objective in (21, 28, 40, 72, 81, 91)  # what the six orders of three jobs cost
    assert row.gap_to_best_known == (row.objective - 21) / 21
    assert row.bound is not None
    assert row.bound <= 21


def test_rows_have_the_fields_of_the_design(wt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = wt / "rows.json"
    arguments = ["bench", "wt", str(wt), "--instance", "wt3_1", "--time-limit", "2", "--json", str(file)]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    (row,) = json.loads(file.read_text())
    assert list(row) == [
        "family", "instance", "objective", "bound", "gap", "best_known_lower", "best_known_upper",
        "gap_to_best_known", "seconds", "verified",
    ]  # fmt: skip
    assert "wt3_1" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    ["", "5 3 x\n1 2 9\n8 3 3", "5 3 4\n1 2", "5 -3 4\n1 2 9\n8 3 3"],
    ids=["empty", "word", "short", "minus"],
)
def test_a_malformed_file_is_a_finding(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wt3.txt").write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "wt", str(tmp_path), "--instance", "wt3_1", "--time-limit", "1"])
    assert ended.value.code == 3
    assert "[benchmark]" in capsys.readouterr().err


def test_an_unknown_family_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "nothing", str(tmp_path)])
    assert ended.value.code == 2
