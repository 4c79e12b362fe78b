"""The models and the steps of a workflow.

All are immutable. Every number may be a numpy array: then one step stands for many designs at once.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import InitVar, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import can_be_listed, non_negative, one_flag, plain, probability, unmasked, whole
from .parts.base import Part, is_above_zero, key_of
from .parts.wrappers import Cache, Debate, Gate, Judge, Person

__all__ = [
    "PREMIUM", "SMALL", "Cache", "Debate", "Gate", "Judge", "Model", "Person", "Step", "as_last", "choose", "easy",
    "hard", "is_above_zero", "key_of", "put_at",
]  # fmt: skip

PLACE = ("name", "needs", "difficulty")
"""The fields of a step that say where it stands; all others say what is done there."""
TWICE = "a call that is made twice does its work twice"


@dataclass(frozen=True, eq=False)
class Model(Part):
    """A language model as the section sees it: a price, a time and a probability of being right.

    Args:
        usd: USD a call, zero or more.
        sec: seconds a call, zero or more.
        p_ok: probability that a call's answer is right, in [0, 1].
        name: for people only; two different models may share it.
        copy: False keeps arrays as they are, without a copy; the caller then promises not to change them. An array
            that nobody can write to is never copied.

    Raises:
        ValueError: a number out of range; the message names it.

    >>> Model(usd=0.01, sec=1.0, p_ok=0.97, name="middle")
    Model(usd=0.01, sec=1.0, p_ok=0.97, name='middle')
    """

    usd: Any
    sec: Any
    p_ok: Any
    name: str = "model"
    copy: InitVar[bool] = True

    def __post_init__(self, copy: bool) -> None:
        self._set_fields(
            one_flag("copy", copy),
            usd=plain(non_negative("usd", self.usd)),
            sec=plain(non_negative("sec", self.sec)),
            p_ok=plain(probability("p_ok", self.p_ok)),
        )
        if not isinstance(self.name, str):
            raise ValueError(f"name of a model must be text, got {self.name!r}")

    @classmethod
    def from_tokens(
        cls, card: Any, tokens_in: ArrayLike, tokens_out: ArrayLike, p_ok: ArrayLike, *, tokens_cached: ArrayLike = 0,
        tokens_written: ArrayLike = 0, tokens_reasoning: ArrayLike = 0, batch: bool = False, name: str = "",
    ) -> Model:  # fmt: skip
        """The model whose call costs what a price card bills for its tokens, and takes the card's seconds.

        ``card`` is a ``labkit.PriceCard``, which has the other arguments; ``name`` is the card's where it is empty.

        >>> from labkit import PriceCard
        >>> Model.from_tokens(PriceCard.per_million(3, 0.30, 15, sec_out=0.01), 2000, 200, p_ok=0.98).sec
        2.0
        """
        from .prices import PriceCard  # noqa: PLC0415  (loaded by whoever counts in tokens)

        if not isinstance(card, PriceCard):
            raise ValueError(f"card must be a PriceCard, got {card!r}")
        if not isinstance(name, str):
            raise ValueError(f"name must be text, got {name!r}")
        bill = card.bill(tokens_in, tokens_cached, tokens_out, tokens_written, tokens_reasoning, batch=batch)
        return cls(bill.usd, bill.sec, p_ok, name or card.name or "model")


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
    return Model(usd, sec, p_ok, f"{yes.name} or {no.name}", copy=False)


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
        good_enough: g, the probability that the answer will do after this step, so that the workflow may stop.
        judge: who says so, or None for one that is always right and free.
        repeatable: may the call be made twice? A refund, a mail and an order may not; then the step can have no
            retries, no debate and no cache, and each lever that would give it one refuses.
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
    judge: Judge | None = None
    repeatable: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name must be a non-empty text, got {self.name!r}")
        for part, kind in PARTS:
            value = getattr(self, part)
            if not isinstance(value, kind) and (value is not None or part == "model"):
                raise ValueError(f"{part} of step {self.name!r} must be a {kind.__name__}, got {value!r}")
        self._set_fields(
            needs=self._list_needs(),
            retries=plain(whole("retries", self.retries)),
            good_enough=plain(probability("good_enough", self.good_enough)),
        )
        self._set_fields(repeatable=one_flag(f"repeatable of step {self.name!r}", self.repeatable))
        if not self.repeatable:
            self._check_once()

    def _check_once(self) -> None:
        """Nothing that makes the call again, or leaves it out, is wrapped around a step that is not repeatable."""
        debated = self.debate is not None and is_above_zero(np.asarray(self.debate.calls) - 1.0)
        for what, has, because in (
            ("retries", is_above_zero(self.retries), TWICE),
            ("debate", debated, TWICE),
            ("cache", self.cache is not None, "a stored answer does not do its work"),
        ):
            if has:
                raise ValueError(
                    f"{what} must not be given to step {self.name!r}, which is not repeatable: {because}; leave it out "
                    "with where="
                )

    def _list_needs(self) -> tuple[str, ...]:
        """The names, each once; a single name may stand for itself."""
        needs = (self.needs,) if isinstance(self.needs, str) else self.needs
        names: tuple[Any, ...] = tuple(needs) if can_be_listed(needs) else (None,)
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
        return self.may_end_early or (self.gate is not None and self.gate.when_rejected == "halt")

    @property
    def may_end_early(self) -> bool:
        """Can a judge end the workflow after this step, rightly or too soon?"""
        return is_above_zero(self.good_enough) or (self.judge is not None and is_above_zero(self.judge.false_alarm))


PARTS: tuple[tuple[str, type[Part]], ...] = (
    ("model", Model), ("debate", Debate), ("gate", Gate), ("cache", Cache), ("judge", Judge),
)  # fmt: skip
WORK = tuple(field.name for field in fields(Step) if field.name not in PLACE)
"""The fields of a step that say what is done there."""


def put_at(step: Step, name: str, needs: tuple[str, ...], difficulty: Hashable) -> Step:
    """The step's work at another place, whose name and needs are already known to be good: nothing is checked twice."""
    step.key  # noqa: B018  (worked out once, for all places)
    moved = object.__new__(Step)
    moved.__dict__.update(step.__dict__, name=name, needs=needs, difficulty=difficulty)
    return moved


def as_last(step: Step) -> Step:
    """The step as it is done where nothing follows: nobody is asked whether its answer will do."""
    return replace(step, good_enough=0.0, judge=None) if step.judge is not None or step.may_end_early else step


def easy(step: Step) -> bool:
    """A predicate for ``where=``: steps marked easy."""
    return step.difficulty == "easy"


def hard(step: Step) -> bool:
    """A predicate for ``where=``: steps marked hard."""
    return step.difficulty == "hard"
