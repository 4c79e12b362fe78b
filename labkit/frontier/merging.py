"""Frontiers of pieces, and how they join to the frontier of a whole.

Whatever the rest of a workflow does, a piece that costs more, takes longer and fails more than another can be replaced
by that other, and the whole gets no worse. So a dominated piece never belongs to the frontier, and pruning at every
join loses nothing (dynamic programming):

* in series cost and seconds add up and p multiplies, from the last piece to the first. A step after which the workflow
  may end pays for what follows as often as it is reached: usd + g x rest, and p x (r + (1-s) x rest), where s is how
  often its judge stops and r how often he does so rightly.
* side by side cost adds up, seconds take the larger, p multiplies.
* how often nothing is refused multiplies as p does, with s in place of r.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._values import ByValue, by_value
from ..graph import Graph, longest
from .dominance import TIE, TOO_LARGE, Floats, Ints, nondominated, thinned
from .price_lists import PriceList, Wanted

AT_ONCE = 2**21  # combinations that are looked at together: 200 MiB at most
TOO_MANY = 10**10  # combinations of one join that nobody wants to wait for
MANY_ENDS = 2**20  # the same where the ways to end are compared too, for then more of them are kept
THINNINGS = 6

Picked: TypeAlias = tuple[int, ...]
Join: TypeAlias = "Callable[[Points, Ints, Measures], Measures]"


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

    def and_more(self, more: Measures) -> Measures:
        """These designs, then those."""
        usd, sec, p, delivered = (np.concatenate(pair) for pair in zip(self, more, strict=True))
        return Measures(usd, sec, p, delivered)


@dataclass(frozen=True, eq=False)
class Points(ByValue):
    """Designs of a piece that no other design of it beats.

    Attributes:
        measures: of each.
        ends_right, stops, goes_on: see ``PriceList``; other than 0 and 1 only for one step alone.
        picked: from a position to the option of each step, in the order of the piece's steps.
    """

    measures: Measures
    picked: Callable[[int], Picked] = field(compare=False)
    ends_right: Floats | float = 0.0
    stops: Floats | float = 0.0
    goes_on: Floats | float = 1.0

    def __len__(self) -> int:
        return self.measures.usd.size


@dataclass
class Pruner:
    """Drops what is dominated; thins now and then, so that all thinnings cost a factor of 1 + epsilon at most.

    Each thinning may let cost, seconds and what is delivered change by ``(1 + epsilon)^(1/6)``. At most five come at
    joins and one at the end, so no design meets more than six.
    """

    wanted: Wanted
    epsilon: float
    joins: int
    done: int = field(default=0, init=False)

    def kept(self, found: Measures) -> Ints:
        """Positions of what no other dominates in the measures that are compared."""
        return nondominated(found.usd, found.sec, found.p, self.wanted.loss(found.delivered))

    def after_join(self, found: Measures) -> Ints | slice:
        """What stays after one more join."""
        self.done += 1
        due = self.done % -(-self.joins // (THINNINGS - 1)) == 0
        return thinned_by(self.epsilon, found, self.wanted) if due else slice(None)

    def check_size(self, options: int, rest: int) -> None:
        """Nothing; a join that would take minutes is a ``ValueError``."""
        if options * rest > (MANY_ENDS if self.wanted.failures else TOO_MANY):
            raise ValueError(TOO_LARGE.format(f"{options:,} designs of one piece meet {rest:,} of the rest"))


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
    return Points(measures.at(keep), _PickedOption(keep.tolist()), *chances)


@dataclass(frozen=True)
class _PickedOption:
    """From a position to the option of one step."""

    found: list[int]

    def __call__(self, i: int) -> Picked:
        return (self.found[i],)


def in_series(pieces: Sequence[Points], pruner: Pruner) -> Points:
    """The pieces one after another."""
    return _fold_pieces(pieces, _join_before, pruner)


def side_by_side(pieces: Sequence[Points], pruner: Pruner) -> Points:
    """The pieces at the same time."""
    return _fold_pieces(pieces, _join_beside, pruner)


def _join_before(first: Points, rows: Ints, rest: Measures) -> Measures:
    """A piece and what follows it."""
    usd, sec, p, delivered = rest
    mine = first.measures.at(rows)
    right, stops, goes_on = (
        np.broadcast_to(value, len(first))[rows] for value in (first.ends_right, first.stops, first.goes_on)
    )
    return Measures(
        mine.usd + goes_on * usd,
        mine.sec + goes_on * sec,
        mine.p * (right + (1 - stops) * p),
        mine.delivered * (stops + (1 - stops) * delivered),
    )


def _join_beside(one: Points, rows: Ints, other: Measures) -> Measures:
    """A piece and what runs beside it."""
    usd, sec, p, delivered = other
    mine = one.measures.at(rows)
    return Measures(mine.usd + usd, np.maximum(mine.sec, sec), mine.p * p, mine.delivered * delivered)


def _fold_pieces(
    pieces: Sequence[Points], join: Callable[[Points, Ints, Measures], Measures], pruner: Pruner
) -> Points:
    """All pieces joined, from the last to the first, and the way back to what each of them picked."""
    so_far = Measures(np.zeros(1), np.zeros(1), np.ones(1), np.ones(1))
    trace: list[tuple[Callable[[int], Picked], NDArray[np.int32], NDArray[np.int32]]] = []
    for piece in reversed(pieces):
        so_far, here, there = _join_pair(piece, so_far, join, pruner)
        keep = pruner.after_join(so_far) if trace else slice(None)
        so_far = so_far.at(keep)
        trace.append((piece.picked, here[keep].astype(np.int32), there[keep].astype(np.int32)))
    return Points(so_far, _PickedOfPieces(trace[::-1]))


@dataclass(frozen=True)
class _PickedOfPieces:
    """From a position of the whole to the options of its pieces, the first piece first."""

    trace: list[tuple[Callable[[int], Picked], NDArray[np.int32], NDArray[np.int32]]]

    def __call__(self, i: int) -> Picked:
        found: list[int] = []
        for picked, here, there in self.trace:
            found += picked(int(here[i]))
            i = int(there[i])
        return tuple(found)


def _join_pair(
    piece: Points, rest: Measures, join: Callable[[Points, Ints, Measures], Measures], pruner: Pruner
) -> tuple[Measures, Ints, Ints]:
    """Every design of a piece with every design of the rest, pruned; and the positions in both that made it."""
    size = rest.usd.size
    pruner.check_size(len(piece), size)
    found: tuple[Measures, Ints] | None = None
    rows = max(1, AT_ONCE // len(piece))
    for start in range(0, size, rows):
        block = np.arange(start, min(start + rows, size))
        here = np.repeat(np.arange(len(piece)), block.size)
        there = np.tile(block, len(piece))
        made, index = join(piece, here, rest.at(there)), here * size + there
        if found is not None:
            made, index = found[0].and_more(made), np.concatenate((found[1], index))
        keep = pruner.kept(made)
        found = made.at(keep), index[keep]
    assert found is not None
    made, index = found
    return made, index // size, index % size


def every_combination(
    graph: Graph, steps: Sequence[int], lists: Sequence[PriceList], use: str, pruner: Pruner
) -> Points | None:
    """A piece of any shape by trying every combination of its steps' options; exact for every shape.

    Args:
        use: ``"sec"`` or ``"sec_most"``: the seconds a step counts with; ``"known"`` for those that are certain, and
            then the answer is None where chance moves the slowest path of a design.
    """
    sizes = tuple(prices.usd.size for prices in lists)
    spread = [_spread_options(sizes, i) for i in range(len(sizes))]

    def slowest(which: str) -> Floats:
        seconds = {step: getattr(prices, which)[at] for step, prices, at in zip(steps, lists, spread, strict=True)}
        return np.broadcast_to(longest(steps, graph.needs, seconds, range(len(graph.needs))), shape).ravel()

    shape = tuple(size for size in sizes if size > 1)
    sec = slowest("sec_most" if use == "known" else use)
    if use == "known" and not np.array_equal(sec, slowest("sec_least")):
        return None
    usd, p, delivered = np.zeros(shape), np.ones(shape), np.ones(shape)
    for prices, at in zip(lists, spread, strict=True):
        usd, p, delivered = usd + prices.usd[at], p * prices.p[at], delivered * prices.delivered[at]
    measures = Measures(usd.ravel(), sec, p.ravel(), delivered.ravel())
    keep = pruner.kept(measures)
    return Points(measures.at(keep), _PickedCombination(keep, sizes))


@dataclass(frozen=True)
class _PickedCombination:
    """From a position to the options of all steps, of which every combination was tried."""

    keep: Ints
    sizes: tuple[int, ...]

    def __call__(self, i: int) -> Picked:
        chosen = iter(np.unravel_index(self.keep[i], tuple(size for size in self.sizes if size > 1)))
        return tuple(int(next(chosen)) if size > 1 else 0 for size in self.sizes)


def _spread_options(sizes: Sequence[int], step: int) -> NDArray[np.int64]:
    """The options of a step along an axis of its own; a step without a choice has no axis."""
    axes = [i for i, size in enumerate(sizes) if size > 1]
    return np.arange(sizes[step]).reshape([-1 if i == step else 1 for i in axes])
