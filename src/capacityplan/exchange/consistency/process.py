"""Process: bills without cycles, operations that can run, complete changeovers, inspections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from capacityplan.domain.plant import Operation, ReceiptKind, Stage
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft

_SHOWN_PAIRS = 5


def find_cycle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names along a cycle of a graph (first = last), empty if there is none."""
    done: set[str] = set()
    for root in edges:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if root not in done:
            path, stack = [root], [(root, iter(edges.get(root, ())))]
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(node)
                path.pop()
                stack.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                stack.append((following, iter(edges.get(following, ()))))
    return []


def check_bill_cycles(draft: Draft) -> Iterator[Finding]:
    """No item is made of itself."""
    edges: dict[str, dict[str, int]] = defaultdict(dict)
    for position, row in draft.trusted("bill_of_materials"):
        edges[row.item].setdefault(row.component, position)
    while cycle := find_cycle(edges):
        position = edges[cycle[-2]].pop(cycle[-1])
        yield draft.finding("bill_of_materials", position, "component", "cyclic_bill",
                            "the item is made of itself: " + " <- ".join(cycle))  # fmt: skip


def check_sequences(draft: Draft) -> Iterator[Finding]:
    """The steps of a routing are in an order."""
    seen: dict[tuple[str, str, int], str] = {}
    reworking = {(row.item, row.rework_operation) for row in draft.plant.inspections if row.rework_operation}
    for position, row in draft.trusted("operations"):
        if (row.item, row.operation) in reworking:
            continue
        key = (row.item, row.version, row.sequence)
        other = seen.setdefault(key, row.operation)
        if other != row.operation:
            yield draft.finding("operations", position, "sequence", "duplicate_sequence",
                                f"{other} has the same sequence")  # fmt: skip


def check_operations_have_resources(draft: Draft) -> Iterator[Finding]:
    """Every operation can run somewhere."""
    if not draft.whole("operation_resources"):
        return
    modes = {(row.item, row.operation, row.version) for row in draft.plant.operation_resources}
    anywhere = {key[:2] for key in modes}
    for position, row in draft.trusted("operations"):
        own = (row.item, row.operation, row.version) in modes or (row.item, row.operation, "") in modes
        if not own and not (not row.version and (row.item, row.operation) in anywhere):
            yield draft.finding("operations", position, "operation", "operation_without_resource",
                                f"nothing says where {row.operation} of {row.item} runs",
                                expected="a row in operation_resources")  # fmt: skip


def check_changeovers(draft: Draft) -> Iterator[Finding]:
    """A matrix has every pair of setup groups that can follow each other on a resource."""
    if draft.broken & {"changeovers", "items", "operation_resources"}:
        return
    pairs = {(row.matrix, row.from_group, row.to_group) for row in draft.plant.changeovers}
    matrices = {row.matrix for row in draft.plant.changeovers}
    items = draft.by_name("items", "item")
    groups: dict[str, set[str]] = defaultdict(set)
    for _, mode in draft.trusted("operation_resources"):
        if mode.item in items:
            groups[mode.resource].add(items[mode.item].setup_group or mode.item)
    for position, row in draft.trusted("resources"):
        matrix = row.changeover_matrix
        before = groups[row.resource] | ({row.initial_setup_group} - {""})
        missing = sorted(
            (a, b) for a in before for b in groups[row.resource] if a != b and (matrix, a, b) not in pairs
        )
        if matrix in matrices and missing:
            shown = ", ".join(f"{a} to {b}" for a, b in missing[:_SHOWN_PAIRS])
            more = f" and {len(missing) - _SHOWN_PAIRS} more" if len(missing) > _SHOWN_PAIRS else ""
            yield draft.finding("resources", position, "changeover_matrix", "missing_changeover",
                                f"the matrix lacks pairs that can meet here: {shown}{more}",
                                expected="a row in changeovers for every pair of setup groups",
                                hint="a changeover that takes no time is a row with 0 minutes")  # fmt: skip


def check_batches(draft: Draft) -> Iterator[Finding]:
    """Batch operations take fixed minutes only, and their sizes make sense."""
    batches = set()
    for position, row in draft.trusted("operations"):
        if row.min_batch > row.batch_size:
            yield draft.finding("operations", position, "min_batch", "sizes_out_of_order",
                                "the smallest batch is larger than the batch size")  # fmt: skip
        if row.batch_size:
            batches.add((row.item, row.operation))
            if row.run_minutes:
                yield draft.finding("operations", position, "run_minutes", "batch_with_run_minutes",
                                    "a batch operation takes fixed_minutes only", expected="0")  # fmt: skip
    for position, row in draft.trusted("operation_resources"):
        if row.run_minutes and (row.item, row.operation) in batches:
            yield draft.finding("operation_resources", position, "run_minutes", "batch_with_run_minutes",
                                "a batch operation takes fixed_minutes only",
                                expected="an empty cell")  # fmt: skip


