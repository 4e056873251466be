"""How child processes of a solve begin and end."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO

_WATCH_SECONDS = 0.5


def begin(program: str, task: object, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a child of this Python with a pickled task on its standard input.

    Parameters
    ----------
    program : str
        Source of what it runs.
    task : object
    output : file or subprocess.PIPE
        Its standard output.
    """
    with tempfile.TemporaryFile() as given:
        pickle.dump(task, given)
        given.seek(0)
        return subprocess.Popen(
            [sys.executable, "-c", program], stdin=given, stdout=output, start_new_session=True
        )


def end_with_parent() -> None:
    """End this process when its parent has: a parent that was killed cannot end its child."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
