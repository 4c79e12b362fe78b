"""A task that is played in turns: the world shows an observation, a controller decides, the world draws what happens.

The world holds all that is true (the budgets' real state, which answers are right, which calls will fail), so a
controller can be in another process and its own books gain it nothing. No bill exceeds its call's worst case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .amounts import SEC, USD, parts_of_budget, parts_of_cost
from .decisions import STOP, Controller, Decision, Event, Observation, Offer, StepView

MOST_TURNS = 500
FAULTS = ("failed", "late", "rubbish", "long")
"""No reply and a part of the bill; no reply and the worst bill; a reply that the gate rejects; the worst bill."""


@dataclass(frozen=True)
class WorldStep:
    """One step as it is: needs, models, worth, and how often its kept answer is right (None where none is kept)."""

    name: str
    needs: tuple[str, ...]
    offers: tuple[Offer, ...]
    worth: float = 1.0
    p_kept: float | None = None


@dataclass(frozen=True)
class Rules:
    """A task: its steps, its budgets, how many calls may run together, and what can go wrong.

    Args:
        steps: each after its needs.
        max_usd, max_sec: the budgets.
        at_most: P.
        p_fault: how often a call meets a fault, in [0, 1]; which one is equally likely.
        p_caught: how often the gate rejects a wrong answer; casting out nines finds 8 of 9.
        seed: names the random streams. What a call meets depends on its step, its model and its try alone.
    """

    steps: tuple[WorldStep, ...]
    max_usd: float
    max_sec: float
    at_most: int = 4
    p_fault: float = 0.15
    p_caught: float = 8 / 9
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """How a task was played.

    Args:
        quality: the worth of the steps that are answered right, as a fraction of all, in [0, 1].
        usd, sec: what was spent.
        over_usd, over_sec: whether a budget was exceeded.
        gambles: turns whose calls would not have fitted at their worst, whatever then came.
        turns: how many decisions were carried out.
        note: why it ended before its time: a decision that is not allowed, or a controller that broke.
    """

    quality: float
    usd: float
    sec: float
    over_usd: bool
    over_sec: bool
    gambles: int
    turns: int
    note: str = ""

    @property
    def overrun(self) -> bool:
        """Whether either budget was exceeded."""
        return self.over_usd or self.over_sec


class World:
    """One task under way. ``observe``, then ``act``, until ``ended``; then ``score``."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.ended = False
        self.note = ""
        self._steps = {step.name: step for step in rules.steps}
        self._most = (parts_of_budget(rules.max_usd, USD), parts_of_budget(rules.max_sec, SEC))
        self._usd = self._sec = self._turns = self._gambles = 0
        self._tries = dict.fromkeys(self._steps, 0)
        self._right: dict[str, bool] = {}
        self._events: tuple[Event, ...] = ()

    def observe(self) -> Observation:
        """What a controller may see now, as an ``Observation``."""
        views = tuple(
            StepView(
                s.name, s.needs, self._is_ready(s), s.name in self._right, s.p_kept is not None, self._tries[s.name],
                s.worth, s.offers,
            )
            for s in self.rules.steps
        )  # fmt: skip
        usd_left, sec_left = (self._most[0] - self._usd) / USD, (self._most[1] - self._sec) / SEC
        return Observation(self._turns, usd_left, sec_left, self.rules.at_most, views, self._events)

    def act(self, decision: Decision) -> None:
        """Carry a decision out. One that is not allowed ends the task, and nothing of it happens."""
        if self.ended:
            raise ValueError("the task has ended")
        problem = self.why_not(decision)
        if problem or decision.stop or not (decision.calls or decision.kept) or self._turns >= MOST_TURNS:
            self.end(problem)
            return
        for name in decision.kept:
            p_kept = self._steps[name].p_kept
            self._answer(name, self._stream(name, "kept", 0).random() < (p_kept or 0.0))
        offers = [(name, self._offer(name, model)) for name, model in decision.calls]
        worst_usd = sum(parts_of_cost(offer.usd_worst, USD) for _, offer in offers)
        worst_sec = max((parts_of_cost(offer.sec_worst, SEC) for _, offer in offers), default=0)
        self._gambles += self._usd + worst_usd > self._most[0] or self._sec + worst_sec > self._most[1]
        self._events = tuple(self._call(name, offer) for name, offer in offers)
        self._usd += sum(parts_of_cost(event.usd, USD) for event in self._events)
        self._sec += max((parts_of_cost(event.sec, SEC) for event in self._events), default=0)
        self._turns += 1
        self.ended = len(self._right) == len(self._steps)

    def end(self, note: str = "") -> None:
        """End the task with what is answered."""
        self.ended, self.note = True, note

    def score(self) -> Score:
        """How it went so far."""
        worth = sum(step.worth for step in self.rules.steps)
        got = sum(step.worth for step in self.rules.steps if self._right.get(step.name))
        over_usd, over_sec = self._usd > self._most[0], self._sec > self._most[1]
        quality = got / worth if worth > 0 else 0.0
        return Score(
            quality, self._usd / USD, self._sec / SEC, over_usd, over_sec, self._gambles, self._turns, self.note
        )

    def why_not(self, decision: Decision) -> str:
        """Why a decision is not allowed, or an empty text."""
        if len(decision.calls) > self.rules.at_most:
            return f"{len(decision.calls)} calls together, where {self.rules.at_most} are allowed"
        names = [*decision.kept, *(name for name, _ in decision.calls)]
        named_twice = [f"the step {name[:40]!r} is named twice" for name in names if names.count(name) > 1]
        problems = [self._why_not_kept(name) for name in decision.kept]
        problems += [self._why_not_call(name, model) for name, model in decision.calls]
        return next((problem for problem in [*named_twice, *problems] if problem), "")

    def _why_not_step(self, name: str) -> str:
        if name not in self._steps:
            return f"there is no step {name[:40]!r}"
        return "" if self._is_ready(self._steps[name]) else f"the step {name!r} is not ready"

    def _why_not_kept(self, name: str) -> str:
        problem = self._why_not_step(name)
        return problem or ("" if self._steps[name].p_kept is not None else f"no answer is kept for the step {name!r}")

    def _why_not_call(self, name: str, model: str) -> str:
        problem = self._why_not_step(name)
        known = problem or model in [offer.model for offer in self._steps[name].offers]
        return problem or ("" if known else f"the step {name!r} has no model {model[:40]!r}")

    def _is_ready(self, step: WorldStep) -> bool:
        return step.name not in self._right and all(need in self._right for need in step.needs)

    def _offer(self, name: str, model: str) -> Offer:
        return next(offer for offer in self._steps[name].offers if offer.model == model)

    def _answer(self, name: str, itself_right: bool) -> None:
        """A step is answered; it is right only if what it was built from is."""
        self._right[name] = itself_right and all(self._right[need] for need in self._steps[name].needs)

    def _call(self, name: str, offer: Offer) -> Event:
        """Draw what a call comes to."""
        self._tries[name] += 1
        draws = self._stream(name, offer.model, self._tries[name]).random(6)
        fault = FAULTS[int(draws[1] * len(FAULTS))] if draws[0] < self.rules.p_fault else ""
        usd = offer.usd_usual + (offer.usd_worst - offer.usd_usual) * draws[2] ** 2
        sec = offer.sec_usual + (offer.sec_worst - offer.sec_usual) * draws[3] ** 2
        if fault == "failed":
            return Event(name, offer.model, "failed", draws[2] * offer.usd_usual, sec)
        if fault == "late":
            return Event(name, offer.model, "late", offer.usd_worst, offer.sec_worst)
        right = bool(draws[4] < offer.p)
        if fault == "rubbish" or (not right and draws[5] < self.rules.p_caught):
            return Event(name, offer.model, "rejected", usd, sec)
        self._answer(name, right)
        bill = (offer.usd_worst, offer.sec_worst) if fault == "long" else (usd, sec)
        return Event(name, offer.model, "answered", *bill)

    def _stream(self, name: str, what: str, tries: int) -> np.random.Generator:
        """The random stream of one try."""
        return np.random.default_rng([self.rules.seed, tries, *name.encode(), 256, *what.encode()])


def play(world: World, controller: Controller) -> Score:
    """Play a task to its end; a controller that breaks, or says what is no decision, ends it.

    >>> from labkit_agents.worlds.random_world import draw_world
    >>> play(draw_world(seed=1), lambda seen: STOP).overrun
    False
    """
    while not world.ended:
        try:
            decision = controller(world.observe())
        except Exception as error:
            world.end(f"the controller raised {type(error).__name__}: {error}")
            break
        if not isinstance(decision, Decision):
            world.end(f"the controller must give a Decision, got {type(decision).__name__}")
            break
        world.act(decision)
    return world.score()


__all__ = ["STOP", "Rules", "Score", "World", "WorldStep", "play"]
