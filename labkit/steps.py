"""The parts of a workflow: a model, what may be wrapped around its call, and the step that holds them.

All are immutable. Every number may be a numpy array: then one step stands for many designs at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import Number, non_negative, one_of, plain, probability, unmasked, whole
from ._values import ByValue, freeze_array
from .cost import debate_calls, debate_turns

WHEN_REJECTED = ("fail", "pass", "halt")
STORED = ("first", "checked")


PLACE = ("name", "needs", "difficulty")
"""The fields of a step that say where it stands; all others say what is done there."""


def key_of(value: Any) -> Hashable:
    """What makes two values the same: numbers by value, arrays by identity, parts by their fields.

    Comparing a million numbers to see whether two steps are alike would cost more than it saves.
    """
    if isinstance(value, np.ndarray):
        return ("array", id(value))
    return value.key if isinstance(value, Part) else value


def is_above_zero(value: Any) -> bool:
    """Whether a number, or one of an array, is above zero.

    >>> is_above_zero(0.0), is_above_zero(np.array([0.0, 0.5]))
    (False, True)
    """
    return value > 0 if isinstance(value, float) else bool(np.any(np.asarray(value) > 0))


@dataclass(frozen=True, eq=False)
class Part(ByValue):
    """A base for the parts: they are equal when their numbers are, and alike in work when their keys are."""

    @cached_property
    def key(self) -> Hashable:
        """Equal for parts that do the same work, wherever they stand."""
        return (type(self).__name__, *[key_of(getattr(self, field.name)) for field in fields(self)])

    def _set_fields(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, freeze_array(value))


@dataclass(frozen=True, eq=False)
class Model(Part):
    """A language model as the section sees it: a price, a time and a probability of being right.

    Args:
        usd: USD a call, zero or more.
        sec: seconds a call, zero or more.
        p_ok: probability that a call's answer is right, in [0, 1].
        name: for people only; two different models may share it.

    Raises:
        ValueError: a number out of range; the message names it.

    >>> Model(usd=0.01, sec=1.0, p_ok=0.97, name="middle")
    Model(usd=0.01, sec=1.0, p_ok=0.97, name='middle')
    """

    usd: Any
    sec: Any
    p_ok: Any
    name: str = "model"

    def __post_init__(self) -> None:
        self._set_fields(
            usd=plain(non_negative("usd", self.usd)),
            sec=plain(non_negative("sec", self.sec)),
            p_ok=plain(probability("p_ok", self.p_ok)),
        )


PREMIUM = Model(usd=0.030, sec=2.0, p_ok=0.985, name="premium")
"""The section's strong model."""

SMALL = Model(usd=0.002, sec=0.4, p_ok=0.945, name="small")
"""The section's model for simple steps."""


def choose(condition: ArrayLike, yes: Model, no: Model) -> Model:
    """One model where the condition holds and the other elsewhere: a whole sweep of routings at once.

    >>> choose([True, False], PREMIUM, SMALL).usd
    array([0.03 , 0.002])
    """
    for name, model in (("yes", yes), ("no", no)):
        if not isinstance(model, Model):
            raise ValueError(f"{name} must be a Model, got {model!r}")
    unmasked("condition", condition)
    pick = np.asarray(condition, dtype=bool)
    usd, sec, p_ok = (np.where(pick, getattr(yes, f), getattr(no, f)) for f in ("usd", "sec", "p_ok"))
    return Model(usd, sec, p_ok, name=f"{yes.name} or {no.name}")


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
        self._set_fields(agents=plain(whole("agents", self.agents)), rounds=plain(whole("rounds", self.rounds)))
        if self.p is not None:
            self._set_fields(p=plain(probability("p", self.p)))

    @property
    def calls(self) -> Number:
        """Calls of the whole debate."""
        return debate_calls(self.agents, self.rounds, self.counting)

    @property
    def turns(self) -> Number:
        """Calls that wait for one another."""
        return debate_turns(self.rounds, self.counting)


