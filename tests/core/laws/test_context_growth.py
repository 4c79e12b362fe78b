"""The two numbers of a growing conversation: exact on conversations that grow so, and least squares by numpy's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import ContextGrowth, fit_growing_context, growing_context_tokens

NAN = float("nan")


@steady
@given(
    st.integers(0, 9_000),
    st.integers(0, 900),
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.sampled_from(["means", "least_squares"]),
)
def test_both_ways_find_the_numbers_of_conversations_that_grow_so(a: int, b: int, lengths: list[int], how: str) -> None:
    found = fit_growing_context([a + b * np.arange(n) for n in [2, *lengths]], how)
    assert found == pytest.approx((a, b), abs=1e-6)
    assert found.tokens(lengths) == pytest.approx(growing_context_tokens(a, b, lengths), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("case", range(20))
def test_least_squares_are_those_of_numpy(case: int) -> None:
    rng = np.random.default_rng([17, case])
    talks = [900 + np.cumsum(rng.uniform(0, 300, n)) for n in rng.integers(2, 30, 9)]
    places = np.concatenate([np.arange(talk.size) for talk in talks])
    growth, first = np.polyfit(places, np.concatenate(talks), 1)
    assert fit_growing_context(talks, "least_squares") == pytest.approx((first, growth))


def test_the_means_count_conversations_alike_and_those_of_one_call_for_the_first_alone() -> None:
    assert fit_growing_context([[100, 300], [400, 410, 420, 430], [700]]) == (400.0, 105.0)


def test_the_tokens_of_a_fit_are_the_law_s() -> None:
    assert ContextGrowth(2000, 500).tokens([1, 12]).tolist() == [2000.0, 57000.0]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: fit_growing_context([]), "tokens_by_call must hold a conversation of two calls or more, got 0"),
        (lambda: fit_growing_context([[5], [6]]), "must hold a conversation of two calls or more, got 2 without one"),
        (lambda: fit_growing_context([[5, 6], []]), r"tokens_by_call\[1\] must hold at least one number"),
        (lambda: fit_growing_context([[5, 6], [5, -6]]), r"tokens_by_call\[1\] must be zero or more, got -6"),
        (lambda: fit_growing_context([[5, NAN]]), r"tokens_by_call\[0\] must be finite, got nan"),
        (lambda: fit_growing_context([[[5, 6]]]), r"tokens_by_call\[0\] must be one row of numbers"),
        (lambda: fit_growing_context([5, 6]), "tokens_by_call must hold a conversation of two calls or more"),
        (lambda: fit_growing_context(7), "tokens_by_call must be a list of conversations, got 7"),  # type: ignore[arg-type]
        (lambda: fit_growing_context("abc"), "tokens_by_call must be a list of conversations, got 'abc'"),
        (lambda: fit_growing_context([[9, 5]]), "must not shrink on the whole, got first 9 and growth -4"),
        (lambda: fit_growing_context([[5, 6]], "mean"), "how must be one of"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()


def test_calls_that_do_not_grow_are_no_calls_that_shrink() -> None:
    """Least squares of three equal calls gives a growth of -8e-17."""
    for how in ("means", "least_squares"):
        assert fit_growing_context([[1, 1, 1]], how) == ContextGrowth(pytest.approx(1.0), pytest.approx(0.0, abs=1e-12))
