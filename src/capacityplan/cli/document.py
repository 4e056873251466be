"""The page docs/command_line.md, made from the commands' own help.

Run ``python -m capacityplan.cli.document > docs/command_line.md`` after a change.
"""

from __future__ import annotations

import sys

import click

from capacityplan.cli.main import COMMANDS, cli

_CODES = (
    "0 verified plan, 1 bug, 2 usage, 3 data, 4 proven infeasible, 5 no plan in time, 6 verification failed, "
    "7 store busy, 8 input or output failed"
)
_WIDTH = 78


def command_line() -> str:
    """Write the page that shows every command's help."""
    parts = [f"# Command line\n\nExit codes: {_CODES}.\n"]
    top = click.Context(
        cli, info_name="capacityplan", terminal_width=_WIDTH, help_option_names=["-h", "--help"]
    )
    parts += _section(cli, top)
    for name in COMMANDS:
        command = cli.get_command(top, name)
        assert command is not None, "every name in COMMANDS has its command"
        parts += _section(command, click.Context(command, top, name))
    parts.append("Profiles, dialects and the report of `import`: [importing](importing.md).\n")
    return "\n".join(parts)


def _section(command: click.Command, context: click.Context) -> list[str]:
    parts = [f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group) and context.parent is not None:
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, "a group lists its own commands"
            parts += _section(inner, click.Context(inner, context, name))
    return parts


if __name__ == "__main__":
    sys.stdout.write(command_line())
