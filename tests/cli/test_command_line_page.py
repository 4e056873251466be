"""The page of commands says what the commands say."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "command_line.md"


def test_the_page_is_the_commands_own_help() -> None:
    # In a process of its own: a command that was called by itself before remembers its help options.
    command = [sys.executable, "-m", "capacityplan.cli.document"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    written = PAGE.read_text(encoding="utf-8")
    assert written == done.stdout, "run python -m capacityplan.cli.document > docs/command_line.md"
