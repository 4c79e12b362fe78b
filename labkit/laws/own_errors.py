"""A chain that reads its own past: each error made so far makes the next step worse.

Sinha et al. 2025 ("The Illusion of Diminishing Returns") report that a model's own past errors raise its error rate.
The straight line used here is the plainest law of that kind, this course's choice and not a fit of theirs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._inputs import one_number, one_of, one_share, one_whole
from .._series import Array
from .._values import by_value

BY = ("number", "share")
MOST_STEPS = 10_000


@by_value
class OwnErrors(NamedTuple):
    """What a chain makes of its steps: how many errors, and how often each step is right.

    ``counts[e]`` is the probability of e errors after the last step, ``step_success[i]`` that of a right step i,
    both counted from 0.
    """

    counts: Array
    step_success: Array

    def at_most(self, errors: int) -> float:
        """The probability that the chain made no more errors than a task can bear.

        >>> round(self_conditioned(0.9, 2, drop=0.0).at_most(1), 4)
        0.99
        """
        return float(min(self.counts[: one_whole("errors", errors) + 1].sum(), 1.0))


def self_conditioned(p: float, steps: int, drop: float, by: str = "share", lowest: float = 0.0) -> OwnErrors:
    """Errors in a chain whose success per step falls with the errors it has already made.

    Formula: after e errors in i steps the next step is right with ``max(lowest, p - drop e/i)`` by share, or
    ``max(lowest, p - drop e)`` by number; exact by adding up over e, one step after the other. At drop 0 the errors
    are Binomial(S, 1-p). A chain that no error may enter succeeds with p^S at any drop: the effect shows in the
    later steps, and in tasks that can bear an error.

    Args:
        p: of a step with no error before it, in [0, 1].
        steps: S, a whole number from 1 to 10,000.
        drop: what p loses, zero or more: for each error, or when every step so far was an error.
        by: "share" of the steps so far, or "number" of errors.
        lowest: p never falls below it; in [0, 1], at most p.

    Returns:
        ``OwnErrors(counts, step_success)``, arrays of S + 1 and S probabilities.

    Raises:
        ValueError: a number out of range, another ``by``, or a lowest above p.

    Source: the effect is in Sinha et al. 2025; the line is this course's.

    >>> chain = self_conditioned(0.95, 3, drop=0.3)
    >>> chain.counts.round(4).tolist(), chain.step_success.round(4).tolist()
    ([0.8574, 0.1091, 0.0274, 0.0061], [0.95, 0.935, 0.9328])
    """
    first, fall, least = one_share("p", p), one_number("drop", drop), one_share("lowest", lowest)
    total = one_whole("steps", steps, at_least=1)
    one_of("by", by, BY)
    if least > first:
        raise ValueError(f"lowest must be at most p = {first:g}, got {least:g}")
    if total > MOST_STEPS:
        raise ValueError(f"steps must be at most {MOST_STEPS:,}, for the work grows with their square, got {total:,}")
    counts, step_success = np.zeros(total + 1), np.zeros(total)
    counts[0] = 1.0
    for i in range(total):
        errors = np.arange(i + 1)
        past = errors / max(i, 1) if by == "share" else errors
        right = np.maximum(first - fall * past, least)
        so_far = counts[: i + 1].copy()
        step_success[i] = so_far @ right
        counts[: i + 1] = so_far * right
        counts[1 : i + 2] += so_far * (1 - right)
    return OwnErrors(counts, step_success)
