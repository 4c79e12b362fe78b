"""Whether a task has succeeded: every step right, or, where errors travel, the last answers right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .step_runs import Runs, Truth


class Verdict:
    """Which tasks succeed, and which a gate refuses.

    Without ``propagation`` a task succeeds if every step that was done is right, the product law's view. With it a step
    that needs a wrong answer is spoiled with this probability, each of its attempts then wrong, and a task succeeds if
    its last answers are right: at 1 every error reaches the end, at 0 only the errors of the last steps count.
    """

    def __init__(
        self, tasks: int, rng: np.random.Generator, needs: Sequence[Sequence[int]], propagation: float | None
    ) -> None:
        self.success, self.refused = np.ones(tasks, dtype=bool), np.zeros(tasks, dtype=bool)
        self.rng, self.needs, self.propagation = rng, needs, propagation
        self.wrong: dict[int, Truth] = {}

    def spoiled(self, step: int, going: Any) -> Truth | None:
        """Which runs of a step cannot be right, because of what they were given; None where none is spoiled."""
        if self.propagation is None or not self.needs[step]:
            return None
        given_wrong: Truth = np.any([self.wrong[other][going] for other in self.needs[step]], axis=0)
        return given_wrong & (self.rng.random(given_wrong.size) < self.propagation)

    def note(self, step: int, going: Any, runs: Runs) -> None:
        """Take in the runs of a step, for the tasks that were going."""
        if self.propagation is None:
            self.success[going] &= runs.right
        else:
            self.wrong[step] = np.zeros(self.success.size, dtype=bool)
            self.wrong[step][going] = ~runs.right
        if runs.rejected is not None:
            self.success[going] &= ~runs.rejected
            self.refused[going] |= runs.rejected

    def end(self, going: Any, last: Sequence[int]) -> None:
        """Close tasks that end with these steps."""
        for step in last if self.propagation is not None else ():
            self.success[going] &= ~self.wrong[step][going]
