"""What may be wrapped around a step's call: a debate, a gate with a person behind it, a cache, a judge.

All are immutable. Every number may be a numpy array: then one step stands for many designs at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._inputs import Number, non_negative, one_of, probability, whole
from ..cost import debate_calls
from .base import Part

WHEN_REJECTED = ("fail", "pass", "halt")
STORED = ("first", "checked")


@dataclass(frozen=True, eq=False)
class Debate(Part):
    """A step answered by several agents over several rounds.

    Args:
        agents, rounds: whole numbers from 1 (``rounds`` from 0 with ``counting="listing"``).
        p: the debate's own probability of being right; None where the debate does not change p.
        counting: ``"text"`` (agents x rounds calls) or ``"listing"`` (agents x (1 + rounds)).
    """

    agents: Any = 1
    rounds: Any = 1
    p: Any = None
    counting: str = "text"

    def __post_init__(self) -> None:
        debate_calls(self.agents, self.rounds, self.counting)
        self._check_fields(whole, "agents", "rounds")
        self._check_fields(probability, "p")

    @property
    def calls(self) -> Number:
        """Calls of the whole debate."""
        return debate_calls(self.agents, self.rounds, self.counting)

    @property
    def turns(self) -> Number:
        """Calls that wait for one another."""
        return debate_calls(1, self.rounds, self.counting)


@dataclass(frozen=True, eq=False)
class Person(Part):
    """Someone who looks at each answer that a gate has rejected for the last time, and hands it on.

    Args:
        usd: USD for each look, zero or more.
        minutes: minutes of each look, zero or more.
        recall: the share of the wrong answers among them that she notices and puts right, in [0, 1]. The wrong ones
            that she does not notice are delivered; right ones, which the gate rejected by mistake, she lets through.
    """

    usd: Any = 0.0
    minutes: Any = 0.0
    recall: Any = 1.0

    def __post_init__(self) -> None:
        self._check_fields(non_negative, "usd", "minutes")
        self._check_fields(probability, "recall")

    @property
    def sec(self) -> Number:
        """Seconds of each look."""
        return self.minutes * 60


@dataclass(frozen=True, eq=False)
class Gate(Part):
    """A check after each attempt of a step. The default notices every failure, rejects nothing else, is free.

    Args:
        detection: d, the share of bad answers it rejects (recall), in [0, 1].
        false_alarm: f, the share of good answers it rejects, in [0, 1].
        when_rejected: what happens when the last attempt is rejected: ``"fail"`` (the task is refused, later
            steps are still paid), ``"pass"`` (the answer goes on all the same) or ``"halt"`` (the task is
            refused and stops; later steps are not paid).
        recovery: r, the success of an attempt after a rejected one, in [0, 1]; None for the step's own p.
        usd, sec: what one check costs, zero or more.
        person: who gets what is rejected for the last time, so that nothing is refused; None for nobody. Only with
            ``"fail"``.
    """

    detection: Any = 1.0
    false_alarm: Any = 0.0
    when_rejected: str = "fail"
    recovery: Any = None
    usd: Any = 0.0
    sec: Any = 0.0
    person: Person | None = None

    def __post_init__(self) -> None:
        one_of("when_rejected", self.when_rejected, WHEN_REJECTED)
        if self.person is not None and not isinstance(self.person, Person):
            raise ValueError(f"person must be a Person or None, got {self.person!r}")
        if self.person is not None and self.when_rejected != "fail":
            raise ValueError(
                f"when_rejected must be 'fail' where a person is behind the gate, got {self.when_rejected!r}"
            )
        self._check_fields(probability, "detection", "false_alarm", "recovery")
        self._check_fields(non_negative, "usd", "sec")


@dataclass(frozen=True, eq=False)
class Cache(Part):
    """A store of answers in front of a step. A hit is neither checked by a gate nor retried.

    Args:
        hit_rate: the share of tasks that find their answer in it, in [0, 1].
        p: probability that a cached answer is right; None for what ``stored`` makes of it (honest), 1 in the
            section's listing.
        usd, sec: what a hit costs, zero or more.
        stored: which answer is kept: ``"checked"``, the one that the step's gate and retries let out (what a gate
            rejects for good is not kept), or ``"first"``, the first attempt's, before any check.
    """

    hit_rate: Any = 1.0
    p: Any = None
    usd: Any = 0.0
    sec: Any = 0.01
    stored: str = "checked"

    def __post_init__(self) -> None:
        one_of("stored", self.stored, STORED)
        self._check_fields(probability, "hit_rate", "p")
        self._check_fields(non_negative, "usd", "sec")


@dataclass(frozen=True, eq=False)
class Judge(Part):
    """Who says after a step whether its answer will do. The default is always right, and free.

    Args:
        recall: s, the share of the answers that will do with which it stops; with the others it stops **too late**.
        false_alarm: e, the share of the answers that will not do with which it stops all the same, **too soon**: such
            a task delivers a wrong answer. Both in [0, 1].
        usd, sec: what one judgement costs, zero or more.
    """

    recall: Any = 1.0
    false_alarm: Any = 0.0
    usd: Any = 0.0
    sec: Any = 0.0

    def __post_init__(self) -> None:
        self._check_fields(probability, "recall", "false_alarm")
        self._check_fields(non_negative, "usd", "sec")
