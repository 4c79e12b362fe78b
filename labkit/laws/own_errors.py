"""A chain that reads its own past: each error made so far makes the next step worse.

Sinha et al. 2025 ("The Illusion of Diminishing Returns") report that a model's own past errors raise its error rate.
The straight line used here is the plainest law of that kind, and not a fit of theirs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._inputs import one_number, one_share, one_whole
from .._series import Array
from .._values import by_value

MOST_STEPS = 10_000


@by_value
class OwnErrors(NamedTuple):
    """What a chain makes of S steps, both counted from 0.

    Attributes:
        counts: the probability of e errors after the last step, for e from 0 to S.
        step_success: the probability that step i is right, for i from 0 to S - 1.
    """

    counts: Array
    step_success: Array

    def at_most(self, errors: int) -> float:
        """The probability that the chain made no more errors than a task can bear.

        >>> round(self_conditioned(0.9, 2, drop=0.0).at_most(1), 4)
        0.99
        """
        return float(min(self.counts[: one_whole("errors", errors) + 1].sum(), 1.0))


def self_conditioned(p: float, steps: int, drop: float) -> OwnErrors:
    """Errors in a chain whose success per step falls with the share of the errors it has already made.

    Formula: after e errors in i steps the next step is right with ``max(0, p - drop e/i)``; exact by adding up over e,
    one step after the other. At drop 0 the errors are Binomial(S, 1-p). A chain that no error may enter succeeds with
    p^S at any drop: the effect shows in the later steps, and in tasks that can bear an error.

    Args:
        p: of a step with no error before it, in [0, 1].
        steps: S, a whole number from 1 to 10,000.
        drop: what p loses when every step so far was an error, zero or more.

    >>> chain = self_conditioned(0.95, 3, drop=0.3)
    >>> chain.counts.round(4).tolist(), chain.step_success.round(4).tolist()
    ([0.8574, 0.1091, 0.0274, 0.0061], [0.95, 0.935, 0.9328])
    """
    first, fall, total = one_share("p", p), one_number("drop", drop), one_whole("steps", steps, at_least=1)
    if total > MOST_STEPS:
        raise ValueError(f"steps must be at most {MOST_STEPS:,}, for the work grows with their square, got {total:,}")
    counts, step_success = np.zeros(total + 1), np.zeros(total)
    counts[0] = 1.0
    for i in range(total):
        right = np.maximum(first - fall * np.arange(i + 1) / max(i, 1), 0.0)
        so_far = counts[: i + 1].copy()
        step_success[i] = so_far @ right
        counts[: i + 1] = so_far * right
        counts[1 : i + 2] += so_far * (1 - right)
    return OwnErrors(counts, step_success)
