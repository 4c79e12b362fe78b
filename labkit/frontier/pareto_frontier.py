"""The frontier that was found: its numbers as arrays, and its designs, each made when it is asked for."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._values import ByValue
from ..outcome import Outcome
from .budgets import Goal, best_position
from .design_changes import Design
from .design_space import Choosing
from .dominance import Floats, Ints
from .merging import Picks


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(ByValue, Sequence[Design]):
    """The designs that no other design beats, cheapest first. ``frontier[i]`` makes the i-th as a ``Design``.

    Attributes:
        cost: USD a task. latency: seconds. reliability, refused: in [0, 1]. A measure that was not asked for is NaN;
            ``refused`` is known where ``"refused"`` or ``"wrong"`` was asked for.
        accounting, measures, epsilon: as asked for.
        designs: how many combinations there were.
        note: what a reader of the numbers should know, or an empty text.
        complete: False where the search was stopped: every design is one that can be built, better ones may exist.
    """

    cost: Floats
    latency: Floats
    reliability: Floats
    refused: Floats
    accounting: str
    measures: tuple[str, ...]
    epsilon: float
    designs: int
    note: str
    complete: bool
    _spaces: tuple[tuple[str, Choosing], ...]
    _shape: Ints = field(compare=False)  # for each design the position of its space
    _picked: Picks = field(compare=False)  # and the option of each step there

    @property
    def outcome(self) -> Outcome:
        """All points as one outcome of arrays, for pictures."""
        return Outcome(self.cost, self.latency, self.reliability, self.accounting, self.note, self.refused)

    def best(self, **asked: Any) -> Design:
        """The best design of this frontier: by the aims and budgets of the function ``best``."""
        goal = Goal(**asked)
        for measure in goal.measures:
            if measure not in self.measures:
                raise ValueError(f"measures of this frontier are {self.measures}; the question also needs {measure!r}")
        return self[best_position(goal, self.cost, self.latency, self.reliability, self.refused)]

    def __len__(self) -> int:
        return int(self.cost.size)

    def __getitem__(self, i):  # type: ignore[no-untyped-def]  # a Design, or a list of them for a slice
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        i = operator.index(i)
        if not -len(self) <= i < len(self):
            raise IndexError(f"there are {len(self):,} designs, got position {i}")
        name, space = self._spaces[self._shape[i]]
        workflow, names = space.design(self._picked[i].tolist())
        return Design(self._spaces[0][1].workflow, workflow, names, name, self.accounting)

    def __repr__(self) -> str:
        head = f"Pareto frontier: {len(self):,} of {self.designs:,} designs. {self.outcome}"
        share = f"\nepsilon {self.epsilon:g}: cost and latency within that share of exact" if self.epsilon else ""
        return head + share + (f"\n{self.note}" if self.note else "")
