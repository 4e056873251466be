"""Net-change import: some tables of an instance replaced by CSV files."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.exchange import read_or_raise, write
from capacityplan.exchange.files_csv import HEAD_FILE


def merged(plant: Plant, tables: Path) -> Plant:
    """Return a plant in which the CSV tables of a folder replace its own.

    Parameters
    ----------
    plant : Plant
    tables : Path
        Folder with files of the instance format (``orders.csv``, ``actuals.csv``, ...).

    Raises
    ------
    DataError
        With everything that is wrong in them, or does not fit the rest.
    """
    with tempfile.TemporaryDirectory(prefix="capacityplan-") as place:
        folder = Path(place) / "instance"
        write(plant, folder)
        # A table under another name is found out by reading; a head would move the plant in time.
        for file in sorted(tables.iterdir()):
            if file.is_file() and file.name != HEAD_FILE and not file.name.startswith("."):
                shutil.copyfile(file, folder / file.name)
        return read_or_raise(folder)
