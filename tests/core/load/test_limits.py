"""Token buckets, against buckets that are emptied call by call."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.latency import provider_limits


def first_refused(rate: Fraction, refills: list[Fraction], sizes: list[Fraction], takes: list[Fraction]) -> int:
    """The number of the first call that a bucket has too little for, of calls at an even pace."""
    left, n = list(sizes), 0
    while all(level >= take for level, take in zip(left, takes, strict=True)):
        left = [
            min(size, level - take + refill / rate)
            for level, take, refill, size in zip(left, takes, refills, sizes, strict=True)
        ]
        n += 1
    return n


@given(st.integers(1, 12), st.integers(60, 900), st.integers(60, 900), st.integers(1, 9), st.integers(2, 20))
def test_provider_limits_are_what_two_buckets_let_through(
    over: int, requests: int, tokens: int, a_call: int, burst: int
) -> None:
    per_sec, tokens_sec = Fraction(requests, 60), Fraction(10 * tokens, 60)
    rate = min(per_sec, tokens_sec / a_call) * (1 + Fraction(over, 10))
    found = provider_limits(
        float(rate), requests_per_min=requests, tokens_per_min=10 * tokens, tokens_a_call=a_call, burst_sec=burst
    )
    sizes = [per_sec * burst, tokens_sec * burst]
    takes = [Fraction(1), Fraction(a_call)]
    refused = first_refused(rate, [per_sec, tokens_sec], sizes, takes)
    assert found.utilisation == pytest.approx(1 + over / 10)
    assert abs(refused / float(rate) - float(found.lasts_sec)) <= (1 + 10 / over) * 1.01 / float(rate)
    assert found.requests_bind == (per_sec <= tokens_sec / a_call)


def test_a_load_below_the_limit_lasts_and_calls_multiply_it() -> None:
    limits = {"requests_per_min": 600, "tokens_per_min": 240_000, "tokens_a_call": 500}
    one, six = (provider_limits(1.5, **limits, calls=n) for n in (1, 6))  # type: ignore[arg-type]
    assert (one.utilisation, six.utilisation) == pytest.approx((0.1875, 1.125))
    assert (one.lasts_sec, six.lasts_sec) == pytest.approx((math.inf, 480))
    assert provider_limits(six.breaks_at, **limits, calls=6).utilisation == pytest.approx(1)  # type: ignore[arg-type]
    assert one.requests_bind is False


def test_limits_broadcast() -> None:
    found = provider_limits([1.0, 9.0], requests_per_min=[[60], [600]], tokens_per_min=6000, tokens_a_call=[20, 5])
    assert found.utilisation.tolist() == [[1.0, 9.0], [0.2, 0.9]]  # type: ignore[union-attr]
    assert found.requests_bind.tolist() == [[True, True], [False, True]]
    assert np.shape(found.lasts_sec) == (2, 2)


RIGHT: dict[str, Any] = {
    "requests_per_sec": 1, "requests_per_min": 60, "tokens_per_min": 6000, "tokens_a_call": 10, "calls": 1,
    "burst_sec": 60,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(name, wrong) for name in RIGHT for wrong in (-1, math.nan, "x", None)]
    + [(name, 0) for name in ("requests_per_min", "tokens_per_min", "calls", "burst_sec")],
)
def test_wrong_limits_are_named(name: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be"):
        provider_limits(**{**RIGHT, name: wrong})
