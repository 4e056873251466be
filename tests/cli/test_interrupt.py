"""Ctrl-C ends a command with the code that shells give, not with that of a bug."""

import click
import pytest
from click.testing import CliRunner

from capacityplan.cli import main


def test_ctrl_c_is_not_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command("stress")
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.cli, "get_command", lambda ctx, name: interrupted)
    done = CliRunner().invoke(main.cli, ["stress"])
    assert done.exit_code == 130
    assert done.output == "Stopped.\n"
