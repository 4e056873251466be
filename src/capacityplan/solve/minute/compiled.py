"""Compiling to machine code, kept on disk between runs where a folder for it can be written."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def _folder() -> str:
    """Cache folder of these very files: a changed helper never meets an old compiled caller.

    The compiler knows a source by its path and time too: without them, what another installation of
    the same sources has compiled would count as compiled here.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(f"{path}\0{path.stat().st_mtime_ns}\0".encode() + path.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for root in (home, tempfile.gettempdir()):
        folder = Path(root) / "capacityplan" / f"compiled-{digest.hexdigest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return ""


_FOLDER = _folder()
_CONFIG: Any = numba.config
_TUPLE: Any = numba.types.UniTuple
_PAIR: Any = numba.types.Tuple
_INTS = numba.int64[::1]
_FLOATS = numba.float64[::1]
_TYPES = {
    "Ints": _INTS,
    "Floats": _FLOATS,
    "Shorts": numba.int32[::1],
    "int": numba.int64,
    "float": numba.float64,
    "bool": numba.boolean,
    "None": numba.void,
    "Slot": _TUPLE(numba.int64, 3),
    "Passing": _TUPLE(numba.int64, 4),
    "tuple[int, int, int]": _TUPLE(numba.int64, 3),
    "tuple[int, int]": _TUPLE(numba.int64, 2),
    "tuple[float, float]": _TUPLE(numba.float64, 2),
    "tuple[int, float]": _PAIR((numba.int64, numba.float64)),
    "tuple[int, int, Slot]": _PAIR((numba.int64, numba.int64, _TUPLE(numba.int64, 3))),
}
compiling = threading.Lock()
"""Held while functions are compiled or fetched: one thread at a time, and none is stopped in it."""
_waiting: dict[str, list[tuple[Any, Any]]] = {}
"""Functions that are not compiled yet by package, callees before callers."""


def compiled(function: _F) -> _F:
    """Have `ready` compile a function for the types it is annotated with; it runs without the lock.

    One signature each, said beforehand: left to itself the compiler makes several of every function,
    one for each constant that is passed.
    """
    types = {name: _TYPES[kind] for name, kind in function.__annotations__.items()}
    signature = types.pop("return")(*types.values())
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = _FOLDER
    try:
        made = numba.njit(cache=bool(_FOLDER), nogil=True)(function)
    finally:
        _CONFIG.CACHE_DIR = before
    _waiting.setdefault(_package(function.__module__), []).append((made, signature))
    return cast(_F, made)


def ready(module: str) -> None:
    """Compile what a module's package has not compiled yet, or fetch it from the folder of an earlier run."""
    waiting = _waiting.get(_package(module), [])
    while waiting:
        with compiling:
            if waiting:
                function, signature = waiting[0]
                function.compile(signature)
                waiting.pop(0)
                function.disable_compile()
    if _FOLDER:
        _mark(module).touch()


def is_kept(module: str) -> bool:
    """Whether a module's package is compiled, or cannot be kept on disk anyway."""
    return not _FOLDER or _waiting.get(_package(module)) == [] or _mark(module).exists()


def _mark(module: str) -> Path:
    return Path(_FOLDER) / f"{_package(module)}.complete"


def _package(module: str) -> str:
    return module.rpartition(".")[0]
