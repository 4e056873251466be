"""The world between two nights: what happens otherwise than planned, as files that a night imports."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Actual, ActualKind, Downtime, Order, Plant, ReceiptKind, ResourceKind
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock, Timeline
from capacityplan.exchange import write

_DAY, _WEEK = 1440, 7


class World:
    """Random demand changes, breakdowns, rejects and late suppliers, by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.told: dict[str, int] = {}

    def keep(self, file: Path) -> None:
        """Keep what happened and what comes next, so that a broken-off month goes on as it would have."""
        file.write_text(json.dumps({"told": self.told, "random": self._random.getstate()}), encoding="utf-8")

    def recall(self, file: Path) -> None:
        """Go on from what `keep` kept."""
        kept = json.loads(file.read_text(encoding="utf-8"))
        version, state, gauss = kept["random"]
        self._random.setstate((version, tuple(state), gauss))
        self.told = kept["told"]

    def day(self, plant: Plant, plan: Plan, tables: Path) -> datetime:
        """Write what happens on the day after a plan's start; return when it ends.

        Parameters
        ----------
        plant, plan : Plant, Plan
            As published.
        tables : Path
            Folder that gets actuals and changed tables as CSV.
        """
        clock = Clock(plant.start, plant.timezone)
        until = clock.start + timedelta(days=1)
        now = clock.minute(until)
        actuals = (*self._rejects(plan, now), *self._late(plant, plan, now))
        changed = replace(
            plant,
            actuals=actuals,
            orders=self._orders(plant, now),
            downtime=(*plant.downtime, *self._breakdowns(plant, now)),
            projections=self._projections(plant),
        )
        whole = tables.with_name(f"{tables.name}.whole")
        write(changed, whole)
        shutil.rmtree(tables, ignore_errors=True)
        tables.mkdir(parents=True)
        for name in ("actuals", "orders", "downtime", "projections"):
            if (whole / f"{name}.csv").is_file():
                shutil.copyfile(whole / f"{name}.csv", tables / f"{name}.csv")
        shutil.rmtree(whole)
        return until

    def count(self, what: str) -> None:
        """Count something that happened."""
        self.told[what] = self.told.get(what, 0) + 1

    def _rejects(self, plan: Plan, now: int) -> list[Actual]:
        """Of one lot in ten a part is bad; one in ten runs is not finished in time."""
        items = {lot.lot: lot.item for lot in plan.lots}
        rows = []
        for run in plan.runs:
            luck = self._random.random()
            if (
                run.end > now
                or luck > 0.2
                or sum(one.operation == run.operation and one.lot == run.lot for one in plan.runs) > 1
            ):
                continue
            self.count("rejects" if luck < 0.1 else "delays")
            bad = max(1, run.quantity * self._random.randint(1, 5) // 100) if luck < 0.1 else 0
            done = run.quantity if luck < 0.1 else run.quantity * self._random.randint(60, 95) // 100
            rows.append(
                Actual(
                    ActualKind.RUN, run.lot, items[run.lot], run.end, run.operation, run.resource,
                    done - bad, bad, run.start, run.end - run.start, luck < 0.1,
                )
            )  # fmt: skip
        return rows

    def _late(self, plant: Plant, plan: Plan, now: int) -> list[Actual]:
        """One open order in fifteen comes one to four days later than said."""
        due = [(row.order, row.item, row.due) for row in plant.receipts if row.kind is ReceiptKind.PURCHASE]
        due += [(row.purchase, row.item, row.arrives) for row in plan.purchases if row.order_by < now]
        rows = []
        for name, item, at in due:
            if at < 3 * _DAY and self._random.random() < 1 / 15:
                self.count("late suppliers")
                late = max(at, now) + self._random.randint(1, 4) * _DAY
                rows.append(Actual(ActualKind.EXPECTED, name, item, late))
        return rows

    def _orders(self, plant: Plant, now: int) -> tuple[Order, ...]:
        """One order in twenty changes its quantity; a new one comes now and then."""
        rows = []
        for row in plant.orders:
            if row.due > now and self._random.random() < 0.05:
                self.count("changed orders")
                factor = self._random.choice((70, 85, 120, 140))
                row = replace(row, quantity=max(1, row.quantity * factor // 100))
            rows.append(row)
        if rows and self._random.random() < 0.7:
            self.count("new orders")
            model = self._random.choice(rows)
            days = self._random.randint(3, 20)
            end = int(Timeline.of(plant).starts[0]) + now + days * _DAY
            name = f"N{plant.start[2:10].replace('-', '')}"
            if name not in {row.order for row in rows}:
                rows.append(replace(model, order=name, due=end))
        return tuple(rows)

    def _breakdowns(self, plant: Plant, now: int) -> list[Downtime]:
        """A machine stands still for two to ten hours on three days in ten."""
        machines = [row for row in plant.resources if row.kind is ResourceKind.MACHINE]
        if not machines or self._random.random() > 0.3:
            return []
        self.count("breakdowns")
        start = now + self._random.randint(0, 12) * 60
        name = f"breakdown-{plant.start[:10]}"
        resource = self._random.choice(machines).resource
        return [Downtime(name, resource, start, start + self._random.randint(2, 10) * 60, reason="breakdown")]

    def _projections(self, plant: Plant) -> Projections:
        """Projections are written anew for one item in ten, by up to a fifth more or less.

        As the horizon moves on, its last week is projected as the week before it was.
        """
        columns = plant.projections.columns()
        quantity = np.array(columns["quantity"], dtype=np.int64)
        for code in sorted(set(columns["item"])):
            if self._random.random() < 0.1:
                self.count("changed projections")
                factor = self._random.randint(80, 120)
                rows = np.array(columns["item"]) == code
                quantity[rows] = quantity[rows] * factor // 100
        columns["quantity"] = quantity.tolist()
        begin = Timeline.of(plant).first_day[0] + 1
        days = int(Timeline.of(plant).days.sum())
        table = {name: np.array(values) for name, values in columns.items() if name != "names"}
        table = {name: values[table["end"] >= begin] for name, values in table.items()}
        while len(table["end"]) and int(table["end"].max()) < begin + days - 1:
            last = table["start"] > int(table["end"].max()) - _WEEK
            shift = {"start": _WEEK, "end": _WEEK}
            table = {
                name: np.concatenate([values, values[last] + shift.get(name, 0)])
                for name, values in table.items()
            }
        return Projections(columns["names"], **table)
