"""Random workflows, for hypothesis and for the simulation: first the shape, then the numbers."""

from __future__ import annotations

from dataclasses import fields, replace
from random import Random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from oracles import ancestors

from labkit import Cache, Debate, Gate, Judge, Model, Person, Step, Workflow, levers

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

CHANCES = (0.0, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95, 1.0)
SECONDS = (0.0, 0.2, 0.4, 1.0, 2.0, 7.0)
DOLLARS = (0.0, 0.002, 0.01, 0.03)
PARTS = (Model, Debate, Gate, Person, Cache, Judge)


class Place(NamedTuple):
    """A step without its numbers."""

    name: str
    needs: tuple[str, ...]
    around: frozenset[str]
    when_rejected: str
    counting: str
    stored: str
    helped: bool
    judged: bool


def drawn_places(rnd: Random, most: int = 8, ends: bool = True) -> list[Place]:
    """Up to ``most`` steps in blocks that wait for each other; only steps alone in a block may end the run."""
    places: list[Place] = []
    previous: list[str] = []
    left = rnd.randint(1, most)
    while left:
        size = min(left, rnd.choice((1, 1, 2, 3, 4)))
        left -= size
        names = [f"s{len(places) + i}" for i in range(size)]
        for i, name in enumerate(names):
            inside = tuple(other for other in names[:i] if rnd.random() < 0.4)
            around = {what for what in ("retries", "debate", "gate", "cache") if rnd.random() < 0.4}
            if ends and size == 1 and rnd.random() < 0.4:
                around.add("stop")
            last_word = rnd.choice(("fail", "pass", "halt") if ends and size == 1 else ("fail", "pass"))
            places.append(
                Place(
                    name,
                    inside or tuple(previous),
                    frozenset(around),
                    last_word,
                    rnd.choice(("text", "listing")),
                    ("first", "checked")[len(places) % 2],
                    last_word == "fail" and len(places) % 4 == 3,
                    "stop" in around and len(places) % 2 == 0,
                )
            )
        previous = names
    return places


def filled(rnd: Random, places: list[Place]) -> Workflow:
    """The places with drawn numbers: a design."""
    return Workflow(tuple(_step(rnd, place) for place in places))


def _step(rnd: Random, place: Place) -> Step:
    def maybe(values: tuple[float, ...]) -> float | None:
        return rnd.choice((None, *values))

    on = place.around
    return Step(
        place.name,
        Model(rnd.choice(DOLLARS), rnd.choice(SECONDS), rnd.choice(CHANCES), "drawn"),
        place.needs,
        rnd.choice(("easy", "hard")),
        retries=rnd.randint(0, 3) if "retries" in on else 0,
        debate=Debate(rnd.randint(1, 3), rnd.randint(1, 3), maybe(CHANCES), place.counting) if "debate" in on else None,
        gate=Gate(
            rnd.choice(CHANCES),
            rnd.choice((0.0, 0.1, 0.5)),
            place.when_rejected,
            maybe(CHANCES),
            rnd.choice(DOLLARS),
            rnd.choice(SECONDS),
            Person(rnd.choice(DOLLARS), rnd.choice((0.0, 0.01, 0.1)), rnd.choice(CHANCES)) if place.helped else None,
        )
        if "gate" in on
        else None,
        cache=Cache(
            rnd.choice(CHANCES),
            rnd.choice((None, None, None, None, None, *CHANCES)),
            rnd.choice(DOLLARS),
            rnd.choice((0.01, 2.0)),
            place.stored,
        )
        if "cache" in on
        else None,
        good_enough=rnd.choice((0.1, 0.5, 0.9)) if "stop" in on else 0.0,
        judge=Judge(rnd.choice(CHANCES), rnd.choice((0.0, 0.1, 0.3)), rnd.choice(DOLLARS), rnd.choice(SECONDS))
        if place.judged
        else None,
    )


def drawn_workflow(rnd: Random, most: int = 8, ends: bool = True) -> Workflow:
    """A random graph with random levers and numbers."""
    return filled(rnd, drawn_places(rnd, most, ends))


