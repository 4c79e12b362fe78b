"""Laws of bursts: against calls in geometric bursts and in bursts of one size, served one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincc, gammaln

from labkit.latency import Replay, largest_rate, replay_arrivals, under_load
from labkit.load.queues import find_all_taken

MEAN = 2.0


def serve(k: int, ca2: float, used: float, scv: float, n: int, seed: int, one_size: bool = False) -> Replay:
    """About n lognormal calls of 2 s in bursts whose gaps have this burstiness, all of one size or geometric."""
    rng, at_once = np.random.default_rng(seed), (ca2 + 1) / 2
    bursts = int(n / at_once) + 1
    sizes = np.full(bursts, int(at_once)) if one_size else rng.geometric(1 / at_once, bursts)
    times = np.repeat(rng.exponential(at_once * MEAN / (used * k), bursts).cumsum(), sizes)
    sigma = math.sqrt(math.log1p(scv))
    return replay_arrivals(times, rng.lognormal(math.log(MEAN) - sigma**2 / 2, sigma, times.size), k)


def laws(k: int, ca2: float, used: float, scv: float) -> list[tuple[float, float, float]]:
    """How many wait, mean wait, and 95th percentile of the whole time: by Allen and Cunneen, and by Hayward."""
    loads = [
        under_load(used * k / MEAN, MEAN, k, scv=scv, burstiness=ca2, law=law) for law in ("allen-cunneen", "hayward")
    ]
    return [(float(load.p_wait), float(load.mean_wait), float(load.time_quantile(0.95))) for load in loads]


@pytest.mark.parametrize("k", [0.02, 0.5, 1.5, 7.3, 120.4])
def test_erlang_c_of_a_fraction_of_a_place_is_an_incomplete_gamma_function(k: float) -> None:
    a = k * np.array([0.01, 0.2, 0.5, 0.9, 0.999])
    blocked = np.exp(k * np.log(a) - a - gammaln(k + 1) - np.log(gammaincc(k + 1, a)))
    exact = blocked / (1 - a / k + a / k * blocked)
    assert find_all_taken(np.full(5, k), a) == pytest.approx(exact, rel=1e-5)


@given(st.integers(1, 60), st.floats(0.02, 1.5), st.floats(0, 1), st.floats(0, 4))
def test_without_bursts_the_laws_agree(k: int, used: float, ca2: float, scv: float) -> None:
    one, other = (
        under_load(used * k, 1.0, k, scv=scv, burstiness=ca2, law=law) for law in ("allen-cunneen", "hayward")
    )
    assert one == other


@given(st.integers(1, 60), st.floats(0.02, 0.98), st.floats(1, 200), st.floats(0, 4))
def test_bursts_let_more_calls_wait_by_hayward_alone(k: int, used: float, ca2: float, scv: float) -> None:
    calm, bursts, more = (
        under_load(used * k, 1.0, k, scv=scv, burstiness=x, law="hayward").p_wait for x in (1.0, ca2, 1.5 * ca2)
    )
    assert 0 <= calm <= bursts * (1 + 1e-5) <= more * (1 + 2e-5)
    assert under_load(used * k, 1.0, k, scv=scv, burstiness=ca2).p_wait == calm


def test_laws_broadcast_and_an_unknown_one_is_named() -> None:
    rates, bursts = np.array([1.0, 5.0, 11.0])[:, None], [1.0, 9.0]
    load = under_load(rates, MEAN, 20, burstiness=bursts, law="hayward")
    ones = [[under_load(x, MEAN, 20, burstiness=b, law="hayward").p_wait for b in bursts] for x in (1.0, 5.0, 11.0)]
    assert load.p_wait == pytest.approx(np.array(ones))
    kept = [largest_rate(5.0, MEAN, 20, scv=0.2, burstiness=9.0, law=law) for law in ("allen-cunneen", "hayward")]
    assert kept[0] > 1.1 * kept[1] > 0
    with pytest.raises(ValueError, match=r"law must be one of \('allen-cunneen', 'hayward'\), got 'kingman'"):
        under_load(1.0, MEAN, 20, law="kingman")


def test_bursts_that_fill_half_full_places_are_seen_by_hayward_alone() -> None:
    """25 at once on average, 20 places: 95% within 3.7 s and 14.6 s by law, and 15 s when served."""
    replay, (allen, hayward) = serve(20, 49, 0.5, 0.1735, 60_000, seed=2), laws(20, 49, 0.5, 0.1735)
    assert (round(allen[2], 1), round(hayward[2], 1)) == (3.7, 14.6)
    assert hayward[2] == pytest.approx(np.quantile(replay.time_sec, 0.95), rel=0.15)
    assert allen[0] < 0.01
    assert min(hayward[0], np.mean(replay.wait_sec > 0)) > 0.6


@pytest.mark.slow
@pytest.mark.parametrize(("scv", "share", "late"), [(0.1735, 0.08, 0.12), (2.0, 0.21, 0.22)])
@pytest.mark.parametrize(
    ("k", "ca2", "used"),
    [
        (5, 5, 0.5),
        (5, 5, 0.8),
        (20, 5, 0.5),
        (20, 11, 0.7),
        (20, 49, 0.5),
        (40, 49, 0.45),
        (80, 49, 0.7),
        (80, 11, 0.9),
    ],
)
def test_hayward_is_near_bursts_served_one_by_one(
    k: int, ca2: float, used: float, scv: float, share: float, late: float
) -> None:
    """How many calls wait within 8 in 100, p95 within 12%; where calls scatter much 21 fewer in 100, and 22%."""
    runs = [serve(k, ca2, used, scv, 200_000, seed) for seed in (1, 2)]
    waits = float(np.mean([np.mean(run.wait_sec > 0) for run in runs]))
    p95 = float(np.mean([np.quantile(run.time_sec, 0.95) for run in runs]))
    allen, hayward = laws(k, ca2, used, scv)
    assert abs(hayward[0] - waits) <= share
    assert hayward[2] == pytest.approx(p95, rel=late)
    assert abs(allen[0] - waits) > abs(hayward[0] - waits)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "ca2", "used"), [(5, 5, 0.5), (20, 5, 0.9), (20, 11, 0.7), (20, 49, 0.5)])
def test_bursts_of_one_size_wait_less_than_hayward_says(k: int, ca2: float, used: float) -> None:
    """One and a half to three times less: the peakedness is that of geometric bursts."""
    runs = [serve(k, ca2, used, 0.1735, 200_000, seed, one_size=True) for seed in (1, 2)]
    _, hayward = laws(k, ca2, used, 0.1735)
    assert 1.5 < hayward[1] / float(np.mean([run.wait_sec.mean() for run in runs])) < 3
