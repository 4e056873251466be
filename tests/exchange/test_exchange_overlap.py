"""Overlap where its rule does not reach is refused at its cell, with a reason and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_instance import write_small

from capacityplan.exchange import read

ROWS = {
    "versions": (
        "lantern,assemble,10,v1,4,1,0,0,0,1,0,,true,,5\nlantern,pack,20,,1,1,0,0,0,1,15,,true,,\n",
        "",
    ),
    "last of its version": ("lantern,assemble,10,,4,1,0,0,0,1,0,,true,,5\n", "overlap_without_next"),
    "batch": (
        "lantern,assemble,10,,0,1,60,5,0,1,0,,true,,5\nlantern,pack,20,,1,1,0,0,0,1,15,,true,,\n",
        "overlap_of_batches",
    ),
    "longest wait": (
        "lantern,assemble,10,,4,1,0,0,0,1,0,90,true,,5\nlantern,pack,20,,1,1,0,0,0,1,15,,true,,\n",
        "overlap_with_max_wait",
    ),
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_overlaps_of_all_sorts(tmp_path: Path, name: str) -> None:
    rows, code = ROWS[name]
    folder = tmp_path / "small"
    write_small(folder)
    path = folder / "operations.csv"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("lantern")]
    path.write_text("\n".join(kept) + "\n" + rows)
    if name == "last of its version":
        modes = folder / "operation_resources.csv"
        modes.write_text(modes.read_text().replace("lantern,pack,press,,0,,,,0,crew,1,\n", ""))
    result = read(folder)
    found = [(one.code, one.row, one.value) for one in result.errors if one.column == "overlap_quantity"]
    assert found == ([(code, len(kept) + 1, "5")] if code else [])
    if not code:
        assert result.plant is not None
        assert {row.overlap_quantity for row in result.plant.operations} == {0, 5}


def test_an_inspection_in_between(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    write_small(folder)
    path = folder / "inspections.csv"
    header, *rows = path.read_text().splitlines()
    names = header.split(",")
    cells = dict.fromkeys(names, "") | {
        "inspection": "look", "stage": "in_process", "lab": "lab", "lab_minutes": "10", "item": "lantern",
        "operation": "assemble", "every_lots": "1",
    }  # fmt: skip
    path.write_text("\n".join([header, *rows, ",".join(cells[name] for name in names)]) + "\n")
    (found,) = read(folder).errors
    assert (found.code, found.row, found.column) == ("overlap_with_inspection", 7, "overlap_quantity")
    assert "inspection" in found.hint
