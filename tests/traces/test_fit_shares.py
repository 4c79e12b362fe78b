"""Shares that are fitted: of steps that are skipped, of perfect agents, of tries; and the doubt of a correlation."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from made import DIAMOND, rows
from test_advice import reading_of
from test_fit import fitted, row

from labkit_traces import Estimate, Fit, advise, fit
from labkit_traces.advising.candidates import DETECTION, FALSE_ALARM
from labkit_traces.fitting.resampling import DRAWS, Resampling, student

LEVELS = (0.5, 0.9, 0.95, 0.999)


def skipping(tasks: int, visited: float, right: float, seed: int) -> Fit:
    """A plan that is always right, and an act that not every task needs."""
    rng = np.random.default_rng(seed)
    needs, is_right = rng.random(tasks) < visited, rng.random(tasks) < right
    made = [row(i, "plan", 100 * i, right=True) for i in range(tasks)]
    return fitted(made + [row(i, "act", 100 * i + 1, right=bool(is_right[i])) for i in np.flatnonzero(needs).tolist()])


def test_a_step_that_is_skipped_counts_as_right_and_its_doubt_counts_too() -> None:
    """Its interval is that of a share of all tasks, those that skip it among the right ones.

    Two quantiles of 1,000 draws each differ by chance: the standard error of one is sqrt(q (1-q) / 1000) over the
    density there, that of the normal distribution.
    """
    found = skipping(400, 0.4, 0.1, 1).step("act")
    visits = round(400 * found.visited.value)
    wrong = round(400 * (1 - found.p.value))
    assert 0 < wrong < visits
    share, draws = Resampling(range(400), 1, 0.95).share(np.arange(400) >= wrong, np.ones(400))
    low, high = np.quantile(draws, [0.025, 0.975])
    density = NormalDist().pdf(1.96) / math.sqrt(share * (1 - share) / 400)
    error = math.sqrt(2 * 0.025 * 0.975 / DRAWS) / density
    assert found.p.value == pytest.approx(share)
    assert (found.p.low, found.p.high) == pytest.approx((low, high), abs=4 * error)


def test_where_some_visits_are_judged_as_large_a_share_of_the_others_counts() -> None:
    """100 tasks, 50 visits, 20 judged, 10 of them right: 1 - 50/100 * 10/20."""
    made = [row(i, "plan", 100 * i) for i in range(100)]
    said = [{"right": i < 10} if i < 20 else {} for i in range(50)]
    found = fitted(made + [row(i, "act", 100 * i + 1, **more) for i, more in enumerate(said)]).step("act").p
    assert (found.value, found.tasks) == (pytest.approx(0.75), 20)


@pytest.mark.slow
@pytest.mark.parametrize(("visited", "right"), [(0.5, 0.5), (0.4, 0.1), (0.8, 0.9)])
def test_the_interval_of_a_skipped_step_holds_the_truth_as_often_as_it_says(visited: float, right: float) -> None:
    """Of 400 fits; the standard error of the share is 1.1 points, and three of them are allowed."""
    runs, truth = 400, 1 - visited * (1 - right)
    found = [skipping(100, visited, right, seed).step("act").p for seed in range(runs)]
    held = np.mean([each.low <= truth <= each.high for each in found])
    assert abs(held - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs)


def test_tries_of_a_step_that_is_skipped_count_in_the_mean() -> None:
    """Half of the tasks visit it, half of these try twice: 1.75 calls a task in the workflow, too."""
    made = [row(i, "plan", 100 * i, right=True, attempt=1) for i in range(200)]
    made += [row(i, "act", 100 * i + 1, right=i % 4 == 1, attempt=1) for i in range(1, 200, 2)]
    made += [row(i, "act", 100 * i + 2, right=True, attempt=2) for i in range(3, 200, 4)]
    found = fitted(made)
    tries = found.step("act").retries
    assert tries is not None
    assert (tries.p.value, tries.detection.value, tries.recovery.value) == (0.5, 1.0, 1.0)
    assert found.workflow.outcome("expected").cost == pytest.approx(found.usd.value) == pytest.approx(0.0175)
    assert found.workflow.outcome("expected").reliability == 1.0


def test_of_a_perfect_agent_p_may_be_1() -> None:
    found = fitted(row(i, s, 9 * i + at, right=True, solved=True) for i in range(100) for at, s in enumerate("ab"))
    assert (found.p.value, found.p.high, found.steps[0].p.high, found.steps[0].visited.high) == (1, 1, 1, 1)
    assert 0.95 < found.p.low < 1
    assert not any("one by one" in said for said in found.warnings)


def test_a_share_without_a_hit_begins_at_0() -> None:
    drawn = Resampling(range(50), 0, 0.95)
    value, draws = drawn.share(np.zeros(50), np.ones(50))
    found = drawn.share_interval(value, draws, 50)
    assert (found.value, found.low) == (0, 0)
    assert 0 < found.high < 0.1
    assert found.high == drawn.interval(value, draws, 50).high


@pytest.mark.parametrize("level", LEVELS)
def test_students_reach_is_exact(level: float) -> None:
    """Closed forms of one, two and four degrees of freedom; the normal's of many."""
    q = (1 + level) / 2
    a = 4 * q * (1 - q)
    four = 2 * math.sqrt(math.cos(math.acos(math.sqrt(a)) / 3) / math.sqrt(a) - 1)
    assert student(level, 1) == pytest.approx(math.tan(math.pi * level / 2))
    assert student(level, 2) == pytest.approx(2 * (q - 0.5) * math.sqrt(2 / a))
    assert student(level, 4) == pytest.approx(four)
    assert student(0.95, 1999) == pytest.approx(1.961151, abs=2e-6)
    assert student(0.95, 3) == pytest.approx(3.182446, abs=1e-6)


