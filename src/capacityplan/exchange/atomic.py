"""Files that are there in whole or not at all: written beside their place, synced, then renamed; and logs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from capacityplan.errors import OutputError

_MARK = ".writing-"
"""In the name of whatever is not whole yet: what a killed process leaves is told by it."""


def write_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Write a file through a temporary sibling.

    Parameters
    ----------
    fill : callable
        Writes the content into the path it is given.

    Raises
    ------
    OutputError
        If the file could not be written; what stood there before is left as it was.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}{_MARK}", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        fill(temporary)
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Add lines to a log; they are on the disk when this returns.

    Raises
    ------
    OutputError
        If they could not be written.
    """
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("".join(f"{line}\n" for line in lines))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def write_folder(folder: Path, fill: Callable[[Path], None], ours: Callable[[str], bool]) -> None:
    """Write a folder through a temporary sibling; a former one of ours is replaced.

    Parameters
    ----------
    ours : callable
        Whether a file of this name may be replaced; a folder with other files is left alone.

    Raises
    ------
    OutputError
    """
    temporary = None
    try:
        _refuse_foreign(folder, ours)
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_MARK}", dir=folder.parent))
        temporary.chmod(0o777 & ~_umask())
        fill(temporary)
        for file in temporary.iterdir():
            _sync(file)
        _sync(temporary)
        _swap(temporary, folder)
        _sync(folder.parent)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def sweep(folder: Path, name: str | None = None) -> list[str]:
    """Delete what interrupted writes left behind; only while nobody else writes there.

    Parameters
    ----------
    name : str, optional
        Of a file of this folder: only what was to become it. Default: everything in the folder and below.

    Returns
    -------
    list of str
        What is gone, relative to the folder.

    Raises
    ------
    OutputError
        If something cannot be deleted.
    """
    gone = []
    try:
        found = folder.rglob(f".*{_MARK}*") if name is None else folder.glob(f".{name}{_MARK}*")
        for path in sorted(found, reverse=True):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            gone.append(str(path.relative_to(folder)))
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be deleted ({error.strerror})") from error
    return gone[::-1]


def _refuse_foreign(folder: Path, ours: Callable[[str], bool]) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder}: is not a folder")
    if folder.is_dir():
        foreign = sorted(file.name for file in folder.iterdir() if not (ours(file.name) and file.is_file()))
        if foreign:
            raise OutputError(
                f"{folder}: holds other files ({', '.join(foreign[:3])}); choose another folder"
            )


def _swap(temporary: Path, folder: Path) -> None:
    if not folder.exists():
        temporary.rename(folder)
        return
    # A folder cannot be replaced in one step: the former one steps aside and comes back on failure.
    former = Path(tempfile.mkdtemp(prefix=f".{folder.name}.former.", dir=folder.parent))
    folder.rename(former / folder.name)
    try:
        temporary.rename(folder)
    except OSError:
        (former / folder.name).rename(folder)
        raise
    finally:
        if folder.exists():
            shutil.rmtree(former, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync(path: Path) -> None:
    """Force a file or a folder's names to the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
