"""Debate and vote: several agents answer, perhaps think again, and the answer that most of them give is taken."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._inputs import one_whole
from labkit._values import ByValue
from labkit.reliability import majority_vote
from labkit.steps import Debate, Step

from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from .single import Single, as_worker
from .workers import Facts, Worker, plain_model


@dataclass(frozen=True, eq=False)
class Debated(ByValue):
    """Several agents side by side, in one or more rounds, then a vote.

    In the first round each agent answers. In each later round each asks again, with the numbers in another order, and
    changes its mind only for an answer that somebody gave in the round before. The answer with most votes is taken;
    of equally many, the one that the agent listed first gives. How sure the vote is, is its share of the votes.
    An agent without an answer does not vote. The vote stands even if a gate inside an agent failed what it said.

    Args:
        worker: every agent; a model will do.
        agents, rounds: whole numbers from 1. Calls: agents * rounds.

    Raises:
        ValueError: a number out of range, something that is no worker.
    """

    worker: Any
    agents: int = 3
    rounds: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "worker", as_worker(self.worker))
        object.__setattr__(self, "agents", one_whole("agents", self.agents, 1))
        object.__setattr__(self, "rounds", one_whole("rounds", self.rounds, 1))

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the majority law assumes, that talk changes nothing, and that agents are equally quick."""
        law = ("agents err independently", "more than half must be right", "talk beyond the vote does not change p")
        return law if isinstance(self.worker, Single) else (*law, "all agents of a round take the mean time")

    def parts(self) -> tuple[Worker, ...]:
        """The agents' worker."""
        return (self.worker,)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """Round after round, all agents of all asks in one list."""
        said: list[list[int | None]] = []
        ends = [ask.start for ask in asks]
        for turn in range(1, self.rounds + 1):
            calls = [
                self._turn(ask, end, agent, turn)
                for ask, end in zip(asks, ends, strict=True)
                for agent in range(1, self.agents + 1)
            ]
            flat = self.worker.answer(calls, log)
            heard = [flat[i : i + self.agents] for i in range(0, len(flat), self.agents)]
            ends = [max(answer.end for answer in group) for group in heard]
            values = [[answer.value for answer in group] for group in heard]
            said = values if turn == 1 else [_think_again(old, new) for old, new in zip(said, values, strict=True)]
        return [self._vote(group, end) for group, end in zip(said, ends, strict=True)]

    def _turn(self, ask: Ask, end: float, agent: int, turn: int) -> Ask:
        """What one agent is asked in one round; the first agent's first call is that of a single call."""
        shift = (turn - 1) % len(ask.numbers)
        own = "" if agent == turn == 1 else f"/agent {agent} round {turn}"
        return ask._replace(
            numbers=ask.numbers[shift:] + ask.numbers[:shift],
            path=ask.path + own,
            start=end,
            attempt=ask.attempt + turn - 1,
            role=f"agent {agent} round {turn}",
        )

    def _vote(self, said: list[int | None], end: float) -> Answer:
        votes = Counter(value for value in said if value is not None)
        if not votes:
            return Answer(None, end)
        value, most = votes.most_common(1)[0]  # of equally many, the one met first
        return Answer(value, end, math.log(most / self.agents))

    def state(self, facts: Facts) -> Step:
        """A debate whose p is that of the majority of independent votes."""
        agent = plain_model(self.worker, facts)
        p = majority_vote(agent.p_ok, self.agents)
        return Step(facts.step, agent, debate=Debate(self.agents, self.rounds, p))


def _think_again(old: list[int | None], new: list[int | None]) -> list[int | None]:
    """Each agent keeps what it said, unless its new answer was somebody's in the round before.

    >>> _think_again([5, 6, 7], [6, 8, 5])
    [6, 6, 5]
    """
    return [
        late if early is None or (late is not None and late in old) else early
        for early, late in zip(old, new, strict=True)
    ]
