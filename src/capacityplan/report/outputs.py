"""All files of a plan: for people (web page, workbook), for systems (CSV, JSON)."""

from __future__ import annotations

from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.report.facts import Facts
from capacityplan.report.files import write_bytes, write_csv
from capacityplan.report.page import page
from capacityplan.report.tables import contents
from capacityplan.report.workbook import write_workbook
from capacityplan.verify import Verdict

_NO_CSV = ("certificate",)


def write_outputs(plant: Plant, plan: Plan, verdict: Verdict | None, folder: Path) -> None:
    """Write a verified plan with everything made from it into a folder.

    ``plan.json`` and the plant as ``instance.json``, one CSV per table, ``plan.xlsx`` and
    ``report.html``; each file is there in whole or not at all.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        With ledger and certificate.
    verdict : Verdict or None
        The checker's verdict on this plan; None: check it now.
    folder : Path
        Made if it does not exist; files of these names are replaced.

    Raises
    ------
    VerificationError
        If the plan breaks a rule; then nothing is written.
    OutputError
        If a file cannot be written.
    """
    facts = Facts(plant, plan, verdict)
    # The plan is safe before anything is made from it.
    write_bytes(folder / "instance.json", plant.to_json())
    write_bytes(folder / "plan.json", plan.to_json())
    found = contents(facts)
    for name, table in found.tables.items():
        if name not in _NO_CSV:
            write_csv(folder / f"{name}.csv", table)
    write_workbook(folder / "plan.xlsx", found)
    write_bytes(folder / "report.html", page(found))


def write_report(
    plant: Plant, plan: Plan, path: Path, told: Plant | None = None, baseline: Facts | None = None
) -> None:
    """Check a plan and write its report: a workbook if the name ends in ``.xlsx``, else a web page.

    Parameters
    ----------
    plant : Plant
    plan : Plan
    path : Path
    told : Plant, optional
        With what happened since (``actuals``, ``spending``), to compare the plan with.
    baseline : Facts, optional
        A former plan to stand beside it.

    Raises
    ------
    VerificationError
        If the plan breaks a rule; then nothing is written.
    OutputError
        If the file cannot be written.
    """
    found = contents(Facts(plant, plan), told, baseline)
    if path.suffix.lower() == ".xlsx":
        write_workbook(path, found)
    else:
        write_bytes(path, page(found))
