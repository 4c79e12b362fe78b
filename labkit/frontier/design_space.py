"""All designs of one graph whose steps may choose: from the options of every step to the frontier of the whole."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from .._sweeps import arrays_of
from ..exact.series_parallel import Piece, a_step, as_forest, decomposed, in_layers, made_of
from ..steps import Step, as_last
from ..workflow import Workflow
from .alternatives import Choices, by_step
from .dominance import TooLarge
from .merging import Points, Pruner, every_combination, join_pieces, one_step
from .price_lists import PriceList, Wanted, price_list

MOST_STEPS = 1_000
ENUMERABLE = 2**18  # combinations of one tangled piece that are tried one by one
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
    """What the options of each step come to; nothing comes after the last steps."""
    last = space.workflow.graph.sinks()
    done = [tuple(map(as_last, steps)) if i in last else steps for i, steps in enumerate(space.steps)]
    return [price_list(steps, accounting, wanted) for steps in done]


def parts_of(space: Choosing, lists: Sequence[PriceList], latency: str, pruner: Pruner) -> list[Part]:
    """The parts that follow one another: the frontier of each, and its steps."""
    _check_ends(space)
    solver = _Solver(space.workflow, lists, latency, pruner)
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

    workflow: Workflow
    lists: Sequence[PriceList]
    latency: str
    pruner: Pruner
    known: dict[Hashable, Points] = field(default_factory=dict)

    def cut(self, timed: bool) -> Iterator[Piece]:
        """The pieces that run one after another, each of a kind that can be solved."""
        whole = decomposed(self.workflow.graph)
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
            return (in_layers if self.latency == "upper" else as_forest)(self.workflow.graph, piece)
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
        lists, found = [self.lists[step] for step in piece.steps], None
        if self._count_combinations(piece) <= ENUMERABLE:
            use = "known" if self.latency == "exact" else use
            found = every_combination(self.workflow.graph, piece.steps, lists, use, self.pruner)
        if found is None:
            raise ValueError(
                f"no exact frontier: steps {self._name_steps(piece)} overlap and their times are random under some "
                "option, so the mean of the slowest is not known; frontier.pareto with latency='lower' or 'upper' "
                "gives a bound, accounting='worst' counts every attempt, and measures without 'latency' leave time out"
            )
        return found

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
        names = [repr(self.workflow.names[step]) for step in piece.steps]
        return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
