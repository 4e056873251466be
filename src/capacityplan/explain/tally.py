"""Proven causes of lateness and loss kept plan by plan, and counted over many plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from capacityplan.demand import net
from capacityplan.demand.choice import fix
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.explain.causes import Explained, causes
from capacityplan.verify import Verdict

PRICE, UNKNOWN = "price", "none found"
"""What a demand is put down to where no constraint is: serving it better costs more, or nothing is known."""
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something is the main cause.

    Attributes
    ----------
    plans, demands : int
        Plans in which it is the main cause of a demand, and how many demands in all.
    named : int
        Demands for which it is named at all: main cause or not.
    arrears : Fraction
        What lateness and loss of those demands cost of which it is the main cause.
    avoided : Fraction
        By how much they would have cost less without it.
    share : Fraction
        Of all demands that were explained, with all that stand above it.
    """

    kind: str
    object: str
    plans: int
    demands: int
    named: int
    arrears: Fraction
    avoided: Fraction
    share: Fraction


def cause_record(plant: Plant, plan: Plan, verdict: Verdict, top: int) -> Record:
    """Explain the demands that cost most and return what was found, ready for a log.

    Parameters
    ----------
    verdict : Verdict
        On this plan.
    top : int
        Most demands explained; each takes a handful of plans made anew.
    """
    demands = {row.demand: row for row in net(fix(plant, plan.choices))}
    hurt = sorted((name for name in verdict.pain if verdict.pain[name]), key=lambda n: (-verdict.pain[n], n))
    rows = []
    for name in hurt[:top]:
        demand = demands[name]
        rows.append({
            "demand": name, "item": demand.item, "customer": demand.customer,
            "arrears": str(verdict.pain[name]), "causes": _causes(causes(plant, plan, demand)),
        })  # fmt: skip
    return {
        "plant": plan.provenance.plant_name, "plan": plan.provenance.plan_id, "start": plant.start,
        "arrears": len(hurt), "demands": rows,
    }  # fmt: skip


def _causes(found: Explained) -> list[Record]:
    """Proven causes, best first; where there is none, price if only that stands in the way."""
    rows: list[Record] = [
        {"kind": one.relaxation.kind, "object": one.relaxation.object, "avoided": str(one.penalty)}
        for one in found.causes
    ]
    if rows:
        return rows
    if found.again is not None:
        return [{"kind": PRICE, "object": "", "avoided": str(found.now.penalty - found.again.penalty)}]
    return [{"kind": UNKNOWN, "object": "", "avoided": "0"}]


def tallied(records: Iterable[Record], last: int | None = None) -> tuple[Tally, ...]:
    """Count main causes, the most frequent first; every explained demand counts once.

    Parameters
    ----------
    records : iterable of Record
        Of one plan each; of a plan that was explained again the later one counts.
    last : int, optional
        Only so many plans, the latest.
    """
    chosen = list({row["plan"]: row for row in records}.values())
    chosen = chosen[-last:] if last is not None else chosen
    plans: dict[tuple[str, str], set[str]] = defaultdict(set)
    main: dict[tuple[str, str], list[tuple[Fraction, Fraction]]] = defaultdict(list)
    named: dict[tuple[str, str], int] = defaultdict(int)
    for record in chosen:
        for demand in record["demands"]:
            found = [(one["kind"], one["object"]) for one in demand["causes"]]
            for key in dict.fromkeys(found):
                named[key] += 1
            plans[found[0]].add(record["plan"])
            money = Fraction(demand["arrears"]), Fraction(demand["causes"][0]["avoided"])
            main[found[0]].append(money)
    whole = sum(len(rows) for rows in main.values())
    order = sorted(main, key=lambda key: (-len(main[key]), -sum(one for one, _ in main[key]), key))
    out, above = [], 0
    for key in order:
        rows = main[key]
        above += len(rows)
        out.append(Tally(
            *key, len(plans[key]), len(rows), named[key], sum((one for one, _ in rows), Fraction(0)),
            sum((one for _, one in rows), Fraction(0)), Fraction(above, whole),
        ))  # fmt: skip
    return tuple(out)
