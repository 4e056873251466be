"""The minute engine: exact search where it applies, else compiled local search over turns."""

from capacityplan.solve.minute import exact
from capacityplan.solve.minute.compiled import compiling
from capacityplan.solve.minute.engine import is_plain_shop, schedule
from capacityplan.solve.minute.warm import start as warm_up
from capacityplan.solve.minute.warm import stop as cool_down
from capacityplan.solve.minute.warm import wait as compiled_in_time

__all__ = ["compiled_in_time", "compiling", "cool_down", "exact", "is_plain_shop", "schedule", "warm_up"]
