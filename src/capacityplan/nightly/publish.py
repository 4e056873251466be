"""Publishing: a plan's folder is there in whole or not at all, and so is the word which one counts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from capacityplan.errors import OutputError
from capacityplan.nightly.crash import crash_point

MANIFEST = "manifest.json"
CURRENT = "current"
PLANS = "plans"


def publish(staged: Path, folder: Path, name: str) -> Path:
    """Publish a complete stage: manifest with hashes, everything on disk, rename, pointer swap.

    Every part may be done already: a publication that was cut short is finished.

    Parameters
    ----------
    staged : Path
        On the same file system as ``folder``.
    folder : Path
        Of the plant: gets ``plans/<name>/`` and the link ``current``.

    Raises
    ------
    OutputError
        If the disk is full or the folder is read-only; what was published stays.
    """
    target = folder / PLANS / name
    try:
        if not target.is_dir():
            _write_manifest(staged)
            crash_point("publish:manifest")
            for path in sorted(staged.rglob("*")):
                _sync(path)
            _sync(staged)
            target.parent.mkdir(parents=True, exist_ok=True)
            crash_point("publish:synced")
            staged.rename(target)
            _sync(target.parent)
        crash_point("publish:renamed")
        point(folder, name)
        crash_point("publish:swapped")
    except OSError as error:
        raise OutputError(f"{error.filename or target}: cannot be published ({error.strerror})") from error
    return target


def point(folder: Path, name: str) -> None:
    """Let ``current`` name a published plan, in one step.

    Raises
    ------
    OutputError
        If it is not published, or not what was published.
    """
    faults = damaged(folder / PLANS / name)
    if faults:
        raise OutputError(f"plan {name} cannot be current: {faults[0]}")
    try:
        link = folder / f".{CURRENT}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(PLANS) / name)
        link.replace(folder / CURRENT)
        _sync(folder)
    except OSError as error:
        raise OutputError(f"{folder / CURRENT}: cannot be written ({error.strerror})") from error


def current(folder: Path) -> Path | None:
    """Return the folder of the published plan."""
    link = folder / CURRENT
    return link.resolve() if link.is_dir() else None


def damaged(published: Path) -> list[str]:
    """Say what of a published folder is not as its manifest says; empty if all is."""
    try:
        told = json.loads((published / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        return [f"{published.name}: the manifest cannot be read ({error})"]
    faults = [f"{name} is missing" for name in told if not (published / name).is_file()]
    faults += [
        f"{name} is not what was published"
        for name, digest in told.items()
        if (published / name).is_file() and _digest(published / name) != digest
    ]
    return faults


def prune(folder: Path, plans: int, runs: int, inputs: int) -> list[str]:
    """Delete the oldest plans and working folders beyond what is kept; the current plan stays."""
    gone: list[Path] = []
    now = current(folder)
    published = sorted((path for path in _children(folder / PLANS) if path != now), reverse=True)
    gone += published[max(plans - (now is not None), 0) :]
    worked = sorted(_children(folder / "runs"), reverse=True)
    gone += worked[runs:]
    gone += [path / "input" for path in worked[inputs:runs] if (path / "input").exists()]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return [str(path.relative_to(folder)) for path in gone]


def _children(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _write_manifest(staged: Path) -> None:
    files = {
        str(path.relative_to(staged)): _digest(path)
        for path in sorted(staged.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    text = json.dumps({"files": files}, indent=1) + "\n"
    draft = staged / f".{MANIFEST}"
    draft.write_text(text, encoding="utf-8")
    draft.replace(staged / MANIFEST)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
