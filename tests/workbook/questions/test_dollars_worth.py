"""The formulas of exercise 06 against draws: errors of a ratio and of a paired difference, and equal profits."""

from __future__ import annotations

import numpy as np
import pytest

from labkit_workbook.questions import exercise
from labkit_workbook.questions.graded.dollars_worth import (
    Worth,
    call_usd,
    cascade_bought,
    factors,
    known_to,
    known_to_if_unpaired,
    premium_solved,
    ratio_error,
    smallest,
    workflow_solved,
    workflow_usd,
    worth,
)

EXERCISE = exercise("quality_per_dollar")
SHEETS = [EXERCISE.text, *(EXERCISE.drawn("class", str(i)) for i in range(5))]
DRAWS = 40_000

every_sheet = pytest.mark.parametrize("g", SHEETS, ids=[f"sheet {i}" for i in range(len(SHEETS))])


@every_sheet
def test_the_ratio_errs_as_ratios_of_tasks_drawn_anew_do(g: Worth) -> None:
    n = sum(count for _, count, _ in g.cascade)
    kinds = [(usd, right, solved) for usd, count, hits in g.cascade for right, solved in ((hits, 1), (count - hits, 0))]
    usd, counts, solved = (np.array(column, dtype=float) for column in zip(*kinds, strict=True))
    drawn = np.random.default_rng(1).multinomial(n, counts / n, size=DRAWS)
    ratios = (drawn @ solved) / (drawn @ usd)
    # the spread of DRAWS ratios is known to 1 in 280; the formula is of first order in 1/root n, here 1 in 50
    assert ratios.std() == pytest.approx(ratio_error(g), rel=0.05)
    assert ratios.mean() == pytest.approx(cascade_bought(g), rel=0.02)


@every_sheet
def test_the_paired_difference_errs_as_differences_of_tasks_drawn_anew_do(g: Worth) -> None:
    neither = g.tasks - g.both - g.only_workflow - g.only_premium
    counts = np.array([g.both, g.only_workflow, g.only_premium, neither])
    drawn = np.random.default_rng(2).multinomial(g.tasks, counts / g.tasks, size=DRAWS) / g.tasks
    difference = drawn[:, 1] - drawn[:, 2]
    assert 1.96 * difference.std() == pytest.approx(known_to(g), rel=4 / np.sqrt(2 * DRAWS))
    assert difference.mean() == pytest.approx((workflow_solved(g) - premium_solved(g)) / g.tasks, abs=4e-4)


def test_tasks_in_common_make_the_difference_surer_where_the_two_solve_the_same_ones() -> None:
    same = Worth(both=480, only_workflow=10, only_premium=2)
    apart = Worth(both=462, only_workflow=28, only_premium=10)
    assert known_to(same) < known_to_if_unpaired(same)
    assert known_to(apart) > known_to_if_unpaired(apart)


@every_sheet
def test_at_the_value_asked_for_the_two_designs_earn_the_same(g: Worth) -> None:
    _, usd, solved = g.designs[0]
    profit = worth(g) * workflow_solved(g) / g.tasks - workflow_usd(g)
    assert profit == pytest.approx(worth(g) * solved / g.tasks - usd, rel=1e-9)


@every_sheet
def test_no_smaller_design_beats_the_premium_call_in_both(g: Worth) -> None:
    rival = premium_solved(g) / g.premium_usd
    beating = [calls for calls, usd, solved in g.designs if solved >= premium_solved(g) and solved / usd > rival]
    assert smallest(g) == min(beating)


def test_a_lever_that_changes_nothing_multiplies_by_one() -> None:
    bare = Worth()
    idle = Worth(without=(("idle", workflow_usd(bare), workflow_solved(bare)),))
    assert factors(idle) == [pytest.approx(1)]


@every_sheet
def test_a_sheet_does_not_contradict_itself(g: Worth) -> None:
    (low, stayed, _), (high, went_on, _) = g.cascade
    assert stayed + went_on == g.tasks
    assert high == pytest.approx(low + g.premium_usd)
    assert all(right <= count for _, count, right in g.cascade)
    assert all(right <= g.tasks for _, _, right in (*g.designs, *g.without))
    assert g.both + g.only_workflow + g.only_premium <= g.tasks
    assert [name for name, _, _ in g.without] == ["small model", "answer cache", "gate and retry", "early stop"]
    dear, no_cache, no_gate, no_stop = (usd for _, usd, _ in g.without)
    assert no_cache == pytest.approx(workflow_usd(g) * g.steps / (g.steps - g.hits), abs=6e-6)
    assert no_gate == pytest.approx(workflow_usd(g) - g.retries / g.tasks * call_usd(g), abs=6e-6)
    assert no_stop > workflow_usd(g)
    assert 0.75 < dear / ((g.steps - g.hits) / g.tasks) / g.premium_usd < 0.9
