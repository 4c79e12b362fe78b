"""Logistic regression in numpy: the learned score of a router and of a cascade."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit._inputs import number, one_number
from labkit._values import by_value

Array = NDArray[np.float64]
STEPS = 100
CLOSE = 1e-10


@by_value
class Logistic(NamedTuple):
    """A fitted logistic regression: the mean and the spread of each feature, and the weights, that of the one first."""

    mean: Array
    spread: Array
    weights: Array

    def probability(self, features: ArrayLike) -> Array:
        """The probability of a yes for each row of features.

        >>> fitted = fit_logistic([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1], ridge=1.0)
        >>> fitted.probability([[0.0], [1.5], [3.0]]).round(3)
        array([0.22, 0.5 , 0.78])
        """
        rows = _add_one((number("features", features) - self.mean) / self.spread)
        return np.asarray(1 / (1 + np.exp(-rows @ self.weights)))


def fit_logistic(features: ArrayLike, outcomes: ArrayLike, ridge: float = 1.0) -> Logistic:
    """The logistic regression that makes the outcomes most likely, found by Newton's method.

    Args:
        features: a row for each case.
        outcomes: one 0 or 1 for each case.
        ridge: the penalty, ``ridge / 2`` times the sum of the squared weights of the standardised features; above 0
            it keeps them finite where a feature separates the outcomes. The constant is not penalised.

    Raises:
        ValueError: rows and outcomes that do not fit together, an outcome besides 0 and 1, or a ridge of 0 or less.

    >>> [round(weight, 3) for weight in fit_logistic([[0.0], [0.0], [1.0], [1.0]], [0, 1, 1, 1]).weights.tolist()]
    [1.184, 0.583]
    """
    rows, wanted = number("features", features), number("outcomes", outcomes)
    if rows.ndim != 2 or wanted.shape != rows.shape[:1] or wanted.size == 0:
        raise ValueError(f"features must be a row for each outcome, got shapes {rows.shape} and {wanted.shape}")
    if not np.isin(wanted, (0.0, 1.0)).all():
        raise ValueError(f"outcomes must be 0 or 1, got {wanted[~np.isin(wanted, (0.0, 1.0))][0]:g}")
    if one_number("ridge", ridge) <= 0:
        raise ValueError(f"ridge must be above 0, got {ridge!r}")
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread == 0, 1.0, spread)
    table = _add_one((rows - mean) / spread)
    penalty = np.full(table.shape[1], float(ridge))
    penalty[0] = 1e-9  # keeps the constant finite where all outcomes are alike
    return Logistic(mean, spread, _find_weights(table, wanted, penalty))


def _find_weights(table: Array, wanted: Array, penalty: Array) -> Array:
    """Newton's steps, each halved until the loss falls."""
    weights = np.zeros(table.shape[1])
    loss = _loss(table, wanted, penalty, weights)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (p - wanted) + penalty * weights
        curve = (table.T * (p * (1 - p))) @ table + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while (new := _loss(table, wanted, penalty, weights - size * step)) > loss and size > CLOSE:
            size /= 2
        weights, loss = weights - size * step, new
        if np.abs(size * step).max() < CLOSE:
            break
    return weights


def _loss(table: Array, wanted: Array, penalty: Array, weights: Array) -> float:
    """The negative logarithm of the likelihood, and the penalty."""
    score = table @ weights
    return float(np.sum(np.logaddexp(0, score) - wanted * score) + penalty @ weights**2 / 2)


def _add_one(rows: Array) -> Array:
    return np.concatenate([np.ones((len(rows), 1)), rows], axis=1)
