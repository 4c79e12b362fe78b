"""Layers of retries: calls on the wire, counted by a request that is passed down through nested loops."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cost import calls_through_layers, expected_attempts


def ask(layers: list[int], fails: float, rng: random.Random) -> tuple[int, bool]:
    """Calls on the wire, and whether one came back, where each layer tries again what the one below gave up."""
    if not layers:
        return 1, rng.random() >= fails
    calls = 0
    for _ in range(layers[0]):
        made, right = ask(layers[1:], fails, rng)
        calls += made
        if right:
            return calls, True
    return calls, False


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_where_every_call_fails_nested_loops_make_the_product(layers: list[int]) -> None:
    assert calls_through_layers(layers) == ask(layers, 1.0, random.Random(0))[0]


def test_where_some_fail_nested_loops_make_the_mean() -> None:
    rng, runs = random.Random(1), 20_000
    mean = sum(ask([2, 3, 2], 0.7, rng)[0] for _ in range(runs)) / runs
    assert mean == pytest.approx(calls_through_layers([2, 3, 2], 0.7), abs=4 * 3.3 / runs**0.5)


@given(st.floats(0, 1), st.integers(0, 30))
def test_one_layer_is_a_step_that_is_retried(fails: float, retries: int) -> None:
    assert calls_through_layers([retries + 1], fails) == pytest.approx(expected_attempts(1 - fails, retries))


@pytest.mark.parametrize("tries", [[], [0], [3, 1.5], "3", None])
def test_wrong_tries_are_named(tries: object) -> None:
    with pytest.raises(ValueError, match="tries"):
        calls_through_layers(tries)  # type: ignore[arg-type]


def test_it_broadcasts() -> None:
    assert calls_through_layers([[3, 3], [1, 2]]).tolist() == [9.0, 2.0]  # type: ignore[union-attr]
    assert calls_through_layers([2], [0.0, 0.5]).tolist() == [1.0, 1.5]  # type: ignore[union-attr]
