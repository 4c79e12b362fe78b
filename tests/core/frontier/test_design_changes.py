"""What a design says of itself: every change, what it bought and what it cost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from strategies import TANGLED

from labkit import PREMIUM, SMALL, Cache, Debate, Gate, Step, Workflow, chain, easy, parallel, parallelize, plots
from labkit.frontier import AS_IT_IS, Option, best, break_even_values, options, pareto

TWO = options(models=[PREMIUM, SMALL])
MIXED = chain(4, PREMIUM).then(chain(8, PREMIUM, "simple", difficulty="easy"))


def test_a_routed_and_retried_design_in_words() -> None:
    def choices(step: Step) -> tuple[Option, ...]:
        return options(models=[SMALL]) if easy(step) else options(retries=[1])

    found = best(MIXED, choices, accounting="expected")
    assert str(found) == (
        "cost $0.1378   latency 11.32 s   reliability 63.54%   4.6 successes/$   (expected)\n"
        "- simple-1, simple-2 ... simple-8 (8 steps): small instead of premium. "
        "It saves $0.224 a task and 12.8 s; it loses 25 points of reliability.\n"
        "- step-1, step-2 ... step-4 (4 steps): 1 retry instead of no retry. "
        "It adds 3.67 points of reliability; it costs $0.0018 a task and takes 0.12 s."
    )


def test_a_change_is_weighed_by_taking_it_alone_back() -> None:
    found = best(chain(3, PREMIUM), options(models=[SMALL], retries=[1]), accounting="worst")
    routed, retried = found.changes
    once = chain(3, SMALL).outcome("worst")
    assert found.outcome.cost == pytest.approx(3 * 2 * 0.002)
    assert retried.usd == pytest.approx(found.outcome.cost - once.cost)
    assert retried.reliability == pytest.approx(found.outcome.reliability - once.reliability)
    assert routed.usd == pytest.approx(3 * 2 * (0.002 - 0.03))
    assert routed.sec == pytest.approx(3 * 2 * (0.4 - 2.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: replace(s, debate=Debate(3, 2)), "a debate of 3 agents over 2 rounds instead of no debate"),
        (lambda s: replace(s, debate=Debate(1, 1)), "a debate of 1 agent over 1 round instead of no debate"),
        (lambda s: replace(s, gate=Gate(0.9, 0.02)), "no retry behind a gate (recall 0.9, false alarms 0.02) instead"),
        (lambda s: replace(s, retries=2), "2 retries instead of no retry"),
        (lambda s: replace(s, cache=Cache(0.5)), "a cache that hits 0.5 of the time instead of no cache"),
        (lambda s: replace(s, cache=Cache(0.5, stored="first")), "with answers stored before their check instead"),
        (lambda s: replace(s, good_enough=0.3), "stopping early with probability 0.3 instead of no early stop"),
        (lambda s: replace(s, model=replace(s.model, usd=0.02)), "another premium"),
    ],
)
def test_every_lever_has_words(change: object, words: str) -> None:
    (found,) = best(chain(1, PREMIUM), [Option("it", change)]).changes
    assert found.what.startswith("step-1: ")
    assert words in found.what


def test_a_design_that_changes_nothing_says_nothing() -> None:
    found = best(chain(2, PREMIUM), [AS_IT_IS])
    assert found.changes == ()
    assert found.workflow == chain(2, PREMIUM)


def test_a_change_of_shape_is_weighed_too() -> None:
    found = best(chain(3, PREMIUM), TWO, shapes={"side by side": parallelize}, max_latency=2.0)
    (change,) = found.changes
    assert str(change) == "Side by side. It saves 4 s."
    assert (change.usd, change.reliability) == (0.0, 0.0)


def test_a_change_that_does_nothing_and_one_that_nothing_is_known_of() -> None:
    free = best(chain(1, PREMIUM), [Option("talk", lambda s: replace(s, debate=Debate(1, 1)))])
    assert str(free.changes[0]).endswith("It changes none of the three numbers.")
    unknown = pareto(TANGLED, options(retries=[3]), accounting="expected", latency="upper")[0].changes[0]
    assert math.isnan(unknown.sec)
    assert str(unknown).endswith("What it does to latency is not known.")


def test_a_shape_that_the_rest_needs_cannot_be_weighed() -> None:
    base = parallel(2, PREMIUM)

    def in_a_row(workflow: Workflow) -> Workflow:
        return Workflow((workflow.steps[0], replace(workflow.steps[1], needs=("step-1",))))

    def choices(step: Step) -> tuple[Option, ...]:
        halting = Option("halting gate", lambda s: replace(s, gate=Gate(when_rejected="halt"), retries=1))
        return (AS_IT_IS, halting) if step.needs else (AS_IT_IS,)

    found = best(base, choices, shapes={"in a row": in_a_row})
    assert str(found.changes[0]) == "In a row. The rest of the design does not work without it."


def test_the_picture_of_a_frontier_has_units_points_and_alt_text() -> None:
    frontier = pareto(chain(12, PREMIUM), TWO)
    corners = {f"best from ${c.value_usd:.2f}": frontier[c.position].outcome for c in break_even_values(frontier)}
    picture = plots.trade_offs(frontier.outcome, "Thirteen designs", corners)
    ax, bar = picture.figure.axes
    assert "USD" in ax.get_xlabel()
    assert "success" in ax.get_ylabel()
    assert "(s)" in bar.get_ylabel()
    assert len(ax.collections[0].get_offsets()) == len(frontier) == 13
    assert picture.alt.startswith(
        "13 designs by cost (0.024 to 0.36 USD) and success (0.5072 to 0.8341). best from $0.00"
    )
    assert picture.png().startswith(b"\x89PNG")


def test_the_picture_does_without_latency_and_refuses_what_it_cannot_place() -> None:
    two = pareto(chain(3, PREMIUM), TWO, measures=("cost", "reliability"))
    assert len(plots.trade_offs(two.outcome, "Two measures").figure.axes) == 1
    with pytest.raises(ValueError, match="cost must be finite"):
        plots.trade_offs(pareto(chain(3, PREMIUM), TWO, measures=("latency", "reliability")).outcome, "t")
    free = best(chain(1, PREMIUM), options(caches=[Cache()])).outcome
    with pytest.raises(ValueError, match="each must cost something"):
        plots.trade_offs(two.outcome, "t", {"free": free})
    with pytest.raises(ValueError, match="'many' stands for 4"):
        plots.trade_offs(two.outcome, "t", {"many": two.outcome})


def test_a_check_that_only_refuses_says_so() -> None:
    choices = options(gates=[None, Gate(1.0)])
    found = best(chain(3, PREMIUM), choices, maximise="profit", value_usd=1.0, damage_usd=5.0)
    (change,) = found.changes
    assert change.refused == pytest.approx(found.outcome.refused)
    assert str(change).endswith("It changes none of the three numbers. Of the tasks, 4.43 points more end refused.")
