"""Prices: a dated list, never fetched; an unknown model is unknown."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import pytest
from recorded import call, sums

from labkit.prices import PriceCard
from labkit_traces import pricing, read_cards, snapshot
from labkit_traces.parsing.tokens import Tokens


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of the package, though genai-prices may be installed here."""
    monkeypatch.setattr(pricing, "_has_genai_prices", lambda: False)
    pricing._list_price.cache_clear()


def test_the_list_is_small_dated_and_says_where_it_is_from() -> None:
    text = pricing.SNAPSHOT.read_bytes()
    assert len(text) <= 60_000
    assert b"MIT" in text
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", snapshot().as_of)
    assert snapshot().source.startswith("genai-prices ")
    assert len(snapshot().cards) > 250
    for card in snapshot().cards.values():
        assert card.as_of == snapshot().as_of
        assert card.usd_in > 0 or card.usd_out > 0, "nothing in it is free: what is unknown is left out"
        assert max(card.usd_in, card.usd_out) < 0.002


@pytest.mark.parametrize(
    ("name", "usd_in"),
    [
        ("gpt-4o", 2.5), ("openai/gpt-4o", 2.5), ("GPT-4o-2024-08-06", 2.5), ("gpt-4o-mini", 0.15),
        ("gpt-4.1-2025-04-14", 2),
        ("anthropic/claude-sonnet-4-5-20250929", 3), ("claude-opus-4-1-20250805", 15), ("gemini-2.5-pro", 1.25),
    ],
)  # fmt: skip
def test_known_models_are_found_by_any_of_their_names(name: str, usd_in: float) -> None:
    card = snapshot().find(name)
    assert card is not None
    assert card.usd_in == pytest.approx(usd_in * 1e-6)


@pytest.mark.parametrize("name", ["premium", "", "gpt", "gpt-4o-of-my-own", "o", "claude", "(a name that is withheld)"])
def test_unknown_models_are_unknown(name: str, listed: None) -> None:
    assert snapshot().find(name) is None
    money = sums([call(1, model=name)], cards={}).money
    assert (money.priced_usd, sum(money.unpriced.values())) == (0, 1500)


def test_a_long_input_costs_the_prices_of_its_tier(listed: None) -> None:
    short = sums([call(1, model="gemini-2.5-pro", read=200_000, out=0)]).money.priced_usd
    long = sums([call(1, model="gemini-2.5-pro", read=200_001, out=0)]).money.priced_usd
    assert (short, long) == (pytest.approx(0.25), pytest.approx(200_001 * 2.5e-6))


def test_a_card_may_name_a_model_with_or_without_its_provider() -> None:
    cards = {"premium": PriceCard.per_million(1, 1, 1), "other/premium": PriceCard.per_million(2, 2, 2)}
    assert sums([call(1, model="my/premium")], cards=cards).money.priced_usd == pytest.approx(0.0015)
    assert sums([call(1, model="other/premium")], cards=cards).money.priced_usd == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("model", "names", "found"),
    [
        ("GPT-4o", ["gpt-4o"], "gpt-4o"), ("gpt-4o-2024-08-06", ["gpt-4o"], "gpt-4o"),
        ("gpt-4o", ["openai/gpt-4o"], "openai/gpt-4o"), ("azure/gpt-4o", ["openai/gpt-4o"], None),
        ("gpt-4o", ["openai/gpt-4o", "azure/gpt-4o"], None), ("gpt-4o", ["gpt-4o-2024-08-06"], None),
        ("gpt-4o", ["openai/gpt-4o", "gpt-4o"], "gpt-4o"), ("", ["gpt-4o"], None), ("gpt-4o-mini", ["gpt-4o"], None),
        ("gpt-4o-2024-08-06", ["gpt-4o", "gpt-4o-2024-08-06"], "gpt-4o-2024-08-06"),
    ],
)  # fmt: skip
def test_a_card_of_ones_own_is_of_the_model_that_it_names(model: str, names: list[str], found: str | None) -> None:
    cards = {name: PriceCard.per_million(10 + place, 1, 40) for place, name in enumerate(names)}
    assert pricing.find_own_card(model, cards) is (cards[found] if found else None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        *((text, "cards must be JSON such as") for text in ("", "[]", "{", '{"m": 3}')),
        ('{"acme": {"usd_in": 1, "usd_out": 2}}', "card of 'acme' must say usd_cached, in USD"),
        ('{"m": {"usd_in": 1}}', "card of 'm' must say usd_cached, usd_out"),
        ('{"m": {"usd_inn": 1}}', "card of 'm' has no 'usd_inn'; there is usd_in, usd_cached"),
        ('{"m": {"usd_in": -1, "usd_cached": 0, "usd_out": 1}}', "card of 'm': usd_in must"),
        ('{"m": {"usd_in": "1", "usd_cached": 0, "usd_out": 1}}', "card of 'm': "),
    ],
)
def test_cards_that_cannot_be_are_an_error_in_words(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        read_cards(text)


@pytest.mark.slow  # genai-prices comes with what `make test-all` installs
def test_the_prices_are_those_of_genai_prices_where_it_is_installed() -> None:
    genai_prices = pytest.importorskip("genai_prices")
    for name in ("gpt-4o", "claude-sonnet-4-6", "gemini-2.5-pro", "gpt-4.1-mini", "mistral-large-latest"):
        usage = genai_prices.Usage(input_tokens=1000, cache_read_tokens=200, output_tokens=100)
        wanted = float(genai_prices.calc_price(usage, name).total_price)
        found = pricing._list_price(name, Tokens(1000, 200, 0, 100, 0), -1, False)
        assert found == pytest.approx(wanted), name
        assert pricing._list_price(name, Tokens(1000, 200, 0, 100, 0), -1, True) == pytest.approx(wanted)
    assert pricing._list_price("premium", Tokens(1, 0, 0, 1, 0), -1, True) is None


@pytest.mark.slow  # as above
def test_what_genai_prices_does_not_name_has_the_price_of_the_list() -> None:
    pytest.importorskip("genai_prices")
    tokens = Tokens(1_000_000, 0, 0, 0, 0)
    for name, card in snapshot().cards.items():
        with_it, without = (pricing._list_price(name, tokens, -1, by_the_hour) for by_the_hour in (True, False))
        assert with_it is not None, name
        assert without == pricing.bill(card, tokens), name


def test_the_list_is_asked_where_an_installed_genai_prices_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "_genai_price", lambda *_: None)
    pricing._list_price.cache_clear()
    tokens = Tokens(1_000_000, 0, 0, 0, 0)
    assert pricing._list_price("text-embedding-3-small", tokens, -1, True) == pytest.approx(0.02)
    assert pricing._list_price("premium", tokens, -1, True) is None
    pricing._list_price.cache_clear()


def test_no_price_and_no_trace_needs_a_network() -> None:
    """In a process where nothing can be connected to."""
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('a socket')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "import labkit_traces\n"
        """line = '{"task": "a", "model": "gpt-4o", "tokens_in": 1000, "tokens_out": 0}'\n"""
        "print(labkit_traces.read([line]).money.priced_usd)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert math.isclose(float(done.stdout), 0.0025)
