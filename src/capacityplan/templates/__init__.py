"""Plants of our own: realistic, documented in docs/instances, with a seeded generator for any size."""

from __future__ import annotations

from collections.abc import Callable

from capacityplan.domain.plant import Plant
from capacityplan.templates import dairy, fitband, tablets

_BUILDERS: dict[str, Callable[[float, int], Plant]] = {
    fitband.NAME: fitband.build,
    dairy.NAME: dairy.build,
    tablets.NAME: tablets.build,
}
NAMES = tuple(_BUILDERS)


def build(name: str, size: float = 1.0, seed: int = 0) -> Plant:
    """Build one of our own plants.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    size : float
        1 is the committed instance, 0.1 a tiny plant, 10 a large one; lines, labs, staff and
        items grow in proportion.
    seed : int
        Equal name, size and seed give equal plants.

    Returns
    -------
    Plant

    Raises
    ------
    KeyError
        If there is no plant of that name.
    """
    return _BUILDERS[name](size, seed)
