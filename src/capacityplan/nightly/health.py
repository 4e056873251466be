"""Whether all is well: a recent published plan that is as it was published, a store that answers."""

from __future__ import annotations

import time
from contextlib import closing

from capacityplan.errors import OutputError
from capacityplan.nightly.config import Nightly
from capacityplan.nightly.lock import is_held
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
        with closing(Store(config.url)) as store:
            found += _last_run(config, store)
    except OutputError as error:
        found.append(str(error))
    if not config.input.path.exists() and config.input.kind != "advance":
        found.append(f"the input {config.input.path} is not there")
    return found


def _last_run(config: Nightly, store: Store) -> list[str]:
    rows = store.runs(config.plant, 1)
    if not rows:
        return []
    last, found = rows[0], []
    if last.code not in (0, None):
        found.append(f"the last run ended with code {last.code}: {last.message}")
    if last.code is None and not is_held(config.folder):
        # Between the two looks it may have ended.
        still = store.unfinished(config.plant)
        if still is not None and still.run == last.run:
            steps = ", ".join(store.done(last.run)) or "none"
            found.append(f"the run {last.run} was cut short and is not resumed yet (steps done: {steps})")
    found += [
        f"{config.notify[channel].kind if channel < len(config.notify) else 'notification'} of the last run "
        f"was not delivered: {fault}"
        for channel, fault in store.unsent(last.run).items()
    ]
    return found
