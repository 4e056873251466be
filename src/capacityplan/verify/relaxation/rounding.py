"""Cuts of an item's echelon: rows that hold because lots, orders and setups are whole.

RELAXED. Every cut is rebuilt from its name; nothing of a stored row is trusted.

Setting (`echelon`): X[s] >= 0 is what source s brings, released in bucket r(s), P[l] the sum of all
X[s] with r(s) <= l, W[l] >= 0 the column `short`, G[l] >= 0 the column `forgone`, which never falls
with l, and P[l] + W[l] + G[l] >= N[l] for every l. A source has counts n (whole, >= 0): X[s] = 0
where n = 0, and X[s] <= most * n where a most is stated. The sources of one supply are in the order
of their completion, hence of their release. Where all of them are worked on in setup states, X[s] > 0
needs a state held when its bucket begins, or a change in its bucket: `held` + `changes` >= 1; and what
is held at the beginning of a later bucket was held before or changed to in between.

`setup_cut` (Barany, Van Roy and Wolsey 1984; with start-ups as by Constantino 1996). For a bucket l
and a set S of sources with r(s) <= l, each with a count n[s] or in a block of consecutive sources:

    sum of X[s] (r(s) <= l, not in S) + sum over S of c[s] z[s] + W[l] + G[l] + sum of W[t - 1] >= N[l]

the last sum over the buckets t of sources in S. z[s] is the count and c[s] = max(N[l] - N[r(s) - 1], 0)
outside blocks; N[t - 1] <= 0 counts as 0, W[t - 1] is then left out, and N[-1] = 0. In a block z is
`changes`, at its first source `held` + `changes`, and c[s] the largest of max(N[l] - N[r(u) - 1], 0)
over the sources u of the block from s on.
Proof: let s be the source of S with X[s] > 0 and the least r(s) = t (of a block: the first of its
sources). Sources of S before t bring nothing, so the first sum is at least
P[t - 1] >= N[t - 1] - W[t - 1] - G[l], and at least 0. Outside blocks n[s] >= 1 and
c[s] n[s] >= N[l] - N[t - 1]. In a block the state was held when it began or changed to at a source u of
it not after s, so a z[u] >= 1 with c[u] >= N[l] - N[t - 1]. If no source of S brings anything, the first
sum is P[l] >= N[l] - W[l] - G[l].

`stock_cut`. Let E >= 0 add up stock of the item, free and in its parents (`stock`), and U be the most
that may have been drawn from it (`drawn`) by the end of bucket k - 1: P[k - 1] <= E + U (`echelon_stock`).
For k <= l and a set S of sources with k <= r(s) <= l, counts or blocks as before,

    E + sum of X[s] (k <= r(s) <= l, not in S) + sum over S of c[s] z[s] + W[l] + G[l] + sum of W[t - 1]
        >= N[l] - U

with c[s] = max(N[l] - max(N[r(s) - 1], U), 0) outside blocks, in blocks the largest of these from s on,
and the last sum over the buckets t of sources in S with N[t - 1] > max(U, 0). What may wait for nothing is
in U before it is in N: P then counts stock that has long left, E does not (with U = N as in Pochet and
Wolsey 1994).
Proof: with t as before and X' the first sum up to t - 1, E + X' >= P[t - 1] - U, which is at least
max(N[t - 1], 0) - U - W[t - 1] - G[l]; and E + X' >= 0. Either way c[s] n[s], or the block, adds what is
missing to N[l] - U. If no source of S brings anything, E + X' >= P[l] - U >= N[l] - W[l] - G[l] - U.

`count_cut` (mixed-integer rounding, Nemhauser and Wolsey 1990). For buckets k <= l, a set S of sources
with k <= r(s) <= l, counts with a most or without, and d > 0: let b = N[l] - N[k - 1],
f = b / d - floor(b / d) > 0 and q = ceil(b / d). Again N[k - 1] <= 0 counts as 0
without W[k - 1]. As P[k - 1] + W[k - 1] + G[k - 1] >= N[k - 1], P[k - 1] >= 0 and G[k - 1] <= G[l],

    y = P[k - 1] + W[k - 1] - N[k - 1] + sum of X[s] (k <= r(s) <= l, not in S) + W[l] + G[l] >= 0

and y + sum over S of most[s] n[s] >= b. Hence

    y / (d f) + sum over S of g[s] n[s] >= q,   g = min(floor(m / d) + min(1, frac(m / d) / f), q)

by rounding; g = q is enough, as then n[s] >= 1 alone satisfies the row (all terms are >= 0), which also
serves counts without a most.

`spend_cut`. Let an item be only bought, k <= l, b = N[l] - N[k - 1] > 0 and y as above with S everything.
The purchases released in k .. l bring at least b - y accepted units, hence (`spending`) cost at least
least_cost(b - y) >= least_cost(b) - slope(b) y:

    sum of price * units + cost * orders (k <= r <= l) + slope(b) y >= least_cost(b)

`stock_count_cut`, `stock_spend_cut`: the same with U in place of N[k - 1] and E in place of
P[k - 1] + W[k - 1] - N[k - 1], for P[l] - U is at most E and what comes in from k on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.spending import Offer, baskets, least_cost, slope

_ZERO = Fraction(0)
_DIGITS = "0123456789"
FIRST, NEXT = "s", "c"
_STOCK = "stock_"
_NUMBERS = {
    "setup_cut": 2, "stock_cut": 3,
    "count_cut": 4, "stock_count_cut": 4,
    "spend_cut": 2, "stock_spend_cut": 2,
}  # fmt: skip
"""Kinds of cuts, and how many parts of their names follow the item."""


@dataclass(frozen=True, slots=True)
class Count:
    """Columns whose sum counts what brings a source's quantity, at most ``most`` units each."""

    columns: tuple[int, ...]
    most: Fraction | None


