"""The controller itself: plans are carried out under a ceiling in USD and a budget of seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from labkit._inputs import non_negative, whole

from ..pocket.protocol import Call, LanguageModel
from .answer_cache import AnswerCache
from .clock import CardClock, Clock, run_to_end
from .ledger import TenantLedger
from .plan import Plan, PlanStep
from .report import Report
from .run import Gate, Router, Run, Settings


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
