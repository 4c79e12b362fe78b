"""A semantic cache call by call: what it saves, and when it makes a task less reliable."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import Cache, Step, chain
from labkit.cost import false_hits_allowed, semantic_cache
from labkit.steps import Model

NAN = float("nan")
RUNS = 10_000
chances = st.floats(0, 1)


@pytest.mark.parametrize("case", range(50))
def test_it_agrees_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([9, case])
    p, hit_rate, false_hits, p_stored = rng.random(4)
    usd, sec, usd_lookup, sec_lookup = rng.random(4)
    hit, other_question = rng.random(RUNS) < hit_rate, rng.random(RUNS) < false_hits
    stored_right, live_right = rng.random(RUNS) < p_stored, rng.random(RUNS) < p
    right = np.where(hit, ~other_question & stored_right, live_right)
    found = semantic_cache(p, usd, sec, hit_rate, false_hits, p_stored, usd_lookup, sec_lookup)
    assert oracles.agrees_in_share(found.p, right)
    assert oracles.agrees(found.usd, usd_lookup + np.where(hit, 0.0, usd))
    assert oracles.agrees(found.sec, sec_lookup + np.where(hit, 0.0, sec))


@steady
@given(chances, chances)
def test_without_false_hits_and_with_answers_as_good_only_cost_and_time_change(p: float, hit_rate: float) -> None:
    found = semantic_cache(p, 0.03, 2.0, hit_rate)
    assert found.p == pytest.approx(p, abs=1e-15)
    assert found.usd == pytest.approx(0.03 * (1 - hit_rate))
    assert found.sec == pytest.approx(2.0 * (1 - hit_rate))


def test_it_is_the_course_s_own_cache_where_no_hit_is_false() -> None:
    cached = Step("a", Model(0.03, 2.0, 0.9), cache=Cache(0.4, p=0.8, usd=0.0, sec=0.0))
    workflow = chain(1, Model(0.03, 2.0, 0.9))
    outcome = type(workflow)((cached,)).outcome("expected")
    found = semantic_cache(0.9, 0.03, 2.0, 0.4, p_stored=0.8)
    assert (found.p, found.usd, found.sec) == pytest.approx((outcome.reliability, outcome.cost, outcome.latency))


def test_a_cache_that_is_never_hit_costs_its_lookup() -> None:
    assert semantic_cache(0.9, 0.03, 2.0, 0.0, 0.5, 0.1, 0.001, 0.05) == pytest.approx((0.9, 0.031, 2.05))


def test_three_false_hits_in_a_hundred_cost_two_points_a_call_and_a_fifth_of_a_chain() -> None:
    cached = semantic_cache(0.985, 0.03, 2.0, hit_rate=0.65, false_hits=0.03).p
    assert cached == pytest.approx(0.65 * 0.97 * 0.985 + 0.35 * 0.985)
    assert 0.985 - cached == pytest.approx(0.0192, abs=5e-5)
    assert cached**12 / 0.985**12 == pytest.approx(0.79, abs=5e-3)


@steady
@given(chances, chances, chances, st.floats(0.01, 1))
def test_it_lowers_reliability_exactly_above_the_false_hits_allowed(
    p: float, p_stored: float, false_hits: float, hit_rate: float
) -> None:
    allowed = false_hits_allowed(p, p_stored)
    cached = semantic_cache(p, 0, 0, hit_rate, false_hits, p_stored).p
    if false_hits < allowed:
        assert cached >= p - 1e-12
    if false_hits > allowed:
        assert cached <= p + 1e-12


def test_stored_answers_of_a_better_model_may_be_mistaken_sometimes() -> None:
    assert false_hits_allowed(0.945, 0.985) == pytest.approx(1 - 0.945 / 0.985)
    assert false_hits_allowed([0.0, 0.5, 0.9], [0.0, 0.5, 0.5]).tolist() == [0.0, 0.0, 0.0]
    assert false_hits_allowed(0.0, 0.5) == 1.0


NAMES = ("p", "usd", "sec", "hit_rate", "false_hits", "p_stored", "usd_lookup", "sec_lookup")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [-0.1, NAN, "0.5"])
def test_bad_input_names_the_argument(name: str, bad: Any) -> None:
    good: dict[str, Any] = dict.fromkeys(NAMES, 0.5)
    with pytest.raises(ValueError, match=f"^{name} must be"):
        semantic_cache(**{**good, name: bad})


@pytest.mark.parametrize(("p", "p_stored", "told"), [(1.5, 0.5, "p must"), (0.5, 1.5, "p_stored must")])
def test_no_probability_is_refused(p: float, p_stored: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        false_hits_allowed(p, p_stored)


def test_it_broadcasts() -> None:
    found = semantic_cache(0.9, 0.03, 2.0, np.linspace(0, 1, 5), [[0.0], [0.1]])
    assert found.p.shape == (2, 5)
    with pytest.raises(ValueError, match="do not fit together"):
        semantic_cache(0.9, 0.03, 2.0, [0.1, 0.2], [0.1, 0.2, 0.3])