@dataclass(frozen=True, eq=False)
class Gate(Part):
    """A check after each attempt of a step. The default notices every failure, rejects nothing else, is free.

    Args:
        detection: d, the share of bad answers it rejects (recall), in [0, 1].
        false_alarm: f, the share of good answers it rejects, in [0, 1].
        when_rejected: what happens when the last attempt is rejected: ``"fail"`` (the task has failed, later
            steps are still paid), ``"pass"`` (the answer goes on all the same) or ``"halt"`` (the task has
            failed and stops; later steps are not paid).
        recovery: r, the success of an attempt after a rejected one, in [0, 1]; None for the step's own p.
        usd, sec: what one check costs, zero or more.
    """

    detection: Any = 1.0
    false_alarm: Any = 0.0
    when_rejected: str = "fail"
    recovery: Any = None
    usd: Any = 0.0
    sec: Any = 0.0

    def __post_init__(self) -> None:
        one_of("when_rejected", self.when_rejected, WHEN_REJECTED)
        self._set_fields(
            detection=plain(probability("detection", self.detection)),
            false_alarm=plain(probability("false_alarm", self.false_alarm)),
            usd=plain(non_negative("usd", self.usd)),
            sec=plain(non_negative("sec", self.sec)),
        )
        if self.recovery is not None:
            self._set_fields(recovery=plain(probability("recovery", self.recovery)))


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
        self._set_fields(
            hit_rate=plain(probability("hit_rate", self.hit_rate)),
            usd=plain(non_negative("usd", self.usd)),
            sec=plain(non_negative("sec", self.sec)),
        )
        if self.p is not None:
            self._set_fields(p=plain(probability("p", self.p)))


@dataclass(frozen=True, eq=False)
class Step(Part):
    """One step of a workflow: a named place in the graph, and the work done there.

    Args:
        name: unique in its workflow.
        model: who does the work.
        needs: names of the steps it waits for.
        difficulty: any label that a predicate may ask for; the course uses ``"easy"`` and ``"hard"``.
        retries: k, how often a rejected attempt is tried again, a whole number from 0.
        debate, gate, cache: what is wrapped around the call, or None.
        good_enough: g, the probability that the workflow may stop after this step, in [0, 1].
    """

    name: str
    model: Model
    needs: tuple[str, ...] = ()
    difficulty: Hashable = "hard"
    retries: Any = 0
    debate: Debate | None = None
    gate: Gate | None = None
    cache: Cache | None = None
    good_enough: Any = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name must be a non-empty text, got {self.name!r}")
        for part, kind in (("model", Model), ("debate", Debate), ("gate", Gate), ("cache", Cache)):
            value = getattr(self, part)
            if not isinstance(value, kind) and (value is not None or part == "model"):
                raise ValueError(f"{part} of step {self.name!r} must be a {kind.__name__}, got {value!r}")
        self._set_fields(
            needs=self._list_needs(),
            retries=plain(whole("retries", self.retries)),
            good_enough=plain(probability("good_enough", self.good_enough)),
        )

    def _list_needs(self) -> tuple[str, ...]:
        """The names, each once; a single name may stand for itself."""
        needs = (self.needs,) if isinstance(self.needs, str) else self.needs
        no_list = not isinstance(needs, Iterable) or (isinstance(needs, np.ndarray) and not needs.ndim)
        names: tuple[Any, ...] = (None,) if no_list else tuple(needs)
        if not all(isinstance(name, str) for name in names):
            raise ValueError(f"needs of step {self.name!r} must be names of steps, got {self.needs!r}")
        return tuple(dict.fromkeys(names))

    @cached_property
    def key(self) -> Hashable:
        """Equal for steps that do the same work, wherever they stand."""
        return tuple([key_of(getattr(self, name)) for name in WORK])

    @property
    def may_end(self) -> bool:
        """Can the workflow end after this step, with steps left undone?"""
        halts = self.gate is not None and self.gate.when_rejected == "halt"
        return halts or is_above_zero(self.good_enough)


WORK = tuple(field.name for field in fields(Step) if field.name not in PLACE)
"""The fields of a step that say what is done there."""


def put_at(step: Step, name: str, needs: tuple[str, ...], difficulty: Hashable) -> Step:
    """The step's work at another place, whose name and needs are already known to be good: nothing is checked twice."""
    step.key  # noqa: B018  (worked out once, for all places)
    moved = object.__new__(Step)
    moved.__dict__.update(step.__dict__, name=name, needs=needs, difficulty=difficulty)
    return moved


def easy(step: Step) -> bool:
    """A predicate for ``where=``: steps marked easy."""
    return step.difficulty == "easy"


def hard(step: Step) -> bool:
    """A predicate for ``where=``: steps marked hard."""
    return step.difficulty == "hard"
