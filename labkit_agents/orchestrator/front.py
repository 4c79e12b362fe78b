"""The controller itself: plans are carried out under a ceiling in USD and a budget of seconds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal

from labkit._inputs import one_whole

from ..pocket.protocol import Call, LanguageModel
from ..worlds.amounts import amount_of, budget_of
from .answer_cache import AnswerCache
from .clock import CardClock, Clock, StopAsked, run_beside, run_to_end
from .ledger import TenantLedger
from .ledger_checks import check_text
from .options import LONGEST_WAIT_SEC
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
        longest_wait_sec: the longest wait before a further try; a model that asks to wait longer is given up.

    Raises:
        ValueError: no models, a budget below zero or NaN, at_most below 1, a ledger without a tenant, a list where
            one number belongs.
    """

    def __init__(
        self,
        models: Mapping[str, LanguageModel],
        max_usd: float | Decimal,
        max_sec: float | Decimal,
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
        longest_wait_sec: float = LONGEST_WAIT_SEC,
    ) -> None:
        if not isinstance(models, Mapping) or not models:
            raise ValueError(f"models must be a dict of at least one model by name, got {models!r}")
        check_text("tenant", tenant)
        if ledger is not None and not tenant:
            raise ValueError(f"tenant must be named where there is a ledger, got {tenant!r}")
        self.settings = Settings(
            dict(models), budget_of("max_usd", max_usd), budget_of("max_sec", max_sec),
            one_whole("at_most", at_most, 1), one_whole("retries", retries), gate, cache, router,
            CardClock() if clock is None else clock, ledger, tenant, cut_to_fit,
            amount_of("longest_wait_sec", longest_wait_sec),
        )  # fmt: skip

    def start(self, plan: Plan, task: str = "task", stop_asked: StopAsked = bool) -> Run:
        """A task to be carried out, inside an event loop that keeps the orchestrator's clock.

        ``stop_asked`` is asked before each call, and may answer from another thread's word.

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
        return Run(self.settings, plan, task, stop_asked)

    async def run(self, plan: Plan, task: str = "task") -> Report:
        """Carry out a plan; in a thread of its own, where this event loop keeps another clock's time.

        Cancelled (by ``task.cancel``, ``asyncio.wait_for``, a task group), it begins no further call, settles those
        in flight and then raises ``asyncio.CancelledError``.
        """
        if self.settings.clock.fits(asyncio.get_running_loop()):
            return await self.start(plan, task).finish()

        async def work(stop_asked: StopAsked) -> Report:
            return await self.start(plan, task, stop_asked).finish()

        return await run_beside(self.settings.clock, work)

    def run_now(self, plan: Plan, task: str = "task") -> Report:
        """Carry out a plan, and come back with the report; works in a notebook too.

        Interrupted by hand, it begins no further call, and settles those in flight before it lets go.
        """
        stopped = threading.Event()

        async def work() -> Report:
            return await self.start(plan, task, stopped.is_set).finish()

        return run_to_end(self.settings.clock, work, stopped)


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
