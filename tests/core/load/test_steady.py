"""Queues of a steady load: against closed forms, chains of states, integrals and calls served one by one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import seconds
from scipy.integrate import quad

from labkit.latency import Lognormal, RandomTime, erlang_c, largest_rate, replay_arrivals, under_load

loads = st.floats(0.02, 0.98)
some_places = st.integers(1, 60)


def recursion(k: int, a: float) -> float:
    """Erlang C from Erlang B, place by place."""
    b = 1.0
    for i in range(1, k + 1):
        b = a * b / (i + a * b)
    return b / (1 - a / k + a / k * b)


def in_fractions(k: int, a: Fraction) -> Fraction:
    """Erlang C by its definition: the states of the queue, added up."""
    term = total = Fraction(1)
    for i in range(1, k):
        term *= a / i
        total += term
    last = term * a / k / (1 - a / k)
    return last / (total + last)


# ---- Erlang C -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 7, 40])
@pytest.mark.parametrize("part", [Fraction(1, 50), Fraction(1, 2), Fraction(99, 100)])
def test_erlang_c_is_the_sum_over_the_states(k: int, part: Fraction) -> None:
    assert erlang_c(k, float(part * k)) == pytest.approx(float(in_fractions(k, part * k)), rel=1e-11)


@pytest.mark.parametrize("k", [1, 10, 1_000, 100_000])
@pytest.mark.parametrize("part", [0.9, 0.97, 0.999, 1 - 1e-7])
def test_erlang_c_keeps_its_digits_up_to_a_hundred_thousand_places(k: int, part: float) -> None:
    assert erlang_c(k, part * k) == pytest.approx(recursion(k, part * k), rel=1e-10)


def test_erlang_c_takes_no_longer_for_ten_million_places() -> None:
    small, large = (min(seconds(lambda k=k: erlang_c(k, 0.99 * k)) for _ in range(3)) for k in (10, 10_000_000))
    assert large < 3 * small + 0.02
    assert 0 <= erlang_c(10_000_000, 9_999_000.0) < 1


def test_erlang_c_at_its_ends_and_in_arrays() -> None:
    assert [erlang_c(3, a) for a in (0.0, 3.0, 1e9)] == [0.0, 1.0, 1.0]
    grid = erlang_c([[1], [20]], [0.0, 0.5, 18.0])
    assert grid == pytest.approx(np.array([[erlang_c(k, a) for a in (0.0, 0.5, 18.0)] for k in (1, 20)]))


# ---- what is exact --------------------------------------------------------------------------------------------


@given(loads, st.floats(0.1, 9), st.floats(0.01, 0.99))
def test_one_place_with_exponential_calls_has_an_exponential_time(part: float, sec: float, q: float) -> None:
    load = under_load(part / sec, sec, 1)
    mean = sec / (1 - part)
    assert load.mean_wait == pytest.approx(part * mean, rel=1e-9)
    assert load.time_quantile(q) == pytest.approx(-mean * math.log1p(-q), rel=1e-9)
    assert load.time_within(mean) == pytest.approx(1 - math.exp(-1), rel=1e-9)
    assert load.wait_quantile(q) == pytest.approx(max(0.0, mean * math.log(part / (1 - q))), rel=1e-9, abs=1e-9)


@given(loads, st.floats(0.1, 9), st.floats(0, 20))
def test_one_place_waits_as_pollaczek_and_khinchine_say(part: float, sec: float, scv: float) -> None:
    rate = part / sec
    second_moment = sec**2 * (1 + scv)
    assert under_load(rate, sec, 1, scv=scv).mean_wait == pytest.approx(rate * second_moment / (2 * (1 - part)))


@given(some_places, loads)
def test_many_places_wait_as_the_chain_of_states_says(k: int, part: float) -> None:
    """Shares of time with so many in the house; by Little's law those that wait, by the rate, are the mean wait."""
    a = part * k
    states = np.exp(np.cumsum(np.log(a / np.minimum(np.arange(1, k + 1500), k))))
    states = np.concatenate([[1.0], states])
    waiting = np.maximum(np.arange(states.size) - k, 0)
    load = under_load(a, 1.0, k)
    assert load.mean_wait == pytest.approx(float(waiting @ states / states.sum()) / a, rel=1e-6)
    assert load.p_wait == pytest.approx(float(states[k:].sum() / states.sum()), rel=1e-6)


