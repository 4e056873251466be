"""Judge plans with the checker and with SQL, and name every disagreement.

    python -m benchmarks.second_checker [--plans 1000] [--size 0.1]

Exit 0 where the two agree on all plans, else 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import chain, count, islice

from .compare import differences
from .sources import own_plants, random_plants, spoiled, valid


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second_checker", description=__doc__)
    parser.add_argument("--plans", type=int, default=1000, help="plans judged twice (default 1000)")
    parser.add_argument("--own", type=int, default=3, help="seeds of the own plants (default 3)")
    parser.add_argument("--size", type=float, default=0.1, help="size of the own plants (default 0.1)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first random plant (default 0)")
    given = parser.parse_args()
    own = chain.from_iterable(own_plants(seed, given.size) for seed in range(given.own))
    drawn = chain.from_iterable(random_plants(seed, 20) for seed in count(given.first))
    judged = different = 0
    kinds: Counter[str] = Counter()
    for name, plant, plan in islice(chain(own, valid(), spoiled(), drawn), given.plans * 4):
        found = differences(plant, plan)
        judged += found is not None
        if found:
            different += 1
            kinds.update(line.split(": checker")[0] for line in found)
            print(f"{name}: {'; '.join(found)}", flush=True)
        if judged == given.plans:
            break
    print(f"{judged} plans judged twice, {different} differently")
    for kind, times in kinds.most_common():
        print(f"  {times:5d} {kind}")
    return 1 if different or judged < given.plans else 0


if __name__ == "__main__":
    sys.exit(main())
