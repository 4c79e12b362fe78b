"""What two models answered to the same questions, counted by subject: RouteLLM's responses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_of
from labkit._values import by_value

from .rows import read_rows

BROKEN = "high_school_mathematics"
"""MMLU's subject whose strong column is broken: 8 of 270 right, where the weak model has 86."""


@by_value
class PairedAnswers(NamedTuple):
    """Questions that two models answered, counted by who was right, one row for each subject."""

    subjects: NDArray[np.str_]
    both_right: NDArray[np.int64]
    only_strong: NDArray[np.int64]
    only_weak: NDArray[np.int64]
    both_wrong: NDArray[np.int64]

    @property
    def questions(self) -> NDArray[np.int64]:
        """How many questions each subject has."""
        return self.both_right + self.only_strong + self.only_weak + self.both_wrong

    @property
    def weak(self) -> NDArray[np.float64]:
        """The share that the weak model gets right, by subject."""
        return (self.both_right + self.only_weak) / self.questions

    @property
    def strong(self) -> NDArray[np.float64]:
        """The share that the strong model gets right, by subject."""
        return (self.both_right + self.only_strong) / self.questions

    @property
    def together(self) -> PairedAnswers:
        """All questions in one row, whatever their subject."""
        counts = (self.both_right, self.only_strong, self.only_weak, self.both_wrong)
        return PairedAnswers(np.array(["all"]), *(count.sum(keepdims=True) for count in counts))


def paired_answers(data: str, broken: bool = False) -> PairedAnswers:
    """RouteLLM's answers of its strong and its weak model to ``"MMLU"`` (by subject) or ``"GSM8K"`` (in one row).

    Args:
        data: ``"MMLU"`` or ``"GSM8K"``.
        broken: with MMLU's subject ``high_school_mathematics``, whose strong column is broken (3% right); left out
            otherwise.

    Raises:
        ValueError: another set of questions.

    >>> mmlu = paired_answers("MMLU")
    >>> both = mmlu.together
    >>> len(mmlu.subjects), int(both.questions[0]), round(float(both.both_wrong[0] / both.questions[0]), 3)
    (56, 13772, 0.131)
    """
    one_of("data", data, ("GSM8K", "MMLU"))
    rows = [row for row in read_rows("routellm_responses") if row["data"] == data]
    kept = [row for row in rows if broken or row["subject"] != BROKEN]
    columns = ("both_right", "only_strong_right", "only_weak_right", "both_wrong")
    counts = [np.array([int(row[column]) for row in kept]) for column in columns]
    return PairedAnswers(np.array([row["subject"] for row in kept]), *counts)
