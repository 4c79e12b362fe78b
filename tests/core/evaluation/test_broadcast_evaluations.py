"""Arrays give element by element what numbers give, and empty arrays give empty ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labkit import evaluation as ev
from labkit.reliability import BetaLaw

A = np.array([[0.02], [0.1], [0.4]])
B = np.array([0.0, 0.05, 0.1, 0.3])
N = np.array([1.0, 9.0, 50.0, 700.0])
X = np.array([[0.0], [3.0], [7.0]])
FORMULAS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "paired_tasks_needed": (ev.paired_tasks_needed, (A, B)),
    "paired_power": (lambda a, b: ev.paired_power(40, a, b), (A, B)),
    "paired_power, tasks": (lambda n, a: ev.paired_power(n, a, 0.05), (N, A)),
    "smallest_paired_difference": (ev.smallest_paired_difference, (N, A)),
    "unpaired_tasks_needed": (ev.unpaired_tasks_needed, (A, B)),
    "unpaired_power": (lambda n, a: ev.unpaired_power(n, a, 0.5), (N, A)),
    "smallest_unpaired_difference": (ev.smallest_unpaired_difference, (N, A)),
    "mcnemar": (ev.mcnemar, (X, N)),
    "paired_difference": (lambda x, y: ev.paired_difference(x, y, 900), (X, N)),
    "unpaired_difference": (lambda x, y: ev.unpaired_difference(x, 10, y, 900), (X, N)),
    "true_share": (lambda q, f: ev.true_share(q, 0.7, f), (A, B)),
    "true_share_interval": (lambda q, f: ev.true_share_interval(q, 10, 8, 10, f, 10), (X, np.array([0.0, 1.0, 2.5]))),
    "co_failure": (lambda x, y: ev.co_failure(x, 5, y, 2), (X, N)),
    "at_equal_spend": (lambda p, usd: ev.at_equal_spend(BetaLaw(0.4, 0.3), 0.1, p, usd), (A, B)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_arrays_give_what_numbers_give(name: str) -> None:
    formula, arguments = FORMULAS[name]
    found = formula(*arguments)
    whole = np.array(np.broadcast_arrays(*found) if isinstance(found, tuple) else found)
    each = [np.ravel(a) for a in np.broadcast_arrays(*arguments)]
    alone = np.array([formula(*map(float, numbers)) for numbers in zip(*each, strict=True)])
    expected = np.moveaxis(alone, 0, -1).reshape(whole.shape)
    np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-15)


def test_nothing_gives_nothing() -> None:
    assert np.shape(ev.paired_tasks_needed([], [])) == (0,)
    assert np.shape(ev.mcnemar([], []).exact) == (0,)
    assert np.shape(ev.true_share([], 0.7, 0.1)) == (0,)
    assert np.shape(ev.paired_difference([], [], 10).low) == (0,)
