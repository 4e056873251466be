"""The page of commands says what the commands say."""

from pathlib import Path

from capacityplan.cli.document import command_line

PAGE = Path(__file__).parents[2] / "docs" / "command_line.md"


def test_the_page_is_the_commands_own_help() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == command_line(), "run python -m capacityplan.cli.document > docs/command_line.md"
