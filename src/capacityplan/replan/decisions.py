"""Decisions on proposals: put into effect, and noted for good."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.atomic import append_lines
from capacityplan.replan.learn import Proposal, accepted


def taken(proposal: Proposal, log: Path) -> bool:
    """Whether a change of the parameter was accepted before on the same actuals: they count once.

    Raises
    ------
    DataError
        If the log is there and is none.
    """
    same = {"table": proposal.table, "key": list(proposal.key), "column": proposal.column,
            "evidence": proposal.evidence, "decision": "accepted"}  # fmt: skip
    try:
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        return any(same.items() <= json.loads(line).items() for line in lines)
    except (OSError, ValueError, AttributeError) as error:
        message = f"the log of decisions cannot be read: {error}"
        raise DataError((Finding("unreadable_file", message, log.name),)) from None


def decided(
    plant: Plant, accept: Iterable[Proposal], refuse: Iterable[Proposal], author: str, log: Path
) -> Plant:
    """Return the plant with accepted proposals in effect; append every decision to the log.

    Raises
    ------
    OutputError
        If the log cannot be written; then nothing is in effect.
    """
    lines = []
    for proposal, word in [*((one, "accepted") for one in accept), *((one, "refused") for one in refuse)]:
        if word == "accepted":
            plant = accepted(plant, proposal)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        lines.append(json.dumps({"at": at, "by": author, "decision": word, **proposal.record()}))
    append_lines(log, lines)
    return plant
