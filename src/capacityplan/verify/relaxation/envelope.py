"""Linear envelopes of quantities that pass yields, samples and rejects, floor by floor."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from capacityplan.domain.plant import Inspection

_ONE, _ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What arrives of q started units lies in ``low * q - loss .. high * q - sure``.

    ``loss`` and ``sure`` are units per lot: what floors and samples take at most and at least.
    """

    high: Fraction
    sure: Fraction
    low: Fraction
    loss: Fraction

    @classmethod
    def identity(cls) -> Self:
        """Return the envelope of a quantity that nothing happens to."""
        return cls(_ONE, _ZERO, _ONE, _ZERO)

    @property
    def exact(self) -> bool:
        """Whether both limits agree."""
        return self.high == self.low and self.sure == self.loss

    def of(self, quantity: Fraction) -> tuple[Fraction, Fraction]:
        """Most and least of one lot."""
        most = max(self.high * quantity - self.sure, _ZERO)
        return most, max(self.low * quantity - self.loss, _ZERO)

    def yielded(self, share: Fraction, scale: int) -> Envelope:
        """After ``floor(q * share)``."""
        if share == 1:
            return self
        floor = Fraction(1, scale)
        return Envelope(self.high * share, self.sure * share, self.low * share, self.loss * share + floor)

    def inspected(self, row: Inspection, scale: int, *, certain: bool, least: Fraction) -> Envelope:
        """After an inspection.

        Parameters
        ----------
        certain : bool
            Whether every lot is subject to it (else it may pass at once with all it has).
        least : Fraction
            Smallest started quantity: a sample is taken in full only if there is enough.
        """
        floor = Fraction(1, scale)
        sample = Fraction(row.sample_quantity, scale) if row.destructive else _ZERO
        good = 1 - row.reject_fraction
        high, sure, low, loss = self.high, self.sure, self.low * good, (self.loss + sample) * good
        if row.reject_fraction:
            loss += 2 * floor
        if certain:
            if self.low * least - self.loss >= sample:
                sure += sample
            if not row.rework_operation:
                high, sure = high * good, sure * good
        return Envelope(high, sure, low, loss)
