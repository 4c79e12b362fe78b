"""Early looks: published boundaries, and simulated comparisons that stop as the rule says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from labkit.evaluation import always_valid_p, false_alarms_of_peeking, group_sequential, paired_tasks_needed
from labkit.evaluation.early_looks import _stop_shares


@pytest.mark.parametrize(
    ("looks", "found"),
    [(1, 0.05), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)],
)
def test_peeking_at_one_look_s_bar_finds_what_is_not_there(looks: int, found: float) -> None:
    """Armitage, McPherson and Rowe 1969, table 2."""
    assert false_alarms_of_peeking(looks) == pytest.approx(found, abs=6e-4)


@pytest.mark.parametrize(
    ("looks", "last", "most"),
    [(1, 1.960, 1.0), (2, 1.977, 1.008), (3, 2.004, 1.017), (5, 2.040, 1.028), (10, 2.087, 1.040)],
)
def test_the_plan_is_that_of_the_textbook(looks: int, last: float, most: float) -> None:
    """Jennison and Turnbull 2000, tables 2.3 and 2.4: O'Brien and Fleming at alpha .05 and power .8."""
    plan = group_sequential(looks)
    assert plan.bars[-1] == pytest.approx(last, abs=6e-4)
    assert plan.most == pytest.approx(most, abs=6e-4)
    assert plan.bars == pytest.approx(plan.bars[-1] * np.sqrt(looks / np.arange(1, looks + 1)))


def test_bars_of_one_height_are_pocock_s() -> None:
    """Pocock 1977: 2.413 at each of five looks keeps 5%."""
    assert _stop_shares(np.full(5, 2.413), 0.0).sum() == pytest.approx(0.05, abs=5e-5)


@pytest.mark.parametrize("looks", [2, 5, 8])
@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.01, 0.9)])
def test_a_simulated_plan_keeps_its_level_its_power_and_its_mean(looks: int, alpha: float, power: float) -> None:
    plan = group_sequential(looks, alpha, power)
    rng, runs = np.random.default_rng(looks), 100_000
    single = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    at = np.arange(1, looks + 1)
    for drift, share, mean in ((0.0, alpha, plan.mean_if_equal), (1.0, power, plan.mean_if_different)):
        steps = rng.normal(drift * single * np.sqrt(plan.most / looks), 1, (runs, looks))
        z = np.cumsum(steps, axis=1) / np.sqrt(at)
        stops = np.abs(z) >= plan.bars
        assert stops.any(axis=1).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / runs))
        taken = np.where(stops.any(axis=1), stops.argmax(axis=1) + 1, looks) / looks * plan.most
        assert taken.mean() == pytest.approx(mean, abs=4 * taken.std() / np.sqrt(runs))


def parting(rng: np.random.Generator, runs: int, n: int, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Who alone was right on each task."""
    drawn = rng.random((runs, n))
    return drawn < a, (drawn >= a) & (drawn < a + b)


def peeked(first: np.ndarray, second: np.ndarray, bars: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether McNemar's z passes a bar at one of evenly spaced looks, and after how many tasks it stops."""
    n, looks = first.shape[1], bars.size
    at = np.round(n * np.arange(1, looks + 1) / looks).astype(int)
    x, y = (np.cumsum(each, axis=1)[:, at - 1] for each in (first, second))
    stops = np.abs(x - y) >= bars * np.sqrt(np.maximum(x + y, 1e-9))
    stops &= x + y > 0
    return stops.any(axis=1), np.where(stops.any(axis=1), at[stops.argmax(axis=1)], n)


def test_on_equal_designs_peeking_cheats_and_the_plan_does_not() -> None:
    runs = 20_000
    first, second = parting(np.random.default_rng(1), runs, 1000, 0.1, 0.1)
    cheated, _ = peeked(first, second, np.full(10, stats.norm.isf(0.025)))
    kept, _ = peeked(first, second, group_sequential(10).bars)
    error = np.sqrt(0.25 / runs)
    assert cheated.mean() == pytest.approx(false_alarms_of_peeking(10), abs=4 * error)
    assert kept.mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / runs)


def test_on_different_designs_the_plan_finds_as_much_and_saves_a_sixth() -> None:
    plan, needed = group_sequential(5), float(paired_tasks_needed(0.2, 0.1))
    n, runs = 5 * round(needed * plan.most / 5), 20_000
    found, taken = peeked(*parting(np.random.default_rng(2), runs, n, 0.2, 0.1), plan.bars)
    assert found.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / runs) + 0.01)
    assert taken.mean() / needed == pytest.approx(plan.mean_if_different, abs=0.02)


def test_a_look_after_every_task_keeps_its_level_where_mcnemar_s_does_not() -> None:
    runs, n = 4_000, 400
    first, second = parting(np.random.default_rng(3), runs, n, 0.25, 0.25)
    cheated, _ = peeked(first, second, np.full(n, stats.norm.isf(0.025)))
    kept = np.mean([always_valid_p(a, b)[-1] <= 0.05 for a, b in zip(first, second, strict=True)])
    assert cheated.mean() > 0.3
    assert kept <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / runs)


def test_a_large_difference_is_found_long_before_the_end() -> None:
    runs, n = 1_000, 400
    first, second = parting(np.random.default_rng(4), runs, n, 0.30, 0.05)
    p = np.array([always_valid_p(a, b) for a, b in zip(first, second, strict=True)])
    assert (p[:, -1] <= 0.05).mean() > 0.99
    assert np.where((p <= 0.05).any(axis=1), (p <= 0.05).argmax(axis=1), n).mean() < 70


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (9, 2), (5, 5), (30, 12)])
def test_the_bet_is_the_mean_over_all_coins(x: int, y: int) -> None:
    wins, losses = [1] * x + [0] * y, [0] * x + [1] * y
    q = (np.arange(200_000) + 0.5) / 200_000
    bets = [1.0]
    for m in range(1, x + y + 1):
        right = min(m, x)
        bets.append(float(np.mean((2 * q) ** right * (2 - 2 * q) ** (m - right))))
    p = always_valid_p([*wins, 1], [*losses, 1])[-1]
    assert p == pytest.approx(1 / max(bets), rel=1e-6)


def test_tasks_on_which_both_agree_change_nothing() -> None:
    assert always_valid_p([1, 1, 0, 1], [0, 1, 0, 0]).tolist() == pytest.approx([1.0, 1.0, 1.0, 0.75])
    assert always_valid_p([True, True], [False, False]).tolist() == pytest.approx([1.0, 0.75])
