"""A plan: steps with needs; each states its call, its models in order of preference, its check, its fallback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from labkit._inputs import non_negative, whole
from labkit._values import ByValue
from labkit.prices import Bill

from ..pocket.protocol import Call

Values: TypeAlias = Mapping[str, Any]
"""What steps have come to, by their names."""
NOTHING_HELD = Bill(0.0, 0.0)


def as_it_is(text: str) -> Any:
    """The reply's text itself; an empty one is no answer."""
    return text or None


@dataclass(frozen=True)
class PlanStep:
    """One step of a plan.

    Args:
        name: no other step's.
        ask: the values of its needs -> the call. The controller adds the attempt to the call's ``id``.
        options: names of models, the preferred one first.
        needs: names of the steps whose values it is built from.
        read: a reply's text -> its value, or None where it is rubbish.
        check: (the values of its needs, its value) -> whether it may pass, or None for no check.
        fallback: the values that there are -> a stand-in that costs nothing, or None for none.
        retries: further tries with the same model, or None for the controller's own number.
        hold: usd and sec kept back for this step until its turn comes, so that the steps before it leave some.
        tags: words that a router may go by, such as ``"simple"``.

    Raises:
        ValueError: an empty name, no option, a need of its own, retries or a hold below zero,
            or something of another kind.
    """

    name: str
    ask: Callable[[Values], Call]
    options: tuple[str, ...]
    needs: tuple[str, ...] = ()
    read: Callable[[str], Any] = as_it_is
    check: Callable[[Values, Any], bool] | None = None
    fallback: Callable[[Values], Any] | None = None
    retries: int | None = None
    hold: Bill = NOTHING_HELD
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name must be a text that is not empty, got {self.name!r}")
        for field, kind in (("options", tuple), ("needs", tuple), ("tags", frozenset)):
            value = getattr(self, field)
            if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(each, str) for each in value):
                raise ValueError(f"{field} must be a {kind.__name__} of names, got {value!r}")
            object.__setattr__(self, field, kind(value))
        for field in ("ask", "read", "check", "fallback"):
            if not callable(getattr(self, field)) and (field in ("ask", "read") or getattr(self, field) is not None):
                raise ValueError(f"{field} must be a function, got {getattr(self, field)!r}")
        if not isinstance(self.hold, Bill):
            raise ValueError(f"hold must be a Bill of usd and sec, got {self.hold!r}")
        if not self.options:
            raise ValueError(f"options must name at least one model, got {self.options!r}")
        if self.name in self.needs:
            raise ValueError(f"needs must not name the step itself, got {self.needs!r}")
        if self.retries is not None:
            whole("retries", self.retries)
        non_negative("hold.usd", self.hold.usd)
        non_negative("hold.sec", self.hold.sec)


@dataclass(frozen=True, eq=False, repr=False)
class Plan(ByValue):
    """Steps with needs, and what answer they make.

    Args:
        steps: in the order in which they are begun where several could be.
        answer: the values that there are, of all steps or of some -> the best answer from them. Without it, the
            value of the last step of the list that has one.

    Raises:
        ValueError: no steps, two of a name, a need that is no step, needs that go round in a circle.
    """

    steps: Sequence[PlanStep]
    answer: Callable[[Values], Any] | None = None

    def __post_init__(self) -> None:
        given = self.steps if isinstance(self.steps, Sequence) else ()
        if not given or not all(isinstance(step, PlanStep) for step in given):
            raise ValueError(f"steps must be a list of at least one PlanStep, got {self.steps!r}")
        object.__setattr__(self, "steps", tuple(given))
        if len(self.by_name) < len(self.steps):
            raise ValueError(f"steps must have different names, got {[step.name for step in self.steps]}")
        for step in self.steps:
            unknown = [need for need in step.needs if need not in self.by_name]
            if unknown:
                raise ValueError(f"needs of {step.name!r} must be steps of the plan, got {unknown[0]!r}")
        self._in_order()

    def __repr__(self) -> str:
        return f"<plan of {len(self.steps)} steps>"

    @cached_property
    def by_name(self) -> dict[str, PlanStep]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}

    def best_answer(self, values: Values) -> Any:
        """What ``answer`` makes of these values; without it, the value of the last step that has one, or None."""
        if self.answer is not None:
            return self.answer(values)
        return next((values[step.name] for step in reversed(self.steps) if step.name in values), None)

    @cached_property
    def sec_held_after(self) -> dict[str, float]:
        """For each step, the seconds held by the longest path of steps that come after it."""
        after = dict.fromkeys(self.by_name, 0.0)
        for name in reversed(self._in_order()):
            step = self.by_name[name]
            for need in step.needs:
                after[need] = max(after[need], after[name] + step.hold.sec)
        return after

    def _in_order(self) -> list[str]:
        """The names, each after its needs: those without needs first, then those that need these alone, and so on."""
        followers: dict[str, list[str]] = {name: [] for name in self.by_name}
        for step in self.steps:
            for need in set(step.needs):
                followers[need].append(step.name)
        waits_for = {step.name: len(set(step.needs)) for step in self.steps}
        depth = dict.fromkeys((name for name, count in waits_for.items() if count == 0), 0)
        ready = list(depth)
        for name in ready:  # grows while it is walked through
            for follower in followers[name]:
                waits_for[follower] -= 1
                if waits_for[follower] == 0:
                    depth[follower] = depth[name] + 1  # the last need to end is the deepest
                    ready.append(follower)
        if len(ready) < len(self.steps):
            waiting = [step.name for step in self.steps if step.name not in depth]
            raise ValueError(f"needs must not go round in a circle, got {waiting}")
        return sorted(self.by_name, key=depth.__getitem__)
