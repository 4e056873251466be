"""The whole solve: lots, schedule, settlement, verification, certificate; any-time."""

from __future__ import annotations

import hashlib
import math
import resource
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial

from capacityplan import __version__
from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.abandon import Worker
from capacityplan.solve.best import Best
from capacityplan.solve.bound import BoundResult
from capacityplan.solve.certify import BoundProcess, certificate
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.identity import kept_names
from capacityplan.solve.lots import plan_lots
from capacityplan.solve.lots_tried import tried
from capacityplan.solve.lots_window import realised
from capacityplan.solve.minute import compiled_in_time, cool_down, exact, is_plain_shop, schedule, warm_up
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import overfull, settle, settle_once
from capacityplan.solve.types import Limits, LotPlan, Progress, Start, WindowSchedule
from capacityplan.verify import Verdict, check

_TARGET = 0.93
"""Share of the time limit at which the search stops, to leave room for the last verification."""
_FIRST_SHARE, _LOTS_SHARE, _SEARCH_SHARE, _TAIL_SHARE = 0.05, 0.50, 0.68, 0.93
"""Shares of the time at which the first schedule, the lots, the schedule and the tail's lots are due."""
_BUCKETS_SHARE = 0.9
"""The same for the lots of a plant without a window at most."""
_SHOP_LOTS_SHARE, _SHOP_SHARE = 0.20, 0.70
"""The same for the lots of a shop scheduled exactly, and for its netted lots where those are others."""
_START_SEARCH_SHARE, _START_LOTS_SHARE, _START_AGAIN_SHARE = 0.25, 0.60, 0.75
"""The same for a plan to begin with: its window searched, its lots planned anew, their window searched."""
_SETTLINGS = 1.2
"""Time for settling planned lots, in times that settling and verifying netted ones, which wait more, took."""
CARRIED = "carried forward"
_QUICK = 0.1
"""Share of the time for settling below which plans on the way are settled: the bound stays below them."""
_CUTS = 4
"""How often the first plan is cut back to what storages hold."""
_SETTLE_ROOM = 1.5
"""Time kept free for settling and verifying, in times that the first plan took for it."""
_LARGE_SHOP = 300
"""Runs of a plain shop above which its bound, near zero there, leaves both cores to the search."""
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 0.2
"""What engines have to hear that it is over; settlement and verification do not ask."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a solve is to be run.

    Attributes
    ----------
    seconds : float
        Wall time for everything from here to the certificate.
    work : float or None
        Deterministic amount of work; the time limit then counts for nothing.
    gap : float
        Relative gap at which the search may stop.
    """

    seconds: float = 60.0
    work: float | None = None
    gap: float = 0.001
    seed: int = 0
    workers: int = 2


@dataclass(slots=True)
class Outcome:
    """What a solve came to: a value, whatever happened.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible", "no_plan"}
    plan : Plan or None
        Verified, with ledger and certificate.
    rejected : list of str
        What the checker found in candidates that were not used.
    carried_cost : Fraction or None
        Cost of the plan to begin with, where it is valid.
    failure : str
        Traceback of a bug in an engine; the plan (if any) was found before it.
    """

    status: str
    plan: Plan | None
    verdict: Verdict | None
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: int = 0
    rejected: list[str] = field(default_factory=list)
    failure: str = ""
    carried_cost: Fraction | None = None


def solve(
    plant: Plant,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    start: Start | None = None,
) -> Outcome:
    """Plan a plant at the lowest cost that can be found in the time, verified and certified.

    Parameters
    ----------
    plant : Plant
    settings : Settings, optional
    progress : callable
        Called from the solve's own threads.
    stop : threading.Event, optional
        Set it to get the best verified plan so far within about a second.
    start : Start, optional
        Yesterday's plan carried forward: the outcome is never dearer, and it stays where nothing
        is found that saves ``solve.min_saving`` of its cost.

    Returns
    -------
    Outcome
    """
    settings = settings or Settings()
    return _Solve(plant, settings, progress, stop or threading.Event(), start).run()


