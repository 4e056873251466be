"""The report as one web page that needs no network: data, style and script in one file.

The page may run exactly one script and one style, named by their hashes in its content security
policy; names from the plant reach it as escaped text or as JSON that cannot end its element.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from typing import Any

from capacityplan.report.money import kpis_table
from capacityplan.report.payload import payload
from capacityplan.report.tables import Contents
from capacityplan.units import decimal_text, round_down, round_up
from capacityplan.verify import CHECKS

_SCRIPTS = ("base.js", "gantt.js", "page.js")
_UNSAFE = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"}


def page(contents: Contents) -> bytes:
    """Write the report's web page.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    bytes
        UTF-8.
    """
    style = _asset("report.css")
    script = '"use strict";\n(() => {\n' + "".join(_asset(name) for name in _SCRIPTS) + "})();\n"
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    facts = contents.facts
    parts = {
        "POLICY": policy,
        "TITLE": html.escape(f"{facts.plant.name}: production plan"),
        "STYLE": style,
        "NAME": html.escape(facts.plant.name),
        "PERIOD": html.escape(_period(contents)),
        "RULES": str(len(CHECKS)),
        "CARDS": _cards(contents),
        "FIGURES": _figures(contents),
        "FOOTER": html.escape(_footer(contents)),
        "DATA": inline_json(payload(contents)),
        "SCRIPT": script,
    }
    # One pass: what is put in is never searched for further places.
    text = re.sub(r"@@([A-Z]+)@@", lambda place: parts[place[1]], _asset("report.html"))
    return text.encode("utf-8", errors="replace")


def inline_json(value: Any) -> str:
    """Write JSON that is safe inside a script element: no markup, no line separators, ASCII only."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).translate(_UNSAFE)


def _asset(name: str) -> str:
    return resources.files("capacityplan.report").joinpath("assets", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _period(contents: Contents) -> str:
    facts = contents.facts
    first, window = facts.time(0), facts.time(facts.timeline.window_end)
    last = facts.time(facts.timeline.horizon_end)
    return (
        f"From {first:%a %Y-%m-%d %H:%M}, to the minute until {window:%a %Y-%m-%d}, in buckets until "
        f"{last:%a %Y-%m-%d} ({facts.plant.timezone})"
    )


def _cards(contents: Contents) -> str:
    """The figures at the top; they are there before any script runs."""
    facts, found = contents.facts, contents.facts.plan.certificate
    money = facts.currency
    statuses = [row.status for row in contents.service]
    cards = [
        ("Cost of this plan", _grouped(decimal_text(facts.verdict.cost, 0)), money, "charged by the checker")
    ]
    if found is not None and found.bound is not None and found.gap is not None:
        note = f"the cheapest plan is at most {float(round_up(found.gap, 4)):.2%} cheaper"
        cards.append(
            ("No plan can cost less than", _grouped(decimal_text(round_down(found.bound, 0), 0)), money, note)
        )
    else:
        cards.append(("No plan can cost less than", "not known", "", "no bound was computed"))
    if found is not None and found.gap_controllable is not None:
        note, share = "of what planning can change", float(round_up(found.gap_controllable, 3))
        cards.append(("Could still be saved, at most", f"{share:.1%}", "", note))
    on_time = float(facts.verdict.on_time_share)
    cards.append(("On time", f"{on_time:.1%}", "", "of the quantity demanded"))
    cards.append(("Late", str(statuses.count("late")), "demands", f"of {len(statuses)}, with reasons below"))
    lost = statuses.count("lost")
    cards.append(("Lost", str(lost), "demands", "in full or in part" if lost else "nothing is given up"))
    return "".join(
        f'<div class="card"><p class="name">{html.escape(name)}</p><p class="value">{html.escape(value)} '
        f'<small>{html.escape(unit)}</small></p><p class="note">{html.escape(note)}</p></div>'
        for name, value, unit, note in cards
    )


def _grouped(digits: str) -> str:
    return f"{int(digits):,}"


def _figures(contents: Contents) -> str:
    rows = "".join(
        f"<tr><th scope=row>{html.escape(str(name))}</th>"
        f"<td>{html.escape(str(value))} {html.escape(str(unit))}</td></tr>"
        for name, value, unit in kpis_table(contents.figures).rows
    )
    return f"<table>{rows}</table>"


def _footer(contents: Contents) -> str:
    origin = contents.facts.plan.provenance
    return (
        f"CapacityPlan {origin.version}. Plan {origin.plan_id}, made from plant data "
        f"{origin.plant_hash[:16]}, seed {origin.seed}. "
        "This page needs no network; plan.xlsx beside it holds every row."
    )
