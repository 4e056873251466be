"""The supply network: buffers (item at a location) and every way to fill them.

The other system plans buffers; this one plans items. A way of filling a buffer, whether an
operation, a routing, one alternative of several or a transport, becomes a `Make`, later a
production version of the buffer's item.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple


class Buffer(NamedTuple):
    """An item at a location."""

    item: str
    location: str


@dataclass(frozen=True, slots=True)
class Use:
    """A component: ``quantity`` units of it for every unit made, at the start of a step."""

    buffer: Buffer
    quantity: Fraction
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A resource that can do the work, in units of it; the lowest preference is wanted first."""

    resource: str
    quantity: Fraction
    preference: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a way to make something.

    Attributes
    ----------
    fixed_seconds, unit_seconds : Fraction
        Working time of a lot and of every unit of its output.
    loads : tuple of tuple of Choice
        What is needed at once; within each, the alternatives.
    places : tuple of str
        Locations whose working time counts (those of a transport are its two ends).
    available : str
        The step's own calendar.
    wait_seconds : Fraction
        Time that passes after the step.
    """

    name: str
    fixed_seconds: Fraction = Fraction(0)
    unit_seconds: Fraction = Fraction(0)
    loads: tuple[tuple[Choice, ...], ...] = ()
    uses: tuple[Use, ...] = ()
    places: tuple[str, ...] = ()
    available: str = ""
    wait_seconds: Fraction = Fraction(0)
    setup: str = ""
    transport: bool = False


@dataclass(frozen=True, slots=True)
class Make:
    """One way to fill a buffer."""

    buffer: Buffer
    name: str
    steps: tuple[Step, ...]
    minimum: Fraction = Fraction(0)
    multiple: Fraction = Fraction(0)
    maximum: Fraction = Fraction(0)
    preference: int = 0

    def uses(self) -> list[Use]:
        """All components."""
        return [use for step in self.steps for use in step.uses]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier offers for a buffer."""

    buffer: Buffer
    supplier: str
    lead_days: int
    price: Fraction | None
    minimum: Fraction
    multiple: Fraction
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(slots=True)
class Network:
    """What demand needs, and all ways to supply it."""

    makes: dict[Buffer, list[Make]] = field(default_factory=dict)
    offers: dict[Buffer, list[Offer]] = field(default_factory=dict)

    def buffers(self) -> list[Buffer]:
        """All buffers in a fixed order."""
        found = {**dict.fromkeys(self.makes), **dict.fromkeys(self.offers)}
        for makes in self.makes.values():
            for make in makes:
                found.update(dict.fromkeys(use.buffer for use in make.uses()))
        return sorted(found)


def descendants(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    """Leaves below every name of a hierarchy (a leaf has itself)."""
    children: dict[str, list[str]] = {}
    for row in rows:
        if row["owner"]:
            children.setdefault(row["owner"], []).append(row["name"])
    leaves: dict[str, list[str]] = {}

    def below(name: str, path: tuple[str, ...]) -> list[str]:
        if name not in leaves:
            kids = [kid for kid in children.get(name, ()) if kid not in path]
            leaves[name] = [leaf for kid in kids for leaf in below(kid, (*path, name))] or [name]
        return leaves[name]

    for name in [row["name"] for row in rows] + list(children):
        below(name, ())
    return leaves


def merge_chains(network: Network, kept: set[Buffer]) -> int:
    """Join steps whose buffer between them is never used for anything else into one routing.

    Parameters
    ----------
    network : Network
        Changed in place.
    kept : set of Buffer
        Buffers with stock, demand, receipts or safety stock, which stay items.

    Returns
    -------
    int
        Number of buffers that disappeared.
    """
    users: dict[Buffer, list[tuple[Buffer, int]]] = {}
    for buffer, makes in network.makes.items():
        for place, make in enumerate(makes):
            for use in make.uses():
                users.setdefault(use.buffer, []).append((buffer, place))
    merged = 0
    for buffer in sorted(network.makes):
        if buffer in kept or buffer in network.offers or len(network.makes[buffer]) != 1:
            continue
        if len(users.get(buffer, ())) != 1:
            continue
        (user, place) = users[buffer][0]
        joined = _joined(network.makes[buffer][0], network.makes[user][place])
        if joined is None:
            continue
        network.makes[user][place] = joined
        for use in network.makes.pop(buffer)[0].uses():
            users[use.buffer] = [(user, place) if owner == (buffer, 0) else owner
                                 for owner in users[use.buffer]]  # fmt: skip
        merged += 1
    return merged


def _joined(before: Make, after: Make) -> Make | None:
    """Return one routing of two, if lots of the one can be lots of the other."""
    head, *rest = after.steps
    use = next((use for use in head.uses if use.buffer == before.buffer), None)
    if use is None or use.quantity != 1 or use.valid_from or use.valid_to:
        return None
    same = (before.minimum, before.multiple, before.maximum) == (after.minimum, after.multiple, after.maximum)
    free = before.minimum <= 1 and before.multiple <= 1 and not before.maximum
    names = {step.name for step in before.steps} & {step.name for step in after.steps}
    if not (same or free) or names or any(step.setup for step in (*before.steps, *after.steps)):
        return None
    uses = tuple(other for other in head.uses if other is not use)
    steps = (*before.steps, replace(head, uses=uses), *rest)
    return Make(after.buffer, after.name, steps, after.minimum, after.multiple, after.maximum,
                after.preference)  # fmt: skip