def check_waits(draft: Draft) -> Iterator[Finding]:
    """The longest wait is not shorter than the shortest."""
    for position, row in draft.trusted("operations"):
        if row.max_wait_minutes is not None and row.max_wait_minutes < row.min_wait_minutes:
            yield draft.finding("operations", position, "max_wait_minutes", "sizes_out_of_order",
                                "the longest wait is shorter than the shortest",
                                expected=f"at least {row.min_wait_minutes}")  # fmt: skip


def check_overlaps(draft: Draft) -> Iterator[Finding]:
    """What overlaps the next operation can be followed batch by batch."""
    tested = {(row.item, row.operation) for row in draft.plant.inspections if row.stage is Stage.IN_PROCESS}
    rework = {(row.item, row.rework_operation) for row in draft.plant.inspections if row.rework_operation}
    steps: dict[str, list[Operation]] = defaultdict(list)
    for _, step in draft.trusted("operations"):
        if (step.item, step.operation) not in rework:
            steps[step.item].append(step)
    for position, row in draft.trusted("operations"):
        if not row.overlap_quantity:
            continue
        following = _following(row, steps[row.item])
        if (row.item, row.operation) in rework or not following:
            code, why, hint = "overlap_without_next", "there is no next operation to overlap with", ""
        elif row.batch_size or any(one.batch_size for one in following):
            name = row.operation if row.batch_size else next(o.operation for o in following if o.batch_size)
            code, why = "overlap_of_batches", f"{name} is done in batches, all of one at the same time"
            hint = "a batch begins once all of it is there"
        elif (row.item, row.operation) in tested:
            code, why = "overlap_with_inspection", "the lot is inspected before it passes on"
            hint = "after an inspection the whole lot is released at once"
        elif row.max_wait_minutes is not None:
            code, why = "overlap_with_max_wait", "a longest wait of what passes on early is not planned with"
            hint = "leave max_wait_minutes or overlap_quantity empty"
        else:
            continue
        yield draft.finding("operations", position, "overlap_quantity", code, why,
                            expected="0 or an empty cell", hint=hint)  # fmt: skip


def _following(row: Operation, steps: list[Operation]) -> list[Operation]:
    """Operations that come next in the routings that an operation is part of."""
    versions = {row.version} if row.version else {one.version for one in steps if one.version} or {""}
    found = []
    for version in versions:
        later = [one for one in steps if one.version in ("", version) and one.sequence > row.sequence]
        found += sorted(later, key=lambda one: one.sequence)[:1]
    return found


def check_inspections(draft: Draft) -> Iterator[Finding]:
    """In-process inspections name their operation, the others name none."""
    for position, row in draft.trusted("inspections"):
        if row.stage is Stage.IN_PROCESS and not row.operation:
            yield draft.finding("inspections", position, "operation", "missing_value",
                                "an in-process inspection follows an operation",
                                expected="an operation of the item")  # fmt: skip
        if row.supplier and row.stage is not Stage.INCOMING:
            yield draft.finding("inspections", position, "supplier", "wrong_stage",
                                "only incoming inspections are for a supplier",
                                expected="an empty cell")  # fmt: skip


def check_certificates(draft: Draft) -> Iterator[Finding]:
    """An item has one certificate, which every lot needs and which takes nothing away."""
    first: dict[str, str] = {}
    for position, row in draft.trusted("inspections"):
        if not row.is_last:
            continue
        if first.setdefault(row.item, row.inspection) != row.inspection:
            yield draft.finding("inspections", position, "item", "second_certificate",
                                f"{first[row.item]} is the certificate of {row.item} already",
                                expected="one row of stage certificate for each item")  # fmt: skip
        for column, fault, expected in (
            ("every_lots", row.every_lots != 1, "1 or an empty cell"),
            ("operation", bool(row.operation), "an empty cell"),
            ("sample_quantity", row.sample_quantity > 0, "0 or an empty cell"),
            ("reject_fraction", row.reject_fraction > 0, "0 or an empty cell"),
            ("rework_operation", bool(row.rework_operation), "an empty cell"),
        ):
            if fault:
                yield draft.finding("inspections", position, column, "wrong_stage",
                                    "a certificate is issued for every lot as it is",
                                    expected=expected)  # fmt: skip


def check_receipts(draft: Draft) -> Iterator[Finding]:
    """Orders in progress stand at an operation on a resource that can run it."""
    modes = {(row.item, row.operation, row.resource) for row in draft.plant.operation_resources}
    for position, row in draft.trusted("receipts"):
        if row.done_quantity > row.quantity:
            yield draft.finding("receipts", position, "done_quantity", "sizes_out_of_order",
                                "more is done than was ordered")  # fmt: skip
        if row.kind is ReceiptKind.PURCHASE and row.operation:
            yield draft.finding("receipts", position, "operation", "wrong_stage",
                                "a purchase order is at no operation", expected="an empty cell")  # fmt: skip
        known = row.resource and row.operation and draft.whole("operation_resources")
        if known and (row.item, row.operation, row.resource) not in modes:
            yield draft.finding("receipts", position, "resource", "not_a_mode",
                                f"{row.operation} of {row.item} cannot run here",
                                expected="a resource in operation_resources")  # fmt: skip
