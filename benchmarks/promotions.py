"""What a plan serves of promotions, against what is proven that no plan can exceed.

``python -m benchmarks.promotions INSTANCE PLAN [--made 2] [--seconds 600]``
takes the promotions of an instance and so many made-up ones: 30 % more of the items sold most, for two weeks
from the third week on. A row of a Markdown table each, with processor seconds of search and limit.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from capacityplan.demand import net
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant, Promotion
from capacityplan.exchange import read_or_raise, read_plan
from capacityplan.promise.ceiling import ceiling_of, told
from capacityplan.promise.promote_text import percent
from capacityplan.promise.trials import Ground, Trials, searched, tops

_HEADS = ("promotion", "asked", "found", "no plan more than", "set by", "search s", "limit s")
_FIRST, _LAST = 14 * 1440, 28 * 1440


def made_up(plant: Plant, count: int) -> list[Promotion]:
    """Return promotions of what is sold most."""
    sold: Counter[str] = Counter()
    for row in net(plant):
        sold[row.item] += 0 if row.is_order else row.quantity
    return [
        Promotion(f"made-up-{item}", item, _FIRST, _LAST, Fraction(3, 10), status="proposed")
        for item, _ in sold.most_common(count)
    ]


def measured(plant: Plant, plan: Plan, seconds: float) -> Iterator[str]:
    """Yield a row for each promotion that raises demand of the plan."""
    for row in plant.promotions:
        began = time.process_time()
        ground = Ground.of(plant, replace(plan, ledger=(), certificate=None), row)
        if not ground.asked:
            continue
        best, tried = searched(Trials(ground), tops(row, ground.planned), ground.planned)
        found = time.process_time()
        served = Fraction(0) if best is None else best.fraction
        proven = ceiling_of(ground, seconds)
        most = told(proven, served)
        limit = f"none below {percent(proven.looked_at)}" if most is None else percent(most)
        yield (
            f"| {row.promotion} | {percent(row.uplift_fraction)} | {percent(served)}"
            f"{' or more' if tried is None else ''} | {limit} | "
            f"{', '.join(f'{one.kind} {one.object}' for one in proven.limits[:3])} | "
            f"{found - began:.0f} | {time.process_time() - found:.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600, help="of the clock, for each limit")
    given = parser.parse_args()
    plant, plan = read_or_raise(given.instance), read_plan(given.plan)
    plant = replace(plant, promotions=(*plant.promotions, *made_up(plant, given.made)))
    print(f"| {' | '.join(_HEADS)} |", "|---" * len(_HEADS) + "|", sep="\n")
    for line in measured(plant, plan, given.seconds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
