"""Compiling a search in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from capacityplan.solve.minute import warm
from capacityplan.solve.types import Limits


class _Child:
    """A compiling process that never ends by itself."""

    begun: ClassVar[list[str]] = []

    def __init__(self, program: list[str], start_new_session: bool) -> None:
        self.begun.append(program[-1])
        self.killed = False

    def poll(self) -> int | None:
        return -9 if self.killed else None

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> None:
        assert self.killed


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(warm, "is_kept", lambda module: False)
    monkeypatch.setattr(warm.subprocess, "Popen", _Child)
    monkeypatch.setattr(_Child, "begun", [])
    yield
    warm.stop()


def test_only_the_search_that_is_needed_is_compiled_and_once() -> None:
    warm.start()
    assert not warm.wait_for_patterns(Limits(time.monotonic()))
    assert not warm.wait(Limits(time.monotonic()))
    assert _Child.begun == [warm.problem.__name__, warm._PATTERNS]


def test_children_that_still_compile_are_ended_and_begun_anew_by_the_next_solve() -> None:
    warm.start()
    warm.stop()
    warm.start()
    assert _Child.begun == [warm.problem.__name__] * 2
