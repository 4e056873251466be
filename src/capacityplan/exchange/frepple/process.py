"""Ways to make something, written as production versions: operations, bills of materials, modes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import gcd

from capacityplan.domain.plant import BomLine, Operation, OperationResource
from capacityplan.exchange.frepple.network import Buffer, Make, Network, Step, Use
from capacityplan.exchange.frepple.resources import Resources
from capacityplan.exchange.importing import Journal
from capacityplan.units import ceil_fraction, floor_fraction

_MINUTE = Fraction(60)


class Process:
    """Writes operations, lines of bills and modes of every buffer that is made."""

    def __init__(
        self, network: Network, resources: Resources, item_id: Callable[[Buffer], str],
        scale: Callable[[Buffer], int], journal: Journal, start: datetime,
    ) -> None:  # fmt: skip
        self._network, self._resources, self._journal = network, resources, journal
        self._id, self._scale, self._start = item_id, scale, start
        self.operations: list[Operation] = []
        self.lines: list[BomLine] = []
        self.modes: list[OperationResource] = []
        self.setup_groups: dict[Buffer, str] = {}

    def write_all(self) -> None:
        """Write all buffers in order of their names."""
        for _, makes in sorted(self._network.makes.items()):
            for make in makes:
                self._write(make, make.name if len(makes) > 1 else "")

    def _write(self, make: Make, version: str) -> None:
        item = self._id(make.buffer)
        for sequence, step in enumerate(make.steps, start=1):
            wait = step.wait_seconds
            if wait and sequence == len(make.steps):
                reason = "time after the last operation is not planned"
                self._journal.change("operation", reason, step.name)
                wait = Fraction(0)
            if step.fixed_seconds % 60:
                self._journal.change("operation", "fixed time rounded up to whole minutes", step.name)
            self.operations.append(
                Operation(
                    item, step.name, sequence * 10, version, step.unit_seconds / _MINUTE,
                    fixed_minutes=ceil_fraction(step.fixed_seconds / _MINUTE),
                    min_wait_minutes=ceil_fraction(wait / _MINUTE),
                )
            )  # fmt: skip
            self.lines += [self._line(item, version, step, use) for use in step.uses]
            modes = self._resources.modes(step, item, version)
            self.modes += _with_preference(modes, make.preference)
            self._note_setup(make.buffer, step)

    def _line(self, item: str, version: str, step: Step, use: Use) -> BomLine:
        first, last = self._minute(use.valid_from), self._minute(use.valid_to)
        component = self._id(use.buffer)
        return BomLine(item, component, use.quantity, version, step.name, valid_from=first, valid_to=last)

    def _minute(self, moment: datetime | None) -> int | None:
        return None if moment is None else (moment - self._start) // timedelta(minutes=1)

    def _note_setup(self, buffer: Buffer, step: Step) -> None:
        if not step.setup:
            return
        known = self.setup_groups.setdefault(buffer, step.setup)
        if known != step.setup:
            reason = "an item has one setup group: its first operation's"
            self._journal.change("operationresource", reason, step.name)

    def lots(self, buffer: Buffer) -> tuple[int, int, int]:
        """Minimum, multiple and maximum of an item's lots in base units (0: none).

        Where versions differ, the widest that holds for all is taken.
        """
        makes = self._network.makes.get(buffer, ())
        scale = self._scale(buffer)
        minima = {ceil_fraction(make.minimum * scale) for make in makes}
        multiples = {ceil_fraction(make.multiple * scale) for make in makes}
        maxima = {floor_fraction(make.maximum * scale) for make in makes}
        if max(len(minima), len(multiples), len(maxima)) > 1:
            reason = "lot sizes differ between ways to make it: the widest is taken"
            self._journal.change("operation", reason, buffer.item)
        smallest, step = min(minima, default=0), gcd(*multiples)
        largest = 0 if 0 in maxima else max(maxima, default=0)
        # A lot of one base unit, or a multiple of it, restricts nothing.
        return smallest if smallest > 1 else 0, step if step > 1 else 0, largest


def _with_preference(modes: list[OperationResource], rank: int) -> list[OperationResource]:
    """Modes of the n-th way to make something come after those of the first."""
    return [replace(mode, preference=mode.preference + rank) for mode in modes]
