"""A search that nobody waits for ends, and what ends it reaches nobody else."""

import threading
import time

from capacityplan.solve.abandon import Abandoned, Worker


def test_a_search_that_does_not_ask_is_ended() -> None:
    seen: list[type[BaseException]] = []

    def search() -> None:
        try:
            while True:
                time.sleep(0.001)
        except Abandoned as reason:
            seen.append(type(reason))
            raise

    worker = Worker(search)
    worker.start()
    worker.abandon(0.01)
    worker.join(5)
    assert not worker.is_alive()
    assert seen == [Abandoned]


def test_a_search_that_ends_by_itself_is_left_alone() -> None:
    over = threading.Event()
    worker = Worker(over.set)
    worker.start()
    assert over.wait(5)
    worker.abandon(1.0)
    assert not worker.is_alive()


def test_searches_that_end_as_they_are_abandoned_leave_no_exception() -> None:
    """An exception that leaves a thread fails the test run."""
    for number in range(300):
        worker = Worker(lambda number=number: time.sleep(number % 10 / 5000))  # type: ignore[misc]
        worker.start()
        worker.abandon(0.001)
        worker.join(5)
        assert not worker.is_alive()
