"""The bound computed beside the search, in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection

from capacityplan.domain.plant import Plant
from capacityplan.solve.bound import BoundResult, certify

_GRACE_SECONDS = 2.0


class BoundProcess:
    """Runs `certify` in a child process, so that search and bound use one core each.

    Parameters
    ----------
    plant : Plant
    seconds : float
        What the bound may take from now.
    search : bool
        Whether to branch after the linear relaxation (its result depends on the clock).
    """

    def __init__(self, plant: Plant, seconds: float, *, search: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(sender, plant.to_json(), seconds, search), daemon=True
        )
        self._process.start()
        sender.close()
        self._result: BoundResult | None = None

    def poll(self) -> BoundResult | None:
        """Return the best result received so far, without waiting."""
        try:
            while self._receiver.poll():
                self._result = self._receiver.recv()
        except EOFError:
            pass
        return self._result

    def wait(self, deadline: float) -> BoundResult | None:
        """Wait for the child to finish, at most until a monotonic deadline; return its best result."""
        while self._process.is_alive() and time.monotonic() < deadline:
            self.poll()
            self._process.join(0.05)
        return self.close()

    def close(self) -> BoundResult | None:
        """End the child and return the best result received."""
        result = self.poll()
        if self._process.is_alive():
            self._process.kill()
        self._process.join(_GRACE_SECONDS)
        return result


def _work(sender: Connection, plant_json: bytes, seconds: float, search: bool) -> None:
    plant = Plant.from_json(plant_json)
    first = certify(plant, seconds, search=False)
    sender.send(first)
    left = seconds - first.seconds
    if search and left > 1:
        sender.send(certify(plant, left, search=True, known=first))
    sender.close()
