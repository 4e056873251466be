"""A resource that runs operations itself is not taken beside others: both would be counted apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_instance import write_small

from capacityplan.exchange import read

PACK = "lantern,pack,press,,0,,,,0,,1,,packing"


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ("packer", []),
        ("lab", [("inspections", row, "lab") for row in (2, 3, 4, 5)]),
        (
            "mould",
            [("operation_resources", row, "tool") for row in (5, 6)] + [("operation_pools", 3, "pool")],
        ),
        (
            "crew",
            [("operation_resources", row, "labour") for row in (2, 4, 5, 6, 7)]
            + [("operation_pools", 2, "pool"), ("inspections", 3, "labour")],
        ),
    ],
)
def test_what_runs_operations_itself_attends_no_others(
    runs: str, found: list[tuple[str, int, str]], tmp_path: Path
) -> None:
    folder = write_small(tmp_path / "plant")
    path = folder / "operation_resources.csv"
    text = path.read_text()
    assert PACK in text
    path.write_text(text.replace(PACK, f"lantern,pack,{runs},,0,,,,0,,1,,"))
    errors = read(folder).errors
    assert {one.code for one in errors} <= {"two_roles"}
    assert [(one.sheet, one.row, one.column) for one in errors] == found
