"""Whether all is well: a recent published plan that is as it was published, a store that answers."""

from __future__ import annotations

import time

from capacityplan.errors import OutputError
from capacityplan.nightly.config import Nightly
from capacityplan.nightly.pipeline import published_at
from capacityplan.nightly.publish import current, damaged
from capacityplan.nightly.store import Store


def ailments(config: Nightly, now: float | None = None) -> list[str]:
    """Say what is not well; empty if all is."""
    found = []
    published = current(config.folder)
    stamp = published_at(config)
    if published is None or stamp is None:
        found.append("no plan is published")
    else:
        hours = ((time.time() if now is None else now) - stamp) / 3600
        if hours > config.alert_after_hours:
            found.append(f"the published plan is {hours:.0f} hours old")
        found += damaged(published)
    try:
        store = Store(config.url)
        rows = store.runs(config.plant, 1)
        store.close()
        if rows and rows[0].code not in (0, None):
            found.append(f"the last run ended with code {rows[0].code}: {rows[0].message}")
    except OutputError as error:
        found.append(str(error))
    if not config.input.path.exists() and config.input.kind != "advance":
        found.append(f"the input {config.input.path} is not there")
    return found
