"""Frontiers by brute force: every combination through ``Workflow.outcome``, and the definition of dominance."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from random import Random

from strategies import Place, _step, drawn_places

from labkit import Outcome, Step, Workflow
from labkit.accounting import price
from labkit.frontier.alternatives import Option
from labkit.graph import longest

SAME = 1e-10
Point = tuple[float, float, float]


def drawn_choices(rnd: Random, most: int = 5, ends: bool = True) -> tuple[Workflow, dict[str, list[Option]]]:
    """A random graph, and one to three drawn options for each step."""
    places = drawn_places(rnd, most, ends)
    workflow = Workflow(tuple(_step(rnd, place) for place in places))
    return workflow, {place.name: _options(rnd, place) for place in places}


def _options(rnd: Random, place: Place) -> list[Option]:
    def to(new: Step, i: int) -> Option:
        return Option(f"option {i}", lambda step: replace(new, name=step.name, needs=step.needs))

    return [to(_step(rnd, place), i) for i in range(rnd.randint(1, 3))]


def every_design(workflow: Workflow, choices: dict[str, list[Option]], accounting: str) -> list[Point]:
    """Cost, latency and reliability of every combination."""
    return [(o.cost, o.latency, o.reliability) for o in every_outcome(workflow, choices, accounting)]


def every_outcome(workflow: Workflow, choices: dict[str, list[Option]], accounting: str) -> list[Outcome]:
    """The outcome of every combination; seconds are NaN where a tangle has too many times to list."""
    return [design.outcome(accounting) for design in _every(workflow, choices)]


def chance_moves(workflow: Workflow, choices: dict[str, list[Option]], accounting: str) -> bool:
    """Does the time of steps that overlap depend on chance under some combination?"""
    return accounting != "worst" and any(_varies(design, accounting) for design in _every(workflow, choices))


def _every(workflow: Workflow, choices: dict[str, list[Option]]) -> list[Workflow]:
    lists = [[option.applied(step) for option in choices[step.name]] for step in workflow]
    return [Workflow(steps) for steps in itertools.product(*lists)]


def _varies(design: Workflow, accounting: str) -> bool:
    """Does the time of a block depend on chance?"""
    priced = [price(step, accounting) for step in design.as_done]
    keys = range(len(priced))
    return any(
        longest(block, design.graph.needs, {i: priced[i].sec_least for i in block}, keys)
        != longest(block, design.graph.needs, {i: priced[i].sec_most for i in block}, keys)
        for block in design.graph.blocks
        if len(block) > 1
    )


def at_least_as_good(one: Point, other: Point, slack: float = SAME) -> bool:
    """Is one no worse than the other, rounding aside?"""
    return (
        one[0] <= other[0] * (1 + slack) and one[1] <= other[1] * (1 + slack) and one[2] >= other[2] * (1 - slack)
    )  # fmt: skip


def same(one: Point, other: Point) -> bool:
    return all(math.isclose(a, b, rel_tol=SAME) for a, b in zip(one, other, strict=True))


def unbeaten(points: list[Point]) -> list[Point]:
    """The points that no other beats, each once: the definition, pair by pair."""
    found: list[Point] = []
    for point in points:
        beaten = any(at_least_as_good(other, point) and not same(other, point) for other in points)
        if not beaten and not any(same(point, other) for other in found):
            found.append(point)
    return found
