"""A router: easy sums go to one worker, hard ones to another. The rule sees the question, never an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from labkit._inputs import one_whole
from labkit._values import ByValue
from labkit.steps import Step

from ..pocket import carries
from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from .single import as_worker
from .workers import Facts, Worker, mixed_step

Rule: TypeAlias = Callable[[Sequence[int]], bool]
"""From the numbers of a sum to whether it is easy."""


def at_most_carries(most: int) -> Rule:
    """Easy is what carries over in at most so many columns, which can be seen without adding.

    >>> at_most_carries(0)((12, 34)), at_most_carries(0)((18, 34))
    (True, False)
    """
    count = one_whole("most", most)
    return lambda numbers: carries(numbers) <= count


@dataclass(frozen=True, eq=False)
class Routed(ByValue):
    """Send each sum to one of two workers, by a rule on its numbers.

    Args:
        easy: who answers where the rule says True.
        hard: who answers elsewhere.
        rule: on the numbers: ``at_most_carries(n)`` or any function of the numbers.

    Raises:
        ValueError: a rule that is no function, something that is no worker.
    """

    easy: Any
    hard: Any
    rule: Rule

    def __post_init__(self) -> None:
        object.__setattr__(self, "easy", as_worker(self.easy))
        object.__setattr__(self, "hard", as_worker(self.hard))
        if not callable(self.rule):
            raise ValueError(f"rule must be a function of the numbers, got {self.rule!r}")

    @property
    def assumes(self) -> tuple[str, ...]:
        """That a model is as good on what it is sent as on all sums."""
        return ("each model is as often right on the sums it is sent as on all",)

    def parts(self) -> tuple[Worker, ...]:
        """Both workers."""
        return (self.easy, self.hard)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """Each worker gets its share in one list."""
        answers: list[Answer] = [Answer(None, 0.0)] * len(asks)
        is_easy = [bool(self.rule(ask.numbers)) for ask in asks]
        for worker, wanted in ((self.easy, True), (self.hard, False)):
            mine = [i for i, easy in enumerate(is_easy) if easy is wanted]
            if mine:
                for i, answer in zip(mine, worker.answer([asks[i] for i in mine], log), strict=True):
                    answers[i] = answer
        return answers

    def state(self, facts: Facts) -> Step:
        """One model with the mean of both, weighted by how often the rule sends a true sum there."""
        steps, weights = [], []
        for worker, wanted in ((self.easy, True), (self.hard, False)):
            mine = [numbers for numbers in facts.sums if bool(self.rule(numbers)) is wanted]
            if mine:
                seen = facts.dry_run.where([bool(self.rule(ask.numbers)) is wanted for ask in facts.dry_run.asks])
                steps.append(worker.state(facts._replace(sums=mine, dry_run=seen)))
                weights.append(len(mine))
        return mixed_step(facts.step, steps, weights)
