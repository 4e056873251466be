"""What every child process of a solve does."""

from __future__ import annotations

import os
import threading
import time

_WATCH_SECONDS = 0.5


def end_with_parent() -> None:
    """End this process when its parent has: a parent that was killed cannot end its child."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
