"""Marginal prices of levers against the section's numbers and against the outcome itself."""

from __future__ import annotations

import math

import pytest
from strategies import TANGLED

from labkit import PREMIUM, SMALL, Model, chain, debate, gate, parallelize, retry, route
from labkit.frontier import Price, break_even_values, marginal_prices

CHAIN = chain(12, PREMIUM)


def test_a_lever_that_buys_reliability_has_a_price_a_point_and_a_break_even_value() -> None:
    (price,) = marginal_prices(CHAIN, {"retry": lambda w: w.pipe(retry, 1)}, "worst")
    gained = (1 - 0.015**2) ** 12 - 0.985**12
    assert price.usd == pytest.approx(0.36)
    assert price.sec == pytest.approx(24.0)
    assert price.points == pytest.approx(100 * gained)
    assert price.usd_per_point == pytest.approx(0.36 / (100 * gained))
    assert price.sec_per_point == pytest.approx(24 / (100 * gained))
    assert price.break_even_usd == pytest.approx(0.36 / gained)
    assert str(price) == "retry: $+0.36, +24 s, +16.3 points a task; worth it above $2.206 a success, seconds aside"


def test_routing_breaks_even_at_the_sections_one_dollar_and_three_cents() -> None:
    (price,) = marginal_prices(CHAIN, {"route": lambda w: w.pipe(route, SMALL, where=None)})
    assert round(price.break_even_usd, 3) == 1.028
    assert str(price).endswith("worth it below $1.028 a success, seconds aside")


def test_levers_that_leave_reliability_alone() -> None:
    free, dear, same = marginal_prices(
        CHAIN,
        {"parallel": parallelize, "debate": lambda w: w.pipe(debate, 3, 2), "nothing": lambda w: w},
    )
    assert (free.usd, free.points) == (0.0, 0.0)
    assert free.sec == pytest.approx(-22.0)
    assert math.isnan(free.usd_per_point)
    assert str(free).endswith("worth it at any value of a success")
    assert str(dear).endswith("worth it for its seconds only, if at all")
    assert (same.usd, same.sec, same.points) == (0.0, 0.0, 0.0)
    assert str(same).endswith("it changes nothing")


def test_a_lever_that_only_takes_time_is_not_worth_it_at_any_value() -> None:
    assert str(Price("wait", 0.0, 3.0, 0.0)).endswith("worth it for its seconds only, if at all")


def test_only_a_frontier_has_break_even_values() -> None:
    with pytest.raises(ValueError, match="found must be a Frontier, got 3"):
        break_even_values(3)


def test_a_lever_better_in_both_is_always_worth_it_and_one_worse_in_both_never() -> None:
    good, bad = marginal_prices(
        CHAIN,
        {"good": lambda w: w.pipe(route, Model(0.01, 1.0, 0.99), where=None),
         "bad": lambda w: w.pipe(route, Model(0.05, 1.0, 0.9), where=None)},
    )  # fmt: skip
    assert str(good).endswith("worth it at any value of a success")
    assert str(bad).endswith("worth it at no value of a success")


def test_unknown_seconds_stay_unknown() -> None:
    (price,) = marginal_prices(TANGLED, {"retry": lambda w: w.pipe(retry, 1)}, "expected")
    assert math.isnan(price.sec)
    assert math.isnan(price.sec_per_point)
    assert price.usd_per_point > 0
    assert "seconds unknown" in str(price)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((CHAIN, {}), "levers must map a name to a lever, at least one"),
        ((CHAIN, [parallelize]), "levers must map a name to a lever"),
        ((CHAIN, {"odd": 3}), "lever must be a function"),
        ((CHAIN, {"odd": lambda w: 3}), "what lever 'odd' returns must be a Workflow, got 3"),
        (("chain", {"p": parallelize}), "workflow must be a Workflow, got 'chain'"),
        ((chain(2, Model([0.1, 0.2], 1, 0.9)), {"p": parallelize}), "workflow must be one design, got 2"),
        ((CHAIN, {"p": parallelize}, "honest"), "accounting must be one of"),
    ],
)
def test_bad_input_is_named(asked: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        marginal_prices(*asked)


def test_where_wrong_answers_do_damage_a_check_pays_sooner() -> None:
    plain = chain(12, PREMIUM)
    levers = {"check": lambda w: w.pipe(gate, 0.7, 0.05, 1, usd=SMALL.usd, sec=SMALL.sec)}
    (price,) = marginal_prices(plain, levers, "expected")
    before, after = plain.outcome("expected"), levers["check"](plain).outcome("expected")
    assert price.wrong_points == pytest.approx(100 * (after.wrong - before.wrong))
    assert price.refused_points == pytest.approx(100 * after.refused)
    for damage, refusal in ((0.0, 0.0), (1.0, 0.0), (2.5, 0.8)):
        worth = price.break_even_with_damage(damage, refusal)
        earned = [o.profit(worth, damage * worth, refusal) for o in (before, after)]
        assert earned[0] == pytest.approx(earned[1])
    assert price.break_even_with_damage(0.0) == pytest.approx(price.break_even_usd)
    assert price.break_even_with_damage() < price.break_even_usd / 2


def test_a_price_without_a_change_of_answers_has_no_break_even() -> None:
    assert math.isnan(Price("cache", -0.1, 0.0, 0.0).break_even_with_damage())
    with pytest.raises(ValueError, match="damage must be"):
        Price("cache", -0.1, 0.0, 0.0).break_even_with_damage(-1)


def test_gains_that_cancel_the_damage_leave_no_break_even() -> None:
    assert math.isnan(Price("more of both", 0.1, 0.0, 7.0, wrong_points=100 * 0.07).break_even_with_damage(1.0))
