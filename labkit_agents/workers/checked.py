"""A gate with retries: every answer is checked, and a rejected one is asked for again, as a new call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._inputs import one_of, one_whole
from labkit._values import ByValue
from labkit.parts.wrappers import WHEN_REJECTED
from labkit.reliability import gated
from labkit.steps import Gate, Model, Step

from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from ..tasks.beliefs import belief_about
from ..tasks.checks import Check, as_check
from .single import Single, as_worker, singles
from .workers import Facts, Worker, ending, folded, plain_model, share_ended


@dataclass(frozen=True, eq=False)
class Checked(ByValue):
    """Check each answer, and try again where the check rejects it.

    Args:
        worker: who answers; a model will do.
        check: ``"nines"``, ``"elevens"``, ``"both"``, ``"exact"`` or a ``Check``.
        retries: k, how often a rejected answer is asked for again, from 0.
        when_rejected: what becomes of a last answer that is rejected: ``"pass"`` goes on all the same, ``"fail"``
            goes on but the task counts as failed, ``"halt"`` ends the task without an answer.
        then: another worker, who takes over after the last rejection; its answer is not checked.

    Raises:
        ValueError: an option out of range, or ``then`` beside another ``when_rejected`` than ``"pass"``.
    """

    worker: Any
    check: str | Check = "nines"
    retries: int = 1
    when_rejected: str = "pass"
    then: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "worker", as_worker(self.worker))
        object.__setattr__(self, "check", as_check(self.check))
        object.__setattr__(self, "retries", one_whole("retries", self.retries))
        one_of("when_rejected", self.when_rejected, WHEN_REJECTED)
        if self.then is not None:
            object.__setattr__(self, "then", as_worker(self.then))
            if self.when_rejected != "pass":
                raise ValueError(f"when_rejected must be 'pass' where then takes over, got {self.when_rejected!r}")

    @property
    def assumes(self) -> tuple[str, ...]:
        """That the next attempt is a fresh draw, and that what is inside errs like a single call."""
        fresh = "an attempt after a rejected one is as often right as any"
        if isinstance(self.worker, Single):
            return (fresh,)
        return (fresh, "the check notices as many of these errors as of a single call's")

    def parts(self) -> tuple[Worker, ...]:
        """The worker, and the one who takes over."""
        return (self.worker,) if self.then is None else (self.worker, self.then)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """Attempt after attempt, for those that are still rejected."""
        answers: list[Answer] = [Answer(None, 0.0)] * len(asks)
        waiting = list(range(len(asks)))
        for attempt in range(self.retries + 1):
            again = [asks[i] if attempt == 0 else _next_ask(asks[i], answers[i], attempt + 1) for i in waiting]
            for i, answer in zip(waiting, self.worker.answer(again, log), strict=True):
                answers[i] = answer
            waiting = [i for i in waiting if self._rejects(asks[i], answers[i])]
            if not waiting:
                return answers
        if self.then is not None:
            late = [
                _next_ask(asks[i], answers[i], self.retries + 2)._replace(
                    path=f"{asks[i].path}/then", role="escalation"
                )
                for i in waiting
            ]
            for i, answer in zip(waiting, self.then.answer(late, log), strict=True):
                answers[i] = answer
        elif self.when_rejected != "pass":
            for i in waiting:
                kept = answers[i].value if self.when_rejected == "fail" else None
                answers[i] = answers[i]._replace(value=kept, failed=True)
        return answers

    def _rejects(self, ask: Ask, answer: Answer) -> bool:
        return answer.value is None or not as_check(self.check).passes(ask.numbers, answer.value)

    def state(self, facts: Facts) -> Step:
        """A gate and retries around the worker; with ``then``, one model with the mean of both."""
        check = as_check(self.check)
        inner = plain_model(self.worker, facts)
        first = next(singles(self.worker))
        belief = belief_about(facts.beliefs, (first.label, first.model.name))
        recall = belief.recall(check, len(facts.sums[0]))
        if self.then is None:
            gate = Gate(detection=recall, when_rejected=self.when_rejected)
            return Step(facts.step, inner, retries=self.retries, gate=gate)
        escalated = self.then.state(facts)
        late = folded(escalated)
        closed = gated(inner.p_ok, recall, 0.0, self.retries)
        tries, rest = closed.attempts, closed.rejected
        both = Model(
            inner.usd * tries + late.usd * rest,
            inner.sec * tries + late.sec * rest,
            min(closed.p + rest * late.p_ok, 1.0),
            f"{inner.name}, then {late.name}",
        )
        return Step(facts.step, both, gate=ending(float(rest) * share_ended(escalated), both.p_ok))


def _next_ask(ask: Ask, answer: Answer, attempt: int) -> Ask:
    """The same question once more, after the answer, under a name of its own."""
    path, number = f"{ask.path}/attempt {attempt}", ask.attempt + attempt - 1
    return ask._replace(path=path, start=answer.end, attempt=number)
