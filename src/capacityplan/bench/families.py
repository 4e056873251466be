"""The registry of benchmark families, by hand: name to module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from capacityplan.bench import (
    fjsp,
    fjsp_sdst,
    flowshop_sdst,
    flowshop_tardiness,
    hfsp,
    jsp,
    lotsizing_psp,
    mlclsp,
    parallel_unrelated,
    plant,
    plant_lots,
    rcpsp,
    trigeiro,
    wt,
    wtsds,
)
from capacityplan.bench.case import Case


class Family(Protocol):
    """What a family's module has."""

    NAME: str

    def read(self, data: Path, names: Sequence[str]) -> Iterator[Case]:
        """Make a plant of each instance.

        Parameters
        ----------
        data : Path
            The family's folder, or one of its files; generated families do not look at it.
        names : sequence of str
            Instances wanted; empty: all.

        Raises
        ------
        DataError
            If a file is malformed or a name is unknown.
        """


_MODULES: tuple[Family, ...] = (
    fjsp,
    fjsp_sdst,
    flowshop_sdst,
    flowshop_tardiness,
    hfsp,
    jsp,
    lotsizing_psp,
    mlclsp,
    parallel_unrelated,
    plant,
    plant_lots,
    rcpsp,
    trigeiro,
    wt,
    wtsds,
)
FAMILIES = {module.NAME: module for module in _MODULES}
