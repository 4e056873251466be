"""Answers on each own plant: promises and explanations, their time, and agreement with a full re-solve.

``python -m benchmarks.answers --folder RUN [--count 50] [--size 1] [--resolve 5] [--again 30] [--first]``
solves each plant once and keeps its plan in RUN/NAME, then asks for so many promises and explains so many of
the dearest arrears. Every answer is a line of RUN/answers.jsonl; what stands there is not asked again, so a
run that was broken off goes on. The table of what there is comes last.

A promise, or a plan behind an explanation, is accepted if the checker finds nothing when asked again.
With ``--resolve`` so many of each, spread over all, are solved again in ``--again`` seconds, and every
promise that is later than asked or not made. The plant with the order in it is solved beginning with the
promise's plan; a day sooner is worth a tenth of the order there. That agrees with the promise if the whole
order is not served sooner at a cost below what the days are worth (beyond what the search gains on the plan
without the order). A cause is confirmed if the new plan of the plant without it, solved from nothing, serves
the demand as well as the cause's own plan. The second table tells what re-solves made of promises, the third
one what explanations name.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.promise import Judge, requests, spread, waits

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.exchange import read_plan, write_plan
from capacityplan.explain import Cause, Explained, causes
from capacityplan.promise import Desk
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import NAMES, build
from capacityplan.verify import Verdict, check
from capacityplan.verify.case import Case

Record = dict[str, Any]
_HEADS = ("plant", "question", "answered", "plans accepted by the checker", "median CPU s", "95 % CPU s",
          "confirmed by a full re-solve")  # fmt: skip
_AGREED = ("plant", "solved again", "agrees", "as asked", "as asked at a price", "later, re-solve no sooner",
           "later, sooner is too dear", "later than it need be", "not promised, nor by the re-solve",
           "not promised, but by the re-solve", "saved by re-solves, EUR: median, most")  # fmt: skip
_VERDICTS = ("as asked", "at a price", "no sooner", "sooner, dearer", "sooner", "none", "none, served")
_DISAGREE = ("sooner", "none, served")

_REASONS = ("plant", "explained", "a constraint named", "of which kinds, in how many", "price alone",
            "the search missed it", "nothing found")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How much to ask: questions, how many solved again, the seconds of a re-solve, other ways or not."""

    count: int
    resolve: int
    again: float
    ways: bool = True


class Notes:
    """Answers so far, one line each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        self.rows: list[Record] = [json.loads(line) for line in lines]

    def known(self, plant: str, question: str) -> dict[int, Record]:
        """Return the answers to a question on a plant by number."""
        return {
            row["number"]: row for row in self.rows if (row["plant"], row["question"]) == (plant, question)
        }

    def add(self, row: Record) -> None:
        """Keep an answer."""
        self.rows.append(row)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def promised(label: str, plant: Plant, plan: Plan, asked: Asked, notes: Notes) -> None:
    """Ask for promises that are not noted yet."""
    known = notes.known(label, "promise")
    chosen = set(spread(list(range(asked.count)), asked.resolve))
    desk, judge = Desk(plant, plan), None
    for number, request in enumerate(requests(plant, asked.count, 7)):
        if number in known and (not asked.resolve or known[number]["judged"]):
            continue
        found = desk.promise(request, alternatives=asked.ways)
        row: Record = {
            "plant": label, "question": "promise", "number": number, "text": request.order,
            "answered": found.answer is not None, "plans": 0, "accepted": 0, "confirmed": None,
            "seconds": found.seconds["answer"], "in_time": found.in_time,
            "alternatives": found.seconds.get("alternatives", 0.0), "judged": asked.resolve > 0,
        }  # fmt: skip
        if found.answer is not None:
            row["plans"] = 1
            row["accepted"] = int(not check(found.answer.plant, found.answer.plan).violations)
            row["cost"] = float(found.answer.cost)
        if asked.resolve and (number in chosen or waits(plant, found)):
            judge = judge or Judge.of(plant, plan, asked.again)
            row["agreement"] = asdict(judge.agreement(found))
            row["confirmed"] = row["agreement"]["verdict"] not in _DISAGREE
        notes.add(row)


def explained(label: str, plant: Plant, plan: Plan, verdict: Verdict, asked: Asked, notes: Notes) -> None:
    """Explain arrears that are not noted yet, the dearest first."""
    known = notes.known(label, "explanation")
    chosen = set(spread(list(range(asked.count)), asked.resolve))
    for number, demand in enumerate(_dearest(plant, plan, verdict)[: asked.count]):
        if number in known and (number not in chosen or known[number]["confirmed"] is not None):
            continue
        begun = time.process_time()
        found = causes(plant, plan, demand)
        seconds = time.process_time() - begun
        trials = [cause.trial for cause in found.causes] + ([found.again] if found.again else [])
        notes.add({
            "plant": label, "question": "explanation", "number": number, "text": demand.demand,
            "answered": bool(trials), "plans": len(trials), "seconds": seconds,
            "accepted": sum(not check(one.plant, one.plan).violations for one in trials),
            "confirmed": _confirmed(demand, found.causes[0], asked.again)
            if number in chosen and found.causes else None,
            "causes": [cause.relaxation.text for cause in found.causes],
            "kinds": [cause.relaxation.kind for cause in found.causes], "reason": _reason(found),
        })  # fmt: skip


def _reason(found: Explained) -> str:
    """What an explanation puts a demand down to."""
    if found.causes:
        return "constraint"
    if found.again is None:
        return "nothing found"
    return "price" if found.again.cost > found.now.cost else "search"


def _dearest(plant: Plant, plan: Plan, verdict: Verdict) -> list[Demand]:
    known, pain = Case(plant, plan).demand, verdict.pain
    return [known[one] for one in sorted(pain, key=lambda one: (-pain[one], one)) if one in known]


def _confirmed(demand: Demand, cause: Cause, seconds: float) -> bool:
    """Whether the relaxed plant, solved from nothing, serves the demand as well as the cause's own plan."""
    outcome = solve(cause.trial.plant, Settings(seconds=seconds, workers=1))
    if outcome.verdict is None:
        return False
    return outcome.verdict.pain.get(demand.demand, Fraction(0)) <= cause.trial.penalty


