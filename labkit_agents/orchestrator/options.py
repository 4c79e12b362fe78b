"""Which model a step asks next: the preferred one that still has a try left and whose worst case fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from labkit.prices import Bill

from ..pocket.protocol import Call, LanguageModel
from ..worlds.amounts import SEC, USD
from .guarded_call import Told
from .plan import NOTHING_HELD
from .task_budget import TaskBudget

Value = TypeVar("Value")
LONGEST_WAIT_SEC = 120.0
"""Unless the orchestrator says otherwise: who asks to wait longer is not worth the wait."""


class Options:
    """The models of one step, with the tries that each has left, and why each is out.

    Args:
        names: the preferred one first.
        models: by name.
        call: what is to be asked.
        tries: how often each may be asked.
        cut_to_fit: a call that may take longer than the time left fits all the same, and is cut when it is over.
        longest_wait_sec: the longest wait before a further try.
    """

    def __init__(
        self,
        names: Sequence[str],
        models: Mapping[str, LanguageModel],
        call: Call,
        tries: int,
        cut_to_fit: bool,
        longest_wait_sec: float = LONGEST_WAIT_SEC,
    ) -> None:
        self.tries_left = dict.fromkeys(names, tries)
        self.why_out: dict[str, str] = {}
        self.asked = 0
        self._cut_to_fit = cut_to_fit
        self._longest_wait_sec = longest_wait_sec
        self._worst: dict[str, Bill] = {}
        for name in names:
            worst, problem = attempt(lambda model=models[name]: model.worst_case(call))  # type: ignore[misc]
            if isinstance(worst, Bill) and _can_be_reserved(worst):
                self._worst[name] = worst
            else:
                self.give_up(name, f"it has no worst case for this call ({problem or repr(worst)})")

    def choose(self, budget: TaskBudget, now: float, held: Bill, barred: set[str]) -> tuple[str, Bill] | None:
        """The next model and the worst case of its call, or None.

        What is held back for later steps is respected, as long as some model fits beside it; else it is used.
        """
        for name in barred & set(self.tries_left):
            self.why_out.setdefault(name, "it is not trusted any more")
        for keep in (held, NOTHING_HELD):
            for name in self._open(barred):
                worst = self._worst_now(name, budget, now)
                why = budget.why_not(worst, now, keep)
                if why is None:
                    return name, worst
                self.why_out[name] = why
        return None

    def may_fit_later(self, budget: TaskBudget, now: float, barred: set[str]) -> bool:
        """Could a model be asked in time, if the calls in flight came to less than their reservations?"""
        free = (budget.usd_parts_left() + budget.reserved) / USD
        worst = [self._worst_now(name, budget, now) for name in self._open(barred)]
        return budget.reserved > 0 and any(
            bill.usd <= free and budget.why_not(Bill(0.0, bill.sec), now) is None for bill in worst
        )

    def take(self, name: str) -> int:
        """Use one try of a model; which attempt of the step it is."""
        self.tries_left[name] -= 1
        self.asked += 1
        return self.asked

    def give_up(self, name: str, why: str) -> None:
        """Ask a model no more."""
        self.tries_left[name] = 0
        self.why_out[name] = why

    def wait_before_retry(self, name: str, told: Told, budget: TaskBudget, now: float) -> float:
        """After a try that came to nothing: the seconds to wait; where they are too many, the model is given up."""
        after = told.retry_after_sec
        if self.tries_left[name] == 0 or after <= 0:
            return 0.0
        if after > self._longest_wait_sec:
            self.give_up(name, f"it asks to wait {after:g} s, more than {self._longest_wait_sec:g} s")
            return 0.0
        if not math.isfinite(after) or budget.why_not(Bill(0.0, after + self._worst[name].sec), now) is not None:
            self.give_up(name, f"it asks to wait {after:g} s, which do not fit")
            return 0.0
        return after

    def why(self) -> str:
        """Why no model could be asked, in one line."""
        return "; ".join(f"{name}: {why}" for name, why in self.why_out.items()) or "no model may be asked"

    def _open(self, barred: set[str]) -> list[str]:
        """The models that may still be asked, the preferred one first."""
        return [name for name, tries in self.tries_left.items() if tries > 0 and name not in barred]

    def _worst_now(self, name: str, budget: TaskBudget, now: float) -> Bill:
        """The worst case; of a call that may be cut, no more seconds than are left."""
        worst = self._worst[name]
        left = budget.sec_parts_left(now) / SEC
        return Bill(worst.usd, min(worst.sec, left)) if self._cut_to_fit and left > 0 else worst


def attempt(work: Callable[[], Value]) -> tuple[Value | None, str | None]:
    """What someone else's function gives, and None; or None, and what it raised. It never raises."""
    try:
        return work(), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _can_be_reserved(worst: Bill) -> bool:
    """Are both amounts numbers, zero or more, and finite?"""
    return all(isinstance(amount, (int, float)) and 0 <= amount < math.inf for amount in (worst.usd, worst.sec))
