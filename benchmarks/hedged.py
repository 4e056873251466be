"""Plans for uncertain demand against plans for what is expected, on Trigeiro's lot-sizing problems.

``python -m benchmarks.hedged DATA [NAMES ...] [--seconds 20] [--samples 2000]`` lets demand of every period
vary by a coefficient of variation of 0.25, independently of the others. What is missing at a period's end
costs ten times what holding it would; after the last period there is enough of everything. The plan is
frozen, and the samples are no futures that it was chosen by.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from capacityplan.bench import periods, trigeiro
from capacityplan.bench.case import files
from capacityplan.domain.plant import Customer, Plant, Receipt, ReceiptKind
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline
from capacityplan.replan import carry_forward
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.hedge import hedge
from capacityplan.solve.solve import Settings

_VARIATION = 0.25
_BACKLOG = 10
_HALF_WIDTH = _VARIATION * 6**0.5
"""Of a symmetric triangular distribution, as a share of its mean."""
_NEVER = 10
"""Times the price of the longest lateness is the price of not being served at all."""


def uncertain(works: periods.Works) -> tuple[Plant, float]:
    """Make a plant of a problem, and what holding what is there after the last period costs in any case.

    Demand becomes projections with a range.
    """
    products = [replace(row, backlog=row.holding * _BACKLOG) for row in works.products]
    plant = periods.plant_of(replace(works, products=products))
    timeline = Timeline.of(plant)
    scale = 10 ** plant.items[0].precision
    rows: dict[str, list[int]] = defaultdict(list)
    for item, row in enumerate(products, start=1):
        for day, quantity in zip(timeline.first_day.tolist(), row.demand, strict=False):
            base = int(quantity * scale)
            cells = {
                "item": item, "segment": len(products) + 1, "start": day, "end": day, "quantity": base,
                "low": round(base * (1 - _HALF_WIDTH)), "high": round(base * (1 + _HALF_WIDTH)),
                "weight_millionths": 10**6, "stream": 0, "certainty": 0, "author": 0, "dated": 0,
            }  # fmt: skip
            for column, cell in cells.items():
                rows[column].append(cell)
    everything = [int(sum(row.demand) * scale) for row in products]
    last = int(timeline.starts[-1]) + 1
    plant = replace(
        plant,
        items=tuple(
            replace(item, price=row.backlog) for item, row in zip(plant.items, products, strict=True)
        ),
        costs=replace(
            plant.costs,
            late_rate_per_day=Fraction(1, periods.DAYS),
            lost_rate=Fraction(_NEVER * works.periods),
        ),
        orders=(),
        suppliers=(),
        receipts=tuple(
            Receipt(f"end-{row.name}", ReceiptKind.PURCHASE, row.name, quantity, last)
            for row, quantity in zip(products, everything, strict=True)
        ),
        customers=(Customer("market"),),
        projections=Projections(["", *(row.name for row in products), "market"], **rows),
    )
    held = sum(
        float(row.holding) * quantity / scale for row, quantity in zip(products, everything, strict=True)
    )
    return plant, held


def main() -> None:
    """Print what both plans cost on average, and the saving future by future."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of Trigeiro's files")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=20.0, help="of search for each first stage")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    uncertainty = Uncertainty(correlation=0.0, sources=("demand",))
    for path in files(asked.data, asked.names, trigeiro.SUFFIXES):
        plant, held = uncertain(trigeiro.works_of(path))
        settings = Settings(seconds=asked.seconds, seed=asked.seed)
        found = hedge(
            plant, settings, asked.samples, 1000, uncertainty, lambda line: print(" ", line), carry_forward
        )
        if found is None:
            sys.stdout.write(f"{path.stem}: no plan\n")
            continue
        expected, saving = found.expected.mean - held, found.saving
        sys.stdout.write(
            f"{path.stem}: as expected {expected:,.0f}, {found.chosen.name} {found.hedged.mean - held:,.0f}, "
            f"{-saving.mean / expected:+.1%} (saving {saving.mean:,.0f} +- {saving.plus_minus:,.0f})\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