@given(st.integers(1, 30), loads, st.floats(0.05, 9))
def test_the_whole_time_is_the_integral_over_waits(k: int, part: float, sec: float) -> None:
    load, pace = under_load(part * k, 1.0, k), k * (1 - part)
    late = (1 - load.p_wait) * math.exp(-sec)
    late += quad(lambda w: load.p_wait * pace * math.exp(-pace * w - max(sec - w, 0.0)), 0, sec)[0]  # type: ignore[operator]
    late += load.p_wait * math.exp(-pace * sec)
    assert 1 - load.time_within(sec) == pytest.approx(late, rel=1e-6, abs=1e-9)


@given(some_places, loads, st.floats(0, 6), st.floats(0, 0.999))
def test_the_quantile_is_where_the_share_is_reached(k: int, part: float, scv: float, q: float) -> None:
    load = under_load(part * k, 1.0, k, scv=scv)
    sec = load.time_quantile(q)
    assert load.time_within(np.asarray(sec) * (1 + 1e-9)) >= q - 1e-12
    if sec > 0:
        assert load.time_within(max(0.0, float(sec) * (1 - 1e-9) - 1e-12)) <= q + 1e-7


# ---- what is simulated ----------------------------------------------------------------------------------------


def served(rate: float, k: int, draw: Any, n: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return replay_arrivals(np.cumsum(rng.exponential(1 / rate, n)), draw(rng, n), k)


def lognormal(scv: float) -> Any:
    sigma = math.sqrt(math.log1p(scv))
    return lambda rng, n: rng.lognormal(-(sigma**2) / 2, sigma, n)


@pytest.mark.parametrize(("k", "part"), [(1, 0.6), (4, 0.8), (20, 0.9), (34, 0.94)])
def test_under_load_agrees_with_calls_served_one_by_one(k: int, part: float) -> None:
    """M/M/k: the mean wait within four standard errors of batch means, the shares of the time as well."""
    load, runs = under_load(part * k, 1.0, k), []
    for seed in range(20):
        replay = served(part * k, k, lambda rng, n: rng.exponential(1.0, n), 12_000, seed)
        wait, time = replay.wait_sec[4_000:], replay.time_sec[4_000:]
        runs.append((wait.mean(), (wait > 0).mean(), (time <= load.time_quantile(0.95)).mean()))
    means, errors = np.mean(runs, axis=0), np.std(runs, axis=0) / math.sqrt(len(runs))
    assert np.all(abs(means - [load.mean_wait, load.p_wait, 0.95]) <= 4 * errors)


@pytest.mark.parametrize(("k", "part", "scv"), [(20, 0.9, 0.28), (3, 0.7, 0.28), (34, 0.94, 0.49), (5, 0.8, 2.0)])
def test_lee_and_longton_are_near_calls_of_another_scatter(k: int, part: float, scv: float) -> None:
    """Means within 8%, 95th percentiles of the whole time within 5%."""
    load, replay = under_load(part * k, 1.0, k, scv=scv), served(part * k, k, lognormal(scv), 250_000, 3)
    assert load.mean_wait == pytest.approx(replay.wait_sec.mean(), rel=0.08)
    assert load.time_quantile(0.95) == pytest.approx(np.quantile(replay.time_sec, 0.95), rel=0.05)


@pytest.mark.parametrize("at_once", [3, 6])
def test_calls_that_come_together_wait_as_allen_and_cunneen_say(at_once: int) -> None:
    """n at once: the gaps have a squared coefficient of variation of 2n - 1, and waits are a quarter less."""
    rng = np.random.default_rng(5)
    times = np.repeat(np.cumsum(rng.exponential(at_once / 18.0, 60_000)), at_once)
    replay = replay_arrivals(times, rng.exponential(1.0, times.size), 20)
    assert replay.burstiness == pytest.approx(2 * at_once - 1, rel=0.05)
    load = under_load(18.0, 1.0, 20, burstiness=2 * at_once - 1)
    assert 1.1 < load.mean_wait / replay.wait_sec.mean() < 1.4
    assert replay.wait_sec.mean() > 1.9 * under_load(18.0, 1.0, 20).mean_wait


# ---- promises, and what breaks them -----------------------------------------------------------------------------


def test_a_debate_takes_the_places_six_times() -> None:
    one, debate = (under_load(1.5, 2.0, 20, calls=n) for n in (1, 6))
    assert (one.utilisation, debate.utilisation) == pytest.approx((0.15, 0.9))
    assert (one.breaks_at, debate.breaks_at) == pytest.approx((10, 10 / 6))


@given(st.floats(3.1, 60))
def test_the_largest_rate_of_one_place_is_known(within: float) -> None:
    assert largest_rate(within, 1.0, 1) == pytest.approx(max(0.0, 1 - math.log(20) / within), rel=1e-9)


@given(some_places, st.floats(0, 3), st.floats(0.5, 20), st.integers(1, 6))
def test_the_largest_rate_keeps_the_promise_and_no_larger_one_does(k: int, scv: float, within: float, n: int) -> None:
    rate = largest_rate(within, 1.0, k, share=0.9, scv=scv, calls=n)
    if rate > 0:
        assert under_load(rate, 1.0, k, scv=scv, calls=n).time_within(within) >= 0.9 - 1e-9
        assert under_load(rate * (1 + 1e-6), 1.0, k, scv=scv, calls=n).time_within(within) < 0.9
    else:
        assert under_load(1e-9, 1.0, k, scv=scv, calls=n).time_within(within) < 0.9


@given(st.floats(1, 50), some_places)
def test_where_the_queue_grows_all_waits_are_infinite(over: float, k: int) -> None:
    load = under_load(over * k, 1.0, k)
    assert (load.p_wait, load.mean_wait) == (1.0, math.inf)
    assert load.wait_quantile(0.0) == load.time_quantile(0.5) == math.inf
    assert load.time_within(1e6) == 0.0


def test_without_requests_nobody_waits() -> None:
    load = under_load(0.0, 2.0, 3, scv=0.0)
    assert (load.p_wait, load.mean_wait, load.wait_quantile(0.99), load.time_quantile(0.99)) == (0.0, 0.0, 0.0, 2.0)
    assert [load.time_within(x) for x in (1.9, 2.0)] == [0.0, 1.0]


def test_everything_broadcasts() -> None:
    rates, places, scvs = [0.0, 1.5, 9.0], [1, 20], [0.0, 0.5, 2.0]
    load = under_load(np.array(rates)[:, None], 2.0, places, scv=np.array(scvs)[:, None])
    ones = [[under_load(rate, 2.0, k, scv=scv) for k in places] for rate, scv in zip(rates, scvs, strict=True)]
    for ask in (
        lambda x: x.mean_wait, lambda x: x.wait_quantile(0.95), lambda x: x.time_quantile(0.95),
        lambda x: x.time_within(3.0),
    ):  # fmt: skip
        assert np.asarray(ask(load)) == pytest.approx(np.array([[ask(one) for one in row] for row in ones]))


def test_a_distribution_brings_its_mean_and_its_scatter() -> None:
    by_law, recorded = under_load(5, Lognormal(2.0, 0.4), 20), under_load(5, RandomTime([1.0, 3.0], [0.5, 0.5]), 20)
    assert by_law == under_load(5, 2.0, 20, scv=float(np.expm1(np.square(0.4))))
    assert recorded == under_load(5, 2.0, 20, scv=0.25)


RIGHT: dict[str, Any] = {"requests_per_sec": 1, "service_sec": 1, "places": 2, "scv": 1, "calls": 1, "burstiness": 1}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(name, wrong) for name in RIGHT for wrong in (-1, math.nan, "x", None)]
    + [("service_sec", 0), ("calls", 0), ("places", 0), ("places", 1.5)],
)
def test_wrong_loads_are_named(name: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be"):
        under_load(**{**RIGHT, name: wrong})


def test_a_share_of_everything_is_refused() -> None:
    for ask in (under_load(1, 1, 2).wait_quantile, under_load(1, 1, 2).time_quantile):
        with pytest.raises(ValueError, match="q must be below 1, got 1"):
            ask(1.0)
    with pytest.raises(ValueError, match="share must be below 1"):
        largest_rate(1, 1, 1, share=1.0)
    with pytest.raises(ValueError, match="within_sec must be zero or more, got -1"):
        largest_rate(-1, 1, 1)
    with pytest.raises(ValueError, match="places must be"):
        largest_rate(1, 1, 0)
