"""Ends a thread whose result nobody will use, but never inside the compiler."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

from capacityplan.solve.minute import compiling

_POLL_SECONDS = 0.05


class Abandoned(SystemExit):
    """Raised in the search's thread when nothing it could still find will be used."""


class Worker(threading.Thread):
    """A thread that can be abandoned.

    Parameters
    ----------
    search : callable
        Leaves no exception to its caller but `Abandoned`.
    """

    def __init__(self, search: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._search = search
        self._ending = threading.Lock()
        self._ended = False

    def run(self) -> None:
        """Search until the end or until abandoned."""
        try:
            self._search()
            with self._ending:
                # What would be raised from here on, nobody would take.
                self._ended = True
        except Abandoned:
            return

    def abandon(self, grace: float) -> None:
        """End the search: while it lived it would take half of what writing the plan needs.

        Parameters
        ----------
        grace : float
            Seconds that it has to end by itself.
        """
        self.join(grace)
        if not self.is_alive():
            return
        # The compiler tells nobody what is raised in it, but prints it.
        with compiling:
            with self._ending:
                if not self._ended:
                    thread, reason = ctypes.c_ulong(self.ident or 0), ctypes.py_object(Abandoned)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, reason)
            self.join(_POLL_SECONDS)
