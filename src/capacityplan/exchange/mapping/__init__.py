"""Reading any CSV exports as a plant, by mapping profiles (docs/importing.md)."""

from capacityplan.exchange.mapping.profile import profile_path
from capacityplan.exchange.mapping.run import import_tables
from capacityplan.exchange.mapping.values import Habit

__all__ = ["Habit", "import_tables", "profile_path"]
