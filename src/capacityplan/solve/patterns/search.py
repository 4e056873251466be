"""Setup patterns searched in rounds: a linear program says after each what a pattern is worth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.minute.cooling import Pace, cooled
from capacityplan.solve.minute.warm import wait_for_patterns
from capacityplan.solve.patterns.problem import Problem, State

_HOT, _COLD = 6.0, 0.02
"""Temperatures in lots: those of the mean cost of one."""
_WARM = 1.0
"""Temperature of later rounds, likewise."""
_PACE = Pace(work=20_000, first=200, growth=4.0)
_ROUNDS = (2, 4)
"""Fewest and most rounds: more have not brought anything where items are made of others."""
_ONE_LEVEL_ROUNDS, _PATIENCE = 24, 8
"""Most rounds elsewhere, and how many in a row may bring nothing: where machines are full, prices take many
of them to tell which lots fit, and rounds differ from each other by what branch and bound takes long for."""
_FIRST = 1.5
"""How many times as long as all of them on average the first is."""
_MOVES_EACH, _SECONDS_EACH = 2000, 0.005
"""Moves for each place of a pattern, and what they take, that make a round worth while."""
_COMPILED_SHARE = 0.3
"""Share of the time after which it is too late for a search that has yet to be compiled."""
_PRICE, _BEYOND = 1.5, 3.0
"""What a minute beyond a resource's time costs, in minutes made a bucket earlier, and how many times that
beyond overtime."""
_DEARER, _CHEAPER = 2.0, 0.7
"""Next price of a minute on what was overfull where there was not room enough, and of all where there was."""
_CROWDED, _SHORT = 0.03, 0.1
"""Share of its cost by which a pattern may be dearer in truth before minutes get dearer where they lacked,
and share of that for what is late, lost or overfull before it counts as not serving its demand."""


@dataclass(frozen=True, slots=True)
class Patterned:
    """What patterns have led to.

    Attributes
    ----------
    values : (columns,) float
        Solution of the lots model, lots and orders whole.
    stepped : (columns,) float, optional
        The same with amounts in whole steps, where some come in steps.
    short : bool
        Whether much of what it costs is for what is late, lost or overfull.
    """

    values: Floats
    stepped: Floats | None
    short: bool = False


def applies(grid: Grid) -> bool:
    """Whether a pattern tells what matters: lots cost by themselves.

    It knows nothing of the order that lots come in, of batches, of shelf life, room in storages and
    budgets.
    """
    plant, tables = grid.plant, grid.tables
    perish = grid.lookup.perishable
    unknown = tables.groups or tables.batch_keys or perish or plant.storages or plant.budgets
    return any(process.dear for process in grid.processes) and not unknown


def patterned(
    model: Model, grid: Grid, x: Variables, budget: Budget, until: float,
    worth: Callable[[Floats, Ints | None], Floats | None],
) -> Patterned | None:  # fmt: skip
    """Search patterns in rounds; return the best that a linear program makes of one, if there is time.

    Where that is dearer by far than the pattern seemed, there was not room enough, and minutes get
    dearer in the next round.

    Parameters
    ----------
    until : float
        Instant at which the time is used up; small problems end earlier.
    worth : callable
        Solves the model with lots and orders at whole numbers, and some other columns at their values;
        None where that took too long.
    """
    if not wait_for_patterns(budget.part(budget.share(_COMPILED_SHARE), 1.0)):
        return None
    problem = Problem(model, grid, x)
    if problem.lot <= 0:
        return None
    pattern = problem.all_sources()
    minute = np.full(len(problem.overtime), _PRICE * problem.spread)
    best, least, idle = None, math.inf, 0
    begun = time.monotonic()
    most = _ROUNDS[1] if grid.tables.taken else _ONE_LEVEL_ROUNDS
    seconds = min(until - begun, most * _SECONDS_EACH * problem.places)
    shares = _shares(problem.places, budget, seconds, most)
    for number, share in enumerate(accumulate(shares)):
        problem.price(minute, _BEYOND * minute)
        state = State(problem, pattern, budget.seed + number)
        hot = problem.lot * (_WARM if number else _HOT)
        part = budget.part(begun + seconds * share, shares[number])
        cooled(state.anneal, part, (hot, problem.lot * _COLD), _PACE)
        pattern = state.best()
        filled = State(problem, pattern, budget.seed)
        amounts = problem.amounts(filled)
        values = worth(amounts, None)
        if values is None:
            break
        stepped = worth(amounts, problem.stepped) if len(problem.stepped) else None
        if best is not None and stepped is None and best.stepped is not None:
            break
        cost = float(model.cost @ (values if stepped is None else stepped))
        loose = float(model.cost @ values)
        idle += 1
        if cost < least:
            hurts = float(model.cost[model.painful] @ values[model.painful])
            best, least, idle = Patterned(values, stepped, hurts > _SHORT * loose), cost, 0
        if idle >= _PATIENCE or (number + 1 >= _ROUNDS[1] and best is not None and best.short):
            break
        if loose > filled.cost * (1 + _CROWDED):
            minute = np.where(filled.crowded(), minute * _DEARER, minute)
        else:
            minute = minute * _CHEAPER
    return best


def _shares(places: int, budget: Budget, seconds: float, most: int) -> list[float]:
    """Shares of the time by round: the more rounds, the fewer places there are."""
    each = budget.work * _PACE.work / _MOVES_EACH if budget.work is not None else seconds / _SECONDS_EACH
    rounds = int(np.clip(each / max(places, 1), _ROUNDS[0], most))
    first = _FIRST / rounds
    return [first, *[(1 - first) / (rounds - 1)] * (rounds - 1)]
