"""A chain that reads its own errors: every path of right and wrong steps, a simulation, and the limits."""

from __future__ import annotations

import itertools
import math

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.own_errors import self_conditioned

chances = st.floats(0, 1)


@steady
@given(chances, st.integers(1, 7), st.floats(0, 1.5))
def test_it_is_the_sum_over_every_path(p: float, steps: int, drop: float) -> None:
    counts, success = np.zeros(steps + 1), np.zeros(steps)
    for path in itertools.product((True, False), repeat=steps):
        chance = 1.0
        for i, right in enumerate(path):
            good = max(0.0, p - drop * (path[:i].count(False) / i if i else 0))
            chance *= good if right else 1 - good
        counts[path.count(False)] += chance
        success += chance * np.array(path)
    chain = self_conditioned(p, steps, drop)
    assert chain.counts == pytest.approx(counts, abs=1e-12)
    assert chain.step_success == pytest.approx(success, abs=1e-12)


@pytest.mark.parametrize("case", range(50))
def test_it_agrees_with_a_simulation_step_by_step(case: int) -> None:
    rng = np.random.default_rng(case)
    p, steps, drop = rng.uniform(0.7, 0.98), int(rng.integers(2, 40)), rng.uniform(0, 0.6)
    bears = int(rng.integers(0, 4))
    wrong, rights = np.zeros(20_000), []
    for i in range(steps):
        right = rng.random(20_000) < np.maximum(0, p - drop * wrong / max(i, 1))
        rights.append(right)
        wrong += ~right
    chain = self_conditioned(p, steps, drop)
    assert oracles.agrees_in_share(chain.step_success[-1], rights[-1])
    assert oracles.agrees(float(chain.counts @ np.arange(steps + 1)), wrong)
    if 0.001 < chain.at_most(bears) < 0.999:
        assert oracles.agrees_in_share(chain.at_most(bears), wrong <= bears)


@steady
@given(chances, st.integers(1, 60))
def test_without_a_drop_the_errors_are_binomial(p: float, steps: int) -> None:
    chain = self_conditioned(p, steps, 0)
    binomial = [math.comb(steps, e) * p ** (steps - e) * (1 - p) ** e for e in range(steps + 1)]
    assert chain.counts == pytest.approx(binomial, abs=1e-12)
    assert chain.step_success == pytest.approx(np.full(steps, p))


@steady
@given(chances, st.integers(1, 60), st.floats(0, 2))
def test_a_chain_that_bears_no_error_obeys_the_product_law_at_any_drop(p: float, steps: int, drop: float) -> None:
    chain = self_conditioned(p, steps, drop)
    assert chain.at_most(0) == pytest.approx(p**steps, abs=1e-12)
    assert chain.counts.sum() == pytest.approx(1)
    assert chain.at_most(steps) == pytest.approx(1)
    assert chain.at_most(10**6) == chain.at_most(steps)


@steady
@given(st.floats(0.5, 1), st.integers(2, 40), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_drop_makes_every_later_step_worse(p: float, steps: int, one: float, other: float) -> None:
    mild, hard = self_conditioned(p, steps, min(one, other)), self_conditioned(p, steps, max(one, other))
    assert np.all(hard.step_success <= mild.step_success + 1e-12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"p": 1.1}, "p must be a probability"),
        ({"p": [0.9, 0.8]}, r"p must be one number, got \[0\.9, 0\.8\]"),
        ({"steps": 0}, "steps must be a whole number, 1 or more, got 0"),
        ({"steps": [1, 2]}, "steps must be one number"),
        ({"drop": -0.1}, "drop must be zero or more, got -0.1"),
        ({"drop": float("nan")}, "drop must be finite"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        self_conditioned(**({"p": 0.9, "steps": 5, "drop": 0.1} | change))


def test_errors_that_can_be_borne_are_a_whole_number() -> None:
    with pytest.raises(ValueError, match="errors must be a whole number, 0 or more, got -1"):
        self_conditioned(0.9, 3, 0.1).at_most(-1)
