"""The demand review: contributions, signatures, the record of streams, a baseline from history."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan.cli.demand import demand
from capacityplan.demand.accuracy import accuracy
from capacityplan.demand.consensus import contributions, demand_hash, signed
from capacityplan.domain.plant import History, Horizon, Item, ItemKind, Plant, Signature
from capacityplan.exchange import read_or_raise
from capacityplan.forecast import baseline

FITBAND = Path(__file__).parents[2] / "instances" / "fitband"
FIRST = 739985  # 2027-01-04


@pytest.fixture(scope="module")
def fitband() -> Plant:
    return read_or_raise(FITBAND)


def weeks(*series: tuple[str, list[int]], item: str = "A") -> tuple[History, ...]:
    """Weekly rows that end before the plant's start."""
    return tuple(
        History(item, FIRST - 7 * (len(values) - k), FIRST - 7 * (len(values) - k) + 6, value, stream=stream)
        for stream, values in series
        for k, value in enumerate(values)
    )


@pytest.fixture
def plant() -> Plant:
    return Plant("p", "2027-01-04T06:00", "Europe/Berlin", "EUR", horizon=Horizon(7, 3, 0, 7),
                 items=(Item("A", ItemKind.FINISHED, precision=1),))  # fmt: skip


def test_weighted_streams_and_effects_add_up_to_the_consensus(fitband: Plant) -> None:
    parts = contributions(fitband)
    assert len(parts) > 10
    for part in parts:
        assert sum((line[2] for line in part.streams), part.effects) == part.consensus
        assert abs(part.effects) < 1 or part.item.startswith("FB-SPORT")
    promoted = [part for part in parts if part.segment == "retail" and part.item.startswith("FB-SPORT")]
    assert all(part.effects > 50 for part in promoted)


def test_a_signature_is_for_one_consensus(fitband: Plant) -> None:
    agreed = Signature("2027-09", "kim", -600, demand_hash(fitband))
    plant = replace(fitband, signatures=(Signature("2027-08", "kim", -9000, "old"), agreed))
    assert signed(plant) == ((agreed, True),)
    changed = replace(plant, promotions=plant.promotions[1:])
    assert signed(changed) == ((agreed, False),)
    assert signed(replace(plant, orders=())) == ((agreed, True),)


def test_accuracy_is_recomputed_by_hand(plant: Plant) -> None:
    history = weeks(("", [100, 200, 100]), ("marketing", [150, 180, 130]))
    (row, overall) = accuracy(replace(plant, history=history))
    assert row.periods == 3
    assert row.mape == (Fraction(50, 100) + Fraction(20, 200) + Fraction(30, 100)) / 3
    assert row.wape == Fraction(50 + 20 + 30, 400)
    assert row.bias == Fraction(50 - 20 + 30, 400)
    # The naive forecast of weeks 2 and 3 is the week before: off by 100 each; marketing by 20 and 30.
    assert row.value_added == Fraction(200 - 50, 300)
    assert (overall.item, overall.wape) == ("", row.wape)


def test_accuracy_without_sales_is_unknown_not_zero(plant: Plant) -> None:
    (row, _) = accuracy(replace(plant, history=weeks(("", [0]), ("marketing", [5]))))
    assert (row.mape, row.wape, row.bias, row.value_added) == (None, None, None, None)


def test_a_baseline_follows_a_level_and_a_trend(plant: Plant) -> None:
    wobble = [3, -2, 1, -3, 2, 0, -1, 2, 1, -2, 0, 1, -1, 3, -3, 2]
    level = baseline(replace(plant, history=weeks(("", [1000 + w for w in wobble]))))
    assert len(level) == 4
    assert all(abs(row.quantity - 1000) <= 5 and row.low < row.quantity < row.high for row in level)
    rising = baseline(replace(plant, history=weeks(("", [100 + 20 * k + w for k, w in enumerate(wobble)]))))
    assert rising[0].method == "damped trend"
    assert rising[0].quantity > 400


def test_a_short_history_gives_its_mean(plant: Plant) -> None:
    rows = baseline(replace(plant, history=weeks(("", [10, 20, 30]))))
    assert [(row.quantity, row.method) for row in rows] == [(20, "mean")] * 4


def test_a_baseline_can_be_read_as_projections(tmp_path: Path, plant: Plant) -> None:
    shutil.copytree(FITBAND, tmp_path / "f")
    rows = "\n".join(f"FB-LITE-BLK,2027-0{8 - k}-01,2027-0{8 - k}-07,{300 + k},retail," for k in range(3))
    (tmp_path / "f" / "history.csv").write_text(
        f"item,from,to,quantity,segment,stream\n{rows}\n", encoding="utf-8"
    )
    (tmp_path / "f" / "projections.csv").unlink()
    command = [str(tmp_path / "f"), "--baseline", "--out", str(tmp_path / "f" / "projections.csv"), "--json"]
    done = CliRunner().invoke(demand, command)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["baseline"][0]["stream"] == "statistics"
    assert len(read_or_raise(tmp_path / "f").projections) > 3


def test_the_command_shows_the_consensus(tmp_path: Path) -> None:
    done = CliRunner().invoke(demand, [str(FITBAND)])
    assert done.exit_code == 0
    assert "signed: by nobody" in done.output
    assert "marketing weighted" in done.output
    done = CliRunner().invoke(demand, [str(FITBAND), "--json"])
    found = json.loads(done.output)
    assert len(found["hash"]) == 64
    assert found["consensus"][0]["item"] == "FB-LITE-BLK"