@dataclass(frozen=True, slots=True)
class Source:
    """What comes in of an item with a bucket's lots or purchases.

    Attributes
    ----------
    bucket : int
        Of the earliest release.
    terms : tuple of (column, units)
    counts : tuple of Count
    held, changes : tuple of int
        Columns of the states held when the bucket of completion begins, and of changes in it.
    follows : int or None
        The source of the same supply that is completed before it.
    """

    bucket: int
    terms: tuple[tuple[int, Fraction], ...]
    counts: tuple[Count, ...]
    held: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Echelon:
    """An item's echelon: net requirement by bucket, columns of supply and shortage, sources.

    ``offers`` are all that supplies an item that is only bought; else there are none.

    ``stock`` is what E adds up, ``drawn`` are the numbers U by bucket (`echelon_stock`); both are empty where
    nothing is known.
    """

    item: str
    net: tuple[Fraction, ...]
    supplied: tuple[Ints, ...]
    short: Ints
    forgone: Ints
    sources: tuple[Source, ...]
    offers: tuple[Offer, ...] = ()
    stock: tuple[Ints, ...] = ()
    drawn: tuple[Fraction, ...] = ()
    view: str = ""

    @property
    def name(self) -> str:
        """The item and the view."""
        return self.item + self.view


@dataclass(frozen=True, slots=True)
class Cut:
    """A row ``sum of coefficients * columns >= low``."""

    name: str
    columns: tuple[int, ...]
    values: tuple[Fraction, ...]
    low: Fraction


def rebuild(echelons: Mapping[str, Echelon], name: str) -> Cut | None:
    """Rebuild a cut from its name; None where the name is none of a cut of this plant."""
    kind, _, rest = name.partition("[")
    if kind not in _NUMBERS:
        return None
    parts = rest.removesuffix("]").rsplit(",", _NUMBERS[kind])
    echelon = echelons.get(parts[0])
    if echelon is None or len(parts) != _NUMBERS[kind] + 1:
        return None
    stocked = kind.startswith(_STOCK)
    try:
        if kind == "setup_cut":
            return setup_cut(echelon, int(parts[1]), parts[2])
        if kind == "stock_cut":
            return stock_cut(echelon, int(parts[1]), int(parts[2]), parts[3])
        if echelon.view:
            return None
        if kind.endswith("count_cut"):
            return count_cut(echelon, int(parts[1]), int(parts[2]), Fraction(parts[3]), parts[4], stocked)
        return spend_cut(echelon, int(parts[1]), int(parts[2]), stocked)
    except (ValueError, IndexError, ZeroDivisionError):
        return None


