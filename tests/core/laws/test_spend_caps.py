"""Caps, against a till that is gone through call by call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cost import post_paid_calls, pre_paid_calls

cents = st.integers(1, 60)


def post_paid(cap: int, price: int, in_flight: int) -> int:
    """Calls that begin where each looks at the bills that have come, and as many as may be are in flight."""
    begun = billed = 0
    while billed < cap:
        if begun - billed // price < in_flight:
            begun += 1
        else:
            billed += price
    return begun


def pre_paid(cap: int, worst: int, price: int) -> int:
    """Calls that begin one after the other, each after its worst case has been set aside."""
    begun = spent = 0
    while spent + worst <= cap:
        begun, spent = begun + 1, spent + price
    return begun


@given(cents, cents, st.integers(1, 12))
def test_post_paid_is_what_a_till_lets_through(cap: int, price: int, in_flight: int) -> None:
    calls = post_paid_calls(cap / 100, price / 100, in_flight)
    assert calls == post_paid(cap, price, in_flight)
    assert calls * price < cap + in_flight * price


@given(cents, cents, cents)
def test_pre_paid_is_what_a_till_lets_through(cap: int, worst: int, price: int) -> None:
    worst = max(worst, price)
    calls = pre_paid_calls(cap / 100, worst / 100, price / 100)
    assert calls == pre_paid(cap, worst, price)
    assert calls * price <= cap


@pytest.mark.parametrize(
    ("amounts", "named"),
    [((-1, 1, 1), "usd_cap"), ((1, 1, 0), "usd_call"), ((1, 0, 1), "usd_worst"), ((1, float("nan"), 1), "usd_worst")],
)
def test_wrong_amounts_are_named(amounts: tuple[float, float, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        pre_paid_calls(*amounts)


def test_wrong_amounts_of_a_post_paid_cap_are_named() -> None:
    for amounts, named in [((-1, 1, 1), "usd_cap"), ((1, 0, 1), "usd_call"), ((1, 1, 0), "in_flight")]:
        with pytest.raises(ValueError, match=named):
            post_paid_calls(*amounts)


def test_a_worst_case_below_the_price_is_refused() -> None:
    with pytest.raises(ValueError, match="usd_worst must be at least usd_call"):
        pre_paid_calls(1, 0.1, 0.2)
