"""Files in and out: instances as a folder, a workbook or JSON, and plans as JSON."""

from capacityplan.exchange.read import ReadResult, read, read_or_raise, read_plan
from capacityplan.exchange.write import write, write_plan

__all__ = ["ReadResult", "read", "read_or_raise", "read_plan", "write", "write_plan"]
