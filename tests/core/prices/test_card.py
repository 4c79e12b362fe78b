"""A bill equals one that is added up token by token; a card that cannot be billed is refused by name."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

import labkit
from labkit import Model, PriceCard
from labkit.prices import Bill, Parts, Tier
from labkit_agents import pocket

NAN = float("nan")
LONG = Tier.per_million(200_001, usd_in=6, usd_cached=0.60, usd_out=22.5, usd_written=7.5)
CARD = PriceCard.per_million(
    3, 0.30, 15, usd_written=3.75, batch_discount=0.5, tiers=[LONG], sec_call=0.5, sec_in=1e-5, sec_out=0.01
)
counts = st.integers(0, 40)


def billed_token_by_token(card: PriceCard, kinds: dict[str, int], batch: bool) -> tuple[float, float]:
    """USD and seconds of a call whose tokens are taken one at a time; an own price stands in for none."""
    long = kinds["fresh"] + kinds["cached"] + kinds["written"]
    prices: Any = card
    for tier in card.tiers:
        if long >= tier.from_tokens:
            prices = tier
    usd_of = {
        "fresh": prices.usd_in,
        "cached": prices.usd_cached,
        "written": prices.usd_in if prices.usd_written is None else prices.usd_written,
        "output": prices.usd_out,
        "reasoning": prices.usd_out if prices.usd_reasoning is None else prices.usd_reasoning,
    }
    sec_of = {"fresh": card.sec_in, "cached": 0.0, "written": card.sec_in, "output": card.sec_out}
    usd, sec = 0.0, card.sec_call
    for kind, count in kinds.items():
        for _ in range(count):
            usd += usd_of[kind]
            sec += sec_of.get(kind, card.sec_out)
    return usd * (1 - card.batch_discount) if batch else usd, sec


@steady
@given(counts, counts, counts, counts, counts, st.booleans(), st.booleans(), st.booleans())
def test_a_bill_is_added_up_token_by_token(
    fresh: int, cached: int, written: int, output: int, reasoning: int, batch: bool, priced_apart: bool, tiered: bool
) -> None:
    tiers = [Tier(20, 5.0, 0.5, 9.0), Tier(60, 6.0, 0.6, 9.5, 7.0, 11.0)] if tiered else []
    own = {"usd_written": 4.5, "usd_reasoning": 8.5} if priced_apart else {}
    tiers = [replace(tier, usd_written=6.5, usd_reasoning=10.0) for tier in tiers] if priced_apart else tiers
    card = PriceCard(4.0, 0.4, 8.0, 0.5, 0.01, 0.1, batch_discount=0.3, tiers=tuple(tiers), **own)
    kinds = {"fresh": fresh, "cached": cached, "written": written, "output": output, "reasoning": reasoning}
    bill = card.bill(fresh + cached + written, cached, output + reasoning, written, reasoning, batch=batch)
    assert (bill.usd, bill.sec) == pytest.approx(billed_token_by_token(card, kinds, batch))
    assert bill.usd_parts is not None
    assert bill.usd == pytest.approx(sum(bill.usd_parts))


def test_the_parts_of_a_bill_are_told_apart() -> None:
    bill = CARD.bill(10_000, 6_000, 2_000, tokens_written=3_000, tokens_reasoning=1_500)
    assert bill.usd_parts == pytest.approx(Parts(0.003, 0.0018, 0.01125, 0.0075, 0.0225))
    assert bill.sec == pytest.approx(0.5 + 0.01 + 0.03 + 5.0 + 15.0)


def test_a_long_input_changes_the_price_of_all_tokens_and_from_the_stated_token_on() -> None:
    below, above = CARD.bill(200_000, 0, 1_000), CARD.bill(200_001, 0, 1_000)
    assert below.usd == pytest.approx(0.6 + 0.015)
    assert above.usd == pytest.approx(6 * 0.200001 + 0.0225)
    assert CARD.bill([200_000, 200_001], 0, 1_000).usd.tolist() == [below.usd, above.usd]


def test_a_batch_costs_its_share_and_takes_no_less_time() -> None:
    now, later = CARD.bill(1_000, 0, 100), CARD.bill(1_000, 0, 100, batch=True)
    assert later.usd == pytest.approx(now.usd / 2)
    assert later.sec == now.sec


@steady
@given(st.integers(0, 400_000), st.integers(0, 3_000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_no_call_is_dearer_than_its_worst_bill(
    tokens: int, out: int, shorter: float, cached: float, written: float
) -> None:
    sent = int(tokens * shorter)
    held = int(sent * cached)
    put = int((sent - held) * written)
    assert CARD.bill(sent, held, out, put, out // 2).usd <= CARD.worst_bill(tokens, out).usd * (1 + 1e-12)


def test_the_worst_bill_knows_tokens_that_cost_more_when_they_are_kept_or_thought() -> None:
    card = PriceCard(2.0, 1.0, 3.0, usd_written=2.5, usd_reasoning=4.0)
    assert card.worst_bill(10, 10).usd == 65.0
    assert PriceCard(2.0, 1.0, 3.0, usd_written=1.0, usd_reasoning=0.0).worst_bill(10, 10).usd == 50.0


@steady
@given(st.lists(st.integers(0, 500_000), min_size=1, max_size=6), st.integers(0, 3_000))
def test_arrays_give_the_bills_of_single_calls(sent: list[int], out: int) -> None:
    many, single = CARD.bill(sent, 0, out), [CARD.bill(tokens, 0, out) for tokens in sent]
    assert many.usd.tolist() == [bill.usd for bill in single]
    assert many.sec.tolist() == [bill.sec for bill in single]
    assert CARD.bill(np.reshape(sent, (-1, 1)), 0, [0, out]).usd.shape == (len(sent), 2)


def test_prices_for_a_million_tokens_are_those_for_one() -> None:
    by_token = PriceCard(3e-6, 3e-7, 15e-6, usd_written=3.75e-6, name="middle", source="a list", as_of="2026-11-30")
    by_list = PriceCard.per_million(3, 0.3, 15, usd_written=3.75, name="middle", source="a list", as_of="2026-11-30")
    assert by_list.bill(1_000, 100, 300, 200) == by_token.bill(1_000, 100, 300, 200)
    assert (by_list.name, by_list.as_of, by_list.usd_reasoning) == ("middle", "2026-11-30", None)


def test_a_model_s_price_of_a_call_comes_from_its_tokens() -> None:
    model = Model.from_tokens(CARD, 2_000, 1_600, 0.985, tokens_reasoning=1_400)
    bill = CARD.bill(2_000, 0, 1_600, tokens_reasoning=1_400)
    assert model == Model(bill.usd, bill.sec, 0.985, "model")
    assert model.usd == pytest.approx(0.03)
    waited = Model.from_tokens(replace(CARD, name="middle"), [2_000, 4_000], 1_600, 0.985, batch=True)
    assert waited.usd.tolist() == pytest.approx([0.015, 0.018])
    assert waited.name == "middle"
    kept = Model.from_tokens(CARD, 2_000, 0, 1, tokens_cached=1_000, tokens_written=1_000, name="mine")
    assert (kept.usd, kept.name) == (pytest.approx(0.00405), "mine")
    with pytest.raises(ValueError, match="card must be a PriceCard, got 3"):
        Model.from_tokens(3, 1, 1, 1)


def test_there_is_one_class() -> None:
    assert labkit.PriceCard is labkit.prices.PriceCard is pocket.PriceCard
    assert pocket.Bill is Bill


def test_bills_and_cards_compare_copy_and_pickle_by_value() -> None:
    bill, many = CARD.bill(3, 1, 2), CARD.bill([3, 4], 1, 2)
    for one in (CARD, bill, many):
        assert one == copy.deepcopy(one) == pickle.loads(pickle.dumps(one))
        assert hash(one) == hash(copy.deepcopy(one))
    assert Bill(0.1, 2.0) == Bill(0.1, 2.0) != Bill(0.1, 3.0)
    with pytest.raises(ValueError, match="read-only"):
        many.usd[0] = 7


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: PriceCard(-1, 0, 1), "usd_in must be zero or more, got -1"),
        (lambda: PriceCard(1, 2, 1), "usd_cached must be at most usd_in (1), got 2"),
        (lambda: PriceCard(1, 1, NAN), "usd_out must be finite, got nan"),
        (lambda: PriceCard(1, 1, 1, sec_out=-1), "sec_out must be zero or more, got -1"),
        (lambda: PriceCard(1, 1, 1, usd_written=-1), "usd_written must be zero or more, got -1"),
        (lambda: PriceCard(1, 1, 1, usd_reasoning="free"), "usd_reasoning must be a number"),  # type: ignore[arg-type]
        (lambda: PriceCard(1, 1, 1, batch_discount=50), "batch_discount must be a probability in [0, 1]"),
        (lambda: PriceCard(1, 1, 1, as_of="30.11.2026"), "as_of must be a day such as '2026-11-30', got '30.11.2026'"),
        (lambda: PriceCard(1, 1, 1, as_of="2026-02-30"), "as_of must be a day such as '2026-11-30', got '2026-02-30'"),
        (lambda: PriceCard(1, 1, 1, name=7), "name must be text, got 7"),  # type: ignore[arg-type]
        (lambda: PriceCard(1, 1, 1, tiers=7), "tiers must be Tier objects, got 7"),  # type: ignore[arg-type]
        (lambda: PriceCard(1, 1, 1, tiers=(Tier(5, 2, 1, 0.5),)), "got usd_out 0.5 from 5 tokens on, and 1 below"),
        (lambda: PriceCard(1, 1, 1, tiers=(Tier(5, 2, 1, 1), Tier(5, 3, 1, 1))), "got from_tokens [5, 5]"),
        (lambda: PriceCard(1, 1, 1, usd_written=3, tiers=(Tier(5, 2, 1, 1),)), "got usd_written 2 from 5 tokens on"),
        (lambda: Tier(0, 1, 1, 1), "from_tokens must be a whole number, 1 or more, got 0"),
        (lambda: Tier(9, 1, 2, 1), "usd_cached must be at most usd_in (1), got 2"),
        (lambda: PriceCard.per_million(3, 5, 15), "usd_cached must be at most usd_in (3), got 5"),
        (lambda: PriceCard.per_million(3, 1, -15), "usd_out must be zero or more, got -15"),
        (lambda: Tier.per_million(9, 3, 1, 15, usd_written=-4), "usd_written must be zero or more, got -4"),
        (lambda: CARD.bill(3, 4, 1), "tokens_cached must be at most tokens_in (3), got 4"),
        (lambda: CARD.bill(3, 2, 1, 2), "tokens_cached + tokens_written must be at most tokens_in (3), got 4"),
        (lambda: CARD.bill(3, 0, 100, 0, 101), "tokens_reasoning must be at most tokens_out (100), got 101"),
        (lambda: CARD.bill([3, 9], [1, 10], 1), "tokens_cached must be at most tokens_in (9), got 10"),
        (lambda: CARD.bill([3, 9], [1, 1, 1], 1), "these arrays do not fit together"),
        (lambda: CARD.bill(-1, 0, 1), "tokens_in must be zero or more, got -1"),
        (lambda: CARD.bill(3, -1, 1), "tokens_cached must be zero or more, got -1"),
        (lambda: CARD.bill(float("inf"), 0, 1), "tokens_in must be finite, got inf"),
        (lambda: CARD.bill(3, 0, NAN), "tokens_out must be finite, got nan"),
        (lambda: CARD.bill(3, 0, 1, batch=1), "batch must be True or False, got 1"),  # type: ignore[arg-type]
        (lambda: CARD.worst_bill([1, 2], 3), "tokens_in must be one number"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_billed_is_refused_by_name(make: Any, told: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011  (the whole message is compared below)
        make()
    assert told in str(error.value)


@pytest.mark.parametrize("odd", [None, "x", b"x", 1j, {}, object(), np.ma.array([1, 2], mask=[0, 1])])
@pytest.mark.parametrize("name", ["tokens_in", "tokens_cached", "tokens_out", "tokens_written", "tokens_reasoning"])
def test_what_is_no_number_of_tokens_is_named(name: str, odd: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must "):
        CARD.bill(**{"tokens_in": 1, "tokens_cached": 0, "tokens_out": 1, name: odd})


@pytest.mark.parametrize("kind", [Decimal, Fraction, np.float64, np.array])
def test_a_card_of_any_kind_of_number_is_the_card_of_its_floats(kind: Any) -> None:
    names = ("usd_in", "usd_cached", "usd_out", "sec_call", "sec_in", "sec_out", "usd_written", "batch_discount")
    numbers = dict(zip(names, (2.0, 0.5, 4.0, 1.0, 0.25, 0.5, 3.0, 0.125), strict=True))
    tier = {name: 2 * numbers[name] for name in ("usd_in", "usd_cached", "usd_out")}
    plain, other = (
        PriceCard(
            **{name: of(number) for name, number in numbers.items()},
            tiers=Tier(5, **{name: of(number) for name, number in tier.items()}, usd_written=of(6.0)),
        )
        for of in (float, kind)
    )
    assert (other, hash(other), repr(other)) == (plain, hash(plain), repr(plain))
    for tokens in (4, 7.5):
        assert other.bill(tokens, 1, 2.5, 1, batch=True) == plain.bill(tokens, 1, 2.5, 1, batch=True)


def test_tiers_that_are_one_number_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tiers must be Tier objects"):
        PriceCard(1.0, 0.1, 2.0, tiers=np.array(3.0))
