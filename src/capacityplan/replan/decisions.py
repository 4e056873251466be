"""Decisions on proposals: put into effect, and noted for good."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.exchange.atomic import append_lines
from capacityplan.replan.learn import Proposal, accepted


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
