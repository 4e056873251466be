"""Pigment sequencing as a plant: what a plan costs there is what the ledger says."""

from __future__ import annotations

from pathlib import Path

import pytest

from capacityplan.bench import FAMILIES, run
from capacityplan.errors import DataError
from capacityplan.solve.solve import Settings

FIVE = "5\n2\n0 1 0 0 1\n1 0 0 0 1\n2\n0 5\n3 0\n"
"""Two items, five periods; holding costs 2, changing to the second item 5, to the first 3."""


def test_a_small_instance_is_solved(tmp_path: Path) -> None:
    (tmp_path / "tiny.psp").write_text(FIVE + "10\n")
    (case,) = FAMILIES["lotsizing_psp"].read(tmp_path, [])
    assert case.best_known_upper == 10
    row = run("lotsizing_psp", case, Settings(seconds=6, workers=1))
    # The second item is due first, then the first; of the two due at the end the first is made a
    # period ahead (2), so that there are two changes (3 and 5).
    assert row.verified
    assert row.objective == 10
    assert row.bound is not None
    assert row.bound <= 10


@pytest.mark.parametrize(
    "text", [FIVE[:20], FIVE.replace("0 1 0 0 1", "0 1 0 1"), FIVE.replace("1 0 0 0 1", "2 0 0 0 1")]
)
def test_damaged_files_are_findings(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(DataError, match="no instance of this family"):
        list(FAMILIES["lotsizing_psp"].read(tmp_path, []))
