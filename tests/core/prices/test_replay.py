"""A replayed bill equals one of a cache that is filled and forgets, request by request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from labkit import PriceCard
from labkit.prices import CacheReplay, Tier, replay_prefix_cache

CARD = PriceCard.per_million(1, 0.10, 5, usd_written=1.25)


def kept_and_forgotten(talks: list[tuple[float, int, int]], life: float) -> tuple[float, list[Any]]:
    """The bill of one conversation that grows, in millionths, and the rows that a recording of it would have."""
    usd, last, held, rows = 0.0, -np.inf, 0, []
    for at, sent, out in talks:
        age = at - last if held else 0.0
        hit = held if at - last <= life else 0
        usd += 0.10 * hit + 1.25 * (sent - hit) + 5 * out
        rows.append((sent, held, out, age))
        last, held = at, sent
    return usd, rows


@pytest.mark.parametrize("case", range(40))
def test_a_replay_is_a_cache_that_is_filled_and_forgets(case: int) -> None:
    rng = np.random.default_rng([13, case])
    at, sent = np.cumsum(rng.integers(1, 500, 12)), np.cumsum(rng.integers(1, 900, 12))
    talks = list(zip(at.astype(float), (int(x) for x in sent), (int(x) for x in rng.integers(0, 90, 12)), strict=True))
    for life in (0.0, 100.0, 300.0, 1e9):
        usd, rows = kept_and_forgotten(talks, life)
        tokens, seen, out, age = np.array(rows).T
        replay = replay_prefix_cache(CARD, tokens, seen, out, age, life)
        assert replay.usd == pytest.approx(usd * 1e-6)
        assert replay.usd_without == pytest.approx(float(np.sum(tokens + 5 * out)) * 1e-6)
        hits = np.where(age <= life, seen, 0)
        assert replay.usd_hits_free == pytest.approx(float(np.sum(tokens - hits + 5 * out)) * 1e-6)


def test_without_a_limit_nothing_is_forgotten() -> None:
    rows: Any = ([500, 900], [0, 500], [9, 9], [0, 1e12])
    assert replay_prefix_cache(CARD, *rows) == replay_prefix_cache(CARD, *rows, life_sec=1e13)
    assert replay_prefix_cache(CARD, *rows) < replay_prefix_cache(CARD, *rows, life_sec=10)


def test_rows_may_be_sums_and_one_number_may_stand_for_all_rows() -> None:
    one = replay_prefix_cache(CARD, [100, 200, 50], [40, 60, 50], [7, 7, 7], [1, 1, 9], life_sec=5)
    added = replay_prefix_cache(CARD, [300, 50], [100, 50], [14, 7], [1, 9], life_sec=5)
    assert added == pytest.approx(one)
    assert replay_prefix_cache(CARD, 100, 50, 7) == replay_prefix_cache(CARD, [100], [50], [7], [0.0])
    assert replay_prefix_cache(CARD, [100, 100], 50, 7).usd == pytest.approx(
        2 * replay_prefix_cache(CARD, 100, 50, 7).usd
    )


def test_a_cache_that_forgets_everything_costs_its_writes() -> None:
    replay = replay_prefix_cache(CARD, [1000.0], [500.0], [0.0], [10.0], life_sec=1)
    assert (replay.left, replay.left_if_free) == (1.25, 1.0)
    assert CacheReplay(1.0, 4.0, 2.0).left == 0.25


def test_tiers_count_each_request_by_itself() -> None:
    card = replace(CARD, tiers=(Tier(1001, 2e-6, 2e-7, 1e-5, 2.5e-6),))
    assert replay_prefix_cache(card, [1000, 1001], 0, 0).usd_without == pytest.approx(1e-3 + 2.002e-3)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: replay_prefix_cache(7, 1, 1, 1), "card must be a PriceCard, got 7"),  # type: ignore[arg-type]
        (lambda: replay_prefix_cache(CARD, [1, 2], [1, 3], 1), "tokens_seen must be at most tokens_in, got 1 more"),
        (lambda: replay_prefix_cache(CARD, [], [], []), "tokens_in must hold at least one number"),
        (lambda: replay_prefix_cache(CARD, 1, 1, 1, -1), "age_sec must be zero or more, got -1"),
        (lambda: replay_prefix_cache(CARD, 1, 1, 1, 1, -1), "life_sec must be zero or more, got -1"),
        (lambda: replay_prefix_cache(CARD, 1, 1, 1, 1, [1, 2]), "life_sec must be one number"),  # type: ignore[arg-type]
        (lambda: replay_prefix_cache(CARD, [1, 2], [1, 1, 1], 1), "these arrays do not fit together"),
        (lambda: replay_prefix_cache(CARD, 0, 0, 0), "card must have prices at which the requests cost something"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()


def test_hits_that_are_free_leave_the_rest_at_the_prices_of_a_long_call() -> None:
    card = replace(CARD, tiers=(Tier.per_million(1_000, 2, 0.20, 10),))
    found = replay_prefix_cache(card, [1_200], [900], [10])
    assert found.usd_hits_free == pytest.approx((300 * 2 + 10 * 10) / 1e6)
