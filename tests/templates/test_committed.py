"""The committed instances are what the generators build, and reading finds nothing wrong with them.

After a change to a generator: ``python tests/templates/test_committed.py`` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from capacityplan import templates
from capacityplan.exchange.read import read
from capacityplan.exchange.write import write

INSTANCES = Path(__file__).parents[2] / "instances"
DOCS = Path(__file__).parents[2] / "docs" / "instances"


@pytest.mark.parametrize("name", templates.NAMES)
def test_the_committed_instance_is_the_generated_one(name: str) -> None:
    found = read(INSTANCES / name)
    assert [finding.text() for finding in found.findings] == []
    assert found.plant == templates.build(name)


@pytest.mark.parametrize("size", [0.1, 3.0])
@pytest.mark.parametrize("name", templates.NAMES)
def test_other_sizes_read_back_without_findings(name: str, size: float, tmp_path: Path) -> None:
    plant = templates.build(name, size, seed=3)
    write(plant, tmp_path / name)
    found = read(tmp_path / name)
    assert [finding.text() for finding in found.findings] == []
    assert found.plant == plant


@pytest.mark.parametrize("name", templates.NAMES)
def test_each_plant_is_described(name: str) -> None:
    """The page names every resource group, lab and labour pool of the committed plant."""
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    wanted = {row.group or row.resource for row in templates.build(name).resources}
    assert sorted(group for group in wanted if f"`{group}`" not in text) == []


if __name__ == "__main__":
    for each in templates.NAMES:
        write(templates.build(each), INSTANCES / each)
