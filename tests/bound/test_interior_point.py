"""Large relaxations go to the interior-point method: its bound must not be weaker than a vertex."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from capacityplan.bench.families import FAMILIES
from capacityplan.solve import bound, linear
from capacityplan.templates import NAMES, build
from capacityplan.verify.bound import evaluate
from capacityplan.verify.relaxation import echelon


@pytest.mark.parametrize("name", NAMES)
def test_an_interior_point_proves_what_a_vertex_proves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = build(name, size=0.1)
    vertex = bound.certify(plant, 60, search=False).bound_certified
    monkeypatch.setattr(linear, "LARGE", 0)
    monkeypatch.setattr(linear, "_quickly", lambda *_: None)
    interior = bound.certify(plant, 60, search=False).bound_certified
    assert vertex is not None
    assert interior is not None
    assert float(interior) > float(vertex) * (1 - 2 * linear._LOOSE)


def test_a_round_that_takes_too_long_leaves_those_after_it_to_the_interior_point_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (case,), used = FAMILIES["plant_lots"].read(Path(), ["20x10"]), []
    plant = case.plant
    use = linear.use
    monkeypatch.setattr(linear, "use", lambda highs, solver: (used.append(solver), use(highs, solver)))
    monkeypatch.setattr(linear, "LARGE", 0)
    monkeypatch.setattr(linear, "_TRIED", 0.0)
    late = bound.certify(plant, 60, search=False).bound_certified
    assert "ipm" in used
    used.clear()
    monkeypatch.setattr(linear, "_TRIED", 0.5)
    quick = bound.certify(plant, 60, search=False).bound_certified
    assert set(used) == {"simplex"}
    assert quick is not None
    assert late is not None
    assert float(late) == pytest.approx(float(quick), rel=1e-3)


def test_a_vast_relaxation_is_solved_first_without_what_cuts_are_made_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant = build("dairy", size=0.1)
    whole = bound.certify(plant, 60, search=False).bound_certified
    told: list[bound.BoundResult] = []
    monkeypatch.setattr(bound, "_VAST", 0)
    # All that comes after it is cut short.
    solve = bound._linear_bound
    calls: list[int] = []

    def short(*parts: Any) -> Any:
        calls.append(1)
        return solve(*parts) if len(calls) == 1 else solve(*parts[:3], 0.0, parts[4])

    monkeypatch.setattr(bound, "_linear_bound", short)
    found = bound.certify(plant, 60, search=False, report=told.append)
    assert len(calls) == 2
    assert whole is not None
    assert found.bound_certified is not None
    assert float(found.bound_certified) == pytest.approx(float(whole), rel=1e-6)
    named = {name.partition("[")[0] for name, _ in found.multipliers}
    assert not named & set(echelon.ROWS)
    assert evaluate(plant, dict(found.multipliers)) == found.bound_certified
