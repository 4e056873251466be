"""Figures of the nightly runs for Prometheus, as a text file that is replaced in one step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from capacityplan.exchange.atomic import write_file
from capacityplan.nightly.store import RunRow

_GAUGES = (
    ("last_run_code", "Exit code of the last run", "code"),
    ("last_run_seconds", "Seconds the last run took", "seconds"),
    ("last_run_cost", "Cost of the plan of the last run", "cost"),
    ("last_run_changes", "Operations that the last run changed", "changes"),
    ("last_run_changes_frozen", "Those of them in the frozen zone", "changes_frozen"),
)


def metrics_text(plant: str, runs: list[RunRow], published: float | None) -> str:
    """Write the figures of a plant's runs, the latest run first.

    Parameters
    ----------
    published : float or None
        When the current plan was published (seconds since 1970).
    """
    label = '{plant="' + plant + '"}'
    lines = []
    for name, meaning, field in _GAUGES:
        value = getattr(runs[0], field) if runs else None
        if value is not None:
            lines += _gauge(f"capacityplan_{name}", meaning, label, value)
    ended = [row.ended for row in runs if row.ended]
    if ended:
        stamp = datetime.fromisoformat(ended[0]).timestamp()
        lines += _gauge("capacityplan_last_run_timestamp_seconds", "End of the last run", label, stamp)
    if published is not None:
        meaning = "When the current plan was published"
        lines += _gauge("capacityplan_plan_published_timestamp_seconds", meaning, label, published)
    failed = sum(row.code not in (0, None) for row in runs)
    lines += [
        "# HELP capacityplan_runs_total Runs by outcome",
        "# TYPE capacityplan_runs_total counter",
        f'capacityplan_runs_total{{plant="{plant}",outcome="failed"}} {failed}',
        f'capacityplan_runs_total{{plant="{plant}",outcome="published"}} '
        f"{sum(row.code == 0 for row in runs)}",
    ]
    return "\n".join(lines) + "\n"


def write_metrics(path: Path, text: str) -> None:
    """Replace the file.

    Raises
    ------
    OutputError
    """

    def fill(draft: Path) -> None:
        draft.write_text(text, encoding="utf-8")

    write_file(path, fill)


def _gauge(name: str, meaning: str, label: str, value: float) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name}{label} {value}"]
