"""Errors that travel through gated chains: a simulation attempt by attempt, the limits, and what gates can do."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.reliability import checked_chain, gated, product_law

chances = st.floats(0, 1)
chains = st.lists(chances, min_size=1, max_size=8)


def followed(
    rng: np.random.Generator,
    runs: int,
    p: np.ndarray,
    d: np.ndarray,
    f: np.ndarray,
    k: np.ndarray,
    recovery: float | None,
    healing: float,
    fail_open: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each run step by step and attempt by attempt: right, wrong, stopped, and its calls."""
    good, stopped, calls = np.ones(runs, bool), np.zeros(runs, bool), np.zeros(runs)
    for i in range(len(p)):
        waiting, result = ~stopped, np.zeros(runs, bool)
        for attempt in range(int(k[i]) + 1):
            on_right = p[i] if attempt == 0 or recovery is None else recovery
            answer = rng.random(runs) < np.where(good, on_right, healing)
            rejected = rng.random(runs) < np.where(answer, f[i], d[i])
            calls += waiting
            result = np.where(waiting, answer, result)
            last = fail_open and attempt == k[i]
            waiting &= rejected & (not last)
        stopped |= waiting
        good = result
    return good & ~stopped, ~good & ~stopped, stopped, calls


@pytest.mark.parametrize("case", range(60))
def test_the_recursion_agrees_with_runs_followed_attempt_by_attempt(case: int) -> None:
    rng = np.random.default_rng(case)
    steps = int(rng.integers(1, 9))
    p, d, f = rng.uniform(0.6, 1, steps), rng.uniform(0, 1, steps), rng.uniform(0, 0.3, steps)
    k = rng.integers(0, 4, steps)
    recovery = None if case % 3 else rng.uniform(0.2, 1)
    healing, fail_open = rng.choice([0.0, 0.2, 0.6]), bool(case % 2)
    right, wrong, stopped, calls = followed(rng, 20_000, p, d, f, k, recovery, healing, fail_open)
    chain = checked_chain(p, d, f, k, recovery, healing, fail_open)
    for formula, runs in ((chain.right, right), (chain.wrong, wrong), (chain.stopped, stopped)):
        if 20 < 20_000 * formula < 19_980:
            assert oracles.agrees_in_share(formula, runs)
    assert oracles.agrees(chain.calls, calls)


@steady
@given(chains)
def test_without_gates_it_is_the_product_law_and_every_failure_goes_unnoticed(p: list[float]) -> None:
    chain = checked_chain(p)
    assert chain.right == pytest.approx(product_law(p), abs=1e-14)
    assert chain.wrong == pytest.approx(1 - product_law(p), abs=1e-14)
    assert chain.stopped == 0
    assert chain.calls == pytest.approx(len(p))


@steady
@given(chains)
def test_perfect_gates_without_retries_stop_every_failure_where_it_happens(p: list[float]) -> None:
    chain = checked_chain(p, detection=1)
    assert chain.right == pytest.approx(product_law(p), abs=1e-14)
    assert chain.wrong == pytest.approx(0, abs=1e-14)
    assert chain.calls == pytest.approx(sum(np.cumprod([1, *p[:-1]])))


@steady
@given(chances, chances, chances, st.integers(0, 4), st.booleans())
def test_one_step_is_a_gated_step(p: float, d: float, f: float, k: int, fail_open: bool) -> None:
    chain, gate = checked_chain(p, d, f, k, fail_open=fail_open), gated(p, d, f, k, fail_open)
    assert chain.right == pytest.approx(gate.p, abs=1e-14)
    assert chain.stopped == pytest.approx(gate.rejected, abs=1e-14)
    assert chain.calls == pytest.approx(gate.attempts)


@steady
@given(chains, chances, chances, st.integers(0, 3), chances, st.booleans())
def test_a_chain_ends_in_one_of_three_ways(
    p: list[float], d: float, f: float, k: int, h: float, fail_open: bool
) -> None:
    chain = checked_chain(p, d, f, k, healing=h, fail_open=fail_open)
    assert chain.right + chain.wrong + chain.stopped == pytest.approx(1)
    assert min(chain.right, chain.wrong, chain.stopped) >= 0
    assert chain.calls <= len(p) * (k + 1) * (1 + 1e-12)
    if fail_open:
        assert chain.stopped == 0


@steady
@given(chains, chances, chances, st.integers(0, 3))
def test_better_gates_let_fewer_errors_through(p: list[float], one: float, other: float, k: int) -> None:
    dull, sharp = (checked_chain(p, d, 0.0, k) for d in sorted((one, other)))
    assert sharp.wrong <= dull.wrong + 1e-12
    assert sharp.right >= dull.right - 1e-12


def test_an_error_that_one_gate_misses_meets_the_next() -> None:
    """One wrong step, then two that add no error: it passes three gates of recall 0.5 once in eight."""
    chain = checked_chain([0.0, 1.0, 1.0], detection=0.5)
    assert (chain.right, chain.wrong, chain.stopped) == (0, 0.125, 0.875)
    assert chain.calls == 1 + 0.5 + 0.25


def test_a_gate_only_at_the_end_catches_as_much_but_later() -> None:
    everywhere, at_the_end = (checked_chain([0.9] * 4, d) for d in (1.0, [0, 0, 0, 1.0]))
    assert everywhere.right == pytest.approx(at_the_end.right)
    assert everywhere.calls < at_the_end.calls == 4
    redone, too_late = (checked_chain([0.9] * 4, d, retries=1) for d in (1.0, [0, 0, 0, 1.0]))
    assert redone.right == pytest.approx(0.99**4)
    assert too_late.right == pytest.approx(0.9**3 * 0.99)  # redoing the last step cannot repair the first


def test_false_alarms_alone_stop_good_work() -> None:
    chain = checked_chain([1.0] * 3, detection=1, false_alarm=0.1)
    assert chain.right == pytest.approx(0.9**3)
    assert chain.stopped == pytest.approx(1 - 0.9**3)


def test_many_chains_at_once() -> None:
    p, d = np.array([[0.9, 0.8, 0.7], [0.99, 0.95, 0.9]]), np.array([[[0.0]], [[0.5]], [[1.0]]])
    chain = checked_chain(p, d, 0.05, 1, healing=0.1)
    assert chain.right.shape == chain.calls.shape == (3, 2)
    one = checked_chain(p[1], 0.5, 0.05, 1, healing=0.1)
    assert [part[1, 1] for part in chain] == pytest.approx(list(one))
    assert all(isinstance(part, float) for part in one)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"p": [0.9, 1.1]}, "p must be a probability"),
        ({"p": []}, "p must hold at least one number"),
        ({"detection": 80}, "detection must be a probability"),
        ({"false_alarm": -0.1}, "false_alarm must be a probability"),
        ({"retries": 0.5}, "retries must be a whole number"),
        ({"recovery": 2}, "recovery must be a probability"),
        ({"healing": float("nan")}, "healing must be finite"),
        ({"detection": [0.1, 0.2, 0.3]}, "do not fit together"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        checked_chain(**({"p": [0.9, 0.8]} | change))
