"""The learned router and the learned cascade: their bookkeeping against counting by hand, and what they are worth."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from labkit.cost import apgr, routed_cost
from labkit_agents.frameworks.learned_cascade import fit_score, learn_cascade, score_answers, try_cascade
from labkit_agents.frameworks.learned_router import fit_win_rate, learn_router, router_curve
from labkit_agents.frameworks.pocket_pairs import Pairs, ask_both


@cache
def pairs() -> Pairs:
    return ask_both(4000, seed=7)


def made_up(rows: int, seed: int) -> Pairs:
    rng = np.random.default_rng(seed)
    small, premium = rng.random(rows) < 0.6, rng.random(rows) < 0.9
    drawn = [rng.random(rows), 9 * rng.random(rows), -rng.random(rows), rng.random(rows), 5 * rng.random(rows)]
    return Pairs(rng.normal(size=(rows, 4)), small, premium, *drawn)


@pytest.mark.parametrize("seed", range(5))
def test_each_point_of_a_curve_is_what_its_threshold_gives(seed: int) -> None:
    drawn = made_up(60, seed)
    score = np.random.default_rng(seed).integers(0, 8, 60) / 10
    curve = router_curve(score, drawn)
    assert len(curve.share) == len(np.unique(score)) + 1
    for share, quality, usd, threshold in zip(curve.share, curve.quality, curve.usd, curve.threshold, strict=True):
        late = score >= threshold
        assert share == pytest.approx(late.mean())
        assert quality == pytest.approx(np.where(late, drawn.premium_right, drawn.small_right).mean())
        assert usd == pytest.approx(np.where(late, drawn.premium_usd, drawn.small_usd).mean())


def test_a_router_that_knows_the_winner_is_the_best_there_is_and_a_coin_recovers_what_it_sends() -> None:
    _, test = pairs().halves
    gain = test.premium_right.astype(float) - test.small_right
    best, coin = router_curve(gain, test), router_curve(np.random.default_rng(0).random(len(gain)), test)
    learned = learn_router(pairs())
    assert coin.apgr == pytest.approx(0.5, abs=0.15)
    assert coin.apgr < learned.apgr < best.apgr
    assert learned.apgr == pytest.approx(apgr(learned.share, learned.quality))


def test_a_router_learned_from_sums_recovers_more_than_it_sends() -> None:
    curve = learn_router(pairs())
    assert curve.apgr > 0.6
    assert curve.cpt(0.5) < 0.4


def test_what_is_sent_on_is_longer_and_costs_more_than_the_mean_says() -> None:
    curve = learn_router(pairs())
    at = int(np.searchsorted(curve.share, 0.2))
    assert curve.usd[at] > 1.05 * float(routed_cost(curve.share[at], curve.usd[0], curve.usd[-1]))


def test_the_win_rate_rises_with_the_numbers_of_a_sum() -> None:
    rate = fit_win_rate(pairs()).probability(pairs().features)
    by_numbers = [rate[pairs().features[:, 0] == count].mean() for count in (2, 3, 4)]
    assert by_numbers == sorted(by_numbers)


@pytest.mark.parametrize("at_least", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_law_of_the_judged_cascade_is_exact_on_its_own_numbers(seed: int, at_least: float) -> None:
    tried = try_cascade(np.random.default_rng(seed).random(200), at_least, made_up(200, seed))
    assert tried.predicted.p == pytest.approx(tried.right / tried.tasks)
    assert tried.predicted.usd == pytest.approx(tried.usd)
    assert tried.predicted.reached[1] == pytest.approx(tried.escalated / tried.tasks)


def test_a_learned_cascade_is_as_right_as_the_premium_model_for_a_fifth_of_its_price() -> None:
    learned, tested = learn_cascade(pairs(), 0.8)
    _, half = pairs().halves
    assert tested.right / tested.tasks > half.premium_right.mean() - 0.005
    assert tested.usd < half.premium_usd.mean() / 5
    error = (2 * learned.escalated) ** 0.5 / learned.tasks
    assert tested.escalated / tested.tasks == pytest.approx(learned.escalated / learned.tasks, abs=4 * error)


def test_what_is_escalated_is_harder_than_the_rest() -> None:
    _, half = pairs().halves
    _, tested = learn_cascade(pairs(), 0.8)
    naive = tested.predicted_with(float(half.premium_right.mean()), float(half.premium_usd.mean()))
    assert tested.late_p < half.premium_right.mean() - 0.02
    assert naive.p > tested.predicted.p
    assert naive.usd < tested.predicted.usd


def test_the_score_uses_confidence_above_all() -> None:
    train, _ = pairs().halves
    ranks = [np.argsort(np.argsort(column)) for column in (score_answers(fit_score(train), train), train.log_prob)]
    assert np.corrcoef(*ranks)[0, 1] > 0.8


def test_a_level_outside_the_unit_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="at_least must "):
        try_cascade(np.zeros(10), 1.5, made_up(10, 0))
