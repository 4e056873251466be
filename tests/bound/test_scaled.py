"""A relaxation in other units has the optimum, the point and the multipliers of the model itself."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest

from capacityplan.solve.cutting import Cutting
from capacityplan.solve.relaxed import engine
from capacityplan.solve.scaled import Scaled
from capacityplan.solve.seeding import seeds
from capacityplan.templates import NAMES
from capacityplan.templates import build as template
from capacityplan.verify.bound import safe_value
from capacityplan.verify.relaxation import build


@pytest.mark.parametrize("name", NAMES)
def test_it_proves_what_the_model_itself_does(name: str) -> None:
    plant = template(name, size=0.1)
    model = build(plant)
    cuts = list(seeds(plant, model))
    optima = []
    for highs in (engine(model, 60), Scaled(model, 60)):
        cutting = Cutting(model, highs)
        cutting.place(cuts)
        highs.run()
        optimum = highs.getInfo().objective_function_value
        optima.append(optimum)
        solution = highs.getSolution()
        dual = np.array(solution.row_dual)
        assert float(safe_value(cutting.extended, dual)) == pytest.approx(optimum, rel=1e-6)
        # The point satisfies the model, bounds left out aside.
        point = np.array(solution.col_value)
        assert float(model.cost @ point) == pytest.approx(optimum, rel=1e-6)
        rows = np.bincount(model.row, weights=model.value * point[model.column], minlength=len(model.row_low))
        size = 1 + np.bincount(
            model.row, weights=np.abs(model.value * point[model.column]), minlength=len(model.row_low)
        )
        assert (rows - model.row_low > -1e-5 * size).all()
        # Rounds go on: what was added can be dropped, and what is left is solved again.
        assert len(cuts) > 1
        highs.deleteRows(1, np.array([len(model.row_low)], dtype=np.int32))
        highs.run()
        assert highs.getInfo().objective_function_value <= optimum + 1e-6 * abs(optimum)
        assert len(highs.getSolution().row_dual) == len(model.row_low) + len(cuts) - 1
    assert optima[1] == pytest.approx(optima[0], rel=1e-4)


def test_bounds_and_rays_are_those_of_the_model() -> None:
    model = build(template("dairy", size=0.1))
    rays = []
    for highs in (engine(model, 60), Scaled(model, 60)):
        highs.setOptionValue("presolve", "off")
        highs.setOptionValue("solver", "simplex")
        column = int(np.flatnonzero((model.cost > 0) & (model.high > 1))[0])
        highs.changeColBounds(column, 0.5, 0.5)
        highs.run()
        assert highs.getSolution().col_value[column] == pytest.approx(0.5)
        # Nothing is delivered, and nothing late or lost: no point.
        for one in np.flatnonzero(model.low < model.high).tolist():
            highs.changeColBounds(one, 0.0, 0.0)
        highs.run()
        assert highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        _, found, ray = highs.getDualRay()
        assert found
        nothing = replace(
            model,
            cost=np.zeros(len(model.cost)),
            low=np.minimum(model.low, 0),
            high=np.zeros(len(model.high)),
        )
        proven = max(safe_value(nothing, np.array(ray) * sign) for sign in (1.0, -1.0))
        rays.append(proven)
    assert min(rays) > 0


def test_rows_that_tie_a_column_by_its_far_bound_are_left_open() -> None:
    model = build(template("dairy", size=0.1))
    far = int(np.argmax(model.high))
    # One more row: far <= bound * decision.
    decision = int(np.flatnonzero(model.integer)[0])
    tied = replace(
        model,
        row_names=(*model.row_names, "tie[far]"),
        row_low=np.append(model.row_low, -np.inf),
        row_high=np.append(model.row_high, 0.0),
        row=np.concatenate([model.row, np.full(2, len(model.row_low))]),
        column=np.concatenate([model.column, [far, decision]]),
        value=np.concatenate([model.value, [1.0, -1e9]]),
        high=np.where(np.arange(len(model.high)) == far, 1e9, model.high),
    )
    highs = Scaled(tied, 60)
    lp = highs.getLp()
    assert lp.row_upper_[-1] == np.inf
    assert np.isinf(lp.col_upper_[far])
