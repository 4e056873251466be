"""Net-change import: some tables of an instance replaced by CSV files."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.exchange import read_or_raise, write
from capacityplan.exchange.tables import BY_NAME


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
        for file in sorted(tables.glob("*.csv")):
            if file.stem in BY_NAME:
                shutil.copyfile(file, folder / file.name)
        return read_or_raise(folder)