def stacked(parts: list[Any]) -> Any:
    """Designs of one shape laid on top of each other: every number becomes an array."""
    first = parts[0]
    if isinstance(first, Workflow):
        return Workflow(tuple(stacked(list(steps)) for steps in zip(*(w.steps for w in parts), strict=True)))
    if isinstance(first, (Step, *PARTS)):
        changed = {f.name: stacked([getattr(p, f.name) for p in parts]) for f in fields(first)}
        return replace(first, **changed)
    if isinstance(first, (str, tuple, bool)) or first is None:
        return first
    return np.array(parts, dtype=float)


def same_nones(places: list[Place], designs: list[Workflow]) -> list[Workflow]:
    """Give each design the first one's choices of "None: the step's own p", so that they can be stacked."""
    return [Workflow(tuple(_as(a, b) for a, b in zip(designs[0], d, strict=True))) for d in designs]


def _as(pattern: Any, part: Any) -> Any:
    changed: dict[str, Any] = {}
    for f in fields(part):
        wanted, value = getattr(pattern, f.name), getattr(part, f.name)
        if isinstance(value, PARTS):
            changed[f.name] = _as(wanted, value)
        elif wanted is None or value is None:
            changed[f.name] = wanted
    return replace(part, **changed)


def rails(rungs: int, model: Model, retries: int = 0) -> Workflow:
    """Two rows of steps, each step of the second also waiting for the one before in the first: one large knot."""
    steps = [Step("a0", model, retries=retries), Step("b0", model, retries=retries)]
    for i in range(1, rungs):
        steps.append(Step(f"a{i}", model, (f"a{i - 1}",), retries=retries))
        steps.append(Step(f"b{i}", model, (f"a{i - 1}", f"b{i - 1}"), retries=retries))
    return Workflow(tuple(steps))


TANGLED = rails(12, Model(0.01, 1.0, 0.5, "coin"), retries=2)
"""A workflow whose mean seconds are not known: 24 tangled steps of three lengths each."""

randoms = st.integers(0, 2**32).map(Random)
workflows = st.builds(drawn_workflow, randoms)
endless = st.builds(drawn_workflow, randoms, ends=st.just(False))
"""Workflows in which nothing ends early."""


@st.composite
def designs(draw: st.DrawFn, count: int = 3) -> list[Workflow]:
    """Several designs that differ in their numbers only."""
    rnd = draw(randoms)
    places = drawn_places(rnd, most=5)
    return same_nones(places, [filled(rnd, places) for _ in range(count)])


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> tuple[tuple[int, ...], ...]:
    """Needs by position, in shuffled order, so that a step may need one that is listed after it."""
    n = draw(st.integers(1, most))
    needs = [[j for j in range(i) if draw(st.booleans())] for i in range(n)]
    new = draw(st.permutations(range(n)))
    moved: list[tuple[int, ...]] = [()] * n
    for i, before in enumerate(needs):
        moved[new[i]] = tuple(new[j] for j in before)
    return tuple(moved)


PULLS = ("route", "cache", "cut", "retry", "debate", "gate", "stop_early", "parallelize")


def pull(rnd: Random, workflow: Workflow, lever: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """A lever with arguments that this workflow allows, or None where it allows none."""
    some = rnd.sample(workflow.names, rnd.randint(1, len(workflow)))
    alone = [s.name for s in workflow if all(_ordered(workflow, s.name, o) for o in workflow.names)]
    if lever == "parallelize":
        return None if any(s.may_end for s in workflow) else (levers.parallelize, (some,), {})
    if lever == "stop_early":
        return (levers.stop_early, (0.3, rnd.choice(alone)), {}) if alone else None
    if lever == "cut":
        return (levers.cut, (some[0],), {}) if len(workflow) > 1 else None
    return {
        "route": (levers.route, (Model(0.01, 1.0, 0.9, "other"), some), {}),
        "cache": (
            levers.cache,
            (some,),
            {"p": rnd.choice((None, 1)), "hit_rate": 0.5, "stored": rnd.choice(("first", "checked"))},
        ),
        "retry": (levers.retry, (rnd.randint(0, 2), some), {}),
        "debate": (levers.debate, (2, 3, some), {"p": 0.9}),
        "gate": (levers.gate, (0.8, 0.1, 1, some), {}),
    }[lever]


def _ordered(workflow: Workflow, one: str, other: str) -> bool:
    at = workflow.names.index
    before = ancestors(workflow.graph.needs)
    a, b = at(one), at(other)
    return a == b or b in before[a] or a in before[b]
