"""Models with a stated price, and plans drawn by a seed, for the tests of the orchestrator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from faulty import Faulty

from labkit_agents.orchestrator import Bill, Call, KeyedCache, Orchestrator, Plan, PlanStep, Report
from labkit_agents.pocket import Reply


class Priced:
    """A model that answers "ok" at a part of its worst case; it counts its calls and those in flight."""

    def __init__(self, name: str = "model", usd: float = 0.1, sec: float = 1.0, part: float = 1.0) -> None:
        self.name, self.worst, self.part = name, Bill(usd, sec), part
        self.asked: list[Call] = []

    def worst_case(self, call: Call) -> Bill:
        return self.worst

    def complete(self, calls: Sequence[Call]) -> list[Any]:
        self.asked += calls
        return [self.reply(call) for call in calls]

    async def acomplete(self, calls: Sequence[Call]) -> list[Any]:
        await asyncio.sleep(0)
        return self.complete(calls)

    def reply(self, call: Call) -> Any:
        return Reply("ok", self.name, 4, 0, 2, self.worst.usd * self.part, self.worst.sec * self.part, 0.0)


class Odd(Priced):
    """A model whose n-th reply is what a function makes of the plain one."""

    def __init__(self, change: Callable[[Reply, int], Any], **worst: float) -> None:
        super().__init__(**worst)  # type: ignore[arg-type]
        self.change = change

    def reply(self, call: Call) -> Any:
        return self.change(super().reply(call), len(self.asked))


def failing(first: int) -> Callable[[Reply, int], Any]:
    """The first replies are empty."""
    return lambda reply, n: replace(reply, text="") if n <= first else reply


def ask(values: Any) -> Call:
    """Any call."""
    return Call("1+1=")


def step(name: str, *needs: str, **more: Any) -> PlanStep:
    """A step for the model named "model"."""
    return PlanStep(name, **{"ask": ask, "options": ("model",), "needs": needs, **more})


def chain_of(count: int) -> Plan:
    """Steps in a row."""
    return Plan([step(f"s{n}", *([f"s{n - 1}"] if n else [])) for n in range(count)])


def side_by_side(count: int, **more: Any) -> Plan:
    """Steps that need nothing."""
    return Plan([step(f"s{n}", **more) for n in range(count)])


def drawn_plan(rng: np.random.Generator) -> Plan:
    """1 to 9 steps with needs, two models, now and then a check, a fallback or a hold."""
    steps = []
    for n in range(int(rng.integers(1, 10))):
        needs = tuple(f"s{need}" for need in rng.permutation(n)[: int(rng.integers(0, 3))])
        prompt = f"{rng.integers(1, 4)}+1="
        steps.append(PlanStep(
            f"s{n}",
            lambda values, prompt=prompt: Call(prompt),
            ("premium", "small") if rng.random() < 0.7 else ("small",),
            needs,
            read=lambda text: text if text == "ok" else None,
            check=(lambda values, value: len(values) < 2) if rng.random() < 0.2 else None,
            fallback=(lambda values: "stand-in") if rng.random() < 0.2 else None,
            retries=int(rng.integers(0, 4)) if rng.random() < 0.5 else None,
            hold=Bill(float(rng.choice([0, 0.01])), float(rng.choice([0, 0.3]))),
        ))  # fmt: skip
    return Plan(steps)


def drawn_orchestrator(rng: np.random.Generator, **more: Any) -> Orchestrator:
    """Two models that go wrong in every way, and budgets from nothing to plenty."""
    p_fault = float(rng.choice([0.0, 0.2, 0.6, 1.0]))
    seed = int(rng.integers(2**32))
    models = {
        "premium": Faulty(Priced("premium", 0.03, 2.0, float(rng.uniform(0.1, 1))), p_fault, seed),
        "small": Faulty(Priced("small", 0.0019, 0.4, float(rng.uniform(0.1, 1))), p_fault, seed + 1),
    }
    settings = {
        "max_usd": float(rng.choice([0, 0.0019, 0.03, 0.06, rng.uniform(0, 0.4)])),
        "max_sec": float(rng.choice([0, 0.4, 2.0, 4.0, rng.uniform(0, 30)])),
        "at_most": int(rng.integers(1, 6)),
        "retries": int(rng.integers(0, 3)),
        "cache": KeyedCache() if rng.random() < 0.3 else None,
        "cut_to_fit": bool(rng.random() < 0.3),
    }
    return Orchestrator(models, **{**settings, **more})  # type: ignore[arg-type]


def parts(usd: float) -> int:
    """Whole parts of 10^-12 USD."""
    return round(usd * 10**12)


def assert_books(report: Report) -> None:
    """Never over budget, every part of a dollar belongs to a call, every step is accounted for."""
    assert parts(report.usd) <= parts(report.usd_peak) <= parts(report.max_usd)
    assert round(report.sec * 1e9) <= round(report.max_sec * 1e9)
    assert sum(parts(entry.usd) for entry in report.entries) == parts(report.usd)
    for entry in report.entries:
        assert parts(entry.usd) <= parts(entry.usd_reserved)
        assert round((entry.begin_sec + entry.sec) * 1e9) <= round(report.max_sec * 1e9)
        assert entry.outcome != "in flight"
    for note in report.steps:
        mine = [entry for entry in report.entries if entry.step == note.name]
        assert note.calls == len(mine)
        assert [entry.attempt for entry in mine] == list(range(1, len(mine) + 1))
        assert (note.state == "done") == any(entry.outcome == "right" for entry in mine)
        assert bool(note.why) == (note.state in ("left out", "fallback"))
        assert (note.value is None) == (note.state == "left out")
    assert report.complete == all(note.state in ("done", "cached") for note in report.steps)


def most_in_flight(report: Report) -> int:
    """The most calls that were under way at once; one that ends as another begins is over."""
    moments = [(entry.begin_sec, 1) for entry in report.entries if entry.sec > 0]
    moments += [(entry.begin_sec + entry.sec, -1) for entry in report.entries if entry.sec > 0]
    rounded = sorted((round(sec, 6), change) for sec, change in moments)
    return int(max(np.cumsum([change for _, change in rounded]), default=0))