def repeated(items: int = 200, tries: int = 3) -> list[dict[str, object]]:
    """Repeats of items, rho = 1 / 6."""
    rng = np.random.default_rng(1)
    right = rng.random((items, tries)) < rng.beta(4.5, 0.5, items)[:, None]
    return [
        row(f"{i}-{j}", s, start=at, solved=bool(right[i, j]), item=i)
        for i in range(items) for j in range(tries) for at, s in enumerate("ab")
    ]  # fmt: skip


def test_what_a_check_gains_has_the_doubt_of_the_correlation_in_its_interval() -> None:
    """p grows by the share of tasks that are done again and are right then: in each drawing alike."""
    reading = reading_of(repeated())
    found = fit(reading)
    assert found.law is not None
    assert found.redrawn_law is not None
    p = np.asarray(found.redrawn["a"].model.p_ok) * np.asarray(found.redrawn["b"].model.p_ok)

    def gain(rho: object) -> Estimate:
        again = p * (1 - np.asarray(rho))
        draws = (1 - p) * DETECTION * again - p * FALSE_ALARM * (1 - again)
        return Estimate(math.nan, *map(float, np.quantile(draws, [0.025, 0.975])), 0)

    check = next(c for c in advise(reading, found, budget_success=0.95, most=9) if c.kind == "check")
    wide, narrow = gain(found.redrawn_law.correlation), gain(found.law.correlation)
    assert (check.p.low, check.p.high) == pytest.approx((wide.low, wide.high))
    assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)


def test_the_draws_of_the_correlation_are_those_of_its_interval() -> None:
    found = fitted(repeated())
    assert found.redrawn_law is not None
    low, high = np.quantile(np.asarray(found.redrawn_law.correlation), [0.025, 0.975])
    assert (found.correlation.low, found.correlation.high) == pytest.approx((low, high))
    assert np.shape(found.redrawn_law.p) == (DRAWS,)
    apart = fitted({k: v for k, v in each.items() if k != "item"} for each in repeated(30))
    assert (apart.law, apart.redrawn_law) == (None, None)


def test_the_diamonds_draws_are_of_one_length() -> None:
    found = fitted(rows(DIAMOND, 50, 1))
    assert np.shape(found.redrawn.outcome("expected").cost) == (DRAWS,)
