"""Exercise 10 against labkit's own searches and a queue served call by call."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from labkit import latency
from labkit_workbook.questions import exercise
from labkit_workbook.questions.graded.loaded_service import (
    OTHER_LOADS,
    SHARE,
    LoadedService,
    breaks_at,
    call_p95,
    hold,
    load_together,
    loaded,
    own_load,
    pick_lever,
    places_needed,
    promise,
    share_a_call,
    storm,
    tries_a_call,
    utilisation,
    with_levers,
)

EXERCISE = exercise("promise_a_p95")
CLASS = [EXERCISE.text, *(EXERCISE.drawn("load", str(i)) for i in range(12))]
FUNCTION = next(each for each in EXERCISE.questions if each.name == "places_needed")

for_the_class = pytest.mark.parametrize("g", CLASS, ids=[f"student-{i}" for i in range(len(CLASS))])


def make_calls(g: LoadedService, n: int, seed: int) -> tuple[Any, Any]:
    """Arrivals with the burstiness of the sheet, and seconds with its mean and scatter."""
    rng = np.random.default_rng(seed)
    gaps = rng.gamma(1 / g.burstiness, g.burstiness / (g.rate * g.calls), n)
    least = 1 - np.sqrt(g.scv)
    return np.cumsum(gaps), hold(g) * (least + rng.exponential(1 - least, n))


# ---- the numbers -----------------------------------------------------------------------------------------------


@for_the_class
def test_a_service_is_loaded_and_its_promise_can_be_kept_at_some_rate(g: LoadedService) -> None:
    assert all(0.3 < used < 1 for used in utilisation(g))
    kept, full = breaks_at(g)
    assert 0 < kept < full
    assert g.coming_rate > g.rate
    assert g.patience_sec > 1.3 * g.slo_sec > 1.3 * hold(g)
    assert places_needed(g, own_load(g), scv=1.0) > 0  # so that who forgets the scatter is told so


@for_the_class
def test_every_lever_is_today_s_design_with_one_change(g: LoadedService) -> None:
    assert sorted(row[0] for row in g.levers) == sorted(row[0] for row in LoadedService().levers)
    for (name, *_), other in zip(g.levers, with_levers(g), strict=True):
        today = {"places": g.places, "calls": g.calls, "sec": g.sec, "p": g.p, "retries": g.retries}
        changed = {key for key, value in today.items() if getattr(other, key) != value}
        assert (
            changed
            <= {
                "more places": {"places"},
                "a cache": {"calls"},
                "one step less": {"calls"},
                "a quicker model": {"sec", "p"},
                "fewer retries": {"retries"},
            }[name]
        )
        assert changed


def test_not_everybody_s_first_lever_is_the_same() -> None:
    assert len({g.levers[int(pick_lever(g)[0]) - 1][0] for g in CLASS}) >= 2
    assert len({pick_lever(g)[0] for g in CLASS}) >= 3
    assert len({int(np.argmax(utilisation(g))) for g in CLASS}) == 3


# ---- the answers -----------------------------------------------------------------------------------------------


@for_the_class
def test_tries_are_those_of_a_drawn_million(g: LoadedService) -> None:
    made = np.minimum(np.random.default_rng(1).geometric(g.p, 1_000_000), 1 + g.retries)
    assert tries_a_call(g) == pytest.approx(made.mean(), abs=4 * made.std() / 1000)


@for_the_class
def test_shares_are_what_labkit_s_own_functions_say(g: LoadedService) -> None:
    places, requests, tokens = utilisation(g)
    assert places == pytest.approx(loaded(g).utilisation)
    limits = latency.provider_limits(
        g.rate,
        requests_per_min=g.requests_per_min,
        tokens_per_min=g.tokens_per_min,
        tokens_a_call=g.tokens_a_try,
        calls=g.calls * tries_a_call(g),
    )
    assert max(requests, tokens) == pytest.approx(limits.utilisation)
    assert (requests >= tokens) == limits.requests_bind
    assert breaks_at(g)[1] == pytest.approx(min(loaded(g).breaks_at, limits.breaks_at))


def test_the_law_s_p95_is_near_that_of_some_calls_served_one_by_one() -> None:
    served = latency.replay_arrivals(*make_calls(EXERCISE.text, 60_000, seed=5), EXERCISE.text.places)
    assert call_p95(EXERCISE.text) == pytest.approx(np.quantile(served.time_sec, 0.95), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("g", CLASS[:5], ids=[f"student-{i}" for i in range(5)])
def test_the_law_s_p95_is_near_that_of_calls_served_one_by_one(g: LoadedService) -> None:
    """Within 4% where 13 services were tried, the mean wait up to a quarter short; 94 to 98% keep the promise."""
    served = latency.replay_arrivals(*make_calls(g, 400_000, seed=5), g.places)
    assert call_p95(g) == pytest.approx(np.quantile(served.time_sec, 0.95), rel=0.05)
    assert 0.7 < loaded(g).mean_wait / served.wait_sec.mean() < 1.1
    assert 0.94 < np.mean(served.time_sec <= promise(g)) ** g.calls < 0.98


def serve_crowds(g: LoadedService, hours: float, seed: int) -> tuple[float, float]:
    """What 95% of the requests keep whose calls follow each other after 10 s of reading; the gaps' burstiness."""
    rng, n = np.random.default_rng(seed), round(3600 * hours * g.rate)
    begun = rng.gamma(1 / g.burstiness, g.burstiness / g.rate, n).cumsum()
    asked, free = [(at, i, 1) for i, at in enumerate(begun.tolist())], [0.0] * g.places
    came, slowest = [], np.zeros(n)
    for now, i, call in iter(lambda: heapq.heappop(asked) if asked else None, None):
        least = 1 - g.scv**0.5
        end = max(now, free[0]) + hold(g) * (least + rng.exponential(1 - least))
        heapq.heapreplace(free, end)
        came.append(now)
        slowest[i] = max(slowest[i], end - now)
        if call < g.calls:
            heapq.heappush(asked, (end + rng.exponential(10.0), i, call + 1))
    gaps = np.diff(came[: n * 3])
    return float(np.quantile(slowest, 0.95)), float(gaps.var() / gaps.mean() ** 2)


