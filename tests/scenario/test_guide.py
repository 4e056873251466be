"""What the guide to the demand review brings along fits fitband, and shows what the guide says."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan.cli.demand import demand
from capacityplan.cli.validate import validate
from capacityplan.demand.choice import options
from capacityplan.scenario import read_with_scenarios

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides"


@pytest.fixture
def review(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "instances" / "fitband", tmp_path / "review")
    (tmp_path / "review" / "scenarios").mkdir(exist_ok=True)
    shutil.copy(GUIDE / "demand_review" / "history.csv", tmp_path / "review")
    shutil.copy(GUIDE / "demand_review" / "review.toml", tmp_path / "review" / "scenarios")
    return tmp_path / "review"


def test_the_review_is_sound_and_offers_its_campaigns(review: Path) -> None:
    done = CliRunner().invoke(validate, [str(review)])
    assert done.exit_code == 0, done.output
    plant = read_with_scenarios(review, ["review"])
    assert [row.choice for row in options(plant)] == ["autumn-LITE", "autumn-LITE@min", "sport-week"]


def test_the_record_is_the_one_of_the_page(review: Path) -> None:
    page = (GUIDE / "demand_review.md").read_text(encoding="utf-8")
    done = CliRunner().invoke(demand, [str(review), "--accuracy"])
    for line in done.output.splitlines():
        assert line.rstrip() in page