def setup_cut(echelon: Echelon, last: int, choice: str) -> Cut | None:
    """Build the setup cut of a bucket.

    ``choice`` has for each source not after it 0 (its quantity), the number of its count, ``FIRST``
    for the first of a block or ``NEXT`` for one that continues the block of the source it follows.
    """
    entering = _Entering(_ZERO, _ZERO, ())
    return _setups(f"setup_cut[{echelon.name},{last},{choice}]", echelon, 0, last, choice, entering)


def stock_cut(echelon: Echelon, first: int, last: int, choice: str) -> Cut | None:
    """Build the stock cut of a window of buckets; ``choice`` as for `setup_cut`, of the window's sources."""
    entering = _stocked(echelon, first)
    if entering is None:
        return None
    name = f"stock_cut[{echelon.name},{first},{last},{choice}]"
    return _setups(name, echelon, first, last, choice, entering)


@dataclass(frozen=True, slots=True)
class _Entering:
    """What is there when a window begins: numbers before which nothing counts, and columns of what there is.

    Attributes
    ----------
    due : Fraction
        Of the requirement that is met by then; what is beyond it is what the window is asked for.
    floor : Fraction
        The least of the requirements by a later bucket that is worth to be looked at.
    """

    due: Fraction
    floor: Fraction
    terms: Sequence[tuple[int, Fraction]]


def _supplied(echelon: Echelon, first: int) -> _Entering:
    """What was supplied before a bucket, and was short then of what was due."""
    due = before(echelon, first)
    found = [(int(columns[first - 1]), Fraction(1)) for columns in echelon.supplied if first]
    if due:
        found.append((int(echelon.short[first - 1]), Fraction(1)))
    return _Entering(due, due, found)


def _stocked(echelon: Echelon, first: int) -> _Entering | None:
    """What is in stock when a bucket begins, against the most that may have been drawn by then."""
    if not 1 <= first <= len(echelon.drawn):
        return None
    drawn = echelon.drawn[first - 1]
    terms = [(int(columns[first - 1]), Fraction(1)) for columns in echelon.stock]
    return _Entering(drawn, max(drawn, _ZERO), terms)


def _setups(
    name: str, echelon: Echelon, first: int, last: int, choice: str, entering: _Entering
) -> Cut | None:
    """Build a cut of the setups in a window of buckets."""
    inside = _inside(echelon, choice, first, last)
    if inside is None:
        return None
    letters = {number: letter for (number, _), letter in zip(inside, choice, strict=True)}
    total = dict.fromkeys((int(echelon.short[last]), int(echelon.forgone[last])), Fraction(1))
    _add(total, entering.terms)
    needs: dict[int, Fraction] = {}
    begins = set()
    until = min((source.bucket for number, source in inside if letters[number] != "0"), default=first)
    _add(total, _between(echelon, first, until))
    for number, source in reversed(inside):
        letter = letters[number]
        if letter == "0":
            _add(total, source.terms if source.bucket >= until else ())
            continue
        begins.add(source.bucket)
        counted = max(before(echelon, source.bucket), entering.due)
        need = max(echelon.net[last] - counted, needs.get(number, _ZERO), _ZERO)
        columns: tuple[int, ...]
        if letter == NEXT:
            if source.follows is None or letters.get(source.follows) not in (FIRST, NEXT):
                return None
            needs[source.follows] = need
            columns = source.changes
        elif letter == FIRST:
            columns = (*source.held, *source.changes)
        else:
            columns = source.counts[_DIGITS.index(letter) - 1].columns
        if not columns:
            return None
        _add(total, [(column, need) for column in columns])
    owed = [t for t in begins if before(echelon, t) > entering.floor]
    _add(total, [(int(echelon.short[t - 1]), Fraction(1)) for t in owed])
    return _cut(name, total, echelon.net[last] - entering.due)


