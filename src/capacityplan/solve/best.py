"""The best verified plan of a solve, and where its time went."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from capacityplan.domain.plan import Plan
from capacityplan.verify import Verdict

_T = TypeVar("_T")


@dataclass(slots=True)
class Best:
    """The best plan so far.

    Attributes
    ----------
    carried : Verdict or None
        On the plan to begin with, where it holds: it has to be beaten by more.
    saving : Fraction
        Share of its cost by which.
    """

    saving: Fraction
    plan: Plan | None = None
    verdict: Verdict | None = None
    carried: Verdict | None = None
    rejected: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self, plan: Plan, verdict: Verdict, phase: str) -> None:
        """Keep a candidate where it is the best; note why where the checker rejects it."""
        with self.lock:
            if verdict.violations:
                self.rejected += [f"{phase}: {row.text()}" for row in verdict.violations[:20]]
            elif self.verdict is None or verdict.cost < self._least(self.verdict):
                self.plan, self.verdict = plan, verdict

    def timed(self, name: str, work: Callable[[], _T]) -> _T:
        """Do a piece of work and count its seconds."""
        start = time.monotonic()
        try:
            return work()
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - start

    def _least(self, best: Verdict) -> Fraction:
        """Cost below which a candidate replaces the best."""
        saving = self.saving if best is self.carried else Fraction(0)
        return best.cost - saving * abs(best.cost)
