"""Batches of items with a shelf life: what is served first expired first out, and what falls short."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

Flow = tuple[int, int, int]
"""Key (minute and phase), quantity, and expiry (in) or the earliest expiry that will do (out)."""
_State = tuple[int, tuple[tuple[int, int], ...], int]
"""Inflows counted in, batches left by (expiry, quantity), and quantity short so far."""


class Batches:
    """Flows of an item with a shelf life.

    The replay is kept from outflow to outflow, so that one more flow is only replayed from its own
    moment on: planning goes forward in time, and most of what was decided before stays as it is.
    """

    def __init__(self) -> None:
        self.inflows: list[Flow] = []
        self._outflows: list[Flow] = []
        self._states: list[_State] = [(0, (), 0)]

    def copy(self) -> Batches:
        """Return another that may be changed without changing this one."""
        twin = Batches()
        twin.inflows, twin._outflows = self.inflows.copy(), self._outflows.copy()
        twin._states = self._states.copy()
        return twin

    def put(self, flow: Flow) -> None:
        """Commit an inflow."""
        insort(self.inflows, flow)
        self._forget_after(flow[0])

    def take_out(self, flow: Flow) -> None:
        """Take back an inflow."""
        del self.inflows[bisect_left(self.inflows, flow)]
        self._forget_after(flow[0])

    def take(self, flow: Flow) -> None:
        """Commit an outflow."""
        place = bisect_right(self._outflows, flow)
        self._outflows.insert(place, flow)
        del self._states[place + 1 :]

    def put_back(self, flow: Flow) -> None:
        """Take back an outflow."""
        place = bisect_left(self._outflows, flow)
        del self._outflows[place]
        del self._states[place + 1 :]

    def covers(self, extra: Flow) -> bool:
        """Whether one more outflow can be served without taking anything from the others."""
        place = bisect_right(self._outflows, extra)
        most = self._state(len(self._outflows))[2]
        state = self._step(self._state(place), extra)
        for flow in self._outflows[place:]:
            if state[2] > most:
                return False
            state = self._step(state, flow)
        return state[2] <= most

    def most(self, extra: Flow) -> int:
        """Largest quantity, up to its own, of one more outflow that takes nothing from the others.

        Serving the earliest expiry that will do leaves as little short as any way can, so that of the
        outflow's units each one above that quantity, and none below, leaves another short.
        """
        place = bisect_right(self._outflows, extra)
        before = self._state(len(self._outflows))[2]
        state = self._step(self._state(place), extra)
        for flow in self._outflows[place:]:
            state = self._step(state, flow)
        return extra[1] - (state[2] - before)

    def shortage(self) -> int:
        """What the committed outflows ask for and do not get."""
        return self._state(len(self._outflows))[2]

    def _forget_after(self, key: int) -> None:
        """An inflow changes the replay of the outflows with a later key only."""
        place = bisect_left(self._outflows, (key + 1,))
        del self._states[place + 1 :]

    def _state(self, count: int) -> _State:
        """State after the first ``count`` outflows."""
        while len(self._states) <= count:
            self._states.append(self._step(self._states[-1], self._outflows[len(self._states) - 1]))
        return self._states[count]

    def _step(self, state: _State, flow: Flow) -> _State:
        """Serve one outflow, the earliest expiry first, from the batches that keep long enough."""
        counted, batches, short = state
        key, wanted, need = flow
        live = list(batches)
        while counted < len(self.inflows) and self.inflows[counted][0] < key:
            insort(live, (self.inflows[counted][2], self.inflows[counted][1]))
            counted += 1
        first = place = bisect_left(live, (need,))
        while wanted and place < len(live):
            expiry, quantity = live[place]
            if quantity > wanted:
                live[place] = (expiry, quantity - wanted)
                wanted = 0
                break
            wanted -= quantity
            place += 1
        del live[first:place]
        return counted, tuple(live), short + wanted
