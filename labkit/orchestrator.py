"""A controller that fails soft: a hard ceiling on a task's dollars, a hard budget for its seconds.

Before each call its worst case is reserved, so that no retry, no sibling in flight and no long reply can exceed
either budget. When the next step does not fit, the task ends with the best answer so far, and says what was left
out and why.

What is hard. Dollars: the sum of what is billed and reserved never exceeds the ceiling, in whole parts of 10^-12 USD;
a reply that claims more than its worst case is not paid more, its claim is kept as disputed, and its model gets no
more calls. A call that was cut or cancelled counts in full, since it may be billed. Seconds: a call begins only if it
would end in time at its worst, and is cut when its reserved seconds are over. By the price card's clock that is exact;
by the wall's clock it is as good as the event loop's own punctuality, so the functions of a plan must be quick, and a
model must not block the loop. A step for which siblings in flight have reserved too much waits for what they leave.

>>> from labkit import pocket
>>> from labkit.orchestrator import Orchestrator, Plan, PlanStep
>>> def ask(numbers):
...     return lambda values: pocket.Call(pocket.write_sum(numbers), temperature=0)
>>> plan = Plan([
...     PlanStep("left", ask([12, 345]), ("premium", "small"), read=pocket.read_number),
...     PlanStep("right", ask([20, 30]), ("premium", "small"), read=pocket.read_number),
...     PlanStep("total", lambda v: pocket.Call(pocket.write_sum([v["left"], v["right"]]), temperature=0),
...              ("premium", "small"), needs=("left", "right"), read=pocket.read_number),
... ])
>>> models = {"small": pocket.small(), "premium": pocket.premium()}
>>> report = Orchestrator(models, max_usd=0.2, max_sec=10).run_now(plan)
>>> report.answer, report.complete, len(report.entries)
(407, True, 3)
>>> report = Orchestrator(models, max_usd=0.005, max_sec=10).run_now(plan)
>>> report.answer, report.complete, list(report.left_out), report.usd <= 0.005
(50, False, ['total'], True)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ._inputs import non_negative, whole
from .orchestrating.answer_cache import AnswerCache, KeyedCache
from .orchestrating.clock import CardClock, CardLoop, Clock, WallClock, run_to_end
from .orchestrating.ledger import Balance, TenantLedger
from .orchestrating.plan import Plan, PlanStep
from .orchestrating.report import Entry, Report, StepNote
from .orchestrating.run import Gate, Router, Run, Settings
from .pocket.protocol import Bill, Call, LanguageModel

__all__ = [
    "AnswerCache", "Balance", "Bill", "Call", "CardClock", "CardLoop", "Clock", "Entry", "Gate", "KeyedCache",
    "Orchestrator", "Plan", "PlanStep", "Report", "Router", "Run", "StepNote", "TenantLedger", "WallClock",
    "route_simple",
]  # fmt: skip


class Orchestrator:
    """Carries out plans, each under the same two budgets.

    Args:
        models: by the names that steps use.
        max_usd: the most a task may cost, in USD; infinity is no ceiling.
        max_sec: the most a task may take, in seconds by the clock; infinity is no limit.
        at_most: P, the most calls of a task in flight at once, 1 or more.
        retries: further tries of a step with the same model, unless the step says otherwise.
        gate: a check of every value, beside the step's own.
        cache: answers that passed before, served for nothing; tasks may share it.
        router: the order of a step's models; without one, the step's own.
        clock: ``CardClock()``, the seconds of price cards, or ``WallClock()``, real ones.
        ledger: the caps of tenants, or None for none.
        tenant: whose cap the calls count against.
        cut_to_fit: make a call even where its worst case is longer than the time left, and cut it off then.

    Raises:
        ValueError: no models, a budget below zero or NaN, at_most below 1, a ledger without a tenant.
    """

    def __init__(
        self,
        models: Mapping[str, LanguageModel],
        max_usd: float,
        max_sec: float,
        *,
        at_most: int = 4,
        retries: int = 1,
        gate: Gate | None = None,
        cache: AnswerCache | None = None,
        router: Router | None = None,
        clock: Clock | None = None,
        ledger: TenantLedger | None = None,
        tenant: str = "",
        cut_to_fit: bool = False,
    ) -> None:
        if not isinstance(models, Mapping) or not models:
            raise ValueError(f"models must be a dict of at least one model by name, got {models!r}")
        for name, value in (("max_usd", max_usd), ("max_sec", max_sec)):
            if value != float("inf"):
                non_negative(name, value)
        whole("at_most", at_most, 1)
        whole("retries", retries)
        if ledger is not None and not tenant:
            raise ValueError(f"tenant must be named where there is a ledger, got {tenant!r}")
        self.settings = Settings(
            dict(models), float(max_usd), float(max_sec), int(at_most), int(retries), gate, cache, router,
            clock or CardClock(), ledger, tenant, cut_to_fit,
        )  # fmt: skip

    def start(self, plan: Plan, task: str = "task") -> Run:
        """A task to be carried out, inside an event loop that keeps the orchestrator's clock.

        Raises:
            ValueError: a plan that names a model which is not there.
            RuntimeError: no event loop is running, or one of another clock.
        """
        if not isinstance(plan, Plan):
            raise ValueError(f"plan must be a Plan, got {plan!r}")
        named = {name for step in plan.steps for name in step.options}
        unknown = sorted(named - set(self.settings.models))
        if unknown:
            raise ValueError(f"plan must name only the models {sorted(self.settings.models)}, got {unknown[0]!r}")
        if not self.settings.clock.fits(asyncio.get_running_loop()):
            raise RuntimeError("this event loop keeps another clock's time; use run or run_now")
        return Run(self.settings, plan, task)

    async def run(self, plan: Plan, task: str = "task") -> Report:
        """Carry out a plan; in a thread of its own, where this event loop keeps another clock's time."""
        if self.settings.clock.fits(asyncio.get_running_loop()):
            return await self.start(plan, task).finish()
        return await asyncio.to_thread(self.run_now, plan, task)

    def run_now(self, plan: Plan, task: str = "task") -> Report:
        """Carry out a plan, and come back with the report; works in a notebook too."""

        async def work() -> Report:
            return await self.start(plan, task).finish()

        return run_to_end(self.settings.clock, work)


def route_simple(simple: Callable[[PlanStep, Call], bool], first: str) -> Router:
    """A router: simple steps ask one model first and the step's others after it; the rest as the step says.

    Args:
        simple: a step and its call -> whether it is simple.
        first: the model that simple steps ask first.
    """

    def route(step: PlanStep, call: Call) -> list[str]:
        others = [name for name in step.options if name != first]
        return [first, *others] if simple(step, call) else list(step.options)

    return route