class _Solve:
    def __init__(
        self,
        plant: Plant,
        settings: Settings,
        progress: Callable[[Progress], None],
        stop: threading.Event,
        start: Start | None,
    ) -> None:
        self._start = start
        self._plant, self._settings = plant, settings
        self._progress, self._stop = progress, stop
        self._over = threading.Event()
        self._began = time.monotonic()
        self._best = Best(plant.solve.min_saving)
        self._timed = self._best.timed
        self._bound: BoundProcess | None = None
        self._failure = ""
        self._heard: tuple[tuple[str, int], ...] = ()
        self._provenance = Provenance(
            plant.name, plant.hash(), "", settings.seed, settings.workers, __version__, start=plant.start,
            previous=start.plan.provenance.previous if start is not None else "",
        )  # fmt: skip

    def run(self) -> Outcome:
        settings = self._settings
        counted = settings.work is not None
        # A bound that the clock cuts short would differ from run to run.
        seconds = math.inf if counted else settings.seconds * _TARGET
        self._bound = BoundProcess(self._plant, seconds, search=not counted)
        worker = Worker(partial(self._guarded, self._rounds))
        worker.start()
        hard = math.inf if counted else self._began + settings.seconds - _GRACE_SECONDS
        while worker.is_alive() and time.monotonic() < hard and not self._listened():
            worker.join(_POLL_SECONDS)
        self._over.set()
        worker.abandon(_GRACE_SECONDS)
        cool_down()
        until = math.inf if counted else self._began + settings.seconds * _TARGET
        return self._outcome(self._bound.wait(until, self._listened))

    def _listened(self) -> bool:
        """Try lots that the bound has come upon; return whether somebody asked to stop."""
        told = self._bound.exchange(None) if self._bound else None
        if told is not None and told.lots != self._heard and not self._out_of_time():
            self._heard = told.lots
            self._guarded(self._try_heard)
        return self._stop.is_set()

    def _try_heard(self) -> None:
        if (lots := self._named(tried(self._plant, self._heard, self._limits(1.0).deadline))) is not None:
            self._settle(WindowSchedule((), (), ()), lots, lots.method)

    def _guarded(self, search: Callable[[], None]) -> None:
        try:
            search()
        except Exception:
            # A bug in an engine must not cost the planner the plan already verified; it is
            # handed on in the outcome and shown.
            self._failure = traceback.format_exc()

    def _rounds(self) -> None:
        """Plan lots, schedule and settle them: a plain way first, then better ones while time lasts."""
        if (first := self._begin()) is None:
            return
        plain, window, seconds = first
        if is_plain_shop(self._plant, plain):
            self._plain_shop(window, plain, seconds)
            return
        settled = self._settle(window, plain, plain.method)
        if self._out_of_time():
            return
        if exact.applies(self._plant, plain, Timeline.of(self._plant)):
            self._shop(plain)
            return
        if not Timeline.of(self._plant).window_buckets:
            self._in_buckets(window, settled)
            return
        limits, spare = self._limits(_LOTS_SHARE), self._realised(settled)
        if self._settings.work is None:
            warm_up()  # while lots are planned
        lots = self._named(self._timed("plan", lambda: plan_lots(self._plant, limits, spare=spare))) or plain
        if lots is not plain:
            lots, window, settled = self._settle_ways(lots, lots.method)
        if self._out_of_time():
            return
        # Compiled the first time; where that takes too long, the dispatcher's schedule stands.
        if self._timed("compile", lambda: compiled_in_time(self._limits(_SEARCH_SHARE))):
            window = self._timed("schedule", lambda: self._searched(lots, _SEARCH_SHARE))
            settled = self._settle(window, lots, "schedule searched")
        self._tail(window, lots, settled)

    def _begin(self) -> tuple[LotPlan, WindowSchedule, float] | None:
        """Plan the plain way, after bettering the plan to begin with; None where time is out."""
        if self._start is None:
            return self._plain()
        # Where yesterday's plan does not hold any more, any verified plan comes before a better one.
        first = None if self._carries(self._start) else self._plain()
        if self._out_of_time() or not self._from_start(self._start):
            return None
        return first or self._plain()

    def _plain(self) -> tuple[LotPlan, WindowSchedule, float] | None:
        """Net requirements, dispatched and settled at once in some seconds; None where time is out."""
        plain = kept_names(self._plant, self._timed("plan", lambda: net_requirements(self._plant)))
        window = self._timed("schedule", lambda: dispatch(self._plant, plain, self._limits(_FIRST_SHARE)))
        begun = time.monotonic()
        in_time = self._at_once(window, plain)
        return (plain, window, time.monotonic() - begun) if in_time else None

    def _realised(self, settled: Plan | None, first: int = 0) -> LotPlan | None:
        """What a settled plan makes from a bucket on, to begin with."""
        return None if settled is None else realised(settled, Timeline.of(self._plant), first)

    def _in_buckets(self, window: WindowSchedule, settled: Plan | None) -> None:
        """Plan the lots of a plant without a window: all time but what settling will take is theirs."""
        spent = _SETTLINGS * (self._best.seconds["settle"] + self._best.seconds["verify"])
        share = min(_BUCKETS_SHARE, 1 - spent / (self._settings.seconds * _TARGET))
        limits = self._limits(_BUCKETS_SHARE if self._settings.work is not None else max(share, _LOTS_SHARE))
        quick = self._settings.work is None and spent < _QUICK * self._settings.seconds
        told = partial(self._settle, window, phase="fix and optimize") if quick else None
        spare = self._realised(settled)
        lots = self._named(
            self._timed("plan", lambda: plan_lots(self._plant, limits, spare=spare, told=told))
        )
        if lots is not None:
            self._settle_ways(lots, lots.method, window)

    def _plain_shop(self, window: WindowSchedule, lots: LotPlan, seconds: float) -> None:
        """Search a shop with nothing to decide but its schedule; settling takes as long as before."""
        if self._bound and len(window.runs) > _LARGE_SHOP:
            self._bound.give_way()
        limits = replace(self._limits(1.0), deadline=self._limits(1.0).deadline - _SETTLE_ROOM * seconds)
        searched = self._timed("schedule", partial(schedule, self._plant, lots, limits, window))
        if searched is not window:
            plan = self._timed("settle", partial(settle_once, self._plant, searched, lots, self._provenance))
            self._judge(plan, "shop searched")

    def _shop(self, plain: LotPlan) -> None:
        """Schedule a shop exactly: its netted lots, and planned ones where those are not just more."""
        lots = self._timed("plan", lambda: plan_lots(self._plant, self._limits(_SHOP_LOTS_SHARE)))
        ways = [(plain, 1.0)]
        if lots is not None and _sizes(plain) - _sizes(lots):
            # However short the time, what the lots save is not left to the end of an exact search.
            window = self._timed("schedule", lambda: dispatch(self._plant, lots, self._limits(_SHOP_SHARE)))
            self._settle(window, lots, lots.method)
            ways = [(plain, _SHOP_SHARE), (lots, 1.0)]
        for way, share in ways:
            if self._out_of_time():
                return
            limits = self._limits(share)
            searched = self._timed("schedule", partial(schedule, self._plant, way, limits))
            self._settle(searched, way, "shop searched")

    def _carries(self, start: Start) -> bool:
        """Judge the plan to begin with: whether it holds today."""
        verdict = self._judge(replace(start.plan, provenance=self._provenance), CARRIED)
        self._best.carried = None if verdict.violations else verdict
        return self._best.carried is not None

    def _from_start(self, start: Start) -> bool:
        """Better the plan to begin with; False where nothing is left to be done.

        Lots, schedule and tail all see what changes cost: lots keep their names, sizes and places where
        that is cheaper. Only of a shop, whose lots are given, more is searched from scratch.
        """
        window = self._timed("schedule", lambda: self._searched(start.lots, _START_SEARCH_SHARE))
        settled = self._settle(window, start.lots, f"{CARRIED}, schedule searched")
        timeline = Timeline.of(self._plant)
        if is_plain_shop(self._plant, start.lots) or exact.applies(self._plant, start.lots, timeline):
            return not self._out_of_time()
        limits, begin = self._limits(_START_LOTS_SHARE), self._realised(settled or start.plan)
        found = self._timed("plan", lambda: plan_lots(self._plant, limits, spare=begin, rival=begin))
        if found is None or self._out_of_time():
            return False
        lots = kept_names(self._plant, found)
        window = self._timed("schedule", lambda: self._searched(lots, _START_AGAIN_SHARE))
        settled = self._settle(window, lots, f"{CARRIED}, planned anew")
        self._tail(window, lots, settled)
        return False

    def _searched(self, lots: LotPlan, share: float) -> WindowSchedule:
        """Search a schedule of the window; lots of yesterday's plan may stay where they are in it."""
        former = self._start.window if self._start is not None else None
        return schedule(self._plant, lots, self._limits(share), former=former)

    def _tail(self, window: WindowSchedule, lots: LotPlan, settled: Plan | None) -> None:
        """Plan the tail again with the window's schedule and purchases as facts, and settle it.

        Parameters
        ----------
        settled : Plan or None
            What the lots and the window came to: the plan to begin with.
        """
        if self._out_of_time():
            return
        timeline = Timeline.of(self._plant)
        kept = tuple(row for row in lots.purchases if row.arrives < timeline.window_end)
        begin = self._realised(settled, timeline.window_buckets)
        limits = self._limits(_TAIL_SHARE)
        tail = self._timed("plan", lambda: plan_lots(self._plant, limits, window, kept, start=begin))
        tail = self._named(tail, window)
        if tail is not None:
            self._settle_ways(tail, "tail replanned", replace(window, dropped=()))

    def _named(self, lots: LotPlan | None, window: WindowSchedule | None = None) -> LotPlan | None:
        """Name planned lots after the previous plan's lots that they resemble, a window's lots aside."""
        taken = {lot.lot for lot in window.lots} if window is not None else set()
        return None if lots is None else kept_names(self._plant, lots, taken)

    def _at_once(self, window: WindowSchedule, lots: LotPlan) -> bool:
        """Settle a first plan quickly, cut back to what storages hold; False where time is out."""
        left: dict[str, int] = {}
        for _ in range(_CUTS):
            settled = partial(settle_once, self._plant, window, lots, self._provenance, dict(left))
            plan = self._timed("settle", settled)
            verdict = self._judge(plan, f"{lots.method}, at once")
            if self._out_of_time():
                return False
            full = any(row.rule == "storage" for row in verdict.violations)
            if not full or not (less := overfull(self._plant, plan)):
                break
            left.update(less)
        return True

    def _settle(self, window: WindowSchedule, lots: LotPlan, phase: str) -> Plan | None:
        """Settle and judge; return the plan where it is verified."""
        plan = self._timed("settle", partial(settle, self._plant, window, lots, self._provenance))
        return None if self._judge(plan, phase).violations else plan

    def _settle_ways(
        self, lots: LotPlan, phase: str, window: WindowSchedule | None = None
    ) -> tuple[LotPlan, WindowSchedule, Plan | None]:
        """Settle both ways in which lots were made whole; return the better one with what it came to.

        Parameters
        ----------
        window : WindowSchedule, optional
            A schedule that stands; dispatched otherwise.
        """
        chosen: tuple[LotPlan, WindowSchedule, Plan | None] | None = None
        for way in (lots, lots.other):
            if way is None or (chosen and self._out_of_time()):
                continue
            limits = self._limits(_SEARCH_SHARE)
            here = window or self._timed("schedule", partial(dispatch, self._plant, way, limits))
            settled = self._settle(here, way, phase)
            if chosen is None or (settled is not None and settled is self._best.plan):
                chosen = way, here, settled
        assert chosen is not None
        return chosen

    def _judge(self, plan: Plan, phase: str) -> Verdict:
        """Verify a candidate and keep it where it is the best."""
        verdict = self._timed("verify", partial(check, self._plant, plan))
        self._best.offer(plan, verdict, phase)
        found = f"candidate {float(verdict.cost):,.2f}"
        self._say(phase, "rejected by the checker" if verdict.violations else found)
        return verdict

    def _limits(self, share: float) -> Limits:
        settings = self._settings
        if settings.work is not None:
            return Limits(math.inf, settings.seed, settings.workers, settings.work * share, self._is_over)
        deadline = self._began + settings.seconds * _TARGET * share
        return Limits(deadline, settings.seed, settings.workers, None, self._is_over)

    def _is_over(self) -> bool:
        """Whether somebody asked to stop, or the time is up and nothing more will be used."""
        return self._stop.is_set() or self._over.is_set()

    def _out_of_time(self) -> bool:
        if self._is_over():
            return True
        return self._settings.work is None and time.monotonic() - self._began > self._settings.seconds * 0.85

    def _say(self, phase: str, note: str = "") -> None:
        cost = self._best.verdict.cost if self._best.verdict else None
        known = self._bound.exchange(cost) if self._bound else None
        self._progress(
            Progress(phase, time.monotonic() - self._began, cost, known.bound if known else None, note)
        )

    def _outcome(self, bound: BoundResult | None) -> Outcome:
        with self._best.lock:
            plan, verdict = self._best.plan, self._best.verdict
        seconds = {**self._best.seconds, "total": time.monotonic() - self._began}
        carried = self._best.carried.cost if self._best.carried is not None else None
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if plan is None or verdict is None:
            status = "infeasible" if bound is not None and bound.infeasible else "no_plan"
            return Outcome(status, None, None, seconds, memory, self._best.rejected, self._failure, carried)
        certified = certificate(verdict, bound)
        plan_id = hashlib.sha256(plan.to_json()).hexdigest()[:12]
        provenance = replace(plan.provenance, plan_id=plan_id)
        plan = replace(plan, provenance=provenance, ledger=verdict.ledger, certificate=certified)
        closed = certified.gap is not None and certified.gap <= self._settings.gap
        status = "optimal" if closed else "feasible"
        return Outcome(status, plan, verdict, seconds, memory, self._best.rejected, self._failure, carried)


def _sizes(lots: LotPlan) -> Counter[tuple[str, str, int]]:
    """What is made in which lots, wherever they lie."""
    return Counter((wish.lot.item, wish.lot.version, wish.lot.quantity) for wish in lots.lots)
