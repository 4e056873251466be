"""The pages hold: links lead somewhere, commands and options exist, modules can be run."""

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from capacityplan.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CALL = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?capacityplan +(.*?)(?:\s+#.*)?$", re.MULTILINE)
MODULE = re.compile(r"python -m ((?:benchmarks|capacityplan)[\w.]*)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def calls(page: Path) -> Iterator[list[str]]:
    """Calls of the program in a page's blocks of code, in words."""
    for block in re.findall(
        r"^```[a-z]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        for call in CALL.findall(block.replace("\\\n", " ")):
            yield shlex.split(call, comments=True)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_and_options_exist(page: Path) -> None:
    context = click.Context(cli)
    for words in calls(page):
        if words[0].startswith("-"):
            continue
        assert words[0] in COMMANDS, words
        command = cli.get_command(context, words[0])
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.get_command(context, words[1]) or command
        assert command is not None
        known = {"--help", "-h"} | {
            name for row in command.params for name in (*row.opts, *row.secondary_opts)
        }
        used = {word.strip("[]").split("=")[0] for word in words if word.startswith(("--", "[--"))}
        assert used <= known, (words, used - known)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_modules_exist(page: Path) -> None:
    for name in MODULE.findall(page.read_text(encoding="utf-8")):
        path = ROOT / ("src" if name.startswith("capacityplan") else "") / name.rstrip(".").replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


def test_every_command_has_help() -> None:
    for name, (module, _) in COMMANDS.items():
        command = getattr(importlib.import_module(f"capacityplan.cli.{module}"), module)
        assert command.help, name
