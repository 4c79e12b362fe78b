"""Retries that raise the load: fixed points by search, and both states in calls served one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.latency import Replay, replay_arrivals, retry_storm, under_load

DESIGN: dict[str, Any] = {"service_sec": 2.0, "places": 20, "timeout_sec": 8.0, "retries": 3, "scv": 0.2}


def settled(x: np.ndarray, timeout: float, retries: int, scv: float, k: int) -> np.ndarray:
    """The rates of requests that x calls a second come from."""
    late = 1 - np.asarray(under_load(x, 2.0, k, scv=scv).time_within(timeout))
    return x / sum(late**j for j in range(retries + 1))


@settings(max_examples=10)
@given(st.integers(1, 40), st.floats(2.5, 30), st.integers(0, 5), st.floats(0.1, 2), st.floats(0.1, 0.99))
def test_retry_storm_is_found_on_a_grid_too(k: int, timeout: float, retries: int, scv: float, part: float) -> None:
    storm = retry_storm(part * k / 2, 2.0, k, timeout_sec=timeout, retries=retries, scv=scv)
    grid = np.linspace(0, k / 2, 4001)[1:-1]
    rates = settled(grid, timeout, retries, scv, k)
    assert storm.storm_from == pytest.approx(k / 2 / (1 + retries))
    assert storm.calm_until == pytest.approx(max(rates.max(), storm.storm_from), rel=2e-3)
    if part * k / 2 < rates.max() * 0.999:
        calm = grid[np.argmax(rates >= part * k / 2)]
        assert storm.calls * part * k / 2 == pytest.approx(calm, rel=2e-3, abs=grid[0] * 2)
    elif part * k / 2 > max(rates.max(), storm.storm_from) * 1.001:
        assert (storm.calls, storm.late) == (1 + retries, 1.0)


def stream(rate: float, sec: float, seed: int, spike: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Independent arrivals, and a spike of so many more within 20 s after two minutes; seconds of scatter .2."""
    rng = np.random.default_rng(seed)
    times = np.sort(np.concatenate([rng.uniform(0, sec, rng.poisson(rate * sec)), rng.uniform(120, 140, spike)]))
    sigma = math.sqrt(math.log(1.2))
    return times, rng.lognormal(math.log(2) - sigma**2 / 2, sigma, times.size)


def answered_after(replay: Replay, times: np.ndarray, sec: float) -> float:
    return float(np.isfinite(replay.time_sec[times > sec]).mean())


@pytest.mark.parametrize(("rate", "timeout"), [(4.0, 4.0), (6.0, 4.5), (7.0, 5.0)])
def test_in_the_calm_calls_and_late_ones_are_as_retry_storm_says(rate: float, timeout: float) -> None:
    """Within four standard errors of twelve runs, and 5% for the scatter that two moments leave out."""
    storm = retry_storm(rate, 2.0, 20, timeout_sec=timeout, retries=3)
    runs = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        times = np.cumsum(rng.exponential(1 / rate, 6_000))
        replay = replay_arrivals(times, rng.exponential(2.0, 6_000), 20, timeout_sec=timeout, retries=3, seed=seed)
        runs.append(replay.calls.mean())
    error = np.std(runs) / math.sqrt(len(runs))
    assert abs(np.mean(runs) - storm.calls) < 4 * error + 0.05 * (storm.calls - 1)


def test_between_the_two_rates_a_spike_decides_for_good() -> None:
    law = retry_storm(6.0, **DESIGN)
    assert law.storm_from < 6.0 < law.calm_until
    assert law.late < 0.01
    limit = {"timeout_sec": 8.0, "retries": 3}
    for seed in range(5):
        (calm, sec), (spiked, spiked_sec) = stream(6.0, 600, seed), stream(6.0, 600, seed, spike=240)
        assert answered_after(replay_arrivals(calm, sec, 20, **limit), calm, 300) > 0.99  # type: ignore[arg-type]
        storm = replay_arrivals(spiked, spiked_sec, 20, **limit)  # type: ignore[arg-type]
        assert answered_after(storm, spiked, 300) < 0.01
        assert storm.calls[spiked > 300].mean() == 4


def test_below_the_lower_rate_every_storm_ends() -> None:
    law = retry_storm(1.0, **DESIGN)
    assert law.storm_from > 1.0
    times, sec = stream(1.0, 900, 1, spike=300)
    replay = replay_arrivals(times, sec, 20, timeout_sec=8.0, retries=3)
    assert answered_after(replay, times, 600) == 1.0
    assert answered_after(replay, times, 125) < 0.9


def test_a_budget_ends_the_storm_that_the_law_says_it_ends() -> None:
    assert retry_storm(6.0, **DESIGN, budget=0.1).storm_from == pytest.approx(10 / 1.1)
    for seed in range(5):
        times, sec = stream(6.0, 600, seed, spike=240)
        replay = replay_arrivals(times, sec, 20, timeout_sec=8.0, retries=3, budget=0.1)
        assert answered_after(replay, times, 300) > 0.99


def test_without_retries_there_is_no_storm_to_begin() -> None:
    law = retry_storm([3.0, 9.9, 10.1], 2.0, 20, timeout_sec=8.0, retries=0)
    assert law.calls == pytest.approx(np.ones(3))
    assert law.calm_until == pytest.approx(np.full(3, 10.0))


def test_storms_broadcast() -> None:
    rates, retries = np.array([[2.0], [6.0], [9.9]]), np.array([0, 3])
    law = retry_storm(rates, **{**DESIGN, "retries": retries})
    for i, rate in enumerate((2.0, 6.0, 9.9)):
        for j, n in enumerate((0, 3)):
            one = retry_storm(rate, **{**DESIGN, "retries": n})
            assert [np.asarray(x)[i, j] for x in law] == pytest.approx(list(one), rel=1e-9)


RIGHT: dict[str, Any] = {"requests_per_sec": 1, **DESIGN, "budget": 0.1}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("wrong", [-1, math.nan, "x"])
def test_wrong_storms_are_named(name: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be"):
        retry_storm(**{**RIGHT, name: wrong})
