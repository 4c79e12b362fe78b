"""Frontiers of pieces, and how they join to the frontier of a whole.

A piece that costs more, takes longer and fails more than another can be replaced by that other, and the whole gets no
worse. So pruning what is dominated at every join loses nothing (dynamic programming):

* in series cost and seconds add up and p multiplies, from the last piece to the first. A step after which the workflow
  may end pays for what follows as often as it is reached: usd + g x rest, and p x (r + (1-s) x rest), where s is how
  often its judge stops and r how often he does so rightly.
* side by side cost adds up, seconds take the larger, p multiplies.
* how often nothing is refused multiplies as p does, with s in place of r.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._values import ByValue, by_value
from ..graph import Graph, longest
from .dominance import TIE, TOO_LARGE, Floats, Ints, TooLarge, nondominated, thinned
from .price_lists import PriceList, Wanted

AT_ONCE = 2**21  # combinations that are looked at together: 200 MiB at most
TOO_MANY = 10**10  # combinations that nobody wants to wait for: hours
MANY_ENDS = 2**20  # combinations of one join where the ways to end are compared too, for then more of them are kept
THINNINGS = 6
DOUBT = 2  # an estimate may be so many times too large
BEAM = 256  # designs of a piece that a stopped search goes on with
PATIENCE = 3.0  # seconds before the first word on progress, and between two

Picks: TypeAlias = NDArray[np.int32]
Join: TypeAlias = "Callable[[Points, Ints, Measures], Measures]"


class _Stopped(Exception):
    """Someone has stopped the search."""


@by_value
class Measures(NamedTuple):
    """USD, seconds, how often all is right and how often nothing is refused, an entry for each design of a piece."""

    usd: Floats
    sec: Floats
    p: Floats
    delivered: Floats

    def at(self, rows: Any) -> Measures:
        """Those of some designs."""
        return Measures(self.usd[rows], self.sec[rows], self.p[rows], self.delivered[rows])


@dataclass(frozen=True, eq=False)
class Points(ByValue):
    """Designs of a piece that no other design of it beats.

    Attributes:
        measures: of each.
        ends_right, stops, goes_on: see ``PriceList``; other than 0 and 1 only for one step alone.
        picked: a row for each: the option of each step, in the order of the piece's steps.
    """

    measures: Measures
    picked: Picks = field(compare=False)
    ends_right: Floats | float = 0.0
    stops: Floats | float = 0.0
    goes_on: Floats | float = 1.0

    def __len__(self) -> int:
        return self.measures.usd.size

    def at(self, rows: Any) -> Points:
        """Some of the designs, of a piece after which nothing ends."""
        return Points(self.measures.at(rows), self.picked[rows])

    @classmethod
    def of_all(cls, found: Sequence[Points]) -> Points:
        """The designs of several searches, one after another; short rows are filled up with zeros."""
        wide = max(points.picked.shape[1] for points in found)
        picked = [np.pad(points.picked, ((0, 0), (0, wide - points.picked.shape[1]))) for points in found]
        columns = zip(*(points.measures for points in found), strict=True)
        return cls(Measures(*map(np.concatenate, columns)), np.vstack(picked))


@dataclass
class Pruner:
    """Drops what is dominated; thins now and then, so that all thinnings cost a factor of 1 + epsilon at most.

    Each of six thinnings, five at joins and one at the end, costs at most ``(1 + epsilon)^(1/6)``.

    Attributes:
        joins: how many joins there will be.
        most: combinations that may be looked at; more, or more to come by the estimate, are ``TooLarge``.
        stop: says whether to go on with few designs of each piece, as after an interrupt; None: an interrupt is one.
        progress: given a sentence after three seconds, and again every three.
        sieve: says which designs of the last pieces, and of how many, are worth keeping; None for all.
        looked: combinations that have been looked at.
    """

    wanted: Wanted
    epsilon: float
    joins: int
    most: float = TOO_MANY
    stop: Callable[[], bool] | None = None
    progress: Callable[[str], None] | None = None
    sieve: Callable[[Measures, int], Ints] | None = None
    looked: int = 0
    stopped: int = field(default=0, init=False)
    sizes: list[int] = field(default_factory=list, init=False)
    said: float = field(default_factory=monotonic, init=False)

    def kept(self, found: Measures) -> Ints:
        """Positions of what no other dominates in the measures that are compared."""
        return nondominated(found.usd, found.sec, found.p, self.wanted.loss(found.delivered))

    @property
    def between(self) -> int:
        """Joins from one thinning to the next."""
        return -(-self.joins // (THINNINGS - 1))

    def after_join(self, found: Measures) -> Ints | slice:
        """What stays after one more join."""
        self.sizes.append(found.usd.size)
        return slice(None) if len(self.sizes) % self.between else thinned_by(self.epsilon, found, self.wanted)

    def look(self, options: int, rest: int, new: int) -> None:
        """Count combinations of one join before they are looked at; say how far the search is.

        Raises:
            TooLarge: they are too many, or will be by the estimate.
        """
        self.looked += new
        size, more = (0.0, 0.0) if self.stopped else self.estimate(options)
        end = "in the end" if self.epsilon <= TIE else "before they are first thinned"
        limit = MANY_ENDS if self.wanted.failures else TOO_MANY
        if options * max(rest, size / DOUBT) > limit or (self.looked + more > self.most and not self.stopped):
            known = f", and about {size:,.0f} designs would stay {end}" if more else ""
            raise TooLarge(TOO_LARGE.format(f"after {len(self.sizes)} of {self.joins} joins {options:,} designs of one "
                                            f"piece meet {rest:,} of the rest{known}"))  # fmt: skip
        if self.stopped:
            return
        if self.stop is not None and self.stop():
            raise _Stopped
        if self.progress is not None and monotonic() - self.said >= PATIENCE:
            self.said = monotonic()
            done = f"{self.looked / (self.looked + more):.0%} of the work is done"
            known = f"; about {size:,.0f} would stay {end}, and about {done}" if more else ""
            self.progress(f"frontier: {len(self.sizes):,} of {self.joins:,} joins, {rest:,} designs kept, "
                          f"{self.looked:,} combinations looked at{known}")  # fmt: skip

    def estimate(self, options: int) -> tuple[float, float]:
        """About how many designs will be kept in the end, or before they are first thinned, and how many combinations
        come until then; zeros where that is not known. Both grow by a power of the number of joins, the one by which
        the designs grew since half of them were done."""
        done, end = len(self.sizes), self.joins if self.epsilon <= TIE else self.between
        if self.sieve is not None or not 4 <= done < end:
            return 0.0, 0.0
        power = max(math.log2(self.sizes[-1] / self.sizes[done // 2 - 1]) / math.log2(done / (done // 2)), 0.0)
        sizes = [self.sizes[-1] * (join / done) ** power for join in range(done, end + 1)]
        return sizes[-1], options * sum(sizes[1:-1])


def thinned_by(epsilon: float, found: Measures, wanted: Wanted) -> Ints | slice:
    """What stays after one of the six thinnings; an epsilon within ``TIE`` asks for no more than exact does."""
    if epsilon <= TIE:
        return slice(None)
    ratio = (1 + epsilon) ** (1 / THINNINGS)
    return thinned(found.usd, found.sec, found.p, ratio, found.delivered if wanted.failures else None)


def one_step(prices: PriceList, sec: Floats, pruner: Pruner) -> Points:
    """The options of a step that no other option beats; all of them where one may end the workflow."""
    measures = Measures(prices.usd, sec, prices.p, prices.delivered)
    keep = np.arange(sec.size) if prices.ends else pruner.kept(measures)
    chances = prices.ends_right[keep], prices.stops[keep], prices.goes_on[keep]
    return Points(measures.at(keep), keep[:, None].astype(np.int32), *chances)


def _join_before(first: Points, rows: Ints, rest: Measures) -> Measures:
    """A piece and what follows it."""
    usd, sec, p, delivered = rest
    mine = first.measures.at(rows)
    chances = first.ends_right, first.stops, first.goes_on
    right, stops, goes_on = (np.broadcast_to(chance, len(first))[rows] for chance in chances)
    return Measures(
        mine.usd + goes_on * usd, mine.sec + goes_on * sec, mine.p * (right + (1 - stops) * p),
        mine.delivered * (stops + (1 - stops) * delivered),
    )  # fmt: skip


def _join_beside(one: Points, rows: Ints, other: Measures) -> Measures:
    """A piece and what runs beside it."""
    usd, sec, p, delivered = other
    mine = one.measures.at(rows)
    return Measures(mine.usd + usd, np.maximum(mine.sec, sec), mine.p * p, mine.delivered * delivered)


JOINS: dict[str, Join] = {"series": _join_before, "parallel": _join_beside}


def join_pieces(kind: str, pieces: Sequence[Points], pruner: Pruner) -> Points:
    """The pieces in series or side by side, joined from the last to the first."""
    whole = Points(Measures(np.zeros(1), np.zeros(1), np.ones(1), np.ones(1)), np.zeros((1, 0), dtype=np.int32))
    for done, piece in enumerate(reversed(pieces), start=1):
        try:
            joined = _join_pair(piece, whole, JOINS[kind], pruner, done)
        except (KeyboardInterrupt, _Stopped):
            if pruner.stop is None or pruner.stopped:
                raise
            pruner.stopped = len(pruner.sizes) + 1
            joined = _join_pair(piece, whole, JOINS[kind], pruner, done)
        whole = joined.at(pruner.after_join(joined.measures)) if done > 1 else joined
    return whole


def _spread_few(points: Points) -> Points:
    """Some designs of all prices, with the quickest and the most reliable."""
    usd, sec, p, _ = points.measures
    evenly = np.argsort(usd)[np.linspace(0, len(points) - 1, min(BEAM, len(points))).astype(int)]
    return points.at(np.union1d(evenly, [np.argmin(sec), np.argmax(p)]))


def _join_pair(piece: Points, whole: Points, join: Join, pruner: Pruner, done: int) -> Points:
    """Every design of a piece with every design of the rest, pruned; with it so many pieces are joined."""
    whole = _spread_few(whole) if pruner.stopped else whole
    rest, size = whole.measures, len(whole)
    found, index = rest.at(slice(0)), np.arange(0)
    rows = max(1, AT_ONCE // len(piece))
    for start in range(0, size, rows):
        block = np.arange(start, min(start + rows, size))
        pruner.look(len(piece), size, len(piece) * block.size)
        here = np.repeat(np.arange(len(piece)), block.size)
        there = np.tile(block, len(piece))
        made, places = join(piece, here, rest.at(there)), here * size + there
        if pruner.sieve is not None:
            promising = pruner.sieve(made, done)
            made, places = made.at(promising), places[promising]
        found = Measures(*map(np.concatenate, zip(found, made, strict=True)))
        keep = pruner.kept(found)
        found, index = found.at(keep), np.concatenate((index, places))[keep]
    return Points(found, np.hstack((piece.picked[index // size], whole.picked[index % size])))


def slowest_of_each(graph: Graph, steps: Sequence[int], lists: Sequence[PriceList], use: str) -> Floats:
    """Seconds of every combination of the steps' options, which count with ``"sec"``, ``"sec_least"``, ..."""
    sizes = tuple(prices.usd.size for prices in lists)
    seconds = {step: getattr(lists[i], use)[_spread_options(sizes, i)] for i, step in enumerate(steps)}
    shape = tuple(size for size in sizes if size > 1)
    return np.broadcast_to(longest(steps, graph.needs, seconds, range(len(graph.needs))), shape).ravel()


def every_combination(lists: Sequence[PriceList], sec: Floats, pruner: Pruner) -> Points:
    """A piece of any shape by trying every combination of its steps' options, of which the seconds are known."""
    sizes = tuple(prices.usd.size for prices in lists)
    shape = tuple(size for size in sizes if size > 1)
    usd, p, delivered = np.zeros(shape), np.ones(shape), np.ones(shape)
    for i, prices in enumerate(lists):
        at = _spread_options(sizes, i)
        usd, p, delivered = usd + prices.usd[at], p * prices.p[at], delivered * prices.delivered[at]
    measures = Measures(usd.ravel(), sec, p.ravel(), delivered.ravel())
    keep = pruner.kept(measures)
    after = np.cumprod([1, *sizes[:0:-1]])[::-1]  # combinations of the steps behind each
    return Points(measures.at(keep), (keep[:, None] // after % sizes).astype(np.int32))


def _spread_options(sizes: Sequence[int], step: int) -> NDArray[np.int64]:
    """The options of a step along an axis of its own; a step without a choice has no axis."""
    axes = [i for i, size in enumerate(sizes) if size > 1]
    return np.arange(sizes[step]).reshape([-1 if i == step else 1 for i in axes])
