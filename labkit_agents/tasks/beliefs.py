"""What a prediction takes for known: how often a model is right, by how many numbers it has to add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from labkit._inputs import one_share

from .checks import Check


class Belief(Protocol):
    """What is believed of one model."""

    def p_of(self, operands: int) -> float:
        """Probability of being right on a sum of so many numbers."""
        ...

    def recall(self, check: Check, operands: int | None = None) -> float:
        """The share of its wrong answers that a check notices."""
        ...

    def rejected_below(self, at_least: float, operands: int) -> tuple[float, float]:
        """The shares of its wrong and of its right answers that are less probable than ``at_least``."""
        ...


class Given:
    """A p that was given, one for all sums or one for each count of numbers.

    Args:
        p: a probability, or {operands: probability}.

    Raises:
        ValueError: a p outside [0, 1], or no p.

    >>> Given({2: 0.99, 3: 0.95}).p_of(3)
    0.95
    """

    def __init__(self, p: float | Mapping[int, float]) -> None:
        if isinstance(p, Mapping) and not p:
            raise ValueError(f"p must hold at least one probability, got {p!r}")
        by_count = p if isinstance(p, Mapping) else {0: p}
        self._p = {count: one_share("p", value) for count, value in by_count.items()}

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._p.items())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._p.get(0, self._p)})"

    def p_of(self, operands: int) -> float:
        """The given p."""
        if 0 in self._p:
            return self._p[0]
        if operands not in self._p:
            raise ValueError(f"p must say how often a sum of {operands} numbers is right, it knows {sorted(self._p)}")
        return self._p[operands]

    def recall(self, check: Check, operands: int | None = None) -> float:
        """As if every remainder of an error were equally likely."""
        return check.recall_by_chance

    def rejected_below(self, at_least: float, operands: int) -> tuple[float, float]:
        """Not known: a p alone does not say how sure the model is.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"p must be measured (measure_p) to predict a cascade by confidence, got {self._p!r}")


Beliefs: TypeAlias = "Belief | float | Mapping[int, float] | Mapping[str, Belief | float | Mapping[int, float]]"
"""One belief for all models, or one for each model by its name."""


def belief_about(p: Beliefs, names: tuple[str, ...]) -> Belief:
    """The belief about the first of the names that is known; one that is not by name holds for every model.

    Raises:
        ValueError: a mapping by names without any of them, or something that is no p.

    >>> belief_about({"small": 0.9, "premium": {2: 0.99}}, ("premium",)).p_of(2)
    0.99
    """
    if isinstance(p, Mapping) and any(isinstance(key, str) for key in p):
        for name in names:
            if name in p:
                return _as_belief(p[name])  # type: ignore[index]
        raise ValueError(f"p must hold a belief about {names[-1]!r}, it holds {sorted(map(str, p))}")
    return _as_belief(p)


def _as_belief(p: object) -> Belief:
    return p if hasattr(p, "p_of") else Given(p)  # type: ignore[arg-type,return-value]
