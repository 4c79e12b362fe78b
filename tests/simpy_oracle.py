"""The same workflow as SimPy processes: one process for each step and each call, one task after the other.

An oracle for `labkit.simulation`, written apart from it: plain Python, the standard library's random numbers, an
event queue. It reads steps and options as the description of a design, and calls nothing of labkit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from math import exp
from random import Random
from typing import Any

import numpy as np
import simpy

AFTER_EVERYTHING = 9  # an event of this priority is handled after all others of its moment


@dataclass
class Options:
    """What may vary beside the workflow."""

    chances: Callable[[Random], Mapping[str, float]] | None = None
    propagation: float | None = None
    sigma: float = 0.0
    samples: list[float] = field(default_factory=list)
    turns: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # step -> mean turns, growth
    at_most: int | None = None
    textbook: bool = False


class Places:
    """So many calls at a time; the step that stands first in the workflow's list goes first."""

    def __init__(self, env: simpy.Environment, free: float) -> None:
        self.env, self.free = env, free
        self.waiting: list[tuple[int, int, simpy.Event]] = []

    def ask(self, rank: int, width: int) -> simpy.Event:
        granted = self.env.event()
        self.waiting.append((rank, width, granted))
        self._look_later()
        return granted

    def give_back(self, width: int) -> None:
        self.free += width
        self._look_later()

    def _look_later(self) -> None:
        """Hand places out once all that happens at this moment has happened."""
        look = self.env.event()
        look.callbacks.append(lambda _: self._hand_out())
        look._ok, look._value = True, None
        self.env.schedule(look, priority=AFTER_EVERYTHING)

    def _hand_out(self) -> None:
        for entry in sorted(self.waiting, key=lambda entry: entry[0]):
            if entry[1] <= self.free:
                self.free -= entry[1]
                self.waiting.remove(entry)
                entry[2].succeed()


