"""Whether a task has succeeded: every step right, or, where errors travel, the last answers right.

``EveryStep`` is the product law's view, in which steps fail on their own. ``LastAnswers`` lets an error that nobody
noticed spoil the steps that build on it, and judges a task by what it hands over at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .step_runs import Runs, Truth


class EveryStep:
    """A task succeeds if every step that was done is right and no gate said no."""

    def __init__(self, tasks: int) -> None:
        self.success, self.refused = np.ones(tasks, dtype=bool), np.zeros(tasks, dtype=bool)

    def spoiled(self, step: int, going: Any) -> Truth | None:
        """Which runs of a step cannot be right: none, for steps fail on their own."""
        return None

    def note(self, step: int, going: Any, runs: Runs) -> None:
        """Take in the runs of a step, for the tasks that were going."""
        if runs.rejected is None:
            self.success[going] &= runs.right
        else:
            self.success[going] &= runs.right & ~runs.rejected
            self.refused[going] |= runs.rejected

    def end(self, going: Any, last: Sequence[int]) -> None:
        """Close tasks that end with these steps: all has been counted."""


class LastAnswers:
    """A task succeeds if no gate said no and the answers of its last steps are right.

    A step that needs a wrong answer is spoiled with probability ``propagation``: then each of its attempts is wrong.
    At 1 every error reaches the end; at 0 only the errors of the last steps count.
    """

    def __init__(
        self, tasks: int, rng: np.random.Generator, needs: Sequence[Sequence[int]], propagation: float
    ) -> None:
        self.success, self.refused = np.ones(tasks, dtype=bool), np.zeros(tasks, dtype=bool)
        self.rng, self.needs, self.propagation = rng, needs, propagation
        self.wrong: dict[int, Truth] = {}

    def spoiled(self, step: int, going: Any) -> Truth | None:
        """Which runs of a step cannot be right, because of what they were given."""
        if not self.needs[step]:
            return None
        given_wrong: Truth = np.any([self.wrong[other][going] for other in self.needs[step]], axis=0)
        return given_wrong & (self.rng.random(given_wrong.size) < self.propagation)

    def note(self, step: int, going: Any, runs: Runs) -> None:
        """Take in the runs of a step, for the tasks that were going."""
        self.wrong[step] = np.zeros(self.success.size, dtype=bool)
        self.wrong[step][going] = ~runs.right
        if runs.rejected is not None:
            self.success[going] &= ~runs.rejected
            self.refused[going] |= runs.rejected

    def end(self, going: Any, last: Sequence[int]) -> None:
        """Close tasks that end with these steps."""
        for step in last:
            self.success[going] &= ~self.wrong[step][going]
