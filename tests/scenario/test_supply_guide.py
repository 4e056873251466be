"""What the guide to the supply review shows of dairy holds."""

import shutil
from fractions import Fraction as F
from pathlib import Path

from capacityplan.conflict import proof
from capacityplan.exchange import read_or_raise
from capacityplan.scenario import read_with_scenarios
from capacityplan.scenario.playbook import scaled_demand
from capacityplan.scenario.roughcut import rough_cut

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides"


def test_the_promise_on_the_phone_leaves_no_plan(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "instances" / "dairy", tmp_path / "review")
    (tmp_path / "review" / "scenarios").mkdir()
    shutil.copy(GUIDE / "supply_review" / "phone.toml", tmp_path / "review" / "scenarios")
    assert proof(read_or_raise(tmp_path / "review")) == ()
    (must,) = proof(read_with_scenarios(tmp_path / "review", ["phone"]))
    assert must.text.startswith("order SO-0001")
    assert must.text.endswith("of YOG-STR35-150")


def test_the_bottlenecks_are_those_of_the_page() -> None:
    plant = read_or_raise(ROOT / "instances" / "dairy")
    assert rough_cut(plant).cost == 0
    page = (GUIDE / "supply_review.md").read_text(encoding="utf-8")
    first = rough_cut(scaled_demand(plant, F(7, 5))).rooms[:3]
    for room in first:
        extra = sum(float(one.sum()) for one in room.extra.values())
        assert f"{float(room.load.sum()) / 60:.2f}" in page
        assert f"{extra / 60:.2f}" in page
    assert {room.resource for room in first} == {"FILL1", "FILL2", "FILL3"}
