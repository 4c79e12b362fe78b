"""Propose and check: one worker answers, another adds the same numbers from the other end, and they must agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._inputs import one_whole
from labkit._values import ByValue
from labkit.steps import Gate, Step

from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from .single import as_worker
from .workers import Facts, Worker, plain_model


@dataclass(frozen=True, eq=False)
class Proposed(ByValue):
    """Take a proposal if the checker finds the same; otherwise both try again. The last proposal is taken anyway.

    Args:
        proposer, checker: workers or models, which may be the same.
        retries: k, how often a proposal that was not confirmed is made anew, from 0.

    Raises:
        ValueError: retries out of range, something that is no worker.
    """

    proposer: Any
    checker: Any
    retries: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "proposer", as_worker(self.proposer))
        object.__setattr__(self, "checker", as_worker(self.checker))
        object.__setattr__(self, "retries", one_whole("retries", self.retries))

    @property
    def assumes(self) -> tuple[str, ...]:
        """That a shared mistake does not happen, and that a new proposal is a fresh draw."""
        return ("proposer and checker never agree on a wrong answer", "a new proposal is as often right as any")

    def parts(self) -> tuple[Worker, ...]:
        """Proposer and checker."""
        return (self.proposer, self.checker)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """Proposal and check, again for those that do not agree."""
        answers: list[Answer] = [Answer(None, ask.start) for ask in asks]
        waiting = list(range(len(asks)))
        for attempt in range(1, self.retries + 2):
            proposing = [_turn(asks[i], answers[i].end, attempt) for i in waiting]
            proposals = self.proposer.answer(proposing, log)
            checking = [
                ask._replace(numbers=ask.numbers[::-1], path=f"{ask.path}/checker", start=proposal.end, role="checker")
                for ask, proposal in zip(proposing, proposals, strict=True)
            ]
            checks = self.checker.answer(checking, log)
            open_still = []
            for i, proposal, check in zip(waiting, proposals, checks, strict=True):
                answers[i] = proposal._replace(end=check.end)
                if proposal.value is None or proposal.value != check.value:
                    open_still.append(i)
            waiting = open_still
            if not waiting:
                break
        return answers

    def state(self, facts: Facts) -> Step:
        """A gate that notices every wrong proposal, and rejects a right one as often as the checker is wrong."""
        proposer, checker = plain_model(self.proposer, facts), plain_model(self.checker, facts)
        gate = Gate(1.0, 1.0 - checker.p_ok, "pass", usd=checker.usd, sec=checker.sec)
        return Step(facts.step, proposer, retries=self.retries, gate=gate)


def _turn(ask: Ask, start: float, attempt: int) -> Ask:
    """The question for one attempt; the first proposal is the call that a single call would be."""
    own = "" if attempt == 1 else f"/attempt {attempt}"
    return ask._replace(path=ask.path + own, start=start, attempt=ask.attempt + attempt - 1)
