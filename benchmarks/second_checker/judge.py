"""The second checker's verdict: costs by category, and the rules that a plan breaks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant

from .expiry import expire
from .load import database, exact

HERE = Path(__file__).parent
RULES = tuple(sorted(path.stem for path in (HERE / "rules").glob("*.sql")))


@dataclass(frozen=True)
class Judgement:
    """Costs by category (without those that are 0) and the names of broken rules."""

    costs: dict[str, Fraction]
    broken: frozenset[str]


def judge(plant: Plant, plan: Plan) -> Judgement:
    """Judge a plan whose names all exist."""
    base = database(plant, plan)
    try:
        base.executescript((HERE / "facts.sql").read_text())
        expire(base)
        for script in ("stock.sql", "ledger.sql"):
            base.executescript((HERE / script).read_text())
        sums = base.execute("SELECT category, exact_sum(amount) FROM charge GROUP BY category").fetchall()
        broken = frozenset(
            rule for rule in RULES if base.execute((HERE / "rules" / f"{rule}.sql").read_text()).fetchone()
        )
        return Judgement({name: exact(total) for name, total in sums if exact(total)}, broken)
    finally:
        base.close()