def _planned(name: str, size: float, seconds: float, folder: Path) -> tuple[Plant, Plan, Verdict]:
    plant, kept = build(name, size=size), folder / name / "plan.json"
    if not kept.is_file():
        outcome = solve(plant, Settings(seconds=seconds, workers=1))
        assert outcome.plan is not None
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_plan(outcome.plan, kept)
    plan = read_plan(kept)
    return plant, plan, check(plant, plan)


def table(rows: list[Record]) -> Iterator[str]:
    """Yield the Markdown table of all answers; a later answer to a question replaces an earlier one."""
    yield f"| {' | '.join(_HEADS)} |"
    yield "|---" * len(_HEADS) + "|"
    groups: dict[tuple[str, str], dict[int, Record]] = {}
    for row in rows:
        groups.setdefault((row["plant"], row["question"]), {})[row["number"]] = row
    for (plant, question), found in groups.items():
        some = list(found.values())
        times = sorted(row["seconds"] for row in some)
        median, most = times[len(times) // 2], times[int(len(times) * 0.95)]
        again = [row["confirmed"] for row in some if row["confirmed"] is not None]
        answered, plans, accepted = (
            sum(row[key] for row in some) for key in ("answered", "plans", "accepted")
        )
        yield (
            f"| {plant} | {question} | {answered} of {len(some)} | {accepted} of {plans} | "
            f"{median:.2f} | {most:.2f} | {sum(again)} of {len(again)} |"
        )


def agreements(rows: list[Record]) -> Iterator[str]:
    """Yield the Markdown table of what full re-solves made of promises."""
    yield f"| {' | '.join(_AGREED)} |"
    yield "|---" * len(_AGREED) + "|"
    groups: dict[str, dict[int, Record]] = {}
    for row in rows:
        if row.get("agreement"):
            groups.setdefault(row["plant"], {})[row["number"]] = row["agreement"]
    for plant, found in groups.items():
        told = Counter(row["verdict"] for row in found.values())
        agreed = len(found) - sum(told[one] for one in _DISAGREE)
        gains = sorted(max(row["gain"], 0.0) for row in found.values())
        yield (
            f"| {plant} | {len(found)} | {agreed} | {' | '.join(str(told[one]) for one in _VERDICTS)} | "
            f"{gains[len(gains) // 2]:,.0f}, {gains[-1]:,.0f} |"
        )


def reasons(rows: list[Record]) -> Iterator[str]:
    """Yield the Markdown table of what explanations name."""
    yield f"| {' | '.join(_REASONS)} |"
    yield "|---" * len(_REASONS) + "|"
    groups: dict[str, dict[int, Record]] = {}
    for row in rows:
        if row.get("reason"):
            groups.setdefault(row["plant"], {})[row["number"]] = row
    for plant, found in groups.items():
        told = Counter(row["reason"] for row in found.values())
        kinds = Counter(kind for row in found.values() for kind in set(row["kinds"]))
        named = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        yield (
            f"| {plant} | {len(found)} | {told['constraint']} | {named} | {told['price']} | "
            f"{told['search']} | {told['nothing found']} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=45, help="of search for each plan")
    parser.add_argument("--again", type=float, default=30, help="of search for each re-solve")
    parser.add_argument("--resolve", type=int, default=0)
    parser.add_argument("--first", action="store_true", help="only first answers of promises, no other ways")
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--questions", nargs="*", default=["promise", "explanation"])
    parser.add_argument("--names", nargs="*", default=list(NAMES))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    notes, asked = (
        Notes(given.folder / "answers.jsonl"),
        Asked(given.count, given.resolve, given.again, not given.first),
    )
    for name in given.names:
        plant, plan, verdict = _planned(name, given.size, given.seconds, given.folder)
        label = f"{name} {given.size:g}, {len(plan.lots)} lots"
        if "promise" in given.questions:
            promised(label, plant, plan, asked, notes)
        if "explanation" in given.questions:
            explained(label, plant, plan, verdict, asked, notes)
    print("\n".join([*table(notes.rows), "", *agreements(notes.rows), "", *reasons(notes.rows)]))


if __name__ == "__main__":
    main()
