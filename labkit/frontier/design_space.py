"""All designs of one graph whose steps may choose: from the options of every step to the frontier of the whole."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, product
from typing import TypeAlias

import numpy as np

from .._sweeps import arrays_of
from ..exact.lists import Lists, TooManyValues
from ..exact.series_parallel import Piece, a_step, as_forest, decomposed, in_layers, made_of
from ..exact.whole import MOST_RETRIES, of_piece, seconds_of_step
from ..steps import Step, as_last
from ..workflow import Workflow
from .alternatives import Choices, by_step
from .dominance import Floats, TooLarge
from .merging import Points, Pruner, every_combination, join_pieces, one_step, slowest_of_each
from .price_lists import PriceList, Wanted, price_list

MOST_STEPS = 1_000
ENUMERABLE = 2**18  # combinations of one tangled piece that are tried one by one
MOST_MEANS = 20_000  # unlike ones of which the mean of the slowest is worked out: seconds
LATENCIES = ("exact", "lower", "upper")
Part: TypeAlias = tuple[Points, tuple[int, ...]]


@dataclass(frozen=True)
class Choosing:
    """A workflow and, for each of its steps, the names of its options and the steps they make."""

    workflow: Workflow
    names: tuple[tuple[str, ...], ...]
    steps: tuple[tuple[Step, ...], ...]

    @property
    def designs(self) -> int:
        """How many combinations there are."""
        return math.prod(len(names) for names in self.names)

    @cached_property
    def done(self) -> list[tuple[Step, ...]]:
        """The steps as they are carried out: nothing comes after the last."""
        last = set(self.workflow.graph.sinks())
        return [tuple(map(as_last, steps)) if i in last else steps for i, steps in enumerate(self.steps)]

    def design(self, picked: Sequence[int]) -> tuple[Workflow, dict[str, str]]:
        """The workflow in which each step has its picked option, and the options' names; what follows is no matter."""
        steps = tuple(of_step[i] for of_step, i in zip(self.steps, picked, strict=False))
        names = (of_step[i] for of_step, i in zip(self.names, picked, strict=False))
        return Workflow(steps), dict(zip(self.workflow.names, names, strict=True))


def choosing(workflow: Workflow, choices: Choices) -> Choosing:
    """Apply every option to every step once; a workflow too long or of arrays is a ``ValueError``."""
    if len(workflow) > MOST_STEPS:
        raise ValueError(
            f"workflow must have at most {MOST_STEPS:,} steps to search its designs, got {len(workflow):,}"
        )
    for step in workflow:
        for array in arrays_of(step):
            raise ValueError(f"workflow must be one design, but step {step.name!r} holds an array of {array.size}")
    listed = by_step(workflow, choices)
    names = tuple(tuple(option.name for option in group) for group in listed)
    steps = tuple(tuple(option.applied(step) for option in group) for step, group in zip(workflow, listed, strict=True))
    return Choosing(workflow, names, steps)


def price_lists(space: Choosing, accounting: str, wanted: Wanted) -> list[PriceList]:
    """What the options of each step come to."""
    return [price_list(steps, accounting, wanted) for steps in space.done]


def parts_of(space: Choosing, lists: Sequence[PriceList], accounting: str, latency: str, pruner: Pruner) -> list[Part]:
    """The parts that follow one another: the frontier of each, and its steps."""
    _check_ends(space)
    solver = _Solver(space, lists, accounting, latency, pruner)
    return [(solver.points(piece, alone=True), piece.steps) for piece in solver.cut(pruner.wanted.latency)]


def joined(parts: Sequence[Part], pruner: Pruner) -> Points:
    """The frontier of all designs; ``picked`` has the option of each step in the order of the workflow."""
    found = join_pieces("series", [points for points, _ in parts], pruner)
    order = [step for _, steps in parts for step in steps]
    return Points(found.measures, found.picked[:, np.argsort(order)]) if len(found) else found


def _check_ends(space: Choosing) -> None:
    """An option that may end the workflow needs a step that nothing runs beside."""
    alone = {block[0] for block in space.workflow.graph.blocks if len(block) == 1}
    for i in (i for i in range(len(space.steps)) if i not in alone):
        for name, step in zip(space.names[i], space.steps[i], strict=True):
            if step.may_end:
                raise ValueError(
                    f"option {name!r} may end the workflow early at step {step.name!r}, but other steps run beside it; "
                    "only a step that everything else comes before or after may stop early or halt"
                )


