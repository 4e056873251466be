"""Batches first expired first out: the incremental replay against one from the start."""

from hypothesis import given, settings
from hypothesis import strategies as st

from capacityplan.solve.settle.batches import Batches, Flow

FLOWS = st.tuples(st.integers(0, 30), st.integers(1, 6), st.integers(0, 30))
STEPS = st.lists(st.tuples(st.sampled_from(["put", "take", "undo", "covers"]), FLOWS), max_size=25)


def short(inflows: list[Flow], outflows: list[Flow]) -> int:
    left = [[key, quantity, expiry] for key, quantity, expiry in sorted(inflows)]
    missing = 0
    for key, wanted, need in sorted(outflows):
        for batch in sorted(left, key=lambda row: (row[2], row[0])):
            if batch[0] < key and batch[2] >= need:
                taken = min(batch[1], wanted)
                batch[1] -= taken
                wanted -= taken
        missing += wanted
    return missing


@settings(max_examples=400)
@given(STEPS)
def test_replay_agrees_with_one_from_the_start(steps: list[tuple[str, Flow]]) -> None:
    batches, inflows, outflows = Batches(), [], []
    undo = []
    for kind, flow in steps:
        if kind == "put":
            batches.put(flow)
            inflows.append(flow)
            undo.append((batches.take_out, inflows, flow))
        elif kind == "take":
            batches.take(flow)
            outflows.append(flow)
            undo.append((batches.put_back, outflows, flow))
        elif kind == "undo" and undo:
            back, flows, done = undo.pop()
            back(done)
            flows.remove(done)
        expected = short(inflows, [*outflows, flow]) <= short(inflows, outflows)
        assert batches.covers(flow) == expected
        key, wanted, need = flow
        most = batches.most(flow)
        assert most == max(
            one
            for one in range(wanted + 1)
            if short(inflows, [*outflows, (key, one, need)]) <= short(inflows, outflows)
        )


def test_a_batch_is_not_taken_from_what_is_promised() -> None:
    batches = Batches()
    batches.put((0, 10, 100))
    batches.take((50, 10, 60))
    assert not batches.covers((20, 1, 30))
    batches.put((10, 1, 40))
    assert batches.covers((20, 1, 30))
    assert not batches.covers((20, 1, 41))
