"""Exercise 05 against the library: its answers come from counting kinds of design, the frontier's from a search."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from labkit import Gate, Model, chain, frontier
from labkit_workbook.questions import exercise
from labkit_workbook.questions.graded.kinds_of_design import Budgeted, best, counts, pure
from labkit_workbook.questions.graded.spend_a_budget import (
    cheapest,
    designs,
    honest,
    kept_with,
    promised,
    really,
    without_retries_from,
    worth_from,
)

EXERCISE = exercise("spend_a_budget")
CLASS = [EXERCISE.text, *(EXERCISE.drawn("budget", str(i)) for i in range(25))]

for_the_class = pytest.mark.parametrize("g", CLASS, ids=[f"student-{i}" for i in range(len(CLASS))])


def given(g: Budgeted) -> tuple[Model, list[frontier.Option], list[frontier.Option]]:
    """The strong model, and what a step may choose: as the text counts, and with the recall."""
    premium = Model(g.premium_usd, g.premium_sec, g.premium_p, "premium")
    small = Model(g.small_usd, g.small_sec, g.small_p, "small")
    free, checked = (
        frontier.options(models=[premium, small], retries=[0, 1], gates=gates) for gates in (None, [Gate(g.recall)])
    )
    return premium, list(free), list(checked)


def counted(design: frontier.Design) -> tuple[int, int]:
    """How many steps are premium and how many are retried."""
    steps = design.workflow.steps
    return sum(step.model.name == "premium" for step in steps), sum(step.retries == 1 for step in steps)


@for_the_class
def test_the_promised_design_is_the_frontier_s(g: Budgeted) -> None:
    premium, free, _ = given(g)
    found = frontier.best(chain(g.steps, premium), free, max_cost=g.max_usd, max_latency=g.max_sec)
    mine = promised(g)
    assert counted(found) == (mine.premium, mine.retried) == (mine.premium, g.steps)
    assert (mine.usd, mine.sec, mine.p) == pytest.approx(
        (found.outcome.cost, found.outcome.latency, found.outcome.reliability), rel=1e-12
    )


@for_the_class
def test_what_it_really_gives_is_the_same_design_under_expected_accounting(g: Budgeted) -> None:
    premium, free, checked = given(g)
    found = frontier.best(chain(g.steps, premium), free, max_cost=g.max_usd, max_latency=g.max_sec)
    gated = {option.name.split(",")[0]: option for option in checked if "1 retry" in option.name}
    steps = [gated[step.model.name].applied(step) for step in found.workflow.steps]
    outcome = type(found.workflow)(tuple(steps)).outcome("expected")
    assert really(g) == pytest.approx((outcome.reliability, outcome.cost, outcome.latency), rel=1e-12)
    assert really(g)[1] > g.max_usd or really(g)[2] > g.max_sec


@for_the_class
def test_the_honest_design_is_the_frontier_s(g: Budgeted) -> None:
    premium, _, checked = given(g)
    found = frontier.best(
        chain(g.steps, premium), checked, max_cost=g.max_usd, max_latency=g.max_sec, accounting="expected"
    )
    mine = honest(g)
    assert counted(found) == (mine.premium, mine.retried)
    assert (mine.usd, mine.sec, mine.p) == pytest.approx(
        (found.outcome.cost, found.outcome.latency, found.outcome.reliability), rel=1e-12
    )


@for_the_class
def test_the_floor_and_the_value_are_the_frontier_s(g: Budgeted) -> None:
    premium, _, checked = given(g)
    plain = chain(g.steps, premium)
    floor = frontier.best(plain, checked, minimise="cost", min_reliability=g.floor, accounting="expected")
    assert cheapest(g) == pytest.approx(floor.outcome.cost, rel=1e-12)
    found = frontier.pareto(plain, checked, accounting="expected", measures=("cost", "reliability"))
    last = frontier.break_even_values(found)[-1]
    assert worth_from(g) == pytest.approx(last.value_usd, rel=1e-9)
    assert last.reliability == pytest.approx(pure(g, "premium retried", "expected", g.recall).p, rel=1e-12)


@for_the_class
def test_no_drawn_budget_is_kept_by_a_second_design_as_good(g: Budgeted) -> None:
    """Otherwise a learner with another design of the same reliability would be told to be wrong."""
    premium, _, checked = given(g)
    usd, sec, p = (np.array(values) for values in zip(*_all_kinds(g, premium, checked), strict=True))
    kept = (usd <= g.max_usd) & (sec <= g.max_sec)
    first, second = np.sort(p[kept])[::-1][:2]
    assert first - second > 1e-5


def _all_kinds(g: Budgeted, premium: Model, checked: list[frontier.Option]) -> list[tuple[float, float, float]]:
    """Every kind of design, by the workflow's own outcome of one step of each way."""
    each = [
        chain(1, premium).pipe(lambda w, o=o: type(w)((o.applied(w.steps[0]),))).outcome("expected") for o in checked
    ]
    return [
        (
            sum(n * o.cost for n, o in zip(row, each, strict=True)),
            sum(n * o.latency for n, o in zip(row, each, strict=True)),
            float(np.prod([o.reliability**n for n, o in zip(row, each, strict=True)])),
        )
        for row in counts(g.steps)
    ]


def test_the_kinds_of_design_are_all_designs_but_for_the_order_of_the_steps() -> None:
    g = Budgeted(steps=5)
    kinds = {tuple(sorted(design)) for design in product(range(4), repeat=5)}
    assert len(kinds) == len(counts(5)) == len({tuple(row) for row in counts(5)})
    assert designs(g) == 4**5


def test_a_perfect_detector_keeps_the_promise_of_reliability_but_not_of_dollars() -> None:
    g = EXERCISE.text
    p, usd, sec = kept_with(g, 1.0)
    assert p == pytest.approx(promised(g).p, rel=1e-12)
    assert usd > promised(g).usd
    assert sec > promised(g).sec


def test_larger_budgets_never_buy_less() -> None:
    assert best(EXERCISE.text, sec=False).p > promised(EXERCISE.text).p
    assert best(EXERCISE.text, usd=False, sec=False).p == pytest.approx((1 - 0.015**2) ** 12, rel=1e-12)


def test_without_retries_the_value_is_the_one_of_exercise_02() -> None:
    """All premium against all small at the text's numbers: 1.028 USD a success."""
    assert without_retries_from(EXERCISE.text) == pytest.approx(1.028, abs=5e-4)
