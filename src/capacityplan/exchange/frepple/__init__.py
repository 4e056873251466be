"""Reading the tables of a frePPLe model as a plant (docs/importing.md)."""

from capacityplan.exchange.frepple.build import import_frepple

__all__ = ["import_frepple"]
