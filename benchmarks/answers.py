"""Answers on each own plant: promises and explanations, their time, and agreement with a full re-solve.

``python -m benchmarks.answers [--count 50] [--seconds 30] [--resolve 2] [--names dairy]`` solves each plant
once (or takes the plans in the folders of ``--plans``, as ``solve --out PLANS/dairy`` writes them), then asks
for so many promises (`benchmarks.promise`) and explains so many of the dearest arrears.
An explanation is proven if the checker accepts every plan behind it once more. With ``--resolve`` so many
promises, and the plants of so many causes, are solved again from nothing: the promise is kept if the new
plan serves the order by its date; the cause is confirmed if the new plan serves the demand at no higher
penalty than the plan with the cause had.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path

from benchmarks.promise import accepted, asked, kept_when_solved_again, median_and_most, spread

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.exchange import read_plan
from capacityplan.explain.causes import Cause, causes
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import NAMES, build
from capacityplan.verify import Verdict, check
from capacityplan.verify.case import Case

Row = tuple[object, ...]


def promised(name: str, plant: Plant, plan: Plan, count: int, seconds: float, resolve: int) -> Row:
    replies = asked(plant, plan, count)
    answers = [reply.answer for reply in replies if reply.answer is not None]
    again = [kept_when_solved_again(one, seconds) for one in spread(answers, resolve)]
    times = median_and_most([reply.seconds["answer"] for reply in replies])
    return (name, "promise", f"{len(answers)} of {count}", f"{accepted(answers)} of {len(answers)}", *times,
            f"{sum(again)} of {len(again)}")  # fmt: skip


def explained(
    name: str, plant: Plant, plan: Plan, verdict: Verdict, count: int, seconds: float, resolve: int
) -> Row:
    times: list[float] = []
    answered = proven = plans = 0
    found_causes: list[tuple[Demand, Cause]] = []
    demands = _dearest(plant, plan, verdict)[:count]
    for demand in demands:
        begun = time.process_time()
        found = causes(plant, plan, demand)
        times.append(time.process_time() - begun)
        answered += bool(found.causes) or found.again is not None
        trials = [cause.trial for cause in found.causes] + ([found.again] if found.again else [])
        plans += len(trials)
        proven += sum(not check(one.plant, one.plan).violations for one in trials)
        found_causes += [(demand, cause) for cause in found.causes[:1]]
    again = [_confirmed(demand, cause, seconds) for demand, cause in spread(found_causes, resolve)]
    return (name, "explanation", f"{answered} of {len(demands)}", f"{proven} of {plans}",
            *median_and_most(times), f"{sum(again)} of {len(again)}")  # fmt: skip


def _dearest(plant: Plant, plan: Plan, verdict: Verdict) -> list[Demand]:
    known, pain = Case(plant, plan).demand, verdict.pain
    return [known[one] for one in sorted(pain, key=lambda one: (-pain[one], one)) if one in known]


def _confirmed(demand: Demand, cause: Cause, seconds: float) -> bool:
    """Whether the relaxed plant, solved from nothing, serves the demand as well as the cause's own plan."""
    outcome = solve(cause.trial.plant, Settings(seconds=seconds, workers=1))
    if outcome.verdict is None:
        return False
    return outcome.verdict.pain.get(demand.demand, Fraction(0)) <= cause.trial.penalty


def _planned(name: str, size: float, seconds: float, plans: Path | None) -> tuple[Plant, Plan, Verdict]:
    plant = build(name, size=size)
    if plans is not None:
        plan = read_plan(plans / name)
        return plant, plan, check(plant, plan)
    outcome = solve(plant, Settings(seconds=seconds, workers=1))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    return plant, outcome.plan, outcome.verdict


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--resolve", type=int, default=2)
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--plans", type=Path)
    parser.add_argument("--questions", nargs="*", default=["promise", "explanation"])
    parser.add_argument("--names", nargs="*", default=list(NAMES))
    given = parser.parse_args()
    heads = ("plant", "question", "answered", "plans accepted by the checker", "median CPU s", "95 % CPU s",
             "confirmed by a full re-solve")  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for name in given.names:
        plant, plan, verdict = _planned(name, given.size, given.seconds, given.plans)
        limits = given.count, given.seconds, given.resolve
        label = f"{name} {given.size:g}, {len(plan.lots)} lots"
        for question in given.questions:
            row = (
                promised(label, plant, plan, *limits)
                if question == "promise"
                else explained(label, plant, plan, verdict, *limits)
            )
            print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


if __name__ == "__main__":
    main()
