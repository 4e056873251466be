"""Tables, charts and files of a plan."""

from capacityplan.report.outputs import write_outputs, write_report

__all__ = ["write_outputs", "write_report"]
