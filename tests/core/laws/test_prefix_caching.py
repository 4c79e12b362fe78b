"""A long prompt's bill equals the bill token by token, with and without a prefix cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import cache_pays_after, cached_context_tokens, cached_prefix, growing_context_tokens

NAN = float("nan")


def billed_token_by_token(first: int, growth: int, steps: int, read: float, write: float) -> float:
    """A conversation, each token looked up in the set of those sent before."""
    stored: set[int] = set()
    bill = 0.0
    for step in range(steps):
        sent = range(first + growth * step)
        bill += sum(read if token in stored else write for token in sent)
        stored.update(sent)
    return bill


@pytest.mark.parametrize("case", range(50))
def test_a_cached_conversation_is_billed_token_by_token(case: int) -> None:
    rng = np.random.default_rng([7, case])
    first, growth, steps = (int(x) for x in rng.integers((0, 0, 1), (50, 30, 12)))
    read, write = rng.uniform(0, 1), rng.uniform(0.5, 2)
    bill = billed_token_by_token(first, growth, steps, read, write)
    assert cached_context_tokens(first, growth, steps, read, write) == pytest.approx(bill)


@steady
@given(st.integers(0, 5000), st.integers(0, 900), st.integers(1, 60))
def test_at_full_price_the_cache_changes_nothing(first: int, growth: int, steps: int) -> None:
    plain = growing_context_tokens(first, growth, steps)
    assert cached_context_tokens(first, growth, steps, read=1, write=1) == pytest.approx(plain)
    assert cached_context_tokens(first, growth, 1, write=1) == first


def test_a_free_read_leaves_a_bill_that_grows_with_the_steps_and_not_with_their_square() -> None:
    assert cached_context_tokens(0, 10, [10, 100, 1000], read=0, write=1).tolist() == [90, 990, 9990]


@pytest.mark.parametrize(
    ("read", "write", "above", "first_use_that_pays"),
    [(0.10, 1.25, 1.28, 2), (0.10, 2.0, 2.11, 3), (0.50, 1.0, 1.0, 2), (0.25, 1.0, 1.0, 2), (0.10, 1.0, 1.0, 2)],
)
def test_the_published_multipliers_pay_back_in_two_or_three_uses(
    read: float, write: float, above: float, first_use_that_pays: int
) -> None:
    assert round(cache_pays_after(read, write), 2) == above
    assert int(np.floor(cache_pays_after(read, write) + 1e-12)) + 1 == first_use_that_pays


@pytest.mark.parametrize("case", range(50))
def test_it_pays_at_exactly_the_uses_above_the_break_even(case: int) -> None:
    rng = np.random.default_rng([8, case])
    read, write = rng.uniform(0, 0.95), rng.uniform(0, 4)
    for uses in range(1, 60):
        cached = cached_prefix(1e-6, 0, 0, 1000, 0, write=write)
        cached += (uses - 1) * cached_prefix(1e-6, 0, 1000, 0, 0, read=read)
        assert (cached < uses * cached_prefix(1e-6, 0, 0, 1000, 0)) == (uses > cache_pays_after(read, write))


def test_a_read_at_full_price_never_pays_for_a_write() -> None:
    assert cache_pays_after(1.0, [1.0, 1.25, 0.5]).tolist() == [np.inf, np.inf, 0.0]
    assert cache_pays_after(0.5, 0.2) == 0.0
    assert cache_pays_after([0.1, 0.5], [[1.0], [2.0]]).shape == (2, 2)


@steady
@given(st.floats(0, 0.99), st.floats(0.01, 4))
def test_a_dearer_write_pays_back_later(read: float, write: float) -> None:
    assert cache_pays_after(read, write + 0.5) > cache_pays_after(read, write) - 1e-12


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cache_pays_after(1.5, 1.0), "read must be a probability"),
        (lambda: cache_pays_after(NAN, 1.0), "read must be finite"),
        (lambda: cache_pays_after(0.1, -1.0), "write must be zero or more, got -1"),
        (lambda: cached_context_tokens(-1, 1, 1), "first must be zero or more"),
        (lambda: cached_context_tokens(1, -1, 1), "growth must be zero or more"),
        (lambda: cached_context_tokens(1, 1, 0), "steps must be a whole number, 1 or more"),
        (lambda: cached_context_tokens(1, 1, 1, read=-1), "read must be zero or more"),
        (lambda: cached_context_tokens(1, 1, 1, write=NAN), "write must be finite"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