def count_cut(
    echelon: Echelon, first: int, last: int, unit: Fraction, choice: str, stocked: bool = False
) -> Cut | None:
    """Build the count cut of a window of buckets, rounded in units of ``unit``."""
    inside = _inside(echelon, choice, first, last)
    entering = _stocked(echelon, first) if stocked else _supplied(echelon, first)
    if inside is None or entering is None or unit <= 0:
        return None
    need = echelon.net[last] - entering.due
    whole = -(-need // unit)
    part = need / unit - (need // unit)
    if part <= 0 or need <= 0:
        return None
    total = dict.fromkeys((int(echelon.short[last]), int(echelon.forgone[last])), Fraction(1))
    _add(total, entering.terms)
    for (_, source), letter in zip(inside, choice, strict=True):
        if letter == "0":
            _add(total, source.terms)
            continue
        count = source.counts[_DIGITS.index(letter) - 1]
        share = _rounded(count.most, unit, part, Fraction(whole)) * unit * part
        _add(total, [(column, share) for column in count.columns])
    name = f"{_STOCK * stocked}count_cut[{echelon.item},{first},{last},{unit},{choice}]"
    return _cut(name, total, whole * unit * part + (_ZERO if stocked else entering.due))


def spend_cut(echelon: Echelon, first: int, last: int, stocked: bool = False) -> Cut | None:
    """Build the spend cut of a window of buckets."""
    if not echelon.offers or not 0 <= first <= last < len(echelon.net):
        return None
    entering = _stocked(echelon, first) if stocked else _supplied(echelon, first)
    if entering is None:
        return None
    need = echelon.net[last] - entering.due
    if need <= 0:
        return None
    sets = baskets(echelon.offers)
    rate = slope(sets, need)
    total = dict.fromkeys((int(echelon.short[last]), int(echelon.forgone[last])), rate)
    _add(total, [(column, rate * share) for column, share in entering.terms])
    for offer in echelon.offers:
        for bucket, units, orders in offer.columns:
            if first <= bucket <= last:
                _add(total, ((units, offer.price * offer.share), (orders, offer.cost)))
    name = f"{_STOCK * stocked}spend_cut[{echelon.item},{first},{last}]"
    return _cut(name, total, least_cost(sets, need) + (_ZERO if stocked else rate * entering.due))


def _between(echelon: Echelon, first: int, until: int) -> list[tuple[int, Fraction]]:
    """What all sources from a bucket on bring before another one: one column instead of many."""
    if until <= first:
        return []
    found = [(int(columns[until - 1]), Fraction(1)) for columns in echelon.supplied]
    return found + [(int(columns[first - 1]), Fraction(-1)) for columns in echelon.supplied if first]


def before(echelon: Echelon, bucket: int) -> Fraction:
    """Net requirement by the end of the bucket before, 0 where there is none."""
    return max(echelon.net[bucket - 1], _ZERO) if bucket else _ZERO


def _rounded(most: Fraction | None, unit: Fraction, part: Fraction, whole: Fraction) -> Fraction:
    if most is None:
        return whole
    ratio = most / unit
    floor = Fraction(ratio // 1)
    return min(floor + min(Fraction(1), (ratio - floor) / part), whole)


def _inside(echelon: Echelon, choice: str, first: int, last: int) -> list[tuple[int, Source]] | None:
    """Sources of a window with their numbers; None where the choice is not one letter for each."""
    if not 0 <= first <= last < len(echelon.net):
        return None
    inside = [(k, source) for k, source in enumerate(echelon.sources) if first <= source.bucket <= last]
    return inside if len(choice) == len(inside) else None


def _add(total: dict[int, Fraction], terms: Sequence[tuple[int, Fraction]]) -> None:
    for column, value in terms:
        total[column] = total.get(column, _ZERO) + value


def _cut(name: str, total: dict[int, Fraction], low: Fraction) -> Cut:
    kept = {column: value for column, value in sorted(total.items()) if value}
    return Cut(name, tuple(kept), tuple(kept.values()), low)
