"""Compiling to machine code, kept on disk between runs where a folder for it can be written."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def _folder() -> str:
    """Cache folder of these very sources: a changed helper never meets an old compiled caller."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for root in (home, tempfile.gettempdir()):
        folder = Path(root) / "capacityplan" / f"compiled-{digest}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return ""


_FOLDER = _folder()
_CONFIG: Any = numba.config


def compiled(function: _F) -> _F:
    """Compile a function on its first call; it runs without the interpreter's lock."""
    if not _FOLDER:
        return cast(_F, numba.njit(nogil=True)(function))
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = _FOLDER
    try:
        return cast(_F, numba.njit(cache=True, nogil=True)(function))
    finally:
        _CONFIG.CACHE_DIR = before
