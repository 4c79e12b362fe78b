"""One task under way: its steps wait for what they need, take turns for a place, and stop where nothing fits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from labkit._values import ByValue
from labkit.prices import Bill

from ..pocket.protocol import Call, LanguageModel
from ..worlds.amounts import SEC, USD, parts_of_cost
from .answer_cache import AnswerCache
from .clock import Clock, StopAsked
from .guarded_call import CallGuard, Ticket, Told
from .ledger import TenantLedger
from .options import Options, attempt
from .plan import Plan, PlanStep
from .report import Report, StepNote
from .task_budget import TaskBudget

Router: TypeAlias = Callable[[PlanStep, Call], Sequence[str]]
"""A step and its call -> names of models, the preferred one first."""
Gate: TypeAlias = Callable[[Call, Any], bool]
"""A call and the value that its reply was read as -> whether it may pass."""


CANCELLED = "the task was cancelled"


@dataclass(frozen=True, eq=False)
class Settings(ByValue):
    """What an orchestrator hands to each of its tasks; ``Orchestrator`` says what each is."""

    models: Mapping[str, LanguageModel]
    max_usd: float
    max_sec: float
    at_most: int
    retries: int
    gate: Gate | None
    cache: AnswerCache | None
    router: Router | None
    clock: Clock
    ledger: TenantLedger | None
    tenant: str
    cut_to_fit: bool
    longest_wait_sec: float


class Run:
    """One task: ``finish`` carries it out, ``stop`` ends it early, ``report`` says at any time what it has come to.

    Made inside a running event loop, by ``Orchestrator.start``.
    """

    def __init__(self, settings: Settings, plan: Plan, task: str, stop_asked: StopAsked = bool) -> None:
        self.settings, self.plan, self.task = settings, plan, task
        self._loop = asyncio.get_running_loop()
        self._budget = TaskBudget(settings.max_usd, settings.max_sec, self._loop.time())
        self._all_ended: asyncio.Future[None] = self._loop.create_future()  # cancelled in the moment of a cancel
        self._asked_elsewhere = stop_asked
        self._guard = CallGuard(task, self._budget, settings.clock, settings.ledger, settings.tenant, self._stop_asked)
        self._values: dict[str, Any] = {}
        self._notes: dict[str, StepNote] = {}
        self._holding = {step.name: parts_of_cost(step.hold.usd, USD) for step in plan.steps}
        self._held = sum(self._holding.values())
        self._ended = {name: asyncio.Event() for name in plan.by_name}
        self._places = asyncio.Semaphore(settings.at_most)
        self._bell = asyncio.Event()
        self._barred: set[str] = set()
        self._stopped = ""
        self._cancelled = False
        self._tasks: list[asyncio.Task[None]] = []
        self._going = len(plan.steps)
        self._asked = dict.fromkeys(plan.by_name, 0)
        self._end: int | None = None

    async def finish(self) -> Report:
        """Carry the task out, once. If the one who awaits it is cancelled, calls in flight are settled first."""
        if self._tasks or self._stopped:
            raise RuntimeError(f"the task {self.task!r} has been begun or stopped already")
        self._tasks = [self._loop.create_task(self._step(step)) for step in self.plan.steps]
        for task in self._tasks:
            task.add_done_callback(self._see_whether_all_ended)
        try:
            await self._all_ended
        except asyncio.CancelledError:
            self.stop(CANCELLED)
            while not all(task.done() for task in self._tasks):
                with suppress(asyncio.CancelledError):
                    await asyncio.wait(self._tasks)
            raise
        finally:
            self._end = self._budget.elapsed(self._loop.time())
        return self.report()

    def _see_whether_all_ended(self, _: asyncio.Task[None]) -> None:
        """Wake the one who awaits the task, after its last step."""
        self._going -= 1
        if self._going == 0 and not self._all_ended.done():
            self._all_ended.set_result(None)

    def _stop_asked(self) -> bool:
        """Whether the task was stopped, or whoever awaits it was cancelled, though the loop has not come to it yet."""
        if not self._stopped and (self._all_ended.cancelled() or self._asked_elsewhere()):
            self._stopped = CANCELLED
        return bool(self._stopped)

    def stop(self, why: str = "the task was stopped") -> None:
        """End the task: calls in flight are given up and count in full, and what has an answer keeps it."""
        self._stopped = self._stopped or why
        if not self._cancelled:
            self._cancelled = True
            for task in self._tasks:
                task.cancel()

    def report(self) -> Report:
        """What the task has come to by now; what is in flight counts in full."""
        elapsed = self._budget.elapsed(self._loop.time()) if self._end is None else self._end
        notes = [
            self._notes.get(name) or StepNote(name, "left out", why=self._stopped or "it has not ended")
            for name in self.plan.by_name
        ]
        answer, problem = attempt(lambda: self.plan.best_answer(dict(self._values)))
        return Report(
            task=self.task,
            answer=answer,
            complete=all(note.state in ("done", "cached") for note in notes),
            steps=tuple(notes),
            entries=tuple(self._guard.entries),
            usd=(self._budget.spent + self._budget.reserved) / USD,
            sec=elapsed / SEC,
            usd_peak=self._budget.peak / USD,
            max_usd=self.settings.max_usd,
            max_sec=self.settings.max_sec,
            note=f"the answer could not be put together ({problem})" if problem else self._stopped,
        )

    async def _step(self, step: PlanStep) -> None:
        """Wait for what a step needs, come to a value, and say so, whatever happens."""
        note = StepNote(step.name, "left out", why="it was cancelled")
        try:
            for need in step.needs:
                await self._ended[need].wait()
            note = await self._solve(step)
        except asyncio.CancelledError:
            note = replace(self._stand_in(step, self._stopped or note.why), calls=self._asked[step.name])
        except Exception as error:  # a mistake in the controller itself; the task goes on without the step
            note = replace(self._stand_in(step, f"{type(error).__name__}: {error}"), calls=self._asked[step.name])
        finally:
            self._let_go(step)
            self._notes[step.name] = note
            if note.state != "left out":
                self._values[step.name] = note.value
            self._ended[step.name].set()

    async def _solve(self, step: PlanStep) -> StepNote:
        """From the cache, else from calls, else the fallback."""
        missing = [need for need in step.needs if need not in self._values]
        if missing:
            return self._stand_in(step, f"it needs {missing[0]!r}, which was left out")
        needed = {need: self._values[need] for need in step.needs}
        call, problem = attempt(lambda: step.ask(needed))
        if not isinstance(call, Call):
            return self._stand_in(step, f"its call could not be built ({problem or repr(call)})")
        cached = self._from_cache(step, call, needed)
        if cached is not None:
            return StepNote(step.name, "cached", cached)
        retries = self.settings.retries if step.retries is None else step.retries
        names = self._route(step, call)
        options = Options(
            names, self.settings.models, call, retries + 1, self.settings.cut_to_fit, self.settings.longest_wait_sec
        )
        return await self._by_calls(step, call, needed, options)

    async def _by_calls(self, step: PlanStep, call: Call, needed: dict[str, Any], options: Options) -> StepNote:
        """Ask model after model, try after try, while the next one fits."""
        while not self._stop_asked():
            made = await self._one_call(step, call, options)
            if made is None:
                break
            name, ticket, told = made
            if told.cancelled:
                self._stopped = self._stopped or CANCELLED
            if not told.trusted:
                self._barred.add(name)
            if told.text is not None:
                value = self._accept(step, call, needed, told.text, ticket)
                if value is not None:
                    return StepNote(step.name, "done", value, name, options.asked)
            entry = self._guard.entries[ticket.place]
            options.why_out[name] = f"{entry.outcome} {entry.note}".strip()
            if not told.may_retry:
                options.give_up(name, options.why_out[name])
            wait = options.wait_before_retry(name, told, self._budget, self._loop.time())
            if wait and not self._stopped:
                await asyncio.sleep(wait)
        return replace(self._stand_in(step, self._stopped or options.why()), calls=options.asked)

    async def _one_call(self, step: PlanStep, call: Call, options: Options) -> tuple[str, Ticket, Told] | None:
        """Make the next call that fits, at once or when siblings have left enough; None where none will."""
        while True:
            async with self._places:
                if self._stop_asked():
                    return None
                chosen = options.choose(self._budget, self._loop.time(), self._held_for_others(step), self._barred)
                if chosen is not None:
                    name, worst = chosen
                    cut = self.settings.cut_to_fit
                    ticket = self._guard.reserve(step.name, options.asked + 1, name, worst, cut)
                    if isinstance(ticket, Ticket):
                        self._let_go(step)
                        self._asked[step.name] += 1
                        named = call.id or f"{self.task}, {step.name}".encode(errors="replace").decode()
                        this = replace(call, id=f"{named}, attempt {options.take(name)}")
                        try:
                            return name, ticket, await self._guard.make(ticket, self.settings.models[name], this)
                        finally:
                            self._ring()
                    options.give_up(name, ticket)
                    continue
                if not options.may_fit_later(self._budget, self._loop.time(), self._barred):
                    return None
                bell = self._bell
            await bell.wait()

    def _ring(self) -> None:
        """A call has been settled: steps for which nothing was left look again."""
        self._bell.set()
        self._bell = asyncio.Event()

    def _accept(self, step: PlanStep, call: Call, needed: dict[str, Any], text: str, ticket: Ticket) -> Any:
        """The value of a reply that can be read and passes the checks, else None; the books say which."""
        value, problem = attempt(lambda: step.read(text))
        if value is None:
            self._guard.judge(ticket, "rubbish", problem or "it cannot be read")
            return None
        if not self._passes(step, call, needed, value):
            self._guard.judge(ticket, "rejected", "")
            return None
        if self.settings.cache is not None:
            attempt(lambda: self.settings.cache.keep(call, text))  # type: ignore[union-attr]
        return value

    def _from_cache(self, step: PlanStep, call: Call, needed: dict[str, Any]) -> Any:
        """The value that is kept for a call, if it can be read and passes the checks too."""
        cache = self.settings.cache
        text = attempt(lambda: cache.find(call))[0] if cache is not None else None
        value = attempt(lambda: step.read(text))[0] if isinstance(text, str) else None
        return value if value is not None and self._passes(step, call, needed, value) else None

    def _passes(self, step: PlanStep, call: Call, needed: dict[str, Any], value: Any) -> bool:
        """The gate's and the step's own word; a check that breaks lets nothing pass."""
        gate, check = self.settings.gate, step.check
        by_gate = gate is None or attempt(lambda: bool(gate(call, value)))[0]
        return bool(by_gate and (check is None or attempt(lambda: bool(check(needed, value)))[0]))

    def _route(self, step: PlanStep, call: Call) -> list[str]:
        """The router's order, as far as it names models of the step; the step's own where it breaks."""
        router = self.settings.router
        if router is None:
            return list(step.options)
        known, _ = attempt(lambda: [name for name in dict.fromkeys(router(step, call)) if name in step.options])
        return list(step.options) if known is None else known

    def _held_for_others(self, step: PlanStep) -> Bill:
        """What steps that have not begun hold back, and the seconds of those that come after this one."""
        usd = (self._held - self._holding[step.name]) / USD
        return Bill(usd, self.plan.sec_held_after[step.name])

    def _let_go(self, step: PlanStep) -> None:
        """A step's turn has come, or it has ended: it holds nothing back any more."""
        self._held -= self._holding[step.name]
        self._holding[step.name] = 0

    def _stand_in(self, step: PlanStep, why: str) -> StepNote:
        """The fallback's value, or nothing."""
        fallback = step.fallback
        value = attempt(lambda: fallback(dict(self._values)))[0] if fallback is not None else None
        return StepNote(step.name, "left out" if value is None else "fallback", value, why=why)
