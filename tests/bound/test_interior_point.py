"""Large relaxations go to the interior-point method: its bound must not be weaker than a vertex."""

from __future__ import annotations

import pytest

from capacityplan.solve import bound
from capacityplan.templates import NAMES, build


@pytest.mark.parametrize("name", NAMES)
def test_an_interior_point_proves_what_a_vertex_proves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = build(name, size=0.1)
    vertex = bound.certify(plant, 60, search=False).bound_certified
    monkeypatch.setattr(bound, "_LARGE", 0)
    interior = bound.certify(plant, 60, search=False).bound_certified
    assert vertex is not None
    assert interior is not None
    assert float(interior) > float(vertex) * (1 - 2 * bound._LOOSE)
