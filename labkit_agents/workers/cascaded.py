"""A cascade: the first worker answers, and where it is not sure enough, the second one does.

It is also the router by confidence: how sure a model is, its reply's log-probability, is known only after a call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._inputs import one_share
from labkit._values import ByValue
from labkit.cost import judged_cascade
from labkit.steps import Model, Step

from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from ..tasks.beliefs import belief_about
from .single import Single, as_worker
from .workers import Facts, Worker, ending, folded, plain_model, share_ended


@dataclass(frozen=True, eq=False)
class Cascaded(ByValue):
    """Ask the first worker; take its answer if it gives it a probability of ``at_least``, else ask the second.

    Args:
        first: the cheap one; it must tell log-probabilities (a vote tells the share of its votes).
        then: the dear one, whose answer is always taken.
        at_least: in [0, 1]; 0 never escalates, unless the first gave no number.

    Raises:
        ValueError: an option out of range; in a run, a first worker that does not say how sure it is.
    """

    first: Any
    then: Any
    at_least: float = 0.9

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", as_worker(self.first))
        object.__setattr__(self, "then", as_worker(self.then))
        object.__setattr__(self, "at_least", one_share("at_least", self.at_least))

    @property
    def assumes(self) -> tuple[str, ...]:
        """That the second model does not find the escalated sums harder than others."""
        return ("the second model is as often right on what is escalated as on all",)

    def parts(self) -> tuple[Worker, ...]:
        """Both workers."""
        return (self.first, self.then)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """All to the first, those in doubt to the second."""
        answers = self.first.answer(asks, log)
        doubted = [i for i, answer in enumerate(answers) if self._doubts(answer)]
        late = [
            asks[i]._replace(
                path=f"{asks[i].path}/then", start=answers[i].end, attempt=asks[i].attempt + 1, role="escalation"
            )
            for i in doubted
        ]
        if late:
            for i, answer in zip(doubted, self.then.answer(late, log), strict=True):
                answers[i] = answer
        return answers

    def _doubts(self, answer: Answer) -> bool:
        if answer.value is None:
            return True
        if answer.log_prob is None:
            raise ValueError(f"first must say how sure it is (log-probabilities), got none from {self.first!r}")
        return self.at_least > 0 and answer.log_prob < math.log(self.at_least)

    def state(self, facts: Facts) -> Step:
        """One model with the mean of both, by the law of the judged cascade.

        Raises:
            ValueError: a first worker that is more than one call, or a p that was given and not measured.
        """
        if not isinstance(self.first, Single):
            raise ValueError(f"first must be one call of a model to be predicted, got {self.first!r}")
        belief = belief_about(facts.beliefs, (self.first.label, self.first.model.name))
        detection, false_alarm = belief.rejected_below(self.at_least, len(facts.sums[0]))
        late = self.then.state(facts)
        cheap, dear = plain_model(self.first, facts), folded(late)
        p = [cheap.p_ok, dear.p_ok]
        judged = judged_cascade([cheap.usd, dear.usd], p, detection, false_alarm)
        sec = judged_cascade([cheap.sec, dear.sec], p, detection, false_alarm).usd
        escalated = cheap.p_ok * false_alarm + (1 - cheap.p_ok) * detection
        model = Model(judged.usd, sec, judged.p, f"{cheap.name}, then {dear.name}")
        return Step(facts.step, model, gate=ending(escalated * share_ended(late), model.p_ok))
