"""The command line. Commands are imported only when they are called, so that help is instant."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from capacityplan import __version__
from capacityplan.__main__ import INTERRUPTED
from capacityplan.errors import CapacityPlanError, DataError, VerificationError

COMMANDS = {
    "new": ("new", "Make a runnable instance to start from."),
    "validate": ("validate", "Check an instance and show every finding."),
    "demand": ("demand", "Review demand: consensus, accuracy of streams, baseline."),
    "solve": ("solve", "Plan a plant at the lowest cost, verified and certified."),
    "check": ("check", "Verify a plan independently against its plant."),
    "hedge": ("hedge", "Choose the plan with the lowest expected cost over many futures."),
    "stress": ("stress", "Replay a plan in thousands of sampled futures."),
    "show": ("show", "Print tables of a plan."),
    "report": ("report", "Write a plan's report as HTML or Excel workbook."),
    "variance": ("variance", "Compare plan, budget and what really happened."),
    "close": ("close", "Close a period: keep its key figures, targets and variances."),
    "cycles": ("cycles", "Show closed periods: key figures, targets, better or worse."),
    "explain": ("explain", "Tell why: an order, item, launch, resource, lot, purchase of a plan."),
    "causes": ("causes", "Rank the causes of late and lost demand over many plans."),
    "compare": ("compare", "Compare two plans: what differs, and why."),
    "whatif": ("whatif", "Solve scenarios side by side."),
    "capacity": ("capacity", "Rough-cut capacity: bottlenecks, and the cheapest extra hours."),
    "prices": ("prices", "What an hour, a place, a unit or a day is worth."),
    "conflict": ("conflict", "Name the rows that leave no plan, and the ways out."),
    "promise": ("promise", "Promise a new order on a plan: earliest date and price."),
    "promote": ("promote", "The largest uplift of a promotion that a plan can serve."),
    "bench": ("bench", "Plan public benchmark instances and compare."),
    "nightly": ("nightly", "Run the night unattended: import, replan, verify, publish, notify."),
    "runs": ("runs", "Look at, publish and tidy up nightly runs."),
    "fleet": ("fleet", "Run the nights of several plants."),
    "advance": ("advance", "Move an instance to a later moment, with what really happened."),
    "learn": ("learn", "Propose parameter changes from actuals; accept or refuse them."),
    "import": ("import_", "Turn another system's export into an instance."),
    "export": ("export", "Write a plan as another system's import files."),
}
"""Command name to (module in capacityplan.cli, short help)."""
_SHOWN = 50


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"capacityplan.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, COMMANDS[name][0])
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="capacityplan")
def cli() -> None:
    """Production schedules from sales projections, each with a certificate.

    Exit codes: 0 verified plan, 1 bug, 2 usage, 3 data, 4 proven infeasible, 5 no plan in time,
    6 verification failed, 7 store busy, 8 input or output failed.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of what happened."""
    try:
        cli.main(args=arguments, prog_name="capacityplan", standalone_mode=True)
    except DataError as error:
        errors = [row for row in error.findings if row.severity == "error"]
        _tell(f"{len(errors)} finding(s) in the input; nothing was written.", errors)
        sys.exit(error.exit_code)
    except VerificationError as error:
        _tell(f"{len(error.violations)} rule violation(s).", error.violations)
        if error.note:
            click.echo(f"note: {error.note}", err=True)
        sys.exit(error.exit_code)
    except CapacityPlanError as error:
        _tell(str(error), ())
        sys.exit(error.exit_code)


def _tell(headline: str, rows: Any) -> None:
    for row in rows[:_SHOWN]:
        click.echo(row.text(), err=True)
    if len(rows) > _SHOWN:
        click.echo(f"... and {len(rows) - _SHOWN} more", err=True)
    click.echo(headline, err=True)
