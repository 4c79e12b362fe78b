"""The logistic regression of the learned scores, against scipy's optimiser and what must hold of any fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from labkit_agents.frameworks.logistic import fit_logistic

RNG = np.random.default_rng(3)
FEATURES = RNG.normal(size=(300, 3)) * [1.0, 5.0, 0.1] + [0.0, 20.0, -3.0]
OUTCOMES = (RNG.random(300) < 1 / (1 + np.exp(1.0 - FEATURES[:, 0] - 0.3 * (FEATURES[:, 1] - 20)))).astype(float)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 30.0])
def test_the_weights_are_those_of_another_optimiser(ridge: float) -> None:
    rows = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)

    def loss(weights: np.ndarray) -> float:
        score = weights[0] + rows @ weights[1:]
        return float(np.sum(np.logaddexp(0, score) - OUTCOMES * score) + ridge / 2 * weights[1:] @ weights[1:])

    found = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(fit_logistic(FEATURES, OUTCOMES, ridge).weights, found.x, atol=1e-4)


def test_the_mean_probability_is_the_share_of_yes() -> None:
    fitted = fit_logistic(FEATURES, OUTCOMES)
    assert fitted.probability(FEATURES).mean() == pytest.approx(OUTCOMES.mean(), abs=1e-6)


def test_units_do_not_matter() -> None:
    scaled = FEATURES * [1000.0, 0.001, 7.0] + [5.0, -3.0, 0.0]
    before, after = (fit_logistic(rows, OUTCOMES).probability(rows) for rows in (FEATURES, scaled))
    np.testing.assert_allclose(before, after, atol=1e-8)


def test_a_feature_that_separates_and_one_that_says_nothing() -> None:
    rows = np.column_stack([np.r_[np.zeros(20), np.ones(20)], np.full(40, 7.0)])
    fitted = fit_logistic(rows, np.r_[np.zeros(20), np.ones(20)], ridge=0.5)
    assert np.isfinite(fitted.weights).all()
    assert fitted.weights[2] == pytest.approx(0.0, abs=1e-9)
    assert fitted.probability(rows[[0, -1]]) == pytest.approx([0.0, 1.0], abs=0.1)


def test_outcomes_that_are_all_alike() -> None:
    assert fit_logistic(FEATURES, np.ones(300)).probability(FEATURES).min() > 0.999


@pytest.mark.parametrize(
    ("features", "outcomes", "ridge", "named"),
    [
        ([[1.0]], [0.5], 1.0, "outcomes"), ([[1.0]], [1.0, 0.0], 1.0, "features"), ([], [], 1.0, "features"),
        ([[np.nan]], [1.0], 1.0, "features"), ([[1.0], [2.0]], [0, 1], 0.0, "ridge"), ([["x"]], [1], 1.0, "features"),
    ],
)  # fmt: skip
def test_wrong_input_is_named(features: object, outcomes: object, ridge: float, named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named} must "):
        fit_logistic(features, outcomes, ridge)  # type: ignore[arg-type]
