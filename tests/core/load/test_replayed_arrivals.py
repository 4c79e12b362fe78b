"""Recorded arrivals, against SimPy's processes and against what is known of them."""

from __future__ import annotations

import math
from collections.abc import Generator
from random import Random
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from processor_time import seconds

from labkit.latency import replay_arrivals


def by_simpy(times: list[float], lasts: list[float], k: int, timeout: float, retries: int) -> list[tuple[float, int]]:
    """When each request was answered in time, and how many calls it made; every call has the same seconds."""
    env, found = simpy.Environment(), [(math.inf, 0)] * len(times)
    places = simpy.Resource(env, k)

    def call(i: int, done: simpy.Event) -> Generator[Any, Any, None]:
        with places.request() as place:
            yield place
            yield env.timeout(lasts[i])
        if not done.triggered:
            done.succeed()

    def request(i: int) -> Generator[Any, Any, None]:
        yield env.timeout(times[i])
        for tried in range(1, retries + 2):
            done = env.event()
            env.process(call(i, done))
            yield done | env.timeout(timeout) if timeout < math.inf else done
            found[i] = (env.now - times[i] if done.triggered else math.inf, tried)
            if done.triggered:
                return

    for i in range(len(times)):
        env.process(request(i))
    env.run()
    return found


@pytest.mark.parametrize("seed", range(12))
def test_replay_arrivals_is_what_simpy_says(seed: int) -> None:
    rng = Random(seed)
    k, n = rng.randint(1, 6), 300
    times = np.cumsum([rng.expovariate(0.9 * k) for _ in range(n)]).tolist()
    lasts = [rng.expovariate(1.0) for _ in range(n)]
    replay = replay_arrivals(times, lasts, k)
    oracle = by_simpy(times, lasts, k, math.inf, 0)
    assert replay.time_sec == pytest.approx([sec for sec, _ in oracle])
    assert replay.wait_sec == pytest.approx(replay.time_sec - lasts, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_replay_arrivals_with_retries_is_what_simpy_says(seed: int) -> None:
    """All calls take one time, so that a retry's is not drawn; the time-out never is a sum of such times."""
    rng = Random(seed)
    k, timeout, retries = rng.randint(1, 5), 1 + rng.random(), rng.randint(0, 3)
    times = np.cumsum([rng.expovariate(0.8 * k) for _ in range(200)]).tolist()
    replay = replay_arrivals(times, 0.97, k, timeout_sec=timeout, retries=retries)
    oracle = by_simpy(times, [0.97] * len(times), k, timeout, retries)
    assert replay.time_sec == pytest.approx([sec for sec, _ in oracle])
    assert replay.calls.tolist() == [calls for _, calls in oracle]


@given(st.integers(1, 5), st.lists(st.integers(0, 9), min_size=2, max_size=30), st.integers(0, 20))
def test_more_places_never_make_a_call_wait_longer(k: int, gaps: list[int], seed: int) -> None:
    times = np.cumsum([*gaps, 1])
    service = np.random.default_rng(seed).integers(0, 9, times.size)
    fewer, more = (replay_arrivals(times, service, places).wait_sec for places in (k, k + 1))
    assert np.all(more <= fewer)
    assert np.all(replay_arrivals(times, service, times.size).wait_sec == 0)


def test_a_shuffle_keeps_what_it_shuffles() -> None:
    rng = np.random.default_rng(2)
    times, service = np.cumsum(rng.exponential(1.0, 500)), rng.exponential(1.8, 500)
    plain = replay_arrivals(times, service, 2)
    for shuffle in ("gaps", "service", "both"):
        mixed = replay_arrivals(times, service, 2, shuffle=shuffle, seed=4)
        assert mixed[3:] == pytest.approx(plain[3:])
        assert not np.array_equal(mixed.wait_sec, plain.wait_sec)
        assert mixed == replay_arrivals(times, service, 2, shuffle=shuffle, seed=4)
        assert mixed != replay_arrivals(times, service, 2, shuffle=shuffle, seed=5)


def test_back_off_spreads_and_a_budget_stops_retries() -> None:
    """A hundred at once and one an hour later at one place: those that give up come back, and give up again."""
    times, limit = [*[0.0] * 100, 3600.0], {"timeout_sec": 3.0, "retries": 4}
    at_once = replay_arrivals(times, 1.0, 1, **limit)  # type: ignore[arg-type]
    later = replay_arrivals(times, 1.0, 1, **limit, backoff_sec=60.0)  # type: ignore[arg-type]
    saved = replay_arrivals(times, 1.0, 1, **limit, budget=0.1)  # type: ignore[arg-type]
    assert np.isfinite(at_once.time_sec[:-1]).sum() == 3
    assert np.isfinite(later.time_sec[:-1]).sum() > 3
    assert at_once.calls.sum() == 3 + 97 * 5 + 1
    assert saved.calls.sum() == 101 + 10
    assert at_once.time_sec[-1] == 1.0


def test_replaying_takes_little_longer_than_its_length() -> None:
    rng = np.random.default_rng(0)
    times, service = np.cumsum(rng.exponential(1.0, 80_000)), rng.exponential(7.0, 80_000)
    small = min(seconds(lambda: replay_arrivals(times[:20_000], service[:20_000], 8)) for _ in range(3))
    assert min(seconds(lambda: replay_arrivals(times, service, 8)) for _ in range(3)) < 6 * small + 0.02
    many = [min(seconds(lambda k=k: replay_arrivals(times, service, k)) for _ in range(2)) for k in (8, 8_000)]
    assert many[1] < 4 * many[0] + 0.02


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"arrivals_sec": [0]}, "arrivals_sec must be a rising list of at least two"),
        ({"arrivals_sec": [1, 0]}, "arrivals_sec must be a rising list"),
        ({"arrivals_sec": [1, 1]}, "not all alike"),
        ({"arrivals_sec": [0, math.nan]}, "arrivals_sec must be finite"),
        ({"service_sec": [1, 2, 3]}, "service_sec must be one number or 2, one a request"),
        ({"service_sec": -1}, "service_sec must be zero or more, got -1"),
        ({"places": 0}, "places must be"),
        ({"shuffle": "all"}, "shuffle must be one of"),
        ({"timeout_sec": -1}, "timeout_sec must be"),
        ({"retries": 0.5}, "retries must be"),
        ({"backoff_sec": "x"}, "backoff_sec must be"),
        ({"retries": 6_000_000}, "retries must leave at most 10,000,000 calls in all, got 6000000 for 2 requests"),
        ({"budget": -0.1}, "budget must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_wrong_replays_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        replay_arrivals(**{"arrivals_sec": [0, 1], "service_sec": 1.0, "places": 1, **change})
