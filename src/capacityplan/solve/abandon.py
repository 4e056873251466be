"""Ends a thread whose result nobody will use, but never inside the compiler."""

from __future__ import annotations

import ctypes
import threading

from capacityplan.solve.minute import compiling

_POLL_SECONDS = 0.05


class Abandoned(SystemExit):
    """Raised in the search's thread when nothing it could still find will be used."""


def end(worker: threading.Thread, grace: float) -> None:
    """End the search's thread: while it lived it would take half of what writing the plan needs.

    Parameters
    ----------
    worker : threading.Thread
        One that takes `Abandoned` for its end.
    grace : float
        Seconds that it has to end by itself.
    """
    worker.join(grace)
    if not worker.is_alive():
        return
    # The compiler tells nobody what is raised in it, but prints it.
    with compiling:
        thread, reason = ctypes.c_ulong(worker.ident or 0), ctypes.py_object(Abandoned)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, reason)
        worker.join(_POLL_SECONDS)