def expect_too_much_promised(g: LoadedService, hours: float) -> None:
    truth, measured = serve_crowds(g, hours, seed=3)
    assert 1 < measured < 0.7 * g.burstiness
    assert truth > 1.02 * promise(g, burstiness=measured)


def test_the_gaps_of_crowds_that_come_back_promise_too_much() -> None:
    expect_too_much_promised(EXERCISE.text, hours=1.0)


@pytest.mark.slow
@for_the_class
def test_the_gaps_of_crowds_that_come_back_promise_too_much_to_the_class(g: LoadedService) -> None:
    expect_too_much_promised(g, hours=4.0)


@for_the_class
def test_a_promise_is_kept_by_95_of_100_requests_of_independent_calls(g: LoadedService) -> None:
    assert float(loaded(g).time_within(promise(g))) ** g.calls == pytest.approx(0.95, rel=1e-9)


@for_the_class
def test_the_largest_rate_is_the_one_that_labkit_finds_by_halving(g: LoadedService) -> None:
    found = latency.largest_rate(
        g.slo_sec, hold(g), g.places, share=share_a_call(g), scv=g.scv, calls=g.calls, burstiness=g.burstiness
    )
    assert breaks_at(g)[0] == pytest.approx(found, rel=1e-6)


@for_the_class
def test_the_storm_is_the_one_that_labkit_finds_by_thirds(g: LoadedService) -> None:
    found = latency.retry_storm(
        g.rate * g.calls, hold(g), g.places, timeout_sec=g.patience_sec, retries=g.client_retries, scv=g.scv
    )
    assert storm(g, hold(g)) == pytest.approx((found.calm_until, found.storm_from), rel=1e-6)


@for_the_class
def test_the_first_lever_is_found_by_a_loop_too(g: LoadedService) -> None:
    found = []
    for number, (_, places, calls, sec, scv, p, retries) in enumerate(g.levers, start=1):
        made = sum((1 - p) ** i for i in range(retries + 1))
        load = latency.under_load(g.coming_rate, made * sec, places, scv=scv, calls=calls, burstiness=g.burstiness)
        found.append((load.time_quantile(0.95), number, load.utilisation))
    best, *others = sorted(found)
    assert pick_lever(g) == pytest.approx((best[1], best[0]))
    assert best[0] * 1.03 < min(other[0] for other in others) or g == EXERCISE.text
    assert pick_lever(g, utilised=True)[0] == min(found, key=lambda each: each[2])[1] != best[1]


@for_the_class
def test_designs_that_are_loaded_together_are_loaded_as_alone(g: LoadedService) -> None:
    designs = with_levers(g)
    alone = [loaded(each).time_quantile(0.95) for each in designs]
    assert np.asarray(load_together(designs).time_quantile(0.95)) == pytest.approx(np.array(alone))


# ---- the function ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [*OTHER_LOADS, own_load(EXERCISE.text)])
def test_with_one_place_less_the_promise_fails(load: Any) -> None:
    rate, calls, sec, scv, burstiness, within, share = load
    places = places_needed(EXERCISE.text, load)
    kept = [
        latency.under_load(rate, sec, int(k), scv=scv, calls=calls, burstiness=burstiness).time_within(within) >= share
        for k in (places - 1, places)
    ]
    assert kept == [False, True]


@pytest.mark.parametrize("load", OTHER_LOADS)
def test_every_hidden_load_shows_every_mistake(load: Any) -> None:
    """And that of 95% for every share, where the load asks for another."""
    wrong = {each.label: each.wrong(EXERCISE.text, load) for each in FUNCTION.misconceptions}
    ignored = wrong.pop("share_ignored")
    assert (ignored != places_needed(EXERCISE.text, load)) == (load[-1] != SHARE)
    ways = [places_needed(EXERCISE.text, load), *wrong.values()]
    assert all(one < other for one, other in pairwise(sorted(map(float, ways))))


def test_a_judge_tries_the_function_on_loads_that_no_learner_has() -> None:
    assert FUNCTION.inputs is not None
    assert FUNCTION.hidden is not None
    hidden = FUNCTION.hidden(EXERCISE.text, np.random.default_rng(1))
    assert len(set(hidden)) == 5
    assert not set(hidden) & set(FUNCTION.inputs(EXERCISE.text))
