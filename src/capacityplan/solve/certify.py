"""The bound computed beside the search, in a process of its own, and the certificate made of it."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import BinaryIO

from capacityplan.domain.plan import Certificate
from capacityplan.domain.plant import Plant
from capacityplan.solve.bound import BoundResult, certify
from capacityplan.solve.children import end_with_parent
from capacityplan.verify import Verdict
from capacityplan.verify.certificate import controllable, gap

_POLL_SECONDS = 0.05
_GRACE_SECONDS = 2.0
_LOW, _LOWEST = 5, 19
"""Priorities beside a search on all cores: while rounds of cuts prove much more, and from then on."""
_LITTLE = 1e-3
"""Share of the bound that is little for a round."""
_CHILD = "from capacityplan.solve.certify import child; child()"


class BoundProcess:
    """Runs `certify` in a child process, so that search and bound use one core each.

    A plain child with this module as its program: it does not import the caller's script, as
    spawned workers do, and ends with nothing but its result missing if it fails.

    Parameters
    ----------
    plant : Plant
    seconds : float
        What the bound may take from now.
    search : bool
        Whether to branch after the linear relaxation (its result depends on the clock).
    """

    def __init__(self, plant: Plant, seconds: float, *, search: bool) -> None:
        self._result: BoundResult | None = None
        self._beside, self._priority = False, _LOW
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._told: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._told.put((plant.to_json(), seconds, search))
        threading.Thread(target=self._write, args=(self._process.stdin,), daemon=True).start()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def exchange(self, cost: Fraction | None) -> BoundResult | None:
        """Say what the best plan costs by now; return the best result received so far, without waiting."""
        if cost is not None:
            self._told.put(cost)
        return self._result

    def give_way(self) -> None:
        """Go on beside a search on all cores: with less than it has, and with what it leaves over at last."""
        self._beside = True
        self._set_priority()

    def _set_priority(self) -> None:
        if self._beside and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, self._priority)

    def wait(self, deadline: float, stop: Callable[[], bool] = lambda: False) -> BoundResult | None:
        """Wait for the child to finish, at most until a monotonic deadline or a stop.

        Returns
        -------
        BoundResult or None
            The best result of the child.
        """
        while self._process.poll() is None and time.monotonic() < deadline and not stop():
            time.sleep(_POLL_SECONDS)
        return self.close()

    def close(self) -> BoundResult | None:
        """End the child and return the best result received."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._told.put(None)
        self._reader.join(_GRACE_SECONDS)
        return self._result

    def _write(self, stream: BinaryIO) -> None:
        """Hand on what the child is told: the pipe may be full until it reads."""
        try:
            with stream:
                while (message := self._told.get()) is not None:
                    pickle.dump(message, stream)
                    stream.flush()
        except BrokenPipeError:
            return

    def _read(self, stream: BinaryIO) -> None:
        """Keep the child's latest result; what a killed child began to write is no result."""
        with stream:
            while True:
                try:
                    self._note(pickle.load(stream))
                except (EOFError, pickle.UnpicklingError):
                    return

    def _note(self, result: BoundResult) -> None:
        """Keep a result; once a round proves little more than the last one, leave the cores to the search."""
        before, self._result = self._result, result
        if before is None or not before.parts or before.bound is None or result.bound is None:
            return
        if result.bound - before.bound < abs(before.bound) * Fraction(_LITTLE):
            self._priority = _LOWEST
            self._set_priority()


def child() -> None:
    """Compute the bound of the task on standard input; write each better result to standard output."""
    end_with_parent()
    # Not the buffer of sys.stdin: the interpreter's end would wait for the thread that reads from it.
    given = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    plant_json, seconds, search = pickle.load(given)
    known: list[Fraction] = []
    threading.Thread(target=_listen, args=(given, known), daemon=True).start()
    plant = Plant.from_json(plant_json)
    _send(certify(plant, seconds, search=search, ceiling=lambda: known[-1] if known else None, report=_send))


def _listen(given: BinaryIO, known: list[Fraction]) -> None:
    """Hear of cheaper plans."""
    while True:
        try:
            known.append(pickle.load(given))
        except (EOFError, pickle.UnpicklingError):
            return


def _send(result: BoundResult) -> None:
    pickle.dump(result, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def certificate(verdict: Verdict, bound: BoundResult | None) -> Certificate:
    """Put the checker's verdict and the bound together (design 1: both gaps)."""
    cost = verdict.cost
    if bound is None:
        return Certificate(not verdict.violations, len(verdict.violations), cost)
    by_category: dict[str, Fraction] = {}
    for row in verdict.ledger:
        by_category[row.category] = by_category.get(row.category, Fraction(0)) + row.amount
    parts = dict(bound.parts)
    value = bound.bound if bound.bound is not None else bound.bound_certified
    return Certificate(
        verified=not verdict.violations,
        violations=len(verdict.violations),
        cost=cost,
        bound=value,
        bound_certified=bound.bound_certified,
        bound_method=bound.method,
        unavoidable=bound.unavoidable,
        gap=gap(cost, value),
        gap_controllable=controllable(cost, value, bound.unavoidable),
        parts=tuple(
            (name, by_category.get(name, Fraction(0)), parts.get(name))
            for name in sorted({*by_category, *parts})
        ),
        multipliers=bound.multipliers,
    )