@dataclass
class _Solver:
    """Frontiers of the pieces of one workflow; pieces alike are solved once."""

    space: Choosing
    lists: Sequence[PriceList]
    accounting: str
    latency: str
    pruner: Pruner
    known: dict[Hashable, Points] = field(default_factory=dict)

    def cut(self, timed: bool) -> Iterator[Piece]:
        """The pieces that run one after another, each of a kind that can be solved."""
        whole = decomposed(self.space.workflow.graph)
        for piece in whole.parts if whole.kind == "series" else (whole,):
            if piece.kind != "step" and not timed:
                yield made_of("parallel", [a_step(step) for step in piece.steps])
            elif piece.kind != "step" and self.latency == "exact" and any(self.lists[i].varies for i in piece.steps):
                yield Piece("knot", (), piece.steps)
            else:
                yield self._untangle_piece(piece)

    def _untangle_piece(self, piece: Piece) -> Piece:
        """The piece with every knot of too many combinations made simpler, where only a bound is asked for."""
        if piece.kind == "knot" and self._count_combinations(piece) > ENUMERABLE:
            if self.latency == "exact":
                raise TooLarge(
                    f"no exact frontier: steps {self._name_steps(piece)} are tangled (neither in series nor side by "
                    f"side) and have {self._count_combinations(piece):,} combinations of options; frontier.pareto "
                    "with latency='lower' or 'upper' gives a bound"
                )
            return (in_layers if self.latency == "upper" else as_forest)(self.space.workflow.graph, piece)
        return made_of(piece.kind, [self._untangle_piece(part) for part in piece.parts]) if piece.parts else piece

    def points(self, piece: Piece, alone: bool = False) -> Points:
        """The frontier of a piece. A step alone counts with its mean seconds, one beside others as asked for."""
        key = (*self._key_of_piece(piece), alone)
        if key not in self.known:
            self.known[key] = self._solve_piece(piece, alone)
        return self.known[key]

    def _solve_piece(self, piece: Piece, alone: bool) -> Points:
        use = "sec" if self.latency == "lower" else "sec_most"
        if piece.kind == "step":
            prices = self.lists[piece.steps[0]]
            return one_step(prices, prices.sec if alone else getattr(prices, use), self.pruner)
        if piece.kind == "knot":
            return self._try_combinations(piece, use)
        return join_pieces(piece.kind, [self.points(part) for part in piece.parts], self.pruner)

    def _try_combinations(self, piece: Piece, use: str) -> Points:
        """A tangled piece, or one whose seconds vary, by trying every combination."""
        lists = [self.lists[step] for step in piece.steps]
        if self.latency == "exact" and any(prices.varies for prices in lists):
            try:
                sec = self._mean_of_each(piece, lists)
            except TooManyValues:
                raise ValueError(
                    f"no exact frontier: steps {self._name_steps(piece)} overlap and their times are random under some "
                    f"option, which makes too many combinations ({self._count_combinations(piece):,}) to work out the "
                    "mean of the slowest for; frontier.pareto with latency='lower' or 'upper' gives a bound, "
                    "accounting='worst' counts every attempt, and measures without 'latency' leave time out"
                ) from None
        else:
            sec = slowest_of_each(self.space.workflow.graph, piece.steps, lists, use)
        return every_combination(lists, sec, self.pruner)

    def _mean_of_each(self, piece: Piece, lists: Sequence[PriceList]) -> Floats:
        """Mean seconds of every combination; those alike, of steps side by side in any order, are worked out once."""
        graph, done = self.space.workflow.graph, [self.space.done[step] for step in piece.steps]
        numbers: dict[Hashable, int] = {}
        kinds = [[numbers.setdefault(step.key, len(numbers)) for step in options] for options in done]
        if self._count_combinations(piece) > ENUMERABLE or any(step.retries > MOST_RETRIES for step in chain(*done)):
            raise TooManyValues("there are too many combinations")
        least, sec = (slowest_of_each(graph, piece.steps, lists, use).copy() for use in ("sec_least", "sec_most"))
        times = {
            number: seconds_of_step(Lists(), step, self.accounting == "expected")
            for number, step in zip(chain(*kinds), chain(*done), strict=True)
        }
        inside, means = decomposed(graph, piece.steps), dict[tuple[int, ...], float]()
        beside = inside.kind == "parallel" and len(inside.parts) == len(piece.steps)
        for i, picked in enumerate(product(*kinds)):
            if least[i] == sec[i]:
                continue
            alike = tuple(sorted(picked)) if beside else picked
            if alike not in means:
                if len(means) == MOST_MEANS:
                    raise TooManyValues("there are too many combinations")
                kind, of_step = Lists(), dict(zip(piece.steps, picked, strict=True))
                means[alike] = float(kind.mean(of_piece(kind, graph, inside, lambda at: times[of_step[at]])))  # noqa: B023
            sec[i] = means[alike]
        return sec

    def _count_combinations(self, piece: Piece) -> int:
        return math.prod(self.lists[step].usd.size for step in piece.steps)

    def _key_of_piece(self, piece: Piece) -> tuple[Hashable, ...]:
        """Equal for pieces alike; a knot is like itself only, and so is a piece whose answers are thinned."""
        if piece.kind == "step":
            return ("step", self.lists[piece.steps[0]].key)
        if piece.kind == "knot" or (self.pruner.epsilon and self.pruner.wanted.failures):
            return (piece.kind, piece.steps)  # thinned once and used twice, what it delivers would be off twice
        return (piece.kind, *(self._key_of_piece(part) for part in piece.parts))

    def _name_steps(self, piece: Piece) -> str:
        names = [repr(self.space.workflow.names[step]) for step in piece.steps]
        return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