class Task:
    """One run of a workflow."""

    def __init__(self, workflow: Any, random: Random, options: Options) -> None:
        self.env, self.random, self.options = simpy.Environment(), random, options
        self.places = Places(self.env, options.at_most or float("inf"))
        self.p = {} if options.chances is None else options.chances(random)
        self.usd = self.sec = 0.0
        self.failed = self.over = self.too_soon = False
        self.wrong: dict[str, bool] = {}
        self.ends = {step.name: self.env.event() for step in workflow.steps}
        self.last: list[str] = []
        self.needed = {name for step in workflow.steps for name in step.needs}
        for rank, step in enumerate(workflow.steps):
            self.env.process(self.do(rank, step))
        self.env.run()
        if not self.last:
            self.last = [step.name for step in workflow.steps if step.name not in self.needed]
        if options.propagation is None:
            self.right = not self.failed and not any(self.wrong.values())
        else:
            self.right = not self.failed and not any(self.wrong[name] for name in self.last)
        self.right = self.right and not self.too_soon

    def luck(self, p: float) -> bool:
        return self.random.random() < p

    def do(self, rank: int, step: Any) -> Generator[simpy.Event, Any, None]:
        """Wait for what the step needs, do its work, say that it has ended."""
        yield self.env.all_of([self.ends[name] for name in step.needs])
        if not self.over:
            width = 1 if step.debate is None else int(step.debate.agents)
            yield self.places.ask(rank, width)
            yield from self.work(step)
            self.places.give_back(width)
            if not self.over and step.name in self.needed:
                yield from self.judge(step)
            self.sec = max(self.sec, self.env.now)
        self.ends[step.name].succeed()

    def judge(self, step: Any) -> Generator[simpy.Event, Any, None]:
        """End the task where its judge takes the answer for good enough, be he right or not."""
        enough = stops = self.luck(step.good_enough)
        if step.judge is not None:
            self.usd += step.judge.usd
            yield self.env.timeout(step.judge.sec)
            stops = self.luck(step.judge.recall if enough else step.judge.false_alarm)
        if stops:
            self.over, self.too_soon = True, not enough
            self.last = [step.name]

    def work(self, step: Any) -> Generator[simpy.Event, Any, None]:
        given_wrong = any(self.wrong.get(name, False) for name in step.needs)
        spoiled = self.options.propagation is not None and given_wrong and self.luck(self.options.propagation)
        p = step.model.p_ok if step.debate is None or step.debate.p is None else step.debate.p
        p = self.p.get(step.name, p)
        if step.cache is not None and self.luck(step.cache.hit_rate):
            self.usd += step.cache.usd
            yield self.env.timeout(step.cache.sec)
            self.wrong[step.name] = spoiled or not self.found_right(step, p)
            return
        gate = step.gate
        for attempt in range(int(step.retries) + 1):
            if attempt == 0 or not self.options.textbook:
                yield from self.attempt(step)
            recovered = attempt > 0 and gate is not None and gate.recovery is not None
            right = not spoiled and self.luck(gate.recovery if recovered else p)
            rejected = not right if gate is None else self.luck(gate.false_alarm if right else gate.detection)
            if not rejected:
                break
        if rejected and gate is not None and gate.person is not None:
            self.usd += gate.person.usd
            yield self.env.timeout(60 * gate.person.minutes)
            right = right or self.luck(gate.person.recall)
            rejected = False
        self.wrong[step.name] = not right
        if rejected and gate is not None and gate.when_rejected != "pass":
            self.failed = True
            self.over = self.over or gate.when_rejected == "halt"

    def found_right(self, step: Any, p: float) -> bool:
        """Is a stored answer right? Checked ones were made and checked before, again and again until one was kept."""
        if step.cache.p is not None or step.cache.stored == "first":
            return self.luck(p if step.cache.p is None else step.cache.p)
        gate = step.gate
        for _ in range(2_000):
            for attempt in range(int(step.retries) + 1):
                recovered = attempt > 0 and gate is not None and gate.recovery is not None
                right = self.luck(gate.recovery if recovered else p)
                rejected = not right if gate is None else self.luck(gate.false_alarm if right else gate.detection)
                if not rejected:
                    break
            if rejected and gate is not None and gate.person is not None:
                return right or self.luck(gate.person.recall)
            if not rejected or gate is None or gate.when_rejected == "pass":
                return right
        return False

    def attempt(self, step: Any) -> Generator[simpy.Event, Any, None]:
        """All calls of one attempt, then its check."""
        agents = rounds = 1
        growth = 0.0
        if step.debate is not None:
            agents = int(step.debate.agents)
            rounds = int(step.debate.rounds) + (1 if step.debate.counting == "listing" else 0)
        if step.name in self.options.turns:
            mean, growth = self.options.turns[step.name]
            while not self.luck(1 / mean):
                rounds += 1
        for turn in range(rounds):
            self.usd += agents * step.model.usd * (1 + growth * turn)
            yield self.env.all_of([self.env.process(self.call(step.model.sec)) for _ in range(agents)])
        if step.gate is not None:
            self.usd += step.gate.usd
            yield self.env.timeout(step.gate.sec)

    def call(self, mean_sec: float) -> Generator[simpy.Event, Any, None]:
        factor = 1.0
        if self.options.sigma:
            factor = exp(self.random.gauss(-(self.options.sigma**2) / 2, self.options.sigma))
        elif self.options.samples:
            factor = self.random.choice(self.options.samples) / (sum(self.options.samples) / len(self.options.samples))
        yield self.env.timeout(mean_sec * factor)


def tasks(workflow: Any, n: int, seed: int, options: Options | None = None) -> np.ndarray:
    """n tasks, one a row: USD, seconds, whether it succeeded, whether it was refused."""
    random = Random(seed)
    done = (Task(workflow, random, options or Options()) for _ in range(n))
    return np.array([(task.usd, task.sec, task.right, task.failed) for task in done])
