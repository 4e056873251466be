"""The bound's process hears of plans while it works, and ends without a word."""

from __future__ import annotations

import time
from fractions import Fraction as F

import pytest
from lot_plants import order, plant

from capacityplan.solve.certify import BoundProcess


def test_the_process_ends_quietly_while_it_listens(capfd: pytest.CaptureFixture[str]) -> None:
    process = BoundProcess(plant([order("A", 2, 5)]), 20.0, search=True)
    assert process.exchange(F(10**6)) is None
    found = process.wait(time.monotonic() + 20)
    assert found is not None
    assert found.bound is not None
    assert capfd.readouterr().err == ""
