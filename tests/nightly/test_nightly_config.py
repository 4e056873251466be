"""What a night cannot do is told before it begins."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from nights import Site
from yard import yard

from capacityplan.cli.runs import runs
from capacityplan.errors import DataError, ExitCode
from capacityplan.nightly.config import read_config
from capacityplan.nightly.notes import begins_at_another_time, noted, notes_of, take_notes
from capacityplan.nightly.notify import text

HEAD = 'plant = "yard"\nfolder = "site"\ninput = { path = "inbox" }\n'


@pytest.mark.parametrize(
    ("exports", "column", "told"),
    [
        ('[[exports]]\nsystem = "sap"\n', "exports.0", "settings.plant: the other system needs this"),
        (
            '[[exports]]\nsystem = "sap"\nsettings = { plnt = "1000" }\n',
            "exports.0",
            "settings.plnt: the layout",
        ),
        (
            '[[exports]]\nsystem = "b2mml"\nsettings = { site = "1" }\n',
            "exports.0",
            "settings.site: the layout",
        ),
        ('[[exports]]\nsystem = "odo"\n', "exports.0", "no such system: odo; one of sap, odoo"),
        ('[[exports]]\nsystem = "tables"\n', "exports.0", "no such system: tables"),
        (
            '[[exports]]\nsystem = "odoo"\n[[exports]]\nsystem = "odoo"\n',
            "exports",
            "one export for each system",
        ),
    ],
)
def test_an_export_that_cannot_be_written_is_refused_first(
    exports: str, column: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "nightly.toml"
    file.write_text(HEAD + exports)
    with pytest.raises(DataError) as refused:
        read_config(file)
    (finding,) = refused.value.findings
    assert finding.column == column
    assert told in finding.message


def test_exports_whose_settings_are_stated_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "nightly.toml"
    file.write_text(
        HEAD + '[[exports]]\nsystem = "sap"\nsettings = { plant = "1000" }\n[[exports]]\nsystem = "ical"\n'
    )
    assert [export.system for export in read_config(file).exports] == ["sap", "ical"]


@pytest.mark.parametrize("plan", ["nope", "..", ".", "../input"])
def test_a_plan_that_was_never_published_is_a_usage_fault(plan: str, tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path, prepared)
    assert site.night() == 0
    done = CliRunner().invoke(runs, [str(site.file), "publish", plan, "--by", "ann", "--reason", "better"])
    assert done.exit_code == ExitCode.USAGE
    assert f"there is no published plan {plan}" in done.output


def test_a_message_counts_the_whole_change_list(tmp_path: Path, prepared: Path) -> None:
    plan = tmp_path / "prepared"
    shutil.copytree(prepared, plan)
    rows = [f"purchase,P{n},R,open,{n},0,a cheaper plan was found,1.00" for n in range(12)]
    (plan / "changes.csv").write_text("\n".join(["change,object", *rows]) + "\n")
    told = tmp_path / "told.json"
    channel = {"kind": "command", "run": ["tee", str(told)]}
    assert Site(tmp_path / "home", plan, notify=[channel]).night() == 0
    event = json.loads(told.read_text())
    assert (event["changes_count"], event["changes"]) == (12, rows[:10])
    # The prepared instance begins years ago: whoever copies yesterday's folder is told.
    assert event["notes_count"] == 1
    assert event["notes"][0].startswith("the instance starts at 2025-01-06T00:00:00, ")
    assert event["notes"][0].endswith(" hours before now")
    lines = text(event).splitlines()
    first = lines.index("12 changes, the first 10:")
    assert lines[first + 1 : first + 3] == ["change,object,item,zone,before,after,because,effect", rows[0]]
    assert "1 note:" in lines


def test_what_a_night_leaves_out_is_told(tmp_path: Path) -> None:
    take_notes(tmp_path, "run", noted("note: receipt of B: it is left out\nsaid otherwise\nnote: old\n"))
    take_notes(tmp_path, "run", ["old", "new"])
    assert notes_of(tmp_path) == ["receipt of B: it is left out", "old", "new"]


@pytest.mark.parametrize(
    ("hours", "told"), [(-30, "30 hours before now"), (49, "49 hours after now"), (5, "")]
)
def test_an_instance_that_does_not_begin_now_is_told(hours: int, told: str) -> None:
    now = datetime(2025, 1, 6) - timedelta(hours=hours)
    assert [line.partition(", ")[2] for line in begins_at_another_time(yard(), now)] == [told] * bool(told)
