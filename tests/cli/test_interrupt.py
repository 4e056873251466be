"""Ctrl-C ends a command with the code that shells give, not with that of a bug."""

import subprocess
import sys

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


def test_ctrl_c_while_python_loads_is_not_a_bug() -> None:
    # The first import of the command line is interrupted.
    script = """
import runpy, sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
runpy.run_module("capacityplan", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")
