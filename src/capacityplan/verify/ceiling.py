"""The largest uplift of a promotion that any plan can serve: an upper limit that is proven without a solver.

The rows are those that bound cost (`relaxation`), with demand as a function of the uplift
(`relaxation.served`) and the uplift as the objective, and labs (`relaxation.labs`). Multipliers of any origin
are turned into a limit by the same safe arithmetic (`bound.safe_value`). What is there for cuts alone
(`relaxation.echelon`) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from capacityplan.demand.choice import at_uplift, fix
from capacityplan.domain.identical import pooled
from capacityplan.domain.plant import Plant
from capacityplan.verify.bound import safe_value
from capacityplan.verify.relaxation import FAMILIES, demand, echelon, labs, served
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Builder, Relaxation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lifted import lifted

_FAMILIES = (*(one for one in FAMILIES if one not in (demand, echelon)), labs)


@dataclass(frozen=True, slots=True)
class Question:
    """Which uplift of a promotion is asked for, and what a plan has to serve for it to count.

    Attributes
    ----------
    plant : Plant
        As it is stated.
    choices : tuple of str
        Other proposals that are taken up.
    most : Fraction
        Largest uplift that is looked at.
    spared : mapping of str to int
        Base units of demands that need not be in time.
    kept : mapping of str to int
        Base units of demands of which no more need be in time.
    arrivals : mapping of str to sequence of (bucket, base units)
        What arrives of demands in the plan at hand (`served.Wanted`).
    limit : Fraction
        Plans that cost more may be left aside (what other proposals cost and earn not counted).
    """

    plant: Plant
    choices: tuple[str, ...]
    promotion: str
    most: Fraction
    spared: Mapping[str, int]
    kept: Mapping[str, int]
    arrivals: Mapping[str, Sequence[tuple[int, int]]]
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Model:
    """The relaxation of a question.

    Attributes
    ----------
    relaxation : Relaxation
        Its cost is less the uplift, in thousandths of the base.
    limit : Fraction
        It says nothing of plans that cost more than this.
    """

    relaxation: Relaxation
    grid: Grid
    shared: Columns
    limit: Fraction
    most: Fraction


def build(question: Question) -> Model:
    """Build the relaxation of a question."""
    plant = at_uplift(fix(question.plant, question.choices), question.promotion, question.most)
    lifting = lifted(plant, question.promotion, question.most)
    largest = tuple(cell.demand for row in lifting.rows for cell in row)
    grid = Grid(pooled(plant), (*lifting.fixed, *largest), question.limit)
    builder = Builder()
    shared = Columns(builder, grid)
    wanted = served.Wanted(lifting, question.most, question.spared, question.kept, question.arrivals)
    served.build(builder, grid, shared, wanted)
    for family in _FAMILIES:
        family.build(builder, grid, shared)
    found = builder.relaxation(grid.caps.limit)
    charges = tuple(row for row in found.charges if row[0] == served.UPLIFT)
    cost = np.zeros(len(found.cost))
    for _, columns, money in charges:
        np.add.at(cost, columns, money)
    # Multipliers that prove nothing leave the largest uplift that is looked at.
    found = replace(found, cost=cost, charges=charges, limit=question.most * served.STEPS)
    return Model(found, grid, shared, grid.caps.limit, question.most)


def highest(model: Model, dual: Floats) -> Fraction:
    """Derive an uplift that no plan exceeds from (rows,) multipliers, in the order of the rows."""
    return min(-safe_value(model.relaxation, dual) / served.STEPS, model.most)


def evaluate(question: Question, multipliers: Mapping[str, float]) -> Fraction:
    """Derive an uplift that no plan exceeds from multipliers of named rows; other names count for nothing."""
    model = build(question)
    names = model.relaxation.row_names
    return highest(model, np.array([float(multipliers.get(name, 0.0)) for name in names]))
