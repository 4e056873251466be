"""The nights of several plants, one after the other."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from capacityplan.errors import CapacityPlanError, DataError, ExitCode, Finding
from capacityplan.nightly.config import Nightly, read_config, read_share
from capacityplan.nightly.logs import say
from capacityplan.nightly.pipeline import run_night
from capacityplan.nightly.publish import current
from capacityplan.nightly.sharing import Load, published_load

_WORST_FIRST = (
    ExitCode.BUG, ExitCode.VERIFICATION, ExitCode.OUTPUT, ExitCode.USAGE, ExitCode.DATA,
    ExitCode.INFEASIBLE, ExitCode.NO_PLAN, ExitCode.BUSY,
)  # fmt: skip
"""What the product or the machine did wrong, what people have to mend, what another run may mend."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one plant's night.

    Attributes
    ----------
    plant : str
        Its name; its configuration file where that could not be read.
    findings : tuple of Finding
        What is wrong in its configuration; it was not run then.
    """

    plant: str
    code: ExitCode
    findings: tuple[Finding, ...] = ()


def run_fleet(plants: Sequence[Path], stop_on_failure: bool = False) -> list[Outcome]:
    """Run every plant's night by its configuration file; return what came of each.

    A plant that fails keeps its last plan, and what that takes of shared suppliers.
    """
    outcomes: list[Outcome] = []
    for number, path in enumerate(plants):
        outcomes.append(_night(path, plants[:number]))
        if outcomes[-1].code and stop_on_failure:
            break
    return outcomes


def worst(outcomes: Iterable[Outcome]) -> ExitCode:
    """Return the code of the fleet: of the plant that most needs somebody."""
    failed = (outcome.code for outcome in outcomes if outcome.code)
    return min(failed, key=_WORST_FIRST.index, default=ExitCode.VERIFIED)


def _night(path: Path, before: Sequence[Path]) -> Outcome:
    try:
        config = read_config(path)
    except DataError as error:
        say("refused", logging.ERROR, plant=str(path), code=int(error.exit_code), message=str(error))
        return Outcome(str(path), error.exit_code, error.findings)
    try:
        return Outcome(config.plant, ExitCode(run_night(config, _taken(config, before))))
    except Exception:
        # Whatever it is, the plants after this one still get their night.
        say("bug", logging.ERROR, plant=config.plant, trace=traceback.format_exc())
        return Outcome(config.plant, ExitCode.BUG)


def _taken(config: Nightly, before: Sequence[Path]) -> tuple[Load, ...]:
    """Return what the published plans of the plants before take of the suppliers shared with them."""
    loads = []
    for path in before if config.shared_suppliers else ():
        share = read_share(path)
        if share is None:
            _unknown(config, str(path), "its configuration does not tell folder and shared suppliers")
            continue
        shared = set(config.shared_suppliers) & set(share.shared_suppliers)
        published = current(share.folder)
        if not shared or published is None:
            continue
        try:
            loads.append(published_load(published, shared))
        except CapacityPlanError as error:
            _unknown(config, share.plant, str(error))
    return tuple(loads)


def _unknown(config: Nightly, other: str, why: str) -> None:
    # Its night is worth more than what could be promised twice; a person has to look at that.
    say("shared suppliers unknown", logging.WARNING, plant=config.plant, other=other, message=why)
