"""The web page: one file, no network, no foreign script, small and fast."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from report_plants import HOSTILE, build, renamed

from capacityplan.report.facts import Facts
from capacityplan.report.page import inline_json, page
from capacityplan.report.tables import contents

MEGABYTE = 1_000_000


def _page(lots: int, lines: int, items: int) -> bytes:
    return page(contents(Facts(*build(lots, lines, items))))


def _browse(file: Path, folder: Path, *flags: str) -> str:
    """Open a page in Chromium and return the document once it is loaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium is not None, "these tests need Chromium on the PATH (apt-get install chromium)"
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         f"--user-data-dir={folder / 'profile'}", *flags, "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


LATER = "--virtual-time-budget=10000"
"""Lets the page's timers run out before the document is taken; its clock is not real then."""


def _root(document: str) -> dict[str, str]:
    """Attributes of the document element."""
    tag = re.search(r"<html\b[^>]*>", document)
    assert tag is not None
    return dict(re.findall(r'data-(\w+)="([^"]*)"', tag[0]))


@pytest.fixture(scope="module")
def small() -> bytes:
    return _page(24, 2, 6)


def test_policy_names_exactly_the_script_and_style(small: bytes) -> None:
    text = small.decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        inline = re.search(rf"<{element}>(.*?)</{element}>", text, re.S)
        assert inline is not None
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1]
    assert "unsafe" not in policy[1]


def test_nothing_is_fetched(small: bytes) -> None:
    text = small.decode()
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a namespace, never fetched
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b|@import|url\(", text)


def test_inline_json_cannot_end_its_element() -> None:
    value = {"a": "</script><!--", "b": "\u2028\u2029&<>", "c": "\ud800"}
    text = inline_json(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == value


def test_data_of_the_page_is_the_plan(small: bytes) -> None:
    plant, plan = build(24, 2, 6)
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', small.decode(), re.S)
    assert found is not None
    data = json.loads(found[1])
    bars = data["gantt"]["bars"]
    shown = {
        (data["gantt"]["rows"][row]["resource"], start, start + length)
        for row, start, length in zip(bars["row"], bars["start"], bars["length"], strict=True)
    }
    made = {(run.resource, run.start, run.end) for run in plan.runs}
    tested = {(run.lab, run.start, run.end) for run in plan.inspections}
    assert shown == made | tested
    assert sum(part[2] for part in data["head"]["parts"]) == pytest.approx(data["head"]["cost"], abs=0.1)
    assert data["meta"]["shifts"] == [[0, 0], [27 * 1440 - 240, 60]]  # 02:00 on 28 March 2027
    assert len(data["demand"]["due"]) == len(plant.orders)
    # In a lane nothing overlaps, so that the chart can search by halves.
    last: dict[tuple[int, int], int] = {}
    for row, lane, setup, start, length in zip(
        *(bars[key] for key in ("row", "lane", "setup", "start", "length")), strict=True
    ):
        assert start - setup >= last.get((row, lane), 0)
        last[row, lane] = start + length


def test_bound_on_the_page_is_never_rounded_up(small: bytes) -> None:
    plan = build(24, 2, 6)[1]
    shown = re.search(r'less than</p><p class="value">([\d,]+) ', small.decode())
    assert shown is not None
    assert int(shown[1].replace(",", "")) <= plan.certificate.bound


def test_five_thousand_operations_stay_below_a_megabyte() -> None:
    assert len(_page(1667, 40, 30)) <= MEGABYTE


def test_the_page_draws_all_its_sections(small: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(small)
    document = _browse(file, tmp_path, LATER)
    assert "complete" in _root(document)
    for text in ("O-00011", "P-1", ": hours per day", "assay FG-000", "can cost less than"):
        assert text in document
    assert len(re.findall(r'class="mini', document)) == 7


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
def test_no_name_runs_as_script(policy: bool, tmp_path: Path) -> None:
    """Not even with the content security policy taken out: names are text everywhere."""
    assert len(HOSTILE) >= 40
    names = [f"{text} {number}" for number, text in enumerate(HOSTILE)]
    plant, plan = build(lots=42, lines=7, items=6)
    objects = [f"L-{n:05d}" for n in range(48)] + [f"O-{n:05d}" for n in range(42)]
    objects += [f"FG-{n:03d}" for n in range(6)] + [f"G{n}" for n in range(6)]
    objects += [row.resource for row in plant.resources] + [row.inspection for row in plant.inspections]
    objects += ["powder", "Supplier", "Shop", "P-1", "S-1", "mix", "fill", "pack", "Try", "pcs", "kg", "EUR"]
    objects += [row.description for row in plant.items] + [row.family for row in plant.items if row.family]
    swap = {old: f"{names[n % len(names)]} {n}" for n, old in enumerate(dict.fromkeys(objects))}
    text = page(contents(Facts(*renamed(plant, plan, swap)))).decode()
    if not policy:
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    file = tmp_path / "report.html"
    file.write_text(text, encoding="utf-8")
    root = _root(_browse(file, tmp_path, LATER))
    assert "pwned" not in root
    assert "complete" in root


@pytest.mark.slow
def test_five_thousand_operations_are_ready_in_300_ms(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(_page(1667, 40, 30))
    ready = min(int(_root(_browse(file, tmp_path))["ready"]) for _ in range(3))
    assert ready <= 300
