"""Replay: runs that were planned already are placed again where they were, or as soon after as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Operation, Receipt
from capacityplan.prepare.overlap import Stream
from capacityplan.solve.dispatch.dispatch import Dispatcher, Turn
from capacityplan.solve.dispatch.floor import Subjects
from capacityplan.solve.dispatch.ground import Ground, used_overtime
from capacityplan.solve.types import WindowSchedule
from capacityplan.units import floor_product

_RECOUNTS = 6


@dataclass(slots=True)
class Journey:
    """A lot under way through operations that were planned already.

    Attributes
    ----------
    turn : Turn
        How the lot is placed as a whole where it cannot keep its runs.
    starts, resources : tuple
        Planned start and resource of each operation that is left.
    """

    turn: Turn
    routing: tuple[Operation, ...]
    starts: tuple[int, ...]
    resources: tuple[str, ...]
    receipt: Receipt | None = None
    quantity: int = 0
    ready: int = 0
    latest: int | None = None
    stream: Stream | None = None
    step: int = field(default=0)

    @property
    def lot(self) -> Lot:
        """The lot."""
        return self.turn.wish.lot

    def restart(self) -> None:
        """Go back to the first operation."""
        self.quantity, self.ready, self.latest, self.step = self.lot.quantity, 0, None, 0
        self.stream = None


def replayed(ground: Ground, journeys: Sequence[Journey], turns: Sequence[Turn]) -> WindowSchedule:
    """Place planned operations in the order of their planned starts, none earlier than planned.

    A lot that cannot keep its resources or its longest waits is placed as a whole after the others.

    Parameters
    ----------
    ground : Ground
    journeys : sequence of Journey
        Orders in progress and lots with planned runs.
    turns : sequence of Turn
        Lots without planned runs, placed last.

    Returns
    -------
    WindowSchedule
        In it ``dropped`` are lots that found no place in the window.
    """
    subjects: Subjects = {}
    failed: set[str] = set()
    for _ in range(_RECOUNTS + len(journeys)):
        replayer = _Replayer(ground, subjects)
        failing = replayer.replay([one for one in journeys if one.lot.lot not in failed])
        if failing is not None:
            failed.add(failing)
            continue
        late = [one.turn for one in journeys if one.lot.lot in failed]
        window = replayer.finish(late, turns)
        subjects, same = replayer.recount()
        if same:
            break
    return window


class _Replayer(Dispatcher):
    def __init__(self, ground: Ground, subjects: Subjects) -> None:
        super().__init__(ground, subjects)
        self._placed: list[Lot] = []

    def replay(self, journeys: Sequence[Journey]) -> str | None:
        """Place all operations; the name of the first lot that cannot be placed."""
        self._supplies()
        steps = []
        for number, journey in enumerate(journeys):
            journey.restart()
            planned = 0
            for step, start in enumerate(journey.starts):
                planned = max(planned, start)
                steps.append((planned, journey.receipt is None, number, step))
        for _, _, number, _ in sorted(steps):
            self._undo = []
            if not self._move(journeys[number]):
                return journeys[number].lot.lot
        self._placed = [journey.lot for journey in journeys]
        return None

    def finish(self, late: Sequence[Turn], turns: Sequence[Turn]) -> WindowSchedule:
        """Place the other lots as a whole, and put everything together."""
        dropped = []
        for turn in (*late, *turns):
            lot = self._placed_lot(turn)
            if lot is not None:
                self._placed.append(lot)
            else:
                dropped.append(turn.wish)
        return WindowSchedule(
            tuple(self._placed), tuple(self._runs), tuple(self._inspections),
            used_overtime(self._opened, self._runs), self._maintenance, tuple(dropped),
        )  # fmt: skip

    def _move(self, journey: Journey) -> bool:
        """Place the next operation of a lot, not before its planned start."""
        lot, operation, number = journey.lot, journey.routing[journey.step], journey.step
        since = self._lookup.made_from(lot.item, lot.version)
        receipt = journey.receipt
        current = receipt if number == 0 else None
        floor = 0 if receipt is not None else max(since or 0, self._plant.fences.frozen_hours * 60)
        planned = journey.starts[number]
        if journey.latest is not None:
            planned = min(planned, journey.latest)
        first = number == 0 and receipt is None
        self._before = self._timeline.window_end if first else self._minutes
        slots = self._step(
            lot, operation, journey.quantity, max(journey.ready, planned), floor,
            current, journey.resources[number], journey.stream,
        )  # fmt: skip
        if not slots:
            return False
        start, end = min(slot.start for slot in slots), max(slot.end for slot in slots)
        late = journey.latest is not None and start > journey.latest
        if late or (first and not self._may_start(lot, start, slots)):
            return False
        journey.stream = stream = self._stream(operation, journey.quantity, current, slots)
        good = floor_product(journey.quantity, operation.yield_fraction)
        after = self._in_process(lot, operation, good, end)
        if after is None:
            return False
        released, journey.quantity = after
        wait = operation.max_wait_minutes
        journey.latest = None if wait is None or released != end else end + wait
        journey.ready = released + operation.min_wait_minutes if stream is None else stream.first
        journey.step += 1
        self._before = self._minutes
        return journey.step < len(journey.routing) or self._complete(lot, journey.quantity, end)
