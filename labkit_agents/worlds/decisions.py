"""What a controller sees and what it may say, as plain data: it travels as JSON, and holds no secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

MOST_ITEMS = 100
"""A decision that names more calls than this, or more kept answers, is refused; no judge reads so many."""


@dataclass(frozen=True)
class Offer:
    """A model that a step may call: how often it is right, its worst case, and what it usually takes."""

    model: str
    p: float
    usd_worst: float
    sec_worst: float
    usd_usual: float
    sec_usual: float


@dataclass(frozen=True)
class StepView:
    """One step as a controller sees it.

    Args:
        name: no other step's.
        needs: steps that must be answered first.
        ready: it may be called now: its needs are answered, it is not.
        answered: it has an answer that passed the gate; whether it is right, nobody knows.
        kept: an answer from an earlier task may be served for nothing.
        tries: how often it was called.
        worth: what a right answer adds to the quality.
        offers: the models.
    """

    name: str
    needs: tuple[str, ...]
    ready: bool
    answered: bool
    kept: bool
    tries: int
    worth: float
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Event:
    """What became of a call of the last turn: answered, rejected by the gate, failed, or late (cut at its worst)."""

    step: str
    model: str
    outcome: str
    usd: float
    sec: float


@dataclass(frozen=True)
class Observation:
    """What a controller is told before it decides.

    Args:
        turn: from 0.
        usd_left, sec_left: what is left of the budgets; below zero after an overrun.
        at_most: P, how many calls may run together.
        steps: all of them, in the order of the plan.
        events: what became of the calls of the last turn.
    """

    turn: int
    usd_left: float
    sec_left: float
    at_most: int
    steps: tuple[StepView, ...]
    events: tuple[Event, ...] = ()

    @property
    def ready(self) -> tuple[StepView, ...]:
        """The steps that may be called now."""
        return tuple(step for step in self.steps if step.ready)

    def to_json(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers."""
        steps = [{**vars(step), "offers": [dict(vars(offer)) for offer in step.offers]} for step in self.steps]
        return {**vars(self), "steps": steps, "events": [dict(vars(event)) for event in self.events]}

    @classmethod
    def from_json(cls, message: Mapping[str, Any]) -> Observation:
        """What ``to_json`` made, after its journey."""
        steps = tuple(
            StepView(**{**step, "needs": tuple(step["needs"]), "offers": tuple(Offer(**o) for o in step["offers"])})
            for step in message["steps"]
        )
        events = tuple(Event(**event) for event in message["events"])
        return cls(**{**message, "steps": steps, "events": events})


@dataclass(frozen=True)
class Decision:
    """What to do next. An empty one, or ``stop``, ends the task with what is answered.

    Args:
        calls: pairs of a step and a model, made together; the next turn begins when the last has ended.
        kept: steps whose kept answer is served, for nothing and at once, before the calls.
        stop: end the task.
    """

    calls: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()
    stop: bool = False

    def to_json(self) -> dict[str, Any]:
        """The same as dicts, lists and texts."""
        return {"calls": [list(pair) for pair in self.calls], "kept": list(self.kept), "stop": self.stop}

    @classmethod
    def from_json(cls, message: object) -> Decision:
        """A decision from a stranger's message.

        Raises:
            ValueError: anything but lists of names under ``calls`` and ``kept``, and a truth value under ``stop``.

        >>> Decision.from_json({"calls": [["s1", "small"]]})
        Decision(calls=(('s1', 'small'),), kept=(), stop=False)
        """
        if not isinstance(message, dict) or set(message) - {"calls", "kept", "stop"}:
            raise ValueError(f"a decision must have only calls, kept and stop, got {str(message)[:80]}")
        calls, kept, stop = message.get("calls", []), message.get("kept", []), message.get("stop", False)
        pairs = isinstance(calls, (list, tuple)) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in calls)
        if not pairs or len(calls) > MOST_ITEMS or not all(isinstance(name, str) for pair in calls for name in pair):
            raise ValueError(f"calls must be a list of pairs (step, model), got {str(calls)[:80]}")
        if not isinstance(kept, (list, tuple)) or len(kept) > MOST_ITEMS or not all(isinstance(n, str) for n in kept):
            raise ValueError(f"kept must be a list of steps, got {str(kept)[:80]}")
        if not isinstance(stop, bool):
            raise ValueError(f"stop must be true or false, got {str(stop)[:80]}")
        return cls(tuple((step, model) for step, model in calls), tuple(kept), stop)


STOP = Decision(stop=True)
Controller: TypeAlias = Callable[[Observation], Decision]
