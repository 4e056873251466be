"""The bound's process hears of plans while it works, and ends without a word."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from fractions import Fraction as F

import pytest
from lot_plants import order, plant

from capacityplan.solve import certify
from capacityplan.solve.bound import BoundResult
from capacityplan.solve.certify import BoundProcess


def test_the_process_ends_quietly_while_it_listens(capfd: pytest.CaptureFixture[str]) -> None:
    process = BoundProcess(plant([order("A", 2, 5)]), 20.0, search=True)
    assert process.exchange(F(10**6)) is None
    found = process.wait(time.monotonic() + 20)
    assert found is not None
    assert found.bound is not None
    assert capfd.readouterr().err == ""


def test_the_search_has_the_cores_once_rounds_prove_little_more(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda _which, _pid, priority: set_to.append(priority))
    # A child without results of its own.
    monkeypatch.setattr(certify, "_CHILD", "import time; time.sleep(60)")
    process = BoundProcess(plant([order("A", 2, 5)]), 20.0, search=True)
    process.give_way()
    assert set_to == [5]
    time_free = BoundResult(F(500), F(500), F(500), (), (), "time-free model", 0.0)
    relaxed = replace(time_free, bound=F(500), parts=(("setup", F(1)),))
    rounds = (time_free, time_free, relaxed, replace(relaxed, bound=F(600)), replace(relaxed, bound=F(601)))
    for found in rounds:
        process._note(found)
    assert set_to == [5]
    process._note(replace(relaxed, bound=F("601.1")))
    assert set_to == [5, 19]
    process.close()
